package gobuild

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEnv(t *testing.T) {
	for _, c := range []struct {
		want  string
		given map[string]string
	}{
		{"GOGC=1000 GOMEMLIMIT=6GiB", nil},
		{"GOGC=50 GOMEMLIMIT=6GiB", map[string]string{"GOGC": "50"}},
		{"GOGC=1000 GOMEMLIMIT=2GiB", map[string]string{"GOMEMLIMIT": "2GiB"}},
		{"GOGC=off GOMEMLIMIT=2GiB", map[string]string{"GOGC": "off", "GOMEMLIMIT": "2GiB"}},
	} {
		for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
			t.Setenv(name, c.given[name]) // puts back what was there at the end
			if _, given := c.given[name]; !given {
				require.NoError(t, os.Unsetenv(name))
			}
		}
		var got []string
		for _, e := range Env() {
			if strings.HasPrefix(e, "GOGC=") || strings.HasPrefix(e, "GOMEMLIMIT=") {
				got = append(got, e)
			}
		}
		assert.ElementsMatch(t, strings.Fields(c.want), got)
		assert.Contains(t, Env(), "PATH="+os.Getenv("PATH"))
	}
}

// The Makefile's builds are told the same.
func TestMakefile(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	require.NoError(t, err)
	for _, one := range settings() {
		name, value, _ := strings.Cut(one, "=")
		assert.Contains(t, string(makefile), name+"=$${"+name+":-"+value+"}")
	}
}
