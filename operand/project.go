package operand

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
)

// stackName is what Pulumi lets a stack be called.
var stackName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// project is a Pulumi project: a folder with its Pulumi.yaml.
type project struct {
	dir  string
	file string // Pulumi.yaml, or Pulumi.yml
	about
}

// about is what a Pulumi.yaml says that matters here.
type about struct {
	Runtime runtime `yaml:"runtime"`
	Main    string  `yaml:"main"`           // the program's folder
	Configs string  `yaml:"stackConfigDir"` // that of the stacks' files
}

// runtime is written as a name, or as a mapping with one.
type runtime struct {
	Name   string
	Binary string // a program that is compiled already
}

func (r *runtime) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&r.Name)
	}
	var full struct {
		Name    string `yaml:"name"`
		Options struct {
			Binary string `yaml:"binary"`
		} `yaml:"options"`
	}
	err := n.Decode(&full)
	r.Name, r.Binary = full.Name, full.Options.Binary
	return err
}

// ProjectFolder is the folder of the project that the loader works in; empty where
// there is none.
func (l *Loader) ProjectFolder() string {
	p, err := l.project()
	if err != nil {
		return ""
	}
	return p.dir
}

// project is the project that the loader's folder is in: the nearest folder
// upwards with a Pulumi.yaml.
func (l *Loader) project() (project, error) {
	dir, err := filepath.Abs(l.path("."))
	if err != nil {
		return project{}, err
	}
	for {
		for _, name := range []string{"Pulumi.yaml", "Pulumi.yml"} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				continue
			}
			p := project{dir: dir, file: name}
			if data, err = text(data); err == nil {
				err = yaml.Unmarshal(data, &p.about)
			}
			if err != nil {
				return project{}, fmt.Errorf("%s is not a Pulumi project: %w", filepath.Join(dir, name), err)
			}
			return p, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return project{}, errors.New("no Pulumi.yaml here or in a folder above: run this in the project's folder")
		}
		dir = parent
	}
}

// configDir is the folder of the stacks' files.
func (p project) configDir() string { return filepath.Join(p.dir, filepath.FromSlash(p.Configs)) }

// stackFile is the name of a stack's file.
func (p project) stackFile(stack string) string {
	return "Pulumi." + stack + filepath.Ext(p.file)
}

// stackFile is the name of a stack's file, empty if the project has none.
func (l *Loader) stackFile(stack string) string {
	p, err := l.project()
	if err != nil || !stackName.MatchString(stack) {
		return ""
	}
	name := p.stackFile(stack)
	if info, err := os.Stat(filepath.Join(p.configDir(), name)); err != nil || info.IsDir() {
		return ""
	}
	return name
}

// stack is the content of a stack's file, if the project's program is the one
// that the settings are for.
func (l *Loader) stack(stack string) (content, error) {
	p, err := l.project()
	if err != nil {
		return content{}, err
	}
	name := l.stackFile(stack)
	if name == "" {
		return content{}, errors.New("is not " + l.stacks(stack))
	}
	data, err := l.file(filepath.Join(p.configDir(), name))
	if err == nil {
		err = p.deploys(data)
	}
	return content{name: name, data: data}, err
}

// Stacks are the names of the project's stacks that have settings, in order;
// none where there is no project.
func (l *Loader) Stacks() []string {
	p, err := l.project()
	if err != nil {
		return nil
	}
	return p.stacks()
}

// NoStack is the error of a name that is not one of the project's stacks: it
// says which there are.
func (l *Loader) NoStack(name string) error {
	return errors.New(name + ": is not " + l.stacks(name))
}

func (p project) stacks() []string {
	var names []string
	files, _ := filepath.Glob(filepath.Join(p.configDir(), p.stackFile("*")))
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), filepath.Ext(p.file))
		if name != "" && stackName.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// stacks says which stacks there are, for an argument that is none of them.
func (l *Loader) stacks(arg string) string {
	p, err := l.project()
	if err != nil {
		return "a stack (" + err.Error() + ")"
	}
	names := p.stacks()
	if len(names) == 0 {
		return "a stack of the project, which has none with settings"
	}
	there := "there is "
	if len(names) > 1 {
		there = "there are "
	}
	const most = 20
	list := strings.Join(names[:min(most, len(names))], ", ")
	if more := len(names) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	if near := fault.Nearest(arg, names); near != "" {
		list += ": did you mean " + near + "?"
	}
	return "a stack of the project (" + there + list + ")"
}
