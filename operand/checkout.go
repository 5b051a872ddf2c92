package operand

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Place is a project as a revision or the working tree has it, and the settings
// of one of its stacks in there.
type Place struct {
	Commit  string // of a revision; empty: the working tree
	Project string // the project's folder
	File    string // the settings; empty: the place has no such file
	Stack   string // whose they are, as far as the name says; may be empty
}

// Place finds where an argument's settings are: dev, PATH, REV:PATH, REV:dev or,
// for the stack that is named, REV alone. A revision is written as a whole into
// a folder, which must be empty: its program can be built there.
func (l *Loader) Place(arg, stack, folder string) (Place, error) {
	p, err := l.project()
	if err != nil {
		return Place{}, err
	}
	isFile, file := l.isFile(arg), l.stackFile(arg)
	switch {
	case isFile && file != "":
		return Place{}, fmt.Errorf("is a file and a stack at once: write ./%s or %s", arg, file)
	case file != "":
		return Place{Project: p.dir, File: filepath.Join(p.configDir(), file), Stack: arg}, nil
	case isFile:
		at, err := filepath.Abs(l.path(arg))
		return Place{Project: p.dir, File: at, Stack: stackOf(arg)}, err
	}
	rev, name, ok := strings.Cut(arg, ":")
	if !ok {
		if _, err := l.commit(arg, "."); err != nil {
			return Place{}, fmt.Errorf("is neither a file, nor %s, nor a revision: give a stack, a file, REV:PATH or a revision", l.stacks(arg))
		}
		if name = stack; name == "" {
			return Place{}, fmt.Errorf("is a revision: write %s:dev, or name the stack with --stack", arg)
		}
	}
	commit, err := l.commit(rev, name)
	if err != nil {
		return Place{}, err
	}
	prefix, err := l.prefix(p.dir)
	if err != nil {
		return Place{}, err
	}
	if err := l.checkOut(commit, folder); err != nil {
		return Place{}, fmt.Errorf("revision %s: %w", rev, err)
	}
	there := Place{Commit: commit, Project: filepath.Join(folder, filepath.FromSlash(prefix)), Stack: stackOf(name)}
	candidates, err := l.candidates(name)
	if err != nil {
		return Place{}, err
	}
	for _, at := range candidates {
		at = filepath.Join(folder, filepath.FromSlash(at))
		if info, err := os.Stat(at); err == nil && info.Mode().IsRegular() {
			there.File, there.Stack = at, stackOf(at)
			break
		}
	}
	if there.File == "" && there.Stack == "" && stackName.MatchString(name) {
		there.Stack = name
	}
	return there, nil
}

// stackOf is the name of the stack whose file has a name; empty if it is not a
// stack's.
func stackOf(file string) string {
	name, ok := strings.CutPrefix(filepath.Base(file), "Pulumi.")
	ext := filepath.Ext(name)
	if name = strings.TrimSuffix(name, ext); !ok || ext != ".yaml" && ext != ".yml" || !stackName.MatchString(name) {
		return ""
	}
	return name
}

// checkOut writes the files of a commit into a folder, and leaves the working
// tree and its index alone.
func (l *Loader) checkOut(commit, folder string) error {
	top, err := l.git("rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	folder, err = filepath.Abs(folder)
	if err != nil {
		return err
	}
	index := folder + ".index"
	defer func() { _ = os.Remove(index) }()
	for _, args := range [][]string{{"read-tree", commit}, {"checkout-index", "--all", "--prefix=" + folder + "/"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir = strings.TrimSuffix(string(top), "\n")
		cmd.Env = append(os.Environ(), "GIT_INDEX_FILE="+index)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Run(); err != nil {
			return errors.New("git says: " + strings.ReplaceAll(strings.TrimSpace(said.String()), "\n", " "))
		}
	}
	return nil
}

// Deploys is the error of a place whose program is not this module's
// stack.Deploy, or one that settings alone stand for.
func (p Place) Deploys() error {
	l := Loader{Dir: p.Project}
	found, err := l.project()
	if err != nil {
		return err
	}
	data, err := l.file(p.File)
	if err != nil {
		return err
	}
	return found.deploys(data)
}
