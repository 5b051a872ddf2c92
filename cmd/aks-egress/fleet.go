package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/aks-egress/aks-egress/operand"
	"github.com/aks-egress/aks-egress/policy"
)

// operands are what a command is given that takes several: one by a flag, or the
// arguments.
func (n namedOperand) operands(cmd *cobra.Command, args []string) ([]operand.Operand, error) {
	first, rest, err := n.operand(cmd, args)
	if err != nil {
		return nil, err
	}
	out := []operand.Operand{first}
	if len(rest) == len(args) && len(rest) > 0 {
		return nil, fmt.Errorf("%q is one argument too many: %s names the operand already", rest[0], first.Role)
	}
	for _, arg := range rest {
		out = append(out, operand.Operand{Arg: arg})
	}
	for i, o := range out {
		if j := slices.IndexFunc(out[:i], func(p operand.Operand) bool { return p.Arg == o.Arg }); j >= 0 {
			return nil, fmt.Errorf("%q is given twice: name each operand once", o.Arg)
		}
	}
	return out, nil
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
