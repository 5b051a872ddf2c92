package azure

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (h *harness) faults(spec string) {
	h.t.Helper()
	all, err := ParseFaults(spec)
	require.NoError(h.t, err)
	h.w.SetFaults(all)
}

func TestFaults(t *testing.T) {
	h := newHarness(t, Options{})
	h.faults("put:publicIPAddresses:code=AnotherOperationInProgress:times=2, get:*:name=pip-0:status=429, delete:Microsoft.Network/publicIPAddresses:status=418")
	h.put(group("aks-egress-rg", "eastus"))
	for range 2 {
		_, err := h.try(pip(pipID))
		refused(t, err, "AnotherOperationInProgress", "asked for this fault")
	}
	h.put(pip(pipID), pip(pipID+"1"))
	_, err := h.w.Get(t.Context(), pipID, networkAPI)
	refused(t, err, "TooManyRequests", "name=pip-0")
	h.get(pipID + "1")
	refused(t, h.w.Delete(t.Context(), pipID, networkAPI), "I'mateapot", "418")
}

// TestFaultsOfAcceptedWrites: what is answered, whether Azure had accepted the
// write, what is there then, and in what state.
func TestFaultsOfAcceptedWrites(t *testing.T) {
	for _, row := range []struct {
		code     string
		accepted bool
		there    bool
		state    string
		op       string
		fault    string
	}{
		{"InternalServerError", false, false, "", "put", "code=InternalServerError"},
		{"InternalServerError", true, true, "Failed", "put", "when=accepted:code=InternalServerError"},
		{"GatewayTimeout", false, true, "Succeeded", "put", "when=done"},
		{Dropped, false, true, "Succeeded", "put", "when=done:code=ConnectionDropped"},
		{Dropped, false, false, "", "put", "code=ConnectionDropped"},
		{TimedOut, true, true, "Succeeded", "put", "when=done:code=OperationTimedOut"},
		{"InternalServerError", true, true, "Failed", "delete", "when=accepted:code=InternalServerError"},
		{"GatewayTimeout", false, false, "", "delete", "when=done"},
		{Dropped, false, true, "Succeeded", "delete", "code=ConnectionDropped"},
	} {
		h := newHarness(t, Options{})
		h.put(group("aks-egress-rg", "eastus"), vnet(vnetID, nil, "10.42.0.0/16"))
		var err error
		id := nodesID
		if row.op == "delete" {
			id = vnetID
			h.put(subnet(nodesID, "10.42.1.0/24", ""))
		}
		h.faults(row.op + ":" + "*:" + row.fault + ":times=1")
		if row.op == "delete" {
			err = h.w.Delete(t.Context(), id, networkAPI)
		} else {
			_, err = h.try(subnet(id, "10.42.1.0/24", ""))
		}
		var e *Error
		require.ErrorAs(t, err, &e, row.fault)
		assert.Equal(t, row.code, e.Code, row.fault)
		assert.Equal(t, row.accepted, e.WasAccepted(), row.fault)
		assert.Equal(t, row.code == TimedOut, errors.Is(err, context.DeadlineExceeded), row.fault)
		assert.Equal(t, row.code == Dropped || row.code == "GatewayTimeout", e.WasUnanswered(), row.fault)
		got, err := h.w.Get(t.Context(), id, networkAPI)
		assert.Equal(t, row.there, err == nil, row.fault)
		assert.Equal(t, row.state, text(got, "properties", "provisioningState"), row.fault)
		if row.op == "delete" && row.there {
			h.get(nodesID) // what lies in it is still there
		}
		assert.Empty(t, h.w.held, row.fault)
		assert.Empty(t, h.w.Unmet(), row.fault)
		if row.op == "put" {
			h.put(subnet(id, "10.42.1.0/24", "")) // the next time all is well
			assert.Equal(t, "Succeeded", text(h.get(id), "properties", "provisioningState"), row.fault)
		}
	}
}

// TestPromptWritesDoNotFailLater: what is done when it is answered cannot be
// accepted and fail then.
func TestPromptWritesDoNotFailLater(t *testing.T) {
	h := newHarness(t, Options{})
	h.faults("put:resourceGroups:when=accepted,put:resourceGroups:when=done:code=OperationTimedOut,put:resourceGroups:when=done:times=1")
	_, err := h.try(group("aks-egress-rg", "eastus"))
	refused(t, err, "GatewayTimeout", "when=done")
	assert.Len(t, h.w.Unmet(), 2)
}

// TestARoleTakesEffectLater: it is there at once, and two clusters do not get
// to use it.
func TestARoleTakesEffectLater(t *testing.T) {
	h := base(t)
	h.faults("put:roleAssignments:late=2")
	h.put(identity(controlID), grant(nodesID, controlID, roleNetworkContributor))
	cluster := h.cluster(func(_, b object) {
		b["identity"] = object{"type": "UserAssigned", "userAssignedIdentities": object{controlID: object{}}}
	})
	for range 2 {
		_, err := h.try(cluster)
		refused(t, err, "LinkedAuthorizationFailed", "Network Contributor")
	}
	h.put(cluster)
	assert.Empty(t, h.w.Unmet())
}

func TestANameStaysReserved(t *testing.T) {
	h := newHarness(t, Options{})
	h.faults("delete:publicIPAddresses:name=pip-0:reserved=2,delete:publicIPAddresses:name=pip-1:reserved=1:code=DnsRecordInUse:status=400")
	second := netBase + "/publicIPAddresses/pip-1"
	h.put(group("aks-egress-rg", "eastus"), pip(pipID), pip(second))
	h.remove(pipID, second)
	for range 2 {
		_, err := h.try(pip(pipID))
		refused(t, err, "Conflict", "'pip-0' is still reserved")
	}
	_, err := h.try(pip(second))
	refused(t, err, "DnsRecordInUse", "'pip-1' is still reserved")
	h.put(pip(pipID), pip(second))
}

// TestSkip: the requests before the first that meets the fault.
func TestSkip(t *testing.T) {
	h := newHarness(t, Options{})
	h.put(group("aks-egress-rg", "eastus"), pip(pipID))
	h.faults("get:publicIPAddresses:skip=1:times=1")
	h.get(pipID)
	_, err := h.w.Get(t.Context(), pipID, networkAPI)
	refused(t, err, "TooManyRequests", "skip=1")
	h.get(pipID)
}

// TestUnmet: what no request has met, with the nearest name of what came by.
func TestUnmet(t *testing.T) {
	h := newHarness(t, Options{})
	h.faults("put:publicIPAddresses:name=pip0,put:publicIPAddresses:name=elsewhere,delete:*:status=503,put:resourceGroups:times=1")
	_, err := h.try(group("aks-egress-rg", "eastus"))
	refused(t, err, "TooManyRequests", "")
	h.put(group("aks-egress-rg", "eastus"), pip(pipID))
	assert.Equal(t, []string{
		"put:publicIPAddresses:name=pip0:code=TooManyRequests:status=429: did you mean name=pip-0?",
		"put:publicIPAddresses:name=elsewhere:code=TooManyRequests:status=429",
		"delete:*:code=ServiceUnavailable:status=503",
	}, h.w.Unmet())
}

func TestFaultSpecs(t *testing.T) {
	for spec, says := range map[string]string{
		"put":                           "needs an operation and a type",
		"patch:subnets":                 `"patch" is not one of put`,
		"puts:subnets":                  "did you mean put?",
		"put:":                          "the type is empty",
		"put:managedCluster":            "did you mean managedClusters?",
		"put:Microsoft.Network/subnets": "is not a type that the sandbox knows",
		"put:subnets:twice":             "not of the form name=value",
		"put:subnets:times=0":           "not a number of 1 or more",
		"put:subnets:skip=-1":           "not a number of 1 or more",
		"put:subnets:status=200":        "not an HTTP error",
		"put:subnets:color=red":         "not one of name, when, code",
		"put:subnets:tmies=2":           "did you mean times?",
		"put:subnets:code=a:code=b":     "given twice",
		"put:subnets:when=after":        "not one of accepted, done",
		"*:subnets:when=done":           "for put and delete alone",
		"put:subnets:when=accepted:code=ConnectionDropped":  "use when=done",
		"put:subnets:code=OperationTimedOut":                "needs when=done",
		"put:subnets:code=ConnectionDropped:status=500":     "without a status",
		"put:subnets:late=1":                                "for put:roleAssignments alone",
		"put:roleAssignments:late=1:code=PrincipalNotFound": "cannot be combined with code",
		"put:subnets:reserved=1":                            "for delete alone",
		"put:subnets,get:routes:times=x:code=,":             "fault 2",
	} {
		_, err := ParseFaults(spec)
		require.ErrorContains(t, err, says, spec)
	}
	none, err := ParseFaults(" ")
	require.NoError(t, err)
	assert.Empty(t, none)
}

func FuzzParseFaults(f *testing.F) {
	for _, seed := range []string{"", "put:managedClusters:code=LinkedAuthorizationFailed:times=2", "*:*", "get:subnets:status=429,delete:*:name=a", "put:subnets:times=0", ":::=,",
		"put:subnets:when=done:code=ConnectionDropped", "put:roleAssignments:late=2:skip=1", "delete:*:reserved=3:code=x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		faults, err := ParseFaults(spec)
		if err != nil {
			return
		}
		for _, fault := range faults {
			require.True(t, fault.Code != "" || fault.Late > 0)
			require.True(t, fault.Status >= 400 && fault.Status < 600 || fault.Late > 0 || fault.Code == Dropped || fault.Code == TimedOut)
			again, err := ParseFaults(fault.String())
			require.NoError(t, err)
			require.Equal(t, []Fault{fault}, again)
		}
	})
}
