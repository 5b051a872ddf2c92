package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/sandbox/azure"
	"github.com/aks-egress/aks-egress/sandbox/provider"
	"github.com/aks-egress/aks-egress/stack"
)

var (
	campaign = flag.Bool("faults", false, "TestFaults: every operation of dev and prod with every fault")
	only     = flag.String("faults.only", "", "TestFaults: a regular expression of the kinds of faults, of all")
	seed     = flag.Uint64("faults.seed", 1, "which fault each operation meets in a sample")
)

// A kind of fault: what it is called, and how it is written for an operation.
type faultKind struct {
	name string
	of   func(op op) string // empty: it cannot befall the operation
	// What becomes of the run: it goes on as if nothing had been, or it fails.
	passes  bool
	unheard bool // the write is made, and neither the state nor the next up knows
}

// prompt are the types that Azure answers for when it is done: nothing of them
// can fail after it was accepted.
func prompt(o op) bool {
	return o.Op == "put" && strings.HasSuffix(o.Type, "/resourceGroups") || slices.ContainsFunc([]string{
		"/roleAssignments", "/userAssignedIdentities", "/diagnosticSettings", "/maintenanceConfigurations", "/dataCollectionEndpoints",
		"/dataCollectionRules", "/dataCollectionRuleAssociations",
	}, func(end string) bool { return strings.HasSuffix(o.Type, end) })
}

func target(o op) string { return o.Op + ":" + o.Type + ":name=" + o.Name + ":" }

func always(rest string) func(op) string {
	return func(o op) string { return target(o) + rest }
}

func laterOnly(rest string) func(op) string {
	return func(o op) string {
		if prompt(o) {
			return ""
		}
		return target(o) + rest
	}
}

func putsOnly(of func(op) string) func(op) string {
	return func(o op) string {
		if o.Op != "put" {
			return ""
		}
		return of(o)
	}
}

func reads(rest string) func(op) string {
	return func(o op) string { o.Op = "get"; return target(o) + rest }
}

func roles(rest string) func(op) string {
	return func(o op) string {
		if !strings.HasSuffix(o.Type, "/roleAssignments") {
			return ""
		}
		return target(o) + rest
	}
}

func faultKinds() []faultKind {
	return []faultKind{
		{name: "500 before the write", of: always("code=InternalServerError:times=1")},
		{name: "409", of: always("code=AnotherOperationInProgress:times=1")},
		{name: "429", of: always("code=TooManyRequests:times=1")},
		{name: "503", of: always("code=ServiceUnavailable:times=1")},
		{name: "accepted, then failed", of: laterOnly("when=accepted:code=InternalServerError:times=1")},
		{name: "time-out after it was made", of: laterOnly("when=done:code=OperationTimedOut:times=1")},
		{name: "gateway's time-out after it was made", passes: true, of: always("when=done:times=1")},
		{name: "connection dropped before", passes: true, of: always("code=ConnectionDropped:times=1")},
		{name: "connection dropped after", passes: true, of: always("when=done:code=ConnectionDropped:times=1")},
		{name: "connection dropped before, for good", of: always("code=ConnectionDropped:times=4")},
		{name: "connection dropped after, for good", unheard: true, of: putsOnly(always("when=done:code=ConnectionDropped:times=4"))},
		{name: "read before fails", of: putsOnly(reads("code=InternalServerError:times=1"))},
		{name: "read after fails", passes: true, of: putsOnly(reads("code=InternalServerError:skip=1:times=1"))},
		{name: "PrincipalNotFound", passes: true, of: putsOnly(roles("code=PrincipalNotFound:times=1"))},
		{name: "role takes effect later", passes: true, of: putsOnly(roles("late=1"))},
	}
}

// traced keeps what a world traces.
type traced struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *traced) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

// from is the trace from some place on.
func (t *traced) from(at int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()[at:]
}

// end is the place at its end.
func (t *traced) end() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Len()
}

// lab is a stack whose engine runs again and again against one world.
type lab struct {
	t     *testing.T
	name  string
	world *azure.World
	stack auto.Stack
	dir   string
	pid   string // the file with the engine's process

	settings []byte // as they are in the project
	language string // the language host that pulumi import asks for

	mu     sync.Mutex
	kill   int // at which write from now on the engine is killed; 0: at none
	before int // what the trace had come to when it was killed

	trace traced

	creates, deletes []op           // the operations of an up and of a destroy
	state, azure     map[string]any // after an up that nothing disturbed

	within map[string]bool // what is in Azure as a part of something else

	engines, runs, converged int
	lost                     []string
}

func newLab(t *testing.T, name string) *lab {
	t.Helper()
	ctx := t.Context()
	l := &lab{t: t, name: name, dir: t.TempDir()}
	l.pid, l.language = filepath.Join(l.dir, "pid"), serveLanguage(t, &languageHost{})
	var err error
	l.world, err = azure.Open("", azure.Options{Latency: 0.001, Wait: l.writing, Trace: &l.trace})
	require.NoError(t, err)
	served, err := provider.Serve(context.Background(), l.world, provider.Options{SubscriptionID: azure.DefaultSubscription, TenantID: azure.DefaultTenant})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, served.Close()); l.world.Wait() })

	work := filepath.Join(l.dir, "work")
	for _, dir := range []string{work, filepath.Join(l.dir, "backend"), filepath.Join(l.dir, "bin")} {
		require.NoError(t, os.MkdirAll(dir, 0o700))
	}
	l.settings, err = os.ReadFile(filepath.Join(root, "Pulumi."+name+".yaml"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(work, "Pulumi."+name+".yaml"), l.settings, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(work, "Pulumi.yaml"), []byte("name: aks-egress\nruntime: go\n"), 0o600))

	// The engine goes by way of a script that says which process it is.
	cli, err := sandbox.CLI(ctx, root, os.Stderr)
	require.NoError(t, err)
	script := fmt.Sprintf("#!/bin/sh\necho $$ > %q\nexec %q \"$@\"\n", l.pid, filepath.Join(cli, "pulumi"))
	require.NoError(t, os.WriteFile(filepath.Join(l.dir, "bin", "pulumi"), []byte(script), 0o700))
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: l.dir, SkipVersionCheck: true})
	require.NoError(t, err)
	workspace, err := auto.NewLocalWorkspace(ctx, auto.WorkDir(work), auto.PulumiHome(filepath.Join(l.dir, "home")), auto.Pulumi(command), auto.Program(stack.Deploy),
		auto.EnvVars(map[string]string{
			"PULUMI_DEBUG_PROVIDERS": "azure-native:" + strconv.Itoa(served.Port), "PULUMI_SKIP_UPDATE_CHECK": "true",
			"PULUMI_BACKEND_URL": "file://" + filepath.Join(l.dir, "backend") + "?metadata=skip", "PULUMI_CONFIG_PASSPHRASE": "sandbox",
			"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		}))
	require.NoError(t, err)
	l.stack, err = auto.UpsertStack(ctx, name, workspace)
	require.NoError(t, err)
	return l
}

// writing is how the world waits while a write is under way: the moment to kill
// an engine. Azure goes on.
func (l *lab) writing(context.Context, time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kill == 0 {
		return nil
	}
	if l.kill--; l.kill > 0 {
		return nil
	}
	l.before = l.trace.end()
	raw, err := os.ReadFile(l.pid)
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// try runs an operation, and returns what was printed, the end last.
func (l *lab) try(op sandbox.Operation) (said string, ok bool) {
	var out bytes.Buffer
	_, err := sandbox.Operate(l.t.Context(), op, l.stack, &out, &out)
	l.engines++
	l.world.Wait()
	if err != nil {
		return out.String() + err.Error(), false
	}
	return out.String(), true
}

func (l *lab) do(op sandbox.Operation) string {
	l.t.Helper()
	said, ok := l.try(op)
	require.True(l.t, ok, said)
	return said
}

// set puts faults into the world.
func (l *lab) set(specs ...string) {
	l.t.Helper()
	all, err := azure.ParseFaults(strings.Join(specs, ","))
	require.NoError(l.t, err)
	l.world.SetFaults(all)
}

// deployment is what the state holds.
func (l *lab) deployment() apitype.DeploymentV3 {
	l.t.Helper()
	raw, err := os.ReadFile(filepath.Join(l.dir, "backend", ".pulumi", "stacks", "aks-egress", l.name+".json"))
	require.NoError(l.t, err)
	var file struct {
		Checkpoint struct {
			Latest apitype.DeploymentV3 `json:"latest"`
		} `json:"checkpoint"`
	}
	require.NoError(l.t, json.Unmarshal(raw, &file))
	return file.Checkpoint.Latest
}

// kept is what the state holds of Azure's resources, by ID, without what
// differs from one run to the next.
func (l *lab) kept() map[string]any {
	l.t.Helper()
	out, addresses := map[string]any{}, l.addresses()
	for _, r := range l.deployment().Resources {
		if !strings.HasPrefix(string(r.ID), "/subscriptions/") {
			continue
		}
		out[strings.ToLower(string(r.ID))] = map[string]any{
			"urn": string(r.URN), "parent": string(r.Parent), "inputs": open(r.Inputs, addresses), "outputs": open(r.Outputs, addresses), "errors": r.InitErrors,
			"dependencies": len(r.Dependencies),
		}
	}
	return out
}

// addresses names a public address by whose it is: which of a prefix it is
// depends on who comes first.
func (l *lab) addresses() map[string]string {
	out := map[string]string{}
	for _, r := range l.world.List() {
		properties, _ := r["properties"].(map[string]any)
		if address, ok := properties["ipAddress"].(string); ok && r["type"] == "Microsoft.Network/publicIPAddresses" {
			out[address] = fmt.Sprintf("the address of %v", r["name"])
			out[address+"/32"] = out[address] + "/32"
		}
	}
	return out
}

// open drops what is encrypted, as the same text is another one each time, and
// etags, which tell apart what was written, not what is there.
func open(v any, addresses map[string]string) any {
	switch v := v.(type) {
	case map[string]any:
		if _, secret := v["ciphertext"]; secret {
			return "secret"
		}
		out := map[string]any{}
		for name, x := range v {
			if name != "etag" {
				out[name] = open(x, addresses)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = open(x, addresses)
		}
		return out
	case string:
		if whose, ok := addresses[v]; ok {
			return whose
		}
	}
	return v
}

// there is what is in Azure, by ID.
func (l *lab) there() map[string]any {
	out, addresses := map[string]any{}, l.addresses()
	for _, r := range l.world.List() {
		out[strings.ToLower(r["id"].(string))] = open(r, addresses)
	}
	return out
}

// plan is an operation and the fault that it meets.
type plan struct {
	op   op
	kind faultKind
}

func (p plan) spec() string { return p.kind.of(p.op) }

// writes are the writes in the trace from some place on.
func (l *lab) writes(from int) []op {
	l.t.Helper()
	var out []op
	for line := range strings.Lines(l.trace.from(from)) {
		var o op
		require.NoError(l.t, json.Unmarshal([]byte(line), &o))
		if o.Op != "read" {
			out = append(out, o)
		}
	}
	return out
}

// undisturbed brings the stack up and takes it down once, and notes what that
// takes and what it comes to.
func (l *lab) undisturbed() {
	l.t.Helper()
	operations := func(what sandbox.Operation, kind string) []op {
		from := l.trace.end()
		l.do(what)
		out := l.writes(from)
		for i := range out {
			out[i].Op = kind
		}
		return out
	}
	l.creates = operations(sandbox.Up, "put")
	l.do(sandbox.Refresh) // a parent's children came after it
	l.state, l.azure = l.kept(), l.there()
	l.within = map[string]bool{}
	for id := range l.azure {
		l.within[id] = l.state[id] == nil
	}
	l.deletes = operations(sandbox.Destroy, "delete")
	require.Empty(l.t, l.there())
}

// through runs an operation again and again until nothing is in its way any
// more. Each run meets a fault or several, at resources that do not wait for one
// another, and has to say so; the next is what makes up for it.
func (l *lab) through(what sandbox.Operation, left []plan) {
	l.t.Helper()
	var before []plan // what earlier runs met
	for {
		var specs []string
		for _, p := range left {
			specs = append(specs, p.spec())
		}
		l.set(specs...)
		said, ok := l.try(what)
		unmet := l.world.Unmet()
		var met, rest []plan
		for i, p := range left {
			all, err := azure.ParseFaults(specs[i])
			require.NoError(l.t, err)
			if slices.ContainsFunc(unmet, func(line string) bool {
				spec, _, _ := strings.Cut(line, ": did you mean")
				return spec == all[0].String()
			}) {
				rest = append(rest, p)
			} else {
				met = append(met, p)
			}
		}
		l.runs += len(met)
		for _, p := range met {
			l.told(what, p, said, ok)
		}
		adopted := l.takeOver(said)
		before = append(before, met...)
		l.orphans(what, before)
		if ok {
			assert.NotContains(l.t, said, " replaced")
			for _, p := range rest {
				assert.Fail(l.t, "a fault was never met", p.spec())
			}
			return
		}
		if len(met) == 0 && !adopted && !strings.Contains(said, "is still reserved after its deletion") {
			require.Fail(l.t, "the run failed without a fault", said)
		}
		left = rest
	}
}

// told holds a run that met a fault against what it has to come to: it goes on
// as if nothing had been, or its end names the resource and says what to do next.
func (l *lab) told(what sandbox.Operation, p plan, said string, ok bool) {
	l.t.Helper()
	id := strings.ToLower(p.op.ID)
	var fine bool
	if p.kind.passes {
		fine = assert.Equal(l.t, what == sandbox.Up, l.kept()[id] != nil, "%s: %s: the run passes over it\n%s", l.name, p.spec(), said)
	} else {
		_, end, _ := strings.Cut(said, fmt.Sprintf("%s failed at:\n", what))
		fine = assert.False(l.t, ok, "%s: %s: the run must fail", l.name, p.spec()) &&
			assert.Regexp(l.t, `(?m)^  `+regexp.QuoteMeta(l.known(id))+` \(azure-native:[^)]*\): .*\n    next: .`, end, "%s: %s: the end of the run names the resource", l.name, p.spec())
	}
	if !fine {
		l.lost = append(l.lost, p.spec())
	}
}

// known is a resource's name in the program.
func (l *lab) known(id string) string {
	kept, ok := l.state[id].(map[string]any)
	require.True(l.t, ok, id)
	urn, ok := kept["urn"].(string)
	require.True(l.t, ok, id)
	return urn[strings.LastIndex(urn, "::")+2:]
}

var asked = regexp.MustCompile(`\* (aks-egress:\S*nodeResourceGroup): is not set, but the last update sent "([^"]+)", .*keep it as it was`)

// takeOver does what the end of a run says is to be done about what is in Azure
// and not in the state.
func (l *lab) takeOver(said string) bool {
	l.t.Helper()
	done := false
	// What Azure chose, an import makes a setting of; the stack does not let go of
	// it, and says which.
	if kept := asked.FindStringSubmatch(said); kept != nil {
		require.NoError(l.t, l.stack.SetConfigWithOptions(l.t.Context(), kept[1], auto.ConfigValue{Value: kept[2]}, &auto.ConfigOptions{Path: true}))
		done = true
	}
	for line := range strings.Lines(said) {
		if _, id, found := strings.Cut(line, "remove it: az rest --method delete --url '"); found {
			id, rest, _ := strings.Cut(id, "?api-version=")
			version, _, _ := strings.Cut(rest, "'")
			require.NoError(l.t, l.world.Delete(l.t.Context(), id, version))
			done = true
			continue
		}
		_, command, found := strings.Cut(line, "take it over: pulumi import ")
		if !found {
			continue
		}
		command, _, _ = strings.Cut(command, "; otherwise")
		l.cli(append([]string{"import", "--yes", "--skip-preview", "--stack", l.name}, strings.Fields(strings.ReplaceAll(command, "'", ""))...)...)
		done = true
	}
	return done
}

// orphans finds what is in Azure and not in the state: nobody would ever delete
// it.
func (l *lab) orphans(what sandbox.Operation, met []plan) {
	l.t.Helper()
	kept := l.kept()
	for _, id := range slices.Sorted(maps.Keys(l.there())) {
		if kept[id] != nil || l.within[id] {
			continue
		}
		at := slices.IndexFunc(met, func(p plan) bool { return strings.EqualFold(p.op.ID, id) && p.kind.unheard })
		if at < 0 {
			l.lost = append(l.lost, fmt.Sprintf("%s: %s: after %v", what, id, met))
		}
	}
}

// settled holds what the stack has come to against what it comes to undisturbed.
func (l *lab) settled(during string) {
	l.t.Helper()
	l.set()
	again := l.do(sandbox.Up)
	l.do(sandbox.Refresh)
	same := assert.Equal(l.t, l.azure, l.there(), during) && assert.Equal(l.t, l.state, l.asUndisturbed(l.kept()), during)
	same = assert.Contains(l.t, again, " unchanged", during) && assert.NotRegexp(l.t, ` (created|updated|replaced|deleted)`, again, during) && same
	if !same {
		l.lost = append(l.lost, during)
	}
}

// asUndisturbed drops from the inputs of what was taken over what Azure says
// anyway, and the stack does not take back: a cluster's node resource group.
func (l *lab) asUndisturbed(kept map[string]any) map[string]any {
	part := func(of map[string]any, id, name string) map[string]any {
		resource, _ := of[id].(map[string]any)
		out, _ := resource[name].(map[string]any)
		return out
	}
	for id := range kept {
		inputs, outputs := part(kept, id, "inputs"), part(kept, id, "outputs")
		for name, value := range inputs {
			if _, sent := part(l.state, id, "inputs")[name]; !sent && assert.ObjectsAreEqual(outputs[name], value) {
				delete(inputs, name)
			}
		}
	}
	return kept
}

// round is one fault for each operation of an up and of a destroy.
func (l *lab) round(during string, choose func(i int, o op) (faultKind, bool)) {
	l.t.Helper()
	runs, lost := l.runs, len(l.lost)
	plans := func(ops []op) []plan {
		var out []plan
		for i, o := range ops {
			if kind, ok := choose(i, o); ok && kind.of(o) != "" {
				out = append(out, plan{o, kind})
			}
		}
		return out
	}
	l.through(sandbox.Up, plans(l.creates))
	l.settled(during)
	l.through(sandbox.Destroy, plans(l.deletes))
	l.set()
	require.NoError(l.t, os.WriteFile(filepath.Join(l.dir, "work", "Pulumi."+l.name+".yaml"), l.settings, 0o600))
	if !assert.Empty(l.t, l.there(), during) || !assert.Empty(l.t, l.kept(), during) {
		l.lost = append(l.lost, during+": left behind")
	}
	if len(l.lost) == lost {
		l.converged += l.runs - runs
	}
}

// reserved takes the stack down so that each name stays taken for a moment, and
// brings it up again.
func (l *lab) reserved() {
	l.t.Helper()
	l.do(sandbox.Up)
	var specs []string
	for _, o := range l.deletes {
		specs = append(specs, target(o)+"reserved=1")
	}
	l.set(specs...)
	l.do(sandbox.Destroy)
	require.Empty(l.t, l.world.Unmet())
	l.through(sandbox.Up, nil)
	l.runs += len(specs)
	l.settled("a name that stays reserved")
	l.do(sandbox.Destroy)
	l.converged += len(specs)
}

// killed kills the engine during each write of an operation, while Azure goes
// on. The state is locked then, and has operations of which nobody knows how
// they ended: Pulumi wants to be told that nobody runs any more, and to refresh.
// What Azure has made meanwhile is taken over as the next run says; pulumi
// refresh --import-pending-creates does not do that: in 3.250.0 it drops what it
// is to import. A sample is of one write in the middle.
func (l *lab) killed(what sandbox.Operation, sample bool) {
	l.t.Helper()
	l.set()
	at := 1
	if sample {
		at = len(l.creates) / 2
	}
	seen, adopted := map[string]bool{}, 0
	for {
		l.mu.Lock()
		l.kill = at
		l.mu.Unlock()
		said, ok := l.try(what)
		l.mu.Lock()
		alive := l.kill > 0
		l.kill = 0
		l.mu.Unlock()
		if alive && ok {
			assert.NotContains(l.t, said, " replaced")
			return
		}
		if alive {
			adopted++
			require.True(l.t, l.takeOver(said) && adopted < 20, said)
			continue
		}
		adopted = 0
		// What the trace has since are the writes that were under way. An update
		// that nobody heard of is written again, and is no new one.
		fresh := 0
		for _, o := range l.writes(l.before) {
			if id := o.Op + " " + o.ID; !seen[id] {
				seen[id] = true
				fresh++
			}
		}
		l.runs += fresh
		l.converged += fresh
		if at++; fresh > 0 {
			at = 1
			l.t.Logf("%s: %s: killed at %d writes so far", l.name, what, len(seen))
		}
		if sample {
			at = 1 << 30
		}
		assert.Regexp(l.t, "(?s)ended in the middle, and Azure may have gone on with:\n  .*next: pulumi cancel.*; pulumi refresh --clear-pending-creates", said)
		require.NoError(l.t, l.stack.Cancel(l.t.Context()))
		l.cli("refresh", "--yes", "--skip-preview", "--clear-pending-creates", "--stack", l.name)
		l.takeOver(said)
	}
}

// cli runs the Pulumi CLI.
func (l *lab) cli(args ...string) {
	l.t.Helper()
	l.engines++
	w := l.stack.Workspace()
	env := []string{"PULUMI_HOME=" + w.PulumiHome(), "PULUMI_DEBUG_LANGUAGES=" + l.language}
	for k, v := range w.GetEnvVars() {
		env = append(env, k+"="+v)
	}
	out, errOut, _, err := w.PulumiCommand().Run(l.t.Context(), w.WorkDir(), nil, nil, nil, env, args...)
	require.NoError(l.t, err, "%v %s %s", args, out, errOut)
}

// TestFaults: whatever goes wrong with whichever operation, the run says which
// resource and what to do next, the same command again comes to what it comes to
// undisturbed, and destroy leaves nothing. A sample of dev, or with -faults
// of dev and prod.
func TestFaults(t *testing.T) {
	stacks := []string{"dev"}
	if *campaign {
		stacks = []string{"dev", "prod"}
	}
	for _, name := range stacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			l := newLab(t, name)
			l.undisturbed()
			kinds, met := faultKinds(), 0
			which := regexp.MustCompile(*only)
			of := func(kind string, befall func()) {
				if !which.MatchString(kind) {
					return
				}
				met++
				befall()
				t.Logf("%s: %s: %d runs so far, converged %d, lost %d, %s", name, kind, l.runs, l.converged, len(l.lost), time.Since(began).Round(time.Second))
			}
			if *campaign {
				for _, kind := range kinds {
					of(kind.name, func() { l.round(kind.name, func(int, op) (faultKind, bool) { return kind, true }) })
				}
			} else {
				random := rand.New(rand.NewPCG(*seed, 0))
				l.round(fmt.Sprintf("sample %d", *seed), func(_ int, o op) (faultKind, bool) {
					for {
						if kind := kinds[random.IntN(len(kinds))]; kind.of(o) != "" {
							return kind, true
						}
					}
				})
				met = len(kinds)
			}
			of("a name that stays reserved", l.reserved)
			of("a killed engine", func() {
				l.killed(sandbox.Up, !*campaign)
				l.settled("a killed engine")
				l.killed(sandbox.Destroy, !*campaign)
				assert.Empty(t, l.there())
				assert.Empty(t, l.kept())
			})
			how := fmt.Sprintf("each of %d kinds where it can befall one", met)
			if !*campaign {
				how = "a sample"
			}
			t.Logf("%s: %d operations × %d faults = %d runs, converged %d, lost %d (%s; %d runs of the engine, as faults that do not wait for one another share one)",
				name, len(l.creates)+len(l.deletes), met, l.runs, l.converged, len(l.lost), how, l.engines)
			assert.Empty(t, l.lost)
		})
	}
}
