package operand

import (
	"bytes"
	"go/build/constraint"
	goruntime "runtime"
	"slices"
	"strings"
)

// Systems and architectures that a file's name may end with, as go/build has
// them. That package weighs 115 kB, in a command that stays light.
var (
	systems = strings.Fields("aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos")
	archs   = strings.Fields("386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le " +
		"ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm")
)

// built reports whether a Go file belongs to a build for this system, by its
// name and its line //go:build.
func built(name string, source []byte) bool {
	if strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") {
		return false
	}
	parts := strings.Split(strings.TrimSuffix(name, ".go"), "_")[1:]
	if n := len(parts); n > 0 {
		switch last := parts[n-1]; {
		case slices.Contains(archs, last):
			if last != goruntime.GOARCH || n > 1 && slices.Contains(systems, parts[n-2]) && !tagged(parts[n-2]) {
				return false
			}
		case slices.Contains(systems, last) && !tagged(last):
			return false
		}
	}
	for line := range bytes.Lines(source) {
		line := strings.TrimSpace(string(line))
		if strings.HasPrefix(line, "package ") {
			break
		}
		if !constraint.IsGoBuild(line) {
			continue
		}
		expr, err := constraint.Parse(line)
		return err == nil && expr.Eval(tagged)
	}
	return true
}

// tagged reports whether a build for this system has a tag.
func tagged(tag string) bool {
	switch {
	case tag == goruntime.GOOS || tag == goruntime.GOARCH || tag == goruntime.Compiler || tag == "cgo" || strings.HasPrefix(tag, "go1."):
		return true
	case tag == "unix":
		return !slices.Contains([]string{"js", "nacl", "plan9", "wasip1", "windows", "zos"}, goruntime.GOOS)
	default:
		return tag == "linux" && goruntime.GOOS == "android" || tag == "darwin" && goruntime.GOOS == "ios" || tag == "solaris" && goruntime.GOOS == "illumos"
	}
}
