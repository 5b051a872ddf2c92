// Command sdkgen writes the SDKs that Pulumi's CLI would generate from a schema
// on standard input: of Go, Node.js and Python, each into a folder of its own.
// The CLI leaves that to language plugins, which cannot be had as modules.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sdkgen FOLDER <schema.json")
		os.Exit(2)
	}
	if err := generate(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "sdkgen:", err)
		os.Exit(1)
	}
}

func generate(folder string) error {
	var spec schema.PackageSpec
	if err := json.NewDecoder(os.Stdin).Decode(&spec); err != nil {
		return err
	}
	for _, language := range []struct {
		name string
		make func(*schema.Package) (map[string][]byte, error)
	}{
		{"go", func(pkg *schema.Package) (map[string][]byte, error) { return gogen.GeneratePackage("sdkgen", pkg, nil) }},
		{"nodejs", func(pkg *schema.Package) (map[string][]byte, error) {
			return nodejs.GeneratePackage("sdkgen", pkg, nil, nil, false, nil)
		}},
		{"python", func(pkg *schema.Package) (map[string][]byte, error) {
			return python.GeneratePackage("sdkgen", pkg, nil, nil)
		}},
	} {
		// One each: a generator changes names in it.
		pkg, err := schema.ImportSpec(spec, nil, schema.NewNullLoader(), schema.ValidationOptions{})
		if err != nil {
			return err
		}
		files, err := language.make(pkg)
		if err != nil {
			return fmt.Errorf("%s: %w", language.name, err)
		}
		for path, content := range files {
			to := filepath.Join(folder, language.name, path)
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(to, content, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
