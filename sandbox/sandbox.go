package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/sandbox/azure"
	"github.com/aks-egress/aks-egress/sandbox/provider"
)

// WorldOptions say which resources a sandbox holds and how it behaves.
type WorldOptions struct {
	// Path is the file the resources are kept in; empty keeps them in memory.
	Path string
	// Existing is a file of resources that are there from the start and that
	// no stack owns: a list of {id, apiVersion, body}, JSON or YAML.
	Existing string
	// Trace is a file that gets one JSON object a line for each operation; it
	// is written even when there is none.
	Trace string
	// Latency scales how long each write stays open; 0 is 1.
	Latency float64
	// AzureTime keeps a write open for a second, times Latency, for each minute
	// that Azure is at it.
	AzureTime bool
	// Fault makes operations fail; see package azure for how it is written.
	Fault string
	// Unknown says what becomes of types that the sandbox does not know: refuse,
	// which empty is, or accept.
	Unknown string
}

// Check says what is wrong with how the world is described, before anything
// runs.
func (w WorldOptions) Check() error {
	var errs []error
	if w.Latency < 0 || math.IsNaN(w.Latency) || math.IsInf(w.Latency, 0) {
		errs = append(errs, fmt.Errorf("--latency: %v is not a scale: give a number of 0 or more", w.Latency))
	}
	if _, err := azure.ParseFaults(w.Fault); err != nil {
		errs = append(errs, fmt.Errorf("--fault: %w", err))
	}
	if w.Unknown != "" && w.Unknown != "refuse" && w.Unknown != "accept" {
		errs = append(errs, fmt.Errorf("--unknown: %q is not one of refuse, accept", w.Unknown))
	}
	return errors.Join(errs...)
}

// server is a running sandbox.
type server struct {
	world    *azure.World
	provider *provider.Server
	trace    *os.File
}

// start opens the world and serves the provider in front of it. What is to be
// told to the user goes to out.
func start(ctx context.Context, w WorldOptions, out io.Writer) (_ *server, err error) {
	s := &server{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	faults, err := azure.ParseFaults(w.Fault)
	if err != nil {
		return s, err
	}
	o := azure.Options{Latency: w.Latency, AzureTime: w.AzureTime, Faults: faults, Unknown: w.Unknown == "accept"}
	if w.Trace != "" {
		if s.trace, err = azure.CreateTrace(w.Trace); err != nil {
			return s, err
		}
		o.Trace = s.trace
	}
	if s.world, err = azure.Open(w.Path, o); err != nil {
		return s, err
	}
	if w.Existing != "" {
		b, err := os.ReadFile(w.Existing)
		if err != nil {
			return s, err
		}
		resources, err := azure.ParseResources(b)
		if err != nil {
			return s, fmt.Errorf("%s: %w", w.Existing, err)
		}
		if err := s.world.Seed(resources); err != nil {
			return s, fmt.Errorf("%s: %w", w.Existing, err)
		}
	}
	s.provider, err = provider.Serve(ctx, s.world, provider.Options{
		SubscriptionID: azure.DefaultSubscription, TenantID: azure.DefaultTenant,
		Unknown: w.Unknown == "accept", Told: func(line string) { fmt.Fprintln(out, line) },
	})
	return s, err
}

// env is what points an engine at the sandbox.
func (s *server) env() map[string]string {
	return map[string]string{
		"PULUMI_DEBUG_PROVIDERS":   "azure-native:" + strconv.Itoa(s.provider.Port),
		"PULUMI_SKIP_UPDATE_CHECK": "true",
	}
}

func (s *server) close() error {
	var errs []error
	if s.provider != nil {
		errs = append(errs, s.provider.Close())
	}
	if s.world != nil {
		s.world.Wait()
	}
	if s.trace != nil {
		if s.world != nil {
			errs = append(errs, s.world.TraceError())
		}
		errs = append(errs, s.trace.Close())
	}
	return errors.Join(errs...)
}

// Operation is what the engine is asked to do.
type Operation string

// The operations.
const (
	Preview Operation = "preview"
	Up      Operation = "up"
	Refresh Operation = "refresh"
	Destroy Operation = "destroy"
)

// operations are all of them.
var operations = []Operation{Preview, Up, Refresh, Destroy}

// Options say which stack is run, and how.
type Options struct {
	WorldOptions
	// Dir is the root of the project: Pulumi.yaml, the stack files and the
	// tools module are there.
	Dir string
	// State is the folder the stack's state and world are kept in; empty is
	// .sandbox/<stack> in Dir.
	State string
	// Stack is the stack's name; its settings are in Pulumi.<stack>.yaml.
	Stack string
	// File holds the settings instead of Pulumi.<stack>.yaml.
	File string
	// Program is what declares the resources.
	Program pulumi.RunFunc
	// Diff shows each property of each resource instead of Pulumi's tree.
	Diff bool
	// Out gets the engine's output, Err what we say ourselves. A terminal shows
	// Pulumi's own display, in colours unless NO_COLOR is set.
	Out, Err io.Writer
}

func (o *Options) state() string {
	if o.State != "" {
		return o.State
	}
	return filepath.Join(o.Dir, ".sandbox", o.Stack)
}

func (o *Options) file() string {
	if o.File != "" {
		return o.File
	}
	return filepath.Join(o.Dir, "Pulumi."+o.Stack+".yaml")
}

// Changes counts what an operation did, by kind: create, update, replace,
// delete, same. A preview counts what it would do.
type Changes map[string]int

// Report is what an operation did, or would do, and what refused it.
type Report struct {
	Changes  Changes
	Steps    []Step
	Refusals []Refusal // empty unless the operation failed
}

// Run runs one operation on a stack through the real Pulumi engine and returns
// what changed. The user's stack file is read, never written: the run works on
// a copy without encryption keys, in which secrets are placeholders.
func Run(ctx context.Context, op Operation, o Options) (Changes, error) {
	r, err := RunReport(ctx, op, o)
	return r.Changes, err
}

// RunReport is Run, and says of each resource what happens to it. The report of
// a failed operation has what the engine heard until then.
func RunReport(ctx context.Context, op Operation, o Options) (_ Report, err error) {
	none := Report{}
	cli, version, err := findCLI(ctx, o.Dir, o.Err)
	if err != nil {
		return none, err
	}
	if o.Path == "" {
		o.Path = filepath.Join(o.state(), "world.json")
	}
	release, err := o.own()
	if err != nil {
		return none, err
	}
	defer func() { err = errors.Join(err, release()) }()
	_, _, kept, err := o.kept()
	if err != nil {
		return none, err
	}
	if err := o.fits(kept); err != nil {
		return none, err
	}
	work := filepath.Join(o.state(), "work")
	secrets, err := copyStackFile(o.file(), filepath.Join(work, "Pulumi."+o.Stack+".yaml"))
	if err != nil {
		return none, err
	}
	if err := copyProject(filepath.Join(o.Dir, "Pulumi.yaml"), filepath.Join(work, "Pulumi.yaml")); err != nil {
		return none, err
	}
	s, err := start(ctx, o.WorldOptions, o.Err)
	if errors.Is(err, azure.ErrNotAWorld) {
		err = fmt.Errorf("%w: %s", err, o.startOver())
	}
	if err != nil {
		return none, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := o.settle(s.world); err != nil {
		return none, err
	}
	stack, err := o.stack(ctx, cli, version, work, s.env(), secrets)
	if err != nil {
		return none, err
	}
	defer func() {
		for _, fault := range s.world.Unmet() {
			fmt.Fprintf(o.Err, "--fault: never met: %s\n", fault)
		}
	}()
	how := display{diff: o.Diff, colour: "never"}
	if terminal(o.Out) != nil && os.Getenv("NO_COLOR") == "" {
		how.colour = "always"
	}
	return operate(ctx, op, stack, how, o.Out, o.Err)
}

// stack opens the stack, making it in its own backend when it is not there.
func (o *Options) stack(ctx context.Context, cli, version, work string, env map[string]string, secrets []string) (auto.Stack, error) {
	backend, err := filepath.Abs(o.backend())
	if err != nil {
		return auto.Stack{}, err
	}
	// Pulumi replaces a state file at once, but writes a file of attributes
	// beside it that an engine killed meanwhile leaves empty, and then nothing
	// reads the state any more.
	env["PULUMI_BACKEND_URL"] = "file://" + filepath.ToSlash(backend) + "?metadata=skip"
	env["PULUMI_CONFIG_PASSPHRASE"] = "sandbox"
	// Without it the engine looks for a plugin to download for the provider
	// that the sandbox stands in for.
	env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
	home, err := filepath.Abs(filepath.Join(o.state(), "home"))
	if err != nil {
		return auto.Stack{}, err
	}
	command, err := ownGroup(filepath.Join(cli, cliName()), version, terminal(o.Out))
	if err != nil {
		return auto.Stack{}, err
	}
	workspace, err := auto.NewLocalWorkspace(ctx,
		auto.WorkDir(work), auto.PulumiHome(home), auto.Pulumi(command), auto.EnvVars(env), auto.Program(o.Program))
	if err != nil {
		return auto.Stack{}, err
	}
	// Each start of the CLI takes half a second: that there is such a stack is
	// seen from its state.
	open := auto.SelectStack
	if state, _, _, err := o.kept(); err != nil {
		return auto.Stack{}, err
	} else if state == "" {
		open = auto.NewStack
	}
	stack, err := open(ctx, o.Stack, workspace)
	if err != nil {
		return auto.Stack{}, err
	}
	for _, key := range secrets {
		if err := stack.SetConfigWithOptions(ctx, key, auto.ConfigValue{Value: "sandbox-placeholder", Secret: true}, &auto.ConfigOptions{Path: true}); err != nil {
			return auto.Stack{}, err
		}
	}
	return stack, nil
}

// untagged drops the engine's colour tags, which it leaves in some of what it
// prints without colours.
type untagged struct{ w io.Writer }

var colourTag = regexp.MustCompile(`<\{%[^%]*%\}>`)

func (u untagged) Write(p []byte) (int, error) {
	if _, err := u.w.Write(colourTag.ReplaceAll(p, nil)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Operate runs one operation on a stack whose engine finds a sandbox. What the
// engine prints goes to two writers; the error names the resources it failed
// at, and what to do next.
func Operate(ctx context.Context, op Operation, stack auto.Stack, w, errW io.Writer) (Changes, error) {
	r, err := operate(ctx, op, stack, display{diff: true, colour: "never"}, w, errW)
	return r.Changes, err
}

// parallel is how many operations may be under way at once. Pulumi's own default
// goes by the processors, and here nothing waits for one: ten clusters would
// wait for each other.
const parallel = 64

// display is how the engine shows what it does.
type display struct {
	diff   bool // each property of each resource
	colour string
}

func operate(ctx context.Context, op Operation, stack auto.Stack, how display, w, errW io.Writer) (Report, error) {
	out, errOut, heard := untagged{w}, untagged{errW}, watch()
	var did Changes
	var err error
	switch op {
	case Preview:
		options := []optpreview.Option{optpreview.ProgressStreams(out), optpreview.ErrorProgressStreams(errOut), optpreview.EventStreams(heard.events), optpreview.Color(how.colour)}
		if how.diff {
			options = append(options, optpreview.Diff())
		}
		var r auto.PreviewResult
		r, err = stack.Preview(ctx, options...)
		did = Changes{}
		for k, n := range r.ChangeSummary {
			did[string(k)] = n
		}
	case Up:
		options := []optup.Option{optup.ProgressStreams(out), optup.ErrorProgressStreams(errOut), optup.EventStreams(heard.events), optup.Color(how.colour), optup.Parallel(parallel)}
		if how.diff {
			options = append(options, optup.Diff())
		}
		var r auto.UpResult
		r, err = stack.Up(ctx, options...)
		did = changes(r.Summary)
	case Refresh:
		options := []optrefresh.Option{optrefresh.ProgressStreams(out), optrefresh.ErrorProgressStreams(errOut), optrefresh.EventStreams(heard.events), optrefresh.Color(how.colour)}
		if how.diff {
			options = append(options, optrefresh.Diff())
		}
		var r auto.RefreshResult
		r, err = stack.Refresh(ctx, options...)
		did = changes(r.Summary)
	case Destroy:
		var r auto.DestroyResult
		r, err = stack.Destroy(ctx, optdestroy.ProgressStreams(out), optdestroy.ErrorProgressStreams(errOut), optdestroy.EventStreams(heard.events), optdestroy.Color(how.colour), optdestroy.Parallel(parallel))
		did = changes(r.Summary)
	default:
		return Report{}, fmt.Errorf("%q is not an operation: use preview, up, refresh or destroy", op)
	}
	heard.end()
	if err != nil {
		return Report{Steps: heard.steps, Refusals: heard.refusals(op)}, heard.err(op, stack) //nolint:contextcheck // an interrupted operation has no time left in its own
	}
	return Report{Changes: did, Steps: heard.steps}, nil
}

func changes(summary auto.UpdateSummary) Changes {
	out := Changes{}
	if summary.ResourceChanges != nil {
		for k, n := range *summary.ResourceChanges {
			out[k] = n
		}
	}
	return out
}

// Total is how many resources the changes touch: everything but same.
func (c Changes) Total() int {
	n := 0
	for k, v := range c {
		if k != string(apitype.OpSame) {
			n += v
		}
	}
	return n
}
