package own

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/intents"
	"github.com/aks-egress/aks-egress/operand"
)

// Prove proves the intents of the project in a folder for the settings of one of
// its stacks, and prints the answers. The code is that of "aks-egress prove", and
// 0 where the project has no intents.
func Prove(dir, stackFile string, now time.Time, out io.Writer) (code int, err error) {
	path := filepath.Join(dir, intents.FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	l := operand.Loader{}
	x, err := l.Load(operand.Operand{Arg: stackFile, As: operand.File})
	if err != nil {
		return 2, err
	}
	data, err := l.Input("", path)
	if err != nil {
		return 2, err
	}
	o, err := l.Options()
	if err != nil {
		return 2, err
	}
	file, err := intents.Read(intents.FileName, data, now, o.ServiceTags)
	if err != nil {
		return 2, fault.WithLines(err)
	}
	report := file.Prove(filepath.Base(stackFile), x.Firewall, o)
	if _, err := fmt.Fprintf(out, "Intents of %s:\n", intents.FileName); err != nil {
		return 2, err
	}
	return report.Summary().ExitCode(), intents.Write(out, intents.Text, "", []intents.Report{report})
}
