package operand

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// As says how an argument is to be taken.
type As int

// The ways. Any is the whole grammar; the others are those of the flags
// --stack, --policy and --world.
const (
	Any As = iota
	Stack
	File
	World
)

// Operand is an argument that stands for a firewall.
type Operand struct {
	Arg  string
	As   As
	Role string // what messages call it, such as "OLD" or "--policy"; may be empty
}

// Flags complete what operands do not hold themselves. Each names a file, or
// "-" for standard input.
type Flags struct {
	Parent      string   // the groups of the parent policy, or "none": there is no parent
	Groups      string   // the groups that an existing policy has besides the stack's
	IPGroups    string   // az network ip-group list
	Parameters  string   // values of an ARM template's parameters
	ServiceTags string   // Microsoft's ServiceTags_*.json
	Resolve     []string // "name=address[,address]"
	AllowEmpty  bool     // a policy without any rule is an answer
}

// Loader reads operands. The zero Loader has no standard input and works in
// the process's own folder. It reads standard input once, so one Loader is for
// one command.
type Loader struct {
	In    io.Reader
	Dir   string // the folder that paths are relative to; empty: the process's
	Flags Flags

	taken      string      // who has read standard input
	supplied   *supplies   // what the flags give, once it is read
	supplyErr  error       // what is wrong with it
	parameters bool        // some operand was a file that takes parameters
	pair       [2]*Operand // the operands of a comparison, where nothing is an answer
}

// Read is one thing that was read: the operand, or what completed it.
type Read struct {
	From string // as it was given
	policy.Reading
}

// Loaded is the firewall that an operand stands for.
type Loaded struct {
	Name     string // as it was given
	Firewall policy.Firewall
	Read     []Read // the operand first; empty for nothing
	// About says what compiled a document. Its Tables are also the tables
	// that settings were compiled with; both are empty for other operands.
	About policy.About
	// Settings is the text of the settings that the firewall was compiled
	// from; nil for other operands.
	Settings *Settings
	// Clusters are those of settings, with the rows that each needs; empty for
	// other operands.
	Clusters []Cluster
	// Nothing says that there is no such firewall: "none", or a path that the
	// revision lacks. Firewall is the zero Firewall, which denies everything.
	Nothing bool
	Notes   []string // sentences about what was read that people should know
	// Unreadable is what is wrong with the content of the older operand of a
	// comparison; nothing stands in for it.
	Unreadable error
}

// Settings is the text of a stack's settings, as UTF-8.
type Settings struct {
	File string // as a person would name it: "Pulumi.dev.yaml"
	Text []byte
}

// WithSettings is the operand as it would be with another text of its settings,
// completed in the same way. What is wrong with the text is a fault.List.
func (l *Loader) WithSettings(x Loaded, text []byte) (Loaded, error) {
	if x.Settings == nil {
		return Loaded{}, errors.New("has no settings")
	}
	fw, clusters, err := ofSettings(x.Settings.File, text)
	if err != nil {
		return Loaded{}, err
	}
	out := Loaded{Name: x.Name, Firewall: fw, About: x.About, Settings: &Settings{x.Settings.File, text}, Clusters: clusters}
	out.Read = []Read{{From: x.Name, Reading: counted("settings", fw)}}
	return out, l.complete(&out)
}

// Cluster is one of the clusters that settings describe.
type Cluster struct {
	Name      string
	Selection rules.Selection
	Sources   []string
}

// contentError is a fault of what an operand holds, rather than of the name it
// was given by.
type contentError struct{ error }

func (e contentError) Unwrap() error { return e.error }

// Load reads one operand. The error has a line for each fault, with the
// operand's name in front.
func (l *Loader) Load(o Operand) (Loaded, error) {
	_, flags := l.supply()
	loaded, err := l.load(o)
	if err == nil && flags == nil {
		err = l.complete(&loaded)
	}
	return loaded, errors.Join(flags, marked(o.Role, o.Arg, err))
}

// LoadPair reads the two operands of a comparison, where "none" and a path
// that only one side has are nothing. An older one whose content is faulty is
// nothing, too, so that a change that fixes it can be compared.
func (l *Loader) LoadPair(before, after Operand) (older, newer Loaded, err error) {
	l.pair = [2]*Operand{&before, &after}
	_, flags := l.supply()
	older, oldErr := l.load(before)
	newer, newErr := l.load(after)
	if newErr == nil && errors.As(oldErr, new(contentError)) {
		older, oldErr = Loaded{Name: before.Arg, Nothing: true, Unreadable: marked(before.Role, before.Arg, oldErr)}, nil
	}
	err = errors.Join(flags, marked(before.Role, before.Arg, oldErr), marked(after.Role, after.Arg, newErr))
	if err == nil {
		err = l.complete(&older, &newer)
	}
	return older, newer, err
}

// marked puts in front of each line of an error which operand it is about.
func marked(role, arg string, err error) error {
	if err == nil {
		return nil
	}
	if strings.HasSuffix(arg, ":") {
		arg = strconv.Quote(arg)
	}
	mark := strings.TrimSpace(role+" "+arg) + ": "
	lines := strings.Split(fault.WithLines(err).Error(), "\n")
	for i, line := range lines {
		if atLine(line, arg) {
			lines[i] = strings.TrimSpace(role + " " + line)
			continue
		}
		lines[i] = mark + line
	}
	return errors.New(strings.Join(lines, "\n"))
}

// atLine reports whether a line begins with the number of a line in a file.
func atLine(line, file string) bool {
	rest, ok := strings.CutPrefix(line, file+":")
	number, _, _ := strings.Cut(rest, ":")
	_, err := strconv.Atoi(number)
	return ok && err == nil
}

const forms = "give a stack, a file, REV:PATH, or - for standard input"

// load reads an operand without what the flags give.
func (l *Loader) load(o Operand) (Loaded, error) {
	found, err := l.find(o)
	if err != nil {
		return Loaded{}, err
	}
	if found.nothing {
		return Loaded{Name: o.Arg, Nothing: true, Notes: found.notes}, nil
	}
	loaded, err := l.parse(found.name, found.data, o.As)
	switch {
	case err != nil && found.committed:
		return Loaded{}, contentError{err}
	case err != nil:
		return Loaded{}, err
	}
	loaded.Name = o.Arg
	loaded.Read[0].From = o.Arg
	loaded.Notes = append(found.notes, loaded.Notes...)
	return loaded, nil
}

// content is what an argument leads to.
type content struct {
	name    string // the file's, by which a stack's file is known
	data    []byte
	nothing bool
	notes   []string
	// committed says that the file is one of a revision. Its path is right
	// then, so that what it holds can only be faulty.
	committed bool
}

// find finds what an operand leads to, whatever it holds.
func (l *Loader) find(o Operand) (content, error) {
	arg := o.Arg
	switch {
	case arg == "":
		return content{}, errors.New("the operand is empty: " + forms)
	case arg == "-" && o.As != Stack:
		data, err := l.stdin(o.Role)
		return content{name: arg, data: data}, err
	case o.As == Stack:
		return l.stack(arg)
	}
	isFile, stack := l.isFile(arg), ""
	if o.As == Any {
		stack = l.stackFile(arg)
	}
	switch {
	case isFile && stack != "":
		return content{}, fmt.Errorf("is a file and a stack at once: write ./%s or %s", arg, stack)
	case arg == "none" && o.As == Any && isFile:
		return content{}, errors.New("is nothing and a file at once: write ./none for the file")
	case arg == "none" && stack != "":
		return content{}, fmt.Errorf("is nothing and a stack at once: write %s for the stack", stack)
	case arg == "none" && o.As == Any:
		if l.pair[0] == nil {
			return content{}, errors.New("is nothing, which diff can compare with and nobody can decide by: " + forms)
		}
		return content{nothing: true}, nil
	case isFile:
		data, err := l.file(arg)
		return content{name: arg, data: data}, err
	case stack != "":
		return l.stack(arg)
	}
	if rev, file, ok := strings.Cut(arg, ":"); ok {
		return l.revision(rev, file)
	}
	if o.As != Any {
		_, err := l.file(arg)
		return content{}, err
	}
	return content{}, errors.New("is neither a file, nor " + l.stacks(arg) + ", nor REV:PATH: " + forms)
}
