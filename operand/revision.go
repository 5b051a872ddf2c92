package operand

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// revision is a file in a git revision. The path is looked for as git does,
// from the root of the repository or, with ./ or ../ in front, from the current
// folder; then from the project's folder, and then as a stack's name.
//
// In a comparison a file that the revision lacks is nothing: a new stack, or
// one that is gone. It has to be somewhere, though, in the working tree or in
// the other revision: a path that is nowhere is a slip of the pen, and must not
// read like a firewall that lets nothing through.
func (l *Loader) revision(rev, file string) (content, error) {
	commit, err := l.commit(rev, file)
	if err != nil {
		return content{}, err
	}
	candidates, err := l.candidates(file)
	if err != nil {
		return content{}, err
	}
	c, found, err := l.lookUp(commit, candidates)
	switch {
	case err != nil:
		return content{}, fmt.Errorf("revision %s: %w", rev, err)
	case found:
		return c, nil
	}
	absent := fmt.Errorf("revision %s has no file %s, neither from the repository's root nor from the project's", rev, file)
	if l.pair[0] == nil {
		return content{}, absent
	}
	somewhere, err := l.somewhere(candidates)
	switch {
	case err != nil:
		return content{}, err
	case !somewhere:
		return content{}, fmt.Errorf("%w, and there is no such file elsewhere that would make it a new one: write a path that is there, or none to compare with nothing", absent)
	}
	return content{nothing: true, notes: []string{fmt.Sprintf("revision %s has no file %s, which is compared as nothing", rev, file)}}, nil
}

// commit is the name of the commit that a revision is, which git can take for
// nothing else.
func (l *Loader) commit(rev, file string) (string, error) {
	switch {
	case rev == "":
		return "", errors.New("has no revision before the colon: write it like origin/main:Pulumi.dev.yaml")
	case strings.HasPrefix(rev, "-"):
		return "", fmt.Errorf("%q is not a revision: none begins with a dash", rev)
	case file == "":
		return "", fmt.Errorf("has no path after the colon: write it like %s:Pulumi.dev.yaml", rev)
	}
	// With --quiet git says nothing where there is no such revision, and only
	// what else is wrong.
	out, err := l.git("rev-parse", "--quiet", "--verify", rev+"^{commit}")
	commit := strings.TrimSpace(string(out))
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return "", fmt.Errorf("revision %s cannot be found: fetch it first (a shallow clone has its newest commit only)", rev)
	case err != nil:
		return "", fmt.Errorf("revision %s cannot be read: %w", rev, err)
	case strings.Trim(commit, "0123456789abcdef") != "":
		return "", fmt.Errorf("revision %s is not one commit: name a branch, a tag or a commit", rev)
	}
	return commit, nil
}

// candidates are the paths, from the repository's root, that a person may mean.
func (l *Loader) candidates(file string) ([]string, error) {
	file = filepath.ToSlash(file)
	if strings.HasPrefix(file, "./") || strings.HasPrefix(file, "../") {
		prefix, err := l.prefix("")
		if err != nil {
			return nil, err
		}
		at, err := within(prefix, file)
		return []string{at}, err
	}
	at, err := within("", file)
	if err != nil {
		return nil, err
	}
	return l.inProject(file, []string{at}), nil
}

// inProject adds the paths that a name has in the project, if there is one and
// it is in the repository.
func (l *Loader) inProject(file string, out []string) []string {
	p, err := l.project()
	if err != nil {
		return out
	}
	prefix, err := l.prefix(p.configDir())
	if err != nil {
		return out
	}
	names := []string{file}
	if stackName.MatchString(file) {
		names = append(names, p.stackFile(file))
	}
	for _, name := range names {
		if at, err := within(prefix, name); err == nil && !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return out
}

// within is a path below a folder of the repository.
func within(prefix, file string) (string, error) {
	at := strings.TrimPrefix(path.Join(prefix, file), "/")
	if at == ".." || strings.HasPrefix(at, "../") {
		return "", fmt.Errorf("%s is outside of the repository: write a path within it", file)
	}
	return at, nil
}

// prefix is a folder as of the root of its repository.
func (l *Loader) prefix(dir string) (string, error) {
	out, err := l.gitIn(dir, "rev-parse", "--show-prefix")
	return strings.TrimSuffix(string(out), "\n"), err
}

// lookUp finds the first of some paths that is a file in a commit. That a
// commit lacks them all is no error; that git could not say is.
func (l *Loader) lookUp(commit string, candidates []string) (content, bool, error) {
	var odd error
	for _, at := range candidates {
		// One entry: "100644 blob HASH SIZE\tPATH\0".
		out, err := l.git("--literal-pathspecs", "ls-tree", "-l", "-z", "--full-tree", "--", commit, at)
		if err != nil {
			return content{}, false, err
		}
		entry, name, _ := strings.Cut(strings.TrimSuffix(string(out), "\x00"), "\t")
		fields := strings.Fields(entry)
		switch {
		case len(fields) != 4 || name != at:
			continue
		case fields[1] == "tree":
			odd = errors.Join(odd, fmt.Errorf("%s is a folder: name a file in it", at))
			continue
		case fields[0] == "120000":
			return content{}, false, fmt.Errorf("%s is a symbolic link: name the file it leads to", at)
		case fields[1] != "blob":
			return content{}, false, fmt.Errorf("%s is a submodule: name a file", at)
		}
		if size, err := strconv.Atoi(fields[3]); err != nil || size > maxInput {
			return content{}, false, fmt.Errorf("%s %w", at, errTooLong)
		}
		data, err := l.git("cat-file", "blob", fields[2])
		return content{name: at, data: data, committed: true}, err == nil, err
	}
	return content{}, false, odd
}

// somewhere reports whether one of some paths is a file in the working tree,
// or in the revision that the other operand of a comparison names.
func (l *Loader) somewhere(candidates []string) (bool, error) {
	up, err := l.git("rev-parse", "--show-cdup")
	if err != nil {
		return false, err
	}
	for _, at := range candidates {
		if l.isFile(filepath.Join(strings.TrimSuffix(string(up), "\n"), filepath.FromSlash(at))) {
			return true, nil
		}
	}
	for _, o := range l.pair {
		rev, file, ok := strings.Cut(o.Arg, ":")
		if !ok || o.As != Any || l.isFile(o.Arg) {
			continue
		}
		commit, err := l.commit(rev, file)
		if err != nil {
			continue // it is the other operand's own fault
		}
		if _, found, err := l.lookUp(commit, candidates); err == nil && found {
			return true, nil
		}
	}
	return false, nil
}

func (l *Loader) git(args ...string) ([]byte, error) { return l.gitIn("", args...) }

// gitIn runs git in a folder, the loader's own if it is empty.
func (l *Loader) gitIn(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	if dir == "" {
		cmd.Dir = l.Dir
	}
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("git is not on PATH: install it, or give a file instead of a revision")
	case err != nil && errOut.Len() > 0:
		return nil, errors.New("git says: " + strings.ReplaceAll(strings.TrimSpace(errOut.String()), "\n", " "))
	default:
		return out, err
	}
}
