package operand

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
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

// usesDeploy reports whether a Go file uses the Deploy of deployPackage. What
// does not parse does not compile, either.
func usesDeploy(source []byte) bool {
	parsed, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if err != nil {
		return false
	}
	name := ""
	for _, spec := range parsed.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != deployPackage {
			continue
		}
		name = path.Base(deployPackage)
		if spec.Name != nil {
			name = spec.Name.Name
		}
	}
	if name == "" || name == "_" {
		return false
	}
	found := false
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == name && n.Sel.Name == "Deploy" {
				found = true
			}
		case *ast.Ident:
			found = found || name == "." && n.Name == "Deploy"
		}
		return !found
	})
	return found
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
