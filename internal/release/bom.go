package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

// materials is what a binary was built from, as "go version -m" prints it.
func materials(bin string) (*debug.BuildInfo, error) { return buildinfo.ReadFile(bin) }

// The parts of CycloneDX 1.6 that are written.
type (
	bill struct {
		Format     string      `json:"bomFormat"`
		Spec       string      `json:"specVersion"`
		Serial     string      `json:"serialNumber"`
		Version    int         `json:"version"`
		Metadata   metadata    `json:"metadata"`
		Components []component `json:"components"`
	}
	metadata struct {
		Timestamp string    `json:"timestamp"`
		Component component `json:"component"`
	}
	component struct {
		Ref        string     `json:"bom-ref"`
		Type       string     `json:"type"`
		Name       string     `json:"name"`
		Version    string     `json:"version"`
		Hashes     []hash     `json:"hashes,omitempty"`
		PURL       string     `json:"purl,omitempty"`
		Properties []property `json:"properties,omitempty"`
	}
	hash struct {
		Alg     string `json:"alg"`
		Content string `json:"content"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// purl is a Go module's package URL.
func purl(path, version string) string {
	return "pkg:golang/" + (&url.URL{Path: path}).EscapedPath() + "@" + strings.ReplaceAll(url.PathEscape(version), "+", "%2B")
}

// bom is the bill of materials of an archive: Go's standard library, and every
// module of which the binary has a package.
func (r *release) bom(p part, name string, archive []byte, info *debug.BuildInfo) ([]byte, error) {
	sum := sha256.Sum256(archive)
	out := bill{Format: "CycloneDX", Spec: "1.6", Version: 1,
		Serial: uuid(sum), // of one archive it is always the same
		Metadata: metadata{Timestamp: r.time.Format(time.RFC3339), Component: component{
			Ref: name, Type: "application", Name: p.name, Version: r.version, PURL: purl(info.Main.Path, r.version),
			Hashes: []hash{{"SHA-256", hex.EncodeToString(sum[:])}},
		}},
	}
	goVersion := strings.TrimPrefix(info.GoVersion, "go")
	out.Components = append(out.Components, component{Ref: purl("std", goVersion), Type: "library", Name: "std", Version: goVersion, PURL: purl("std", goVersion)})
	for _, m := range info.Deps {
		version := m.Version
		if m.Replace != nil && m.Replace.Version == "" { // this repository's other module
			version = r.version
		}
		c := component{Ref: purl(m.Path, version), Type: "library", Name: m.Path, Version: version, PURL: purl(m.Path, version)}
		if m.Sum != "" {
			c.Properties = []property{{"go.sum", m.Sum}}
		}
		out.Components = append(out.Components, c)
	}
	b, err := json.MarshalIndent(out, "", "  ")
	return append(b, '\n'), err
}

// uuid is a UUID, version 8, of a checksum.
func uuid(sum [32]byte) string {
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// licences are those of Go and of every module in a binary, in one file: most
// want to be passed on with it.
func (r *release) licences(p part, info *debug.BuildInfo) (file, error) {
	root, err := output(p.dir, nil, "go", "env", "GOROOT")
	if err != nil {
		return file{}, err
	}
	out := strings.Builder{}
	out.WriteString("What this binary was built from, and under which terms.\n")
	add := func(name, dir string) error {
		found, err := terms(dir)
		for _, path := range found {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, "\n%s\n%s: %s\n%[1]s\n\n%[4]s\n", strings.Repeat("=", 80), name, filepath.Base(path), strings.TrimSpace(string(b)))
		}
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("%s has no licence in %s", name, dir)
		}
		return err
	}
	if err := add("The Go programming language", root); err != nil {
		return file{}, err
	}
	var paths []string
	for _, m := range info.Deps {
		if m.Replace == nil {
			paths = append(paths, m.Path)
		}
	}
	dirs, err := output(p.dir, nil, "go", append([]string{"list", "-m", "-f", "{{.Path}} {{.Version}}\t{{.Dir}}"}, paths...)...)
	if err != nil {
		return file{}, err
	}
	for line := range strings.Lines(dirs) {
		name, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if err := add(name, dir); err != nil {
			return file{}, err
		}
	}
	return file{"THIRD-PARTY.txt", 0o644, []byte(out.String())}, nil
}

var termsHeading = regexp.MustCompile(`(?mi)^#+ *licen[cs]e`)

// terms are the files of a module that say its terms. A module in a
// repository's folder may have them at the repository's root alone, which the
// module's archive holds as LICENSE then; some say them in their README only.
func terms(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out, readmes []string
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		upper, path := strings.ToUpper(e.Name()), filepath.Join(dir, e.Name())
		for _, word := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE"} {
			if strings.HasPrefix(upper, word) {
				out = append(out, path)
			}
		}
		if strings.HasPrefix(upper, "README") {
			readmes = append(readmes, path)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	for _, path := range readmes {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if termsHeading.Match(b) {
			out = append(out, path)
		}
	}
	return out, nil
}
