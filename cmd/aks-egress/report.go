package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/audit"
	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/intents"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/report"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// reportOptions are what "aks-egress report" is asked.
type reportOptions struct {
	named                            namedOperand
	flags                            operand.Flags
	cluster                          describedCluster
	file, intents, since, acceptance string
}

// reportCommand is "aks-egress report": everything that gets out and in, for the
// person who signs it.
func reportCommand(now func() time.Time) *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use:   "report OPERAND -o FILE.html|FILE.md",
		Short: "Write what a firewall lets through, and why, as one page to read, search and print",
		Long: `Write what a firewall lets through, and why, as one page for a security review:
a picture of who sends through what, the wide openings and ways out for data first,
every set of flows that may leave with its row, source, date, use, owner and last
day, who may come in, the state of the intents, SNAT capacity, deviations from
Microsoft's page, and what the audit finds besides.

The ending of the file says the format: .html is one file that loads nothing, to be
searched, printed and read on a phone, light or dark; .md is Markdown with the same
tables.

The intents are those of --intents, or of the project's own intents.yaml. A stack
says itself which rows it needs; for anything else --region and --features do.
--since compares with an earlier state, such as a revision.

` + operandHelp + `

Exit code 0: the report is written, whatever it says; 2: bad usage or input.`,
		Example: `  aks-egress report dev -o report.html
  aks-egress report dev --since origin/main:dev -o review.md
  aks-egress report groups.json --region eastus --features monitor -o report.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.run(cmd, args, now()); err != nil {
				return &cli.ExitError{Code: 2, Err: err}
			}
			return nil
		},
	}
	o.named.flags(cmd)
	operandFlags(cmd, &o.flags)
	decidingFlags(cmd, &o.flags)
	o.cluster.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.file, "output", "o", "", "`FILE` to write: .html or .md")
	f.StringVar(&o.intents, "intents", "", "`FILE` with the intents (default the project's intents.yaml, where it is there)")
	f.StringVar(&o.since, "since", "", "an earlier state to compare with, an `OPERAND`")
	f.StringVar(&o.acceptance, "baseline", "", "`FILE` of accepted findings, each with its reason")
	return cmd
}

func (o *reportOptions) run(cmd *cobra.Command, args []string, now time.Time) error {
	format := report.FormatOf(o.file)
	var fileErr error
	switch {
	case o.file == "":
		fileErr = errors.New("nothing says where to write: give -o report.html or -o report.md")
	case format == "":
		fileErr = fmt.Errorf("-o %s: its ending says no format: give a name that ends in .html or .md", o.file)
	}
	one, operandErr := o.named.onlyOperand(cmd, args)
	read := &fleet{input: operand.Loader{In: cmd.InOrStdin(), Flags: o.flags}}
	var x, older operand.Loaded
	if operandErr == nil {
		x, older, operandErr = o.load(read, one)
	}
	var optionsErr error
	read.options, optionsErr = read.input.Options()
	wants, wantsErr := o.cluster.wants()
	baseline, baselineErr := readInput(read, "--baseline", o.acceptance, audit.ReadBaseline)
	var proved *intents.Report
	var intentsErr error
	if operandErr == nil {
		if refused := o.cluster.refuse([]operand.Loaded{x}); refused != nil {
			wantsErr = refused
		}
		proved, intentsErr = o.prove(read, one, x, now)
	}
	if err := errors.Join(fileErr, operandErr, optionsErr, wantsErr, baselineErr, intentsErr); err != nil {
		return err
	}
	say(cmd.ErrOrStderr(), x)
	in, err := o.input(x, wants, baseline, read.options, now)
	if err != nil {
		return err
	}
	in.Intents = proved
	if o.since != "" {
		in.Since = &report.Since{Operand: o.since, Changes: policy.Compare(older.Firewall, x.Firewall, read.options)}
		in.Read = append(in.Read, said(older)...)
	}
	var page bytes.Buffer
	r := report.New(in)
	if err := report.Write(&page, format, r); err != nil {
		return err
	}
	if err := writeWhole(o.file, page.Bytes()); err != nil {
		return err
	}
	wide := 0
	for _, l := range r.Out {
		if len(l.Wide) > 0 {
			wide++
		}
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "wrote %s: %s of flows may leave, %d wide, %s may come in\n",
		fault.Clean(o.file), fault.Count(len(r.Out), "set"), wide, fault.Count(len(r.In), "set"))
	return err
}

// load reads the operand, and the earlier state where one is asked for.
func (o *reportOptions) load(read *fleet, one operand.Operand) (x, older operand.Loaded, err error) {
	if o.since == "" {
		x, err = read.input.Load(one)
	} else {
		older, x, err = read.input.LoadPair(operand.Operand{Arg: o.since, Role: "--since"}, one)
		err = errors.Join(err, older.Unreadable)
	}
	if err == nil && x.Nothing {
		err = fmt.Errorf("%s stands for no firewall: a report needs one", x.Name)
	}
	return x, older, err
}

// input is what the report is about.
func (o *reportOptions) input(x operand.Loaded, wants []audit.Want, baseline []audit.Accepted, options policy.Options, now time.Time) (report.Input, error) {
	judged := auditInput(x, wants)
	judged.Options = options
	in := report.Input{Operand: x.Name, Day: now, Firewall: x.Firewall, Options: options, Read: said(x), Wants: judged.Wants}
	if x.Settings != nil {
		plan, err := settings.Parse(x.Settings.File, x.Settings.Text)
		if err != nil {
			return in, fault.WithLines(err)
		}
		in.Spec = &plan.Spec
	}
	in.Audit = audit.Run(judged)
	in.Audit.Accept(baseline)
	return in, nil
}

// said is what is said about what was read, a line each.
func said(x operand.Loaded) []string {
	var b bytes.Buffer
	say(&b, x)
	return strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
}

// prove decides the intents that a flag names, or the project's own; nil where
// there are none.
func (o *reportOptions) prove(read *fleet, one operand.Operand, x operand.Loaded, now time.Time) (*intents.Report, error) {
	file := o.intents
	if file == "" {
		if file = ownIntents(&read.input, one, x); file == "" {
			return nil, nil
		}
	}
	wanted, err := readIntents(&read.input, read.options, file, now)
	if err != nil {
		return nil, err
	}
	out := wanted.Prove(x.Name, x.Firewall, read.options)
	out.File = filepath.Base(file)
	return &out, nil
}

// ownIntents is the file of the project's own intents; empty where the operand
// is not the settings of a project here, or the project has none.
func ownIntents(l *operand.Loader, one operand.Operand, x operand.Loaded) string {
	if x.Settings == nil {
		return ""
	}
	folder := ""
	switch info, err := os.Stat(one.Arg); {
	case err == nil && info.Mode().IsRegular():
		folder = filepath.Dir(one.Arg)
	case one.Arg != "-" && !strings.Contains(one.Arg, ":"):
		folder = l.ProjectFolder()
	}
	if folder == "" {
		return ""
	}
	project := func(name string) bool {
		_, err := os.Stat(filepath.Join(folder, name))
		return err == nil
	}
	path := filepath.Join(folder, intents.FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || !project("Pulumi.yaml") && !project("Pulumi.yml") {
		return ""
	}
	return path
}

// writeWhole writes a file as a whole or not at all.
func writeWhole(file string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".report-*")
	if err != nil { // which names a file that nobody asked for
		if of := (*fs.PathError)(nil); errors.As(err, &of) {
			err = of.Err
		}
		return fmt.Errorf("-o %s: cannot be written into the folder %s: %w", file, filepath.Dir(file), err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("-o %s: %w", file, errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
