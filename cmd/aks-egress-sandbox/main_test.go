package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

// It speaks as "aks-egress sandbox", which is what people run.
func TestHelpAndCompletion(t *testing.T) {
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"--help"}, "  aks-egress sandbox [command]\n"},
		{[]string{"preview", "--help"}, "  aks-egress sandbox preview [NAME] [flags]\n"},
		{[]string{"__complete", "re"}, "refresh\tCompare the state"},
		{[]string{"__completeNoDesc", "up", "--tr"}, "--trace\n"},
	} {
		var out, errOut bytes.Buffer
		assert.Zero(t, run(row.args, nil, &out, &errOut), row.args)
		assert.Contains(t, out.String(), row.want, row.args)
	}
}
