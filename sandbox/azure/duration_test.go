package azure

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestAzuresTime: a second for each minute that Azure is at a write.
func TestAzuresTime(t *testing.T) {
	var lasted []time.Duration
	h := newHarness(t, Options{AzureTime: true, Wait: func(_ context.Context, d time.Duration) error { lasted = append(lasted, d); return nil }})
	last := func() time.Duration { return lasted[len(lasted)-1] }
	h.put(network0()...)
	h.put(policy(policyID, "Standard", nil), core())
	assert.Equal(t, short/60, last(), "no firewall has the policy")
	h.put(firewall(1, nil))
	assert.Equal(t, 8*time.Second, last())
	h.put(firewall(1, nil))
	assert.Equal(t, 4*time.Second, last())
	h.put(rcg(policyID+"/ruleCollectionGroups/more", 400))
	assert.Equal(t, 4*time.Second, last(), "a firewall has the policy")
	h.put(ipGroup("g", "10.0.0.1"))
	assert.Equal(t, short/60, last())
	h = newHarness(t, Options{AzureTime: true, Latency: 3, Wait: func(_ context.Context, d time.Duration) error { lasted = append(lasted, d); return nil }})
	h.put(network0()...)
	assert.Equal(t, short/20, last(), "three seconds for a minute")
	for name, d := range durations() {
		assert.NotNil(t, kinds()[key(name)], name)
		assert.Positive(t, min(d.create, d.update, d.remove), name)
	}
}

func TestLatencyFlag(t *testing.T) {
	scale, azure := 1.0, false
	f := LatencyFlag{&scale, &azure}
	assert.NoError(t, f.Set("azure"))
	assert.True(t, azure)
	assert.NoError(t, f.Set("0.5"))
	assert.False(t, azure)
	assert.Equal(t, "0.5", f.String())
	for _, wrong := range []string{"NaN", "-1", "+Inf", "", "Azure", "1s"} {
		assert.ErrorContains(t, f.Set(wrong), "is not a scale", wrong)
	}
	assert.Equal(t, 0.5, scale)
}
