package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/cmd/internal/cli"
	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/flowlog"
	"github.com/aks-egress/aks-egress/flowlog/explain"
	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
	"github.com/aks-egress/aks-egress/stack/settings"
)

// logHelp is the part of a command's help that says what a log is.
const logHelp = `A log is a file, or - for standard input, of any size: the tables AZFW* or the
text of AzureDiagnostics; in the envelopes of Event Hub and storage accounts, as
Log Analytics answers or exports (JSON, CSV), one entry a line or not, alone or
compressed with gzip. Flows of Hubble's (hubble observe -o json) are understood
as well: they add the pods, and the names of addresses.`

// explainOptions are what "aks-egress explain" is asked.
type explainOptions struct {
	named            namedOperand
	loader           operand.Loader
	scope            scope
	format, unparsed string
	suggest, kql     bool
}

// scope is what a person says of the cluster where no settings say it.
type scope struct {
	cloud, region string
	features      []string
}

func (s *scope) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.cloud, "cloud", "", "the `CLOUD` of a policy's clusters: public, china or usgovernment (default every cloud)")
	f.StringVar(&s.region, "region", "", "the `REGION` of a policy's clusters")
	f.StringSliceVar(&s.features, "features", nil, "the features of a policy's clusters, as `a,b` or all (default what its rules look like)")
}

// fill puts the scope into an operand. Settings say it themselves.
func (s *scope) fill(o *explain.Operand) error {
	if s.cloud == "" && s.region == "" && len(s.features) == 0 {
		return nil
	}
	if o.Settings != nil {
		return errors.New("--cloud, --region and --features are for policies: settings say them themselves")
	}
	o.Cloud, o.Region = rules.Cloud(s.cloud), s.region
	if o.Cloud == "" && o.Region != "" {
		o.Cloud = rules.CloudOf(o.Region)
	}
	for _, f := range s.features {
		o.Features = append(o.Features, rules.Feature(f))
	}
	_, err := rules.List(rules.Query{Cloud: o.Cloud, Region: o.Region, Features: o.Features})
	return flagged(err)
}

// explainCommand is "aks-egress explain": why was this denied, and what helps?
func explainCommand() *cobra.Command {
	var o explainOptions
	cmd := &cobra.Command{
		Use:   "explain OPERAND [LOG|-]…",
		Short: "Say why flows in a firewall's log were denied, and which setting lets them through",
		Long: `Say why flows in a firewall's log were denied: by cause, the most frequent first,
with the row or feature that would allow them and, where the operand is settings,
the smallest change of them. A change is proved: with it check allows the flows,
and diff shows nothing else.

` + logHelp + ` Without a LOG it is standard input.

` + operandHelp + `

A cause is one of
  feature-off   a host of a feature that is off
  row-missing   a host that every cluster needs, or a feature that is on
  own-host      a destination of the workloads' own
  sni-missing   HTTPS to an address, mostly of the API server
  quic          HTTP/3, which falls back to TCP
  ntp           time synchronization
  tunnel        between nodes and control plane
  dns           name resolution
  noise         may stay denied
  field-report  in no table, and users report it
  unknown       nobody can tell from the log

--suggest prints one patch with the changes worth making, for git apply or patch
-p1. --kql prints a query for Log Analytics and Azure Data Explorer instead, whose
answer is a LOG. --unparsed writes the entries that could not be read to a file.

--format json is {"lines":n,"unparsed":n,"denied":n,"causes":[{"code":…,"count":n,
"destination":…,"harmless":"yes|no|unknown","since":…,"nodes":n,"feature":…,
"row":…,"what":…,"fix":…,"change":{"settings":[…],"opens":[…]}}]}.

Exit code 0: the log is explained; 3: the reading stopped before its end; 2: bad
usage or input.`,
		Example: `  aks-egress explain dev PT1H.json
  az monitor log-analytics query -w $WORKSPACE --analytics-query "$(aks-egress explain dev --kql)" | aks-egress explain dev
  aks-egress explain dev firewall.json hubble.json --suggest | git apply
  aks-egress explain groups.json --region eastus --features monitor denied.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			stopped, err := o.run(cmd, args)
			switch {
			case err != nil:
				return &cli.ExitError{Code: 2, Err: err}
			case stopped:
				return &cli.ExitError{Code: 3}
			default:
				return nil
			}
		},
	}
	o.named.flags(cmd)
	operandFlags(cmd, &o.loader.Flags)
	decidingFlags(cmd, &o.loader.Flags)
	o.scope.flags(cmd)
	cmd.Flags().StringVar(&o.format, "format", "text", "text or json")
	cmd.Flags().StringVar(&o.unparsed, "unparsed", "", "`FILE` to write the entries to that could not be read")
	cmd.Flags().BoolVar(&o.suggest, "suggest", false, "print a patch of the settings")
	cmd.Flags().BoolVar(&o.kql, "kql", false, "print the question as a query for Log Analytics and Azure Data Explorer")
	return cmd
}

// run explains the logs; stopped says that one of them was not read to its end.
func (o *explainOptions) run(cmd *cobra.Command, args []string) (stopped bool, err error) {
	o.loader.In = cmd.InOrStdin()
	_, formatErr := oneOf(o.format, "text", "json")
	arg, logs, operandErr := o.named.operand(cmd, args)
	var x operand.Loaded
	if operandErr == nil {
		x, operandErr = o.loader.Load(arg)
	}
	options, optionsErr := o.loader.Options()
	asked, scopeErr := explain.Operand{}, error(nil)
	if operandErr == nil {
		asked = explaining(&o.loader, x, options)
		scopeErr = o.scope.fill(&asked)
	}
	var modeErr error
	switch {
	case o.kql && (len(logs) > 0 || o.suggest || o.unparsed != ""):
		modeErr = errors.New("--kql prints a query and reads no log: leave out the logs, --suggest and --unparsed")
	case o.suggest && operandErr == nil && asked.Settings == nil:
		modeErr = errors.New("--suggest changes settings, and the operand is a policy: give the stack or its settings")
	}
	if err := errors.Join(formatErr, operandErr, optionsErr, scopeErr, modeErr); err != nil {
		return false, err
	}
	say(cmd.ErrOrStderr(), x)
	if o.kql {
		query, err := explain.Query(asked)
		if err == nil {
			_, err = io.WriteString(cmd.OutOrStdout(), query)
		}
		return false, err
	}
	if len(logs) == 0 {
		logs = []string{"-"}
	}
	gatherer := &explain.Gatherer{Clients: asked.Firewall.Clients}
	reader := logReader{loader: &o.loader, errOut: cmd.ErrOrStderr(), keep: gatherer.Wants, each: gatherer.Add, denied: true, operand: arg.Arg}
	stats, err := reader.read(logs, o.unparsed)
	if err != nil {
		return false, err
	}
	report, err := explain.Explain(asked, gatherer, stats)
	if err != nil {
		return false, err
	}
	report.Unread = reader.unread
	return stats.Stopped, o.print(cmd, report)
}

// print prints the report, or the patch.
func (o *explainOptions) print(cmd *cobra.Command, report *explain.Report) error {
	patch := ""
	if o.suggest {
		var err error
		if patch, err = report.Patch(); err != nil {
			return err
		}
		if patch == "" {
			fmt.Fprintln(cmd.ErrOrStderr(), "there is no change worth proposing")
		}
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	switch {
	case o.format == "json":
		report.Suggested = patch
		if err := report.WriteJSON(out); err != nil {
			return err
		}
	case o.suggest:
		if _, err := out.WriteString(patch); err != nil {
			return err
		}
	default:
		for _, line := range report.Text() {
			if _, err := fmt.Fprintln(out, fault.Clean(line)); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// explaining is an operand for the explainer.
func explaining(l *operand.Loader, x operand.Loaded, options policy.Options) explain.Operand {
	o := explain.Operand{Firewall: x.Firewall, Options: options}
	if x.Settings == nil {
		return o
	}
	s, err := settings.Parse(x.Settings.File, x.Settings.Text)
	if err != nil { // which it was not when the operand was read
		return o
	}
	file := filepath.ToSlash(x.Settings.File)
	switch {
	case file == "-":
		file = "settings.yaml"
	case filepath.IsAbs(x.Settings.File): // which no patch should name
		file = filepath.Base(x.Settings.File)
	}
	o.Settings = &explain.Settings{File: file, Text: x.Settings.Text, Spec: s, Compile: func(text []byte) (policy.Firewall, error) {
		changed, err := l.WithSettings(x, text)
		return changed.Firewall, err
	}}
	return o
}

// logReader reads the logs of a command.
type logReader struct {
	loader *operand.Loader
	errOut io.Writer
	keep   func(*flowlog.Record) bool
	each   func(*flowlog.Record)
	denied bool // only denials matter
	// operand is the argument that it is, which --unparsed must not write over.
	operand string

	unread []explain.Unread // the first
	first  string           // why the first of the log could not be read
	file   *bufio.Writer    // for all of them
	failed error            // in writing
}

// How much of what cannot be read is shown, and how often it is said how far
// the reading is.
const (
	mostUnread = 20
	sayEach    = 128 << 20
)

// read reads logs one after another. A log of which nothing can be read is a
// fault.
func (l *logReader) read(logs []string, unparsed string) (total flowlog.Stats, err error) {
	if err := distinct(logs, unparsed, l.operand); err != nil {
		return total, err
	}
	if unparsed != "" {
		f, err := os.Create(unparsed)
		if err != nil {
			return total, fmt.Errorf("--unparsed: %w", err)
		}
		l.file = bufio.NewWriter(f)
		defer func() {
			err = errors.Join(err, l.failed, l.file.Flush(), f.Close())
		}()
	}
	total.Kinds = map[flowlog.Kind]int64{}
	var faults []error
	for _, name := range logs {
		stats, err := l.one(name)
		if err == nil && stats.Entries > 0 && stats.Unparsed == stats.Entries {
			what := fmt.Sprintf("none of its %d entries could be read, the first", stats.Entries)
			if stats.Entries == 1 {
				what = "its only entry"
			}
			err = fmt.Errorf("LOG %s: %s %s: give a log of Azure Firewall or of Hubble", name, what, l.first)
		}
		faults = append(faults, err)
		total.Entries += stats.Entries
		total.Unparsed += stats.Unparsed
		total.Stopped = total.Stopped || stats.Stopped
		for k, n := range stats.Kinds {
			total.Kinds[k] += n
		}
	}
	return total, errors.Join(faults...)
}

// distinct refuses a log that is given twice, as its entries would count twice,
// and a file to write that is one to read.
func distinct(logs []string, unparsed, operand string) error {
	var faults []error
	var names []string
	var read []os.FileInfo
	same := func(a os.FileInfo) int {
		return slices.IndexFunc(read, func(b os.FileInfo) bool { return os.SameFile(a, b) })
	}
	for _, name := range append(slices.Clone(logs), operand) {
		info, err := os.Stat(name)
		if err != nil { // which reading it says, or it is no file
			continue
		}
		if at := same(info); at >= 0 {
			faults = append(faults, fmt.Errorf("%s: is the same file as %s: give it once", name, names[at]))
			continue
		}
		names, read = append(names, name), append(read, info)
	}
	if to, err := os.Stat(unparsed); err == nil && to.Mode().IsRegular() {
		if at := same(to); at >= 0 {
			faults = append(faults, fmt.Errorf("--unparsed %s: would be written over %s, which is read: give another file", unparsed, names[at]))
		}
	}
	return errors.Join(faults...)
}

func (l *logReader) one(name string) (flowlog.Stats, error) {
	in, size, err := l.loader.Stream("LOG", name)
	if err != nil {
		return flowlog.Stats{}, err
	}
	defer func() { _ = in.Close() }() // what was read stays read
	said, failures := int64(0), 0
	stats, err := flowlog.Read(in, flowlog.Options{
		Keep: l.keep, Each: l.each, Denials: l.denied,
		Unparsed: func(u flowlog.Unparsed) {
			failures++
			l.fail(name, u, failures)
		},
		Progress: func(n int64) {
			if n/sayEach == said {
				return
			}
			said = n / sayEach
			line := fmt.Sprintf("%s: %d MiB read", name, n>>20)
			if size > 0 {
				line += fmt.Sprintf(" of %d", size>>20)
			}
			fmt.Fprintln(l.errOut, fault.Clean(line))
		},
	})
	if err != nil {
		return stats, fmt.Errorf("LOG %s: after %d entries: %w", name, stats.Entries, err)
	}
	line := fmt.Sprintf("read %s: %s", name, counted(stats.Entries))
	if stats.Unparsed > 0 {
		line += fmt.Sprintf("; %d could not be read", stats.Unparsed)
		if l.file == nil {
			line += ", which --unparsed FILE lists"
		}
	}
	fmt.Fprintln(l.errOut, fault.Clean(line))
	return stats, nil
}

// fail takes an entry that could not be read. The first of a log are said.
func (l *logReader) fail(name string, u flowlog.Unparsed, n int) {
	if n == 1 {
		l.first = u.Reason
	}
	if len(l.unread) < mostUnread {
		l.unread = append(l.unread, explain.Unread{Line: u.Line, Reason: u.Reason, Text: u.Text})
	}
	if n <= 3 || u.Rest {
		line := fmt.Sprintf("%s:%d: %s", name, u.Line, u.Reason)
		if u.Rest {
			line += "; nothing after it was read"
		}
		fmt.Fprintln(l.errOut, fault.Clean(line))
	}
	if l.file != nil && l.failed == nil {
		_, l.failed = fmt.Fprintf(l.file, "%s:%d: %s: %s\n", name, u.Line, u.Reason, strings.TrimSpace(u.Text))
	}
}

// counted is a number of entries in words.
func counted(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}
