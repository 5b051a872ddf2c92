package cli

import (
	"bytes"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
)

// What is mistyped is bad usage, with what is probably meant.
func TestSuggestions(t *testing.T) {
	for _, row := range []struct {
		said string
		args []string
	}{
		{"unknown command \"tabels\" for \"aks-egress\": did you mean tables?\n", []string{"tabels"}},
		{"unknown command \"undo\" for \"aks-egress\"\n", []string{"undo"}},
		{"tables: a subcommand is missing: give one of list, show\n", []string{"tables"}},
		{"tables: \"lst\" is not a subcommand: did you mean list?\n", []string{"tables", "lst"}},
		{"tables: \"lst\" is not a subcommand: did you mean list?\n", []string{"tables", "lst", "--cloud", "china"}},
		{"tables: \"remove\" is not a subcommand: give one of list, show\n", []string{"tables", "remove"}},
		{"unknown flag: --clod: did you mean --cloud?\n", []string{"tables", "list", "--clod", "china"}},
		{"unknown flag: --versionn: did you mean --version?\n", []string{"--versionn"}},
		{"unknown flag: --versionn\n", []string{"tables", "list", "--versionn"}},
		{"show: takes no argument, and \"all\" is given: give --cloud\n", []string{"show", "all"}},
		{"unknown flag: --to\n", []string{"tables", "list", "--to", "china"}},
		{"unknown shorthand flag: 'c' in -c\n", []string{"tables", "list", "-c", "china"}},
		{"", []string{"tables", "list", "--cloud", "china"}},
		{"help: \"tabels\" is not a command of aks-egress: did you mean tables?\n", []string{"help", "tabels"}},
		{"help: \"remove\" is not a command of tables: see aks-egress tables --help\n", []string{"help", "tables", "remove"}},
		{"completion: a subcommand is missing: give one of bash, fish, powershell, zsh\n", []string{"completion"}},
		{"completion: \"bsh\" is not a subcommand: did you mean bash?\n", []string{"completion", "bsh"}},
	} {
		tables := Group(&cobra.Command{Use: "tables"})
		list := &cobra.Command{Use: "list", Run: func(*cobra.Command, []string) {}}
		list.Flags().String("cloud", "", "")
		tables.AddCommand(list, &cobra.Command{Use: "show", Run: func(*cobra.Command, []string) {}})
		var out, errOut bytes.Buffer
		nothing := func(*cobra.Command, []string) {}
		show := &cobra.Command{Use: "show", Run: nothing, Args: NoArgs("give --cloud")}
		code := Run([]*cobra.Command{tables, show, {Use: "version", Run: nothing}}, row.args, nil, &out, &errOut)
		assert.Equal(t, row.said, errOut.String(), "%q", row.args)
		assert.Equal(t, map[bool]int{true: 0, false: 2}[row.said == ""], code)
		assert.Empty(t, out.String())
	}
}
