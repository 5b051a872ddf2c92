package gobuild

import (
	"os"
	"strings"
)

func settings() []string { return []string{"GOGC=1000", "GOMEMLIMIT=6GiB"} }

// Env is this process's environment for go build, as the exec package takes it.
func Env() []string {
	env := os.Environ()
	for _, one := range settings() {
		if name, _, _ := strings.Cut(one, "="); os.Getenv(name) == "" {
			env = append(env, one)
		}
	}
	return env
}
