package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
)

// operandsAnd are the operands of a command that takes several, and the flows
// behind them.
func (n namedOperand) operandsAnd(cmd *cobra.Command, args []string) (out []operand.Operand, flows []string, err error) {
	first, rest, err := n.operand(cmd, args)
	if err != nil {
		return nil, nil, err
	}
	out = []operand.Operand{first}
	for len(rest) > 0 && first.Role == "" && isOperand(rest[0]) {
		if slices.ContainsFunc(out, func(o operand.Operand) bool { return o.Arg == rest[0] }) {
			return nil, nil, fmt.Errorf("%q is given twice: name each operand once", rest[0])
		}
		out, rest = append(out, operand.Operand{Arg: rest[0]}), rest[1:]
	}
	return out, rest, nil
}

// isOperand reports whether an argument behind the first is an operand, rather
// than a flow that was written wrong.
func isOperand(arg string) bool {
	if strings.Contains(arg, "://") {
		return false
	}
	for _, path := range []string{arg, "Pulumi." + arg + ".yaml", "Pulumi." + arg + ".yml"} {
		if _, err := os.Stat(path); err == nil {
			return true
		}
	}
	return arg == "-" || strings.ContainsAny(arg, "/:") || slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(arg))
}

// operands are those of a command that takes nothing else.
func (n namedOperand) operands(cmd *cobra.Command, args []string) ([]operand.Operand, error) {
	out, rest, err := n.operandsAnd(cmd, args)
	for err == nil && len(rest) > 0 && out[0].Role == "" && !strings.Contains(rest[0], "://") {
		out, rest = append(out, operand.Operand{Arg: rest[0]}), rest[1:]
	}
	if err == nil && len(rest) > 0 {
		return nil, fmt.Errorf("%q is one argument too many: %s takes operands only, by a flag or as arguments", rest[0], cmd.Name())
	}
	return out, err
}

// fleet is operands that are read.
type fleet struct {
	loaded  []operand.Loaded
	options policy.Options
	input   operand.Loader // for further inputs; the operands' own where there is one
}

// loadFleet reads operands, side by side where there are several. All that is
// wrong with any of them is reported together, in their order.
func loadFleet(cmd *cobra.Command, flags operand.Flags, named []operand.Operand) (*fleet, error) {
	f := &fleet{loaded: make([]operand.Loaded, len(named)), input: operand.Loader{In: cmd.InOrStdin(), Flags: flags}}
	if len(named) == 1 {
		var err, optionsErr error
		f.loaded[0], err = f.input.Load(named[0])
		f.options, optionsErr = f.input.Options()
		return f, errors.Join(err, optionsErr)
	}
	faults := make([]error, len(named))
	eachInParallel(len(named), func(i int) {
		l := operand.Loader{Flags: flags}
		f.loaded[i], faults[i] = l.Load(named[i])
	})
	var optionsErr error
	f.options, optionsErr = f.input.Options()
	return f, errors.Join(append(faults, optionsErr)...)
}

// loadFleetUnless is loadFleet where it is known what to load; otherwise it is
// what is wrong with that, and a fleet to read further inputs with.
func loadFleetUnless(err error, cmd *cobra.Command, flags operand.Flags, named []operand.Operand) (*fleet, error) {
	if err == nil {
		return loadFleet(cmd, flags, named)
	}
	f := &fleet{input: operand.Loader{In: cmd.InOrStdin(), Flags: flags}}
	_, optionsErr := f.input.Options()
	return f, errors.Join(err, optionsErr)
}

// say says on standard error what was read.
func (f *fleet) say(cmd *cobra.Command) {
	for _, x := range f.loaded {
		say(cmd.ErrOrStderr(), x)
	}
}

// eachInParallel calls f for 0 up to n, as many at once as there are processors.
func eachInParallel(n int, f func(int)) {
	next := make(chan int)
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}
