package operand

import (
	"errors"
	"fmt"
	"go/scanner"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// deployPackage is the package whose Deploy makes of settings what this module
// says of them.
const deployPackage = "github.com/aks-egress/aks-egress/stack"

const notOurs = "so its settings do not say what it builds: give a sandbox world (`aks-egress sandbox exec --world world.json -- …`, then --world world.json) or a policy file"

// deploys is the error of a project whose program is another than stack.Deploy.
// A project without any program, whose stack has settings of this module, is
// one that keeps settings only.
func (p project) deploys(stack []byte) error {
	if p.Runtime.Name != "go" {
		return fmt.Errorf("the program of this project is not stack.Deploy but one for the runtime %q, %s", p.Runtime.Name, notOurs)
	}
	dir := filepath.Join(p.dir, filepath.FromSlash(p.Main))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("the program of this project cannot be read: %w", err)
	}
	sources := 0
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		source, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil || !built(e.Name(), source) {
			continue
		}
		sources++
		if usesDeploy(source) {
			return nil
		}
	}
	switch {
	case sources > 0 || p.Runtime.Binary != "":
		return errors.New("the program of this project is not stack.Deploy, " + notOurs)
	case !hasSettings(stack):
		return errors.New("the project has no program, and the stack no settings of aks-egress, " + notOurs)
	default:
		return nil
	}
}

// usesDeploy reports whether a Go file uses the Deploy of deployPackage. It goes
// by the file's words: go/parser is more than a hundred kilobytes of a command.
func usesDeploy(source []byte) bool {
	name := "" // of the package in this file
	imports := true
	for words := goWords(source); len(words) > 3; words = words[1:] {
		imported, err := strconv.Unquote(words[1])
		switch {
		case slices.Contains([]string{"const", "func", "type", "var"}, words[1]): // imports come before all else
			imports = false
		case imports && err == nil && imported == deployPackage:
			name = path.Base(deployPackage)
			if token.IsIdentifier(words[0]) || words[0] == "." {
				name = words[0]
			}
		case name == "" || words[3] != "Deploy":
		case name == "." && words[2] != ".", words[0] != "." && words[1] == name && words[2] == ".":
			return true
		}
	}
	return false
}

// goWords are the words and signs of a Go file, without its comments.
func goWords(source []byte) []string {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(source)), source, nil, 0)
	var out []string
	for {
		_, tok, word := s.Scan()
		switch {
		case tok == token.EOF:
			return out
		case word == "":
			word = tok.String()
		}
		out = append(out, word)
	}
}

// hasSettings reports whether a stack's file has a setting of this module.
func hasSettings(stack []byte) bool {
	var file struct {
		Config map[string]yaml.Node `yaml:"config"`
	}
	data, err := text(stack)
	if err != nil || yaml.Unmarshal(data, &file) != nil {
		return true // what is wrong with it is said where it is read
	}
	for key := range file.Config {
		if strings.HasPrefix(key, "aks-egress:") {
			return true
		}
	}
	return false
}
