package operand

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxInput is how long an input may be: far more than the 60 groups of 2 MB
// that a policy may have come to in practice, and little enough to hold.
const maxInput = 64 << 20

var errTooLong = fmt.Errorf("is longer than the %d MiB that are read: give the firewall's part alone", maxInput>>20)

// Input reads a file, or standard input for "-", as UTF-8. Role says for what,
// such as "--flows".
func (l *Loader) Input(role, name string) ([]byte, error) {
	read := l.file
	if name == "-" {
		read = func(string) ([]byte, error) { return l.stdin(role) }
	}
	data, err := read(name)
	if err == nil {
		data, err = text(data)
	}
	if err != nil {
		return nil, marked(role, name, err)
	}
	return data, nil
}

// Stream opens a file, or standard input for "-", that is too long to hold. Size
// is that of a file, 0 where it is not known.
func (l *Loader) Stream(role, name string) (in io.ReadCloser, size int64, err error) {
	if name == "-" {
		if err := l.take(role); err != nil {
			return nil, 0, marked(role, name, err)
		}
		return io.NopCloser(l.In), 0, nil
	}
	f, err := os.Open(l.path(name))
	if err != nil {
		return nil, 0, marked(role, name, err)
	}
	info, err := f.Stat()
	switch {
	case err == nil && info.IsDir():
		err = errors.New("is a folder: give a file")
	case err == nil && info.Mode().IsRegular():
		size = info.Size()
	}
	if err != nil {
		return nil, 0, errors.Join(marked(role, name, err), f.Close())
	}
	return f, size, nil
}

// stdin is standard input, which can be read once.
func (l *Loader) stdin(role string) ([]byte, error) {
	if err := l.take(role); err != nil {
		return nil, err
	}
	return limited(l.In)
}

// take takes standard input for what it is read for.
func (l *Loader) take(role string) error {
	if role == "" {
		role = "the operand"
	}
	switch {
	case l.taken != "":
		return fmt.Errorf("standard input is %s already, and %s cannot both be standard input: write one to a file", l.taken, l.taken+" and "+role)
	case l.In == nil:
		return errors.New("there is no standard input")
	}
	l.taken = role
	return nil
}

// file is a file's content.
func (l *Loader) file(name string) ([]byte, error) {
	f, err := os.Open(l.path(name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // what was read stays read
	return limited(f)
}

func limited(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err == nil && len(data) > maxInput {
		err = errTooLong
	}
	return data, err
}

// isFile reports whether a name is that of something other than a folder.
func (l *Loader) isFile(name string) bool {
	info, err := os.Stat(l.path(name))
	return err == nil && !info.IsDir()
}

// path is a name as of the loader's folder.
func (l *Loader) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.Dir, name)
}
