package plan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aks-egress/aks-egress/internal/gobuild"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/sandbox"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// Options say what is planned.
type Options struct {
	Base, Head string // as given: a stack, a file, REV:PATH or a revision; Base may be none
	Stack      string // the stack's name, where the arguments do not say it
	World      sandbox.WorldOptions
	Program    pulumi.RunFunc
	Version    string    // of the module that Program is of; empty: not known
	Err        io.Writer // gets how far it is
}

// BadInput is what is wrong with the arguments or with the new settings.
type BadInput struct{ error }

func (e BadInput) Unwrap() error { return e.error }

// planner is one run.
type planner struct {
	Options
	temp       string
	base, head operand.Place
	plan       *Plan
}

// Make plans. Bad input is a BadInput.
func Make(ctx context.Context, o Options) (_ *Plan, err error) {
	temp, err := os.MkdirTemp("", "aks-egress-plan-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	p := &planner{Options: o, temp: temp, plan: &Plan{Base: o.Base, Head: o.Head}}
	if err := p.place(); err != nil {
		return nil, BadInput{err}
	}
	if p.head.File == "" {
		p.plan.unknown("%s has no stack %s, so there is nothing to bring up; what is deployed of it stays until it is destroyed", o.Head, p.plan.Stack)
		return p.plan, nil
	}
	if err := p.headRuns(); err != nil {
		p.plan.unknown("the program of HEAD (%s) cannot be run here: %s", o.Head, err)
		return p.plan, nil
	}
	if _, err := settings.Load(p.head.File); err != nil {
		return nil, BadInput{err}
	}
	return p.plan, p.run(ctx)
}

// place finds both sides.
func (p *planner) place() error {
	l := &operand.Loader{}
	var errs []error
	for _, side := range []struct {
		arg, role string
		at        *operand.Place
	}{{p.Base, "BASE", &p.base}, {p.Head, "HEAD", &p.head}} {
		if side.arg == "none" && side.role == "BASE" {
			continue
		}
		at, err := l.Place(side.arg, p.Stack, filepath.Join(p.temp, side.role))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", side.role, side.arg, err))
		}
		*side.at = at
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if p.base.File == "" && p.head.File == "" {
		return fmt.Errorf("neither %s nor %s has these settings: there is nothing to plan", p.Base, p.Head)
	}
	for _, name := range []string{p.Stack, p.head.Stack, p.base.Stack, "plan"} {
		if name != "" {
			p.plan.Stack = name
			break
		}
	}
	return nil
}

// headRuns is why the new side's program is not the one that is linked in here.
func (p *planner) headRuns() error {
	if err := p.head.Deploys(); err != nil {
		return err
	}
	wanted, err := requires(p.head.Project)
	if err != nil {
		return err
	}
	if wanted != "" && p.Version != "" && wanted != p.Version {
		return fmt.Errorf("its go.mod has aks-egress %s, and this command is %s: run it as go tool aks-egress sandbox plan", wanted, p.Version)
	}
	if p.head.Commit == "" {
		return nil
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	same, err := sameProgram((&operand.Loader{Dir: here}).ProjectFolder(), p.head.Project)
	if err == nil && !same {
		err = errors.New("its Go sources or modules are not those of the working tree, which is what runs: check the revision out")
	}
	return err
}

func (p *planner) say(format string, args ...any) { fmt.Fprintf(p.Err, format+"\n", args...) }

// run is the plan itself.
func (p *planner) run(ctx context.Context) error {
	o := sandbox.Options{WorldOptions: p.World, Dir: p.head.Project, State: filepath.Join(p.temp, "state"), Stack: p.plan.Stack, File: p.head.File, Program: p.Program}
	o.Fault = "" // it is for the last run
	if p.Base == "none" && p.base.Project == "" {
		p.plan.note("%s is compared with nothing", p.Head)
	} else if p.base.File == "" {
		p.plan.note("%s has no stack %s: it is a new one, compared with nothing", p.Base, p.plan.Stack)
	} else if err := p.bringBaseUp(ctx, o); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.plan.unknown("BASE (%s) cannot be brought up, so what HEAD changes cannot be known: %s", p.Base, err)
		p.plan.note("HEAD was brought up in an empty world instead")
		o.State = filepath.Join(p.temp, "fresh")
	}
	var said bytes.Buffer
	o.Out, o.Err = &said, &said
	p.say("previewing HEAD (%s)", p.Head)
	r, err := sandbox.RunReport(ctx, sandbox.Preview, o)
	if err == nil {
		p.plan.changes(r)
		said.Reset()
		o.Fault = p.World.Fault
		p.say("bringing HEAD up")
		r, err = sandbox.RunReport(ctx, sandbox.Up, o)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && len(r.Refusals) > 0:
		p.plan.refused(r.Refusals)
	case err != nil:
		p.plan.unknown("HEAD (%s) could not be run: %s", p.Head, err)
	}
	return nil
}

// bringBaseUp makes the world that the new side is held against.
func (p *planner) bringBaseUp(ctx context.Context, o sandbox.Options) error {
	same, err := sameProgram(p.base.Project, p.head.Project)
	if err != nil {
		return err
	}
	if err := p.base.Deploys(); err != nil {
		return err
	}
	o.Dir, o.File = p.base.Project, p.base.File
	if !same {
		return p.withItsOwnProgram(ctx, o)
	}
	if _, err := settings.Load(o.File); err != nil {
		return fmt.Errorf("its settings are not accepted: %s", oneLine(err.Error()))
	}
	p.say("bringing BASE up (%s)", p.Base)
	var said bytes.Buffer
	o.Out, o.Err = &said, &said
	r, err := sandbox.RunReport(ctx, sandbox.Up, o)
	if err == nil {
		return nil
	}
	why := []string{oneLine(err.Error())}
	if len(r.Refusals) > 0 {
		why = nil
	}
	for _, refusal := range r.Refusals {
		why = append(why, Refusal{refusal.Type, refusal.Name, refusal.Reason, ""}.text())
	}
	return errors.New(strings.Join(why, "; "))
}

const command = module + "/cmd/aks-egress-sandbox"

// withItsOwnProgram builds the old side's program, and brings the stack up with
// it.
func (p *planner) withItsOwnProgram(ctx context.Context, o sandbox.Options) error {
	p.say("BASE has other Go sources or modules than HEAD: building its own program, which can take minutes")
	binary := filepath.Join(p.temp, "aks-egress-sandbox")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, command)
	build.Dir, build.Env = p.base.Project, gobuild.Env()
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("its program is not HEAD's, and does not build: %s", lastLines(out, err))
	}
	cli, err := sandbox.CLI(ctx, p.head.Project, p.Err)
	if err != nil {
		return err
	}
	args := []string{"up", "--stack", o.Stack, "--config-file", o.File, "--state", o.State}
	if o.Existing != "" {
		existing, err := filepath.Abs(o.Existing)
		if err != nil {
			return err
		}
		args = append(args, "--existing", existing)
	}
	p.say("bringing BASE up with its own program (%s)", p.Base)
	up := exec.CommandContext(ctx, binary, args...)
	up.Dir = o.Dir
	up.Env = append(os.Environ(), "PATH="+cli+string(os.PathListSeparator)+os.Getenv("PATH"))
	if out, err := up.CombinedOutput(); err != nil {
		return fmt.Errorf("with its own program: %s", lastLines(out, err))
	}
	p.plan.note("BASE was brought up with its own program, which is not HEAD's")
	return nil
}

// lastLines is the end of what a program said, in one line.
func lastLines(out []byte, err error) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if said := oneLine(strings.Join(lines[max(0, len(lines)-6):], "\n")); said != "" {
		return said
	}
	return err.Error()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
