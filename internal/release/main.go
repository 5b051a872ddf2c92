package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aks-egress/aks-egress/internal/gobuild"
)

func main() {
	r := release{say: os.Stderr}
	var platforms, parts string
	flag.StringVar(&r.version, "version", "", "`VERSION` such as v0.1.0")
	flag.StringVar(&r.out, "out", filepath.Join(".bin", "release"), "`FOLDER` for the archives, emptied first")
	flag.StringVar(&platforms, "platforms", "", "`OS/ARCH,…` to build for (default all six)")
	flag.StringVar(&parts, "parts", "", "`PART,…` to build: light, sandbox, plugin (default all)")
	flag.BoolVar(&r.trial, "trial", false, "build what is in the folder, even where no commit has it")
	flag.Parse()
	if err := errors.Join(r.choose(platforms, parts), r.check()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err := r.run(); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release is one run.
type release struct {
	version   string
	out       string
	trial     bool
	say       io.Writer
	platforms []string
	parts     []part
	time      time.Time
}

// part is one of the binaries.
type part struct {
	name    string // of the binary
	short   string // what -parts calls it
	dir     string // of its module
	pages   bool   // it has man pages
	shells  bool   // it has completion
	version func(version string) string
	archive func(version, goos, goarch string) string
}

// all are the parts of a release.
func all() []part {
	own := func(name string) func(version, goos, goarch string) string {
		return func(version, goos, goarch string) string {
			end := ".tar.gz"
			if goos == "windows" {
				end = ".zip"
			}
			return name + "_" + strings.TrimPrefix(version, "v") + "_" + goos + "_" + goarch + end
		}
	}
	return []part{
		{name: "aks-egress", short: "light", dir: ".", pages: true, shells: true, version: strings.Clone, archive: own("aks-egress")},
		{name: "aks-egress-sandbox", short: "sandbox", dir: ".", pages: true, version: strings.Clone, archive: own("aks-egress-sandbox")},
		// The plugin's version has no v, and its archive is named as Pulumi looks
		// for it, which wants .tar.gz on Windows as well.
		{name: "pulumi-resource-aks-egress", short: "plugin", dir: "provider", version: bare, archive: func(version, goos, goarch string) string {
			return "pulumi-resource-aks-egress-v" + bare(version) + "-" + goos + "-" + goarch + ".tar.gz"
		}},
	}
}

func bare(version string) string { return strings.TrimPrefix(version, "v") }

// platforms are those that a release is built for.
func platforms() []string {
	var out []string
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, goarch := range []string{"amd64", "arm64"} {
			out = append(out, goos+"/"+goarch)
		}
	}
	return out
}

// choose takes the platforms and parts that are asked for.
func (r *release) choose(platformList, partList string) error {
	var errs []error
	r.platforms = platforms()
	if platformList != "" {
		r.platforms = strings.Split(platformList, ",")
	}
	for _, p := range r.platforms {
		if !slices.Contains(platforms(), p) {
			errs = append(errs, fmt.Errorf("-platforms: %q is not one of %s", p, strings.Join(platforms(), ", ")))
		}
	}
	r.parts = all()
	if partList != "" {
		r.parts = nil
		for _, name := range strings.Split(partList, ",") {
			i := slices.IndexFunc(all(), func(p part) bool { return p.short == name })
			if i < 0 {
				errs = append(errs, fmt.Errorf("-parts: %q is not one of light, sandbox, plugin", name))
				continue
			}
			r.parts = append(r.parts, all()[i])
		}
	}
	return errors.Join(errs...)
}

var semver = regexp.MustCompile(`^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$`)

// check says what is wrong with what is asked for, and takes the commit's time.
func (r *release) check() error {
	var errs []error
	if !strings.HasPrefix(r.version, "v") {
		r.version = "v" + r.version
	}
	if !semver.MatchString(r.version) {
		errs = append(errs, fmt.Errorf("-version: %q is not a version: give one such as v0.1.0", r.version))
	}
	if changed, err := output(".", nil, "git", "status", "--porcelain"); err != nil {
		errs = append(errs, err)
	} else if changed != "" && !r.trial {
		errs = append(errs, fmt.Errorf("these are in no commit: commit them, or build for yourself with -trial:\n%s", changed))
	}
	seconds, err := output(".", nil, "git", "log", "-1", "--format=%ct")
	if err == nil {
		var n int64
		n, err = strconv.ParseInt(seconds, 10, 64)
		r.time = time.Unix(n, 0).UTC()
	}
	return errors.Join(append(errs, err)...)
}

// output is what a command prints, without the last line's end.
func output(dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(gobuild.Env(), env...)
	var errOut strings.Builder
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, errOut.String())
	}
	return strings.TrimRight(string(out), "\n"), nil
}

// run builds everything.
func (r *release) run() error {
	if err := os.RemoveAll(r.out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	common, err := r.common()
	if err != nil {
		return err
	}
	total, n := len(r.parts)*len(r.platforms), 0
	for _, p := range r.parts {
		files := slices.Clone(common)
		if p.pages { // they are what this machine's own build says
			bin, err := r.build(p, work, runtime.GOOS, runtime.GOARCH)
			if err != nil {
				return err
			}
			pages, err := r.documents(p, bin)
			if err != nil {
				return err
			}
			files = append(files, pages...)
		}
		for _, platform := range r.platforms {
			n++
			goos, goarch, _ := strings.Cut(platform, "/")
			name := p.archive(r.version, goos, goarch)
			fmt.Fprintf(r.say, "%d of %d: %s\n", n, total, name)
			if err := r.pack(p, work, goos, goarch, name, files); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return checksums(r.out)
}

// pack builds a part for a platform and writes its archive and its bill of
// materials.
func (r *release) pack(p part, work, goos, goarch, name string, files []file) error {
	bin, err := r.build(p, work, goos, goarch)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(bin)
	if err != nil {
		return err
	}
	info, err := materials(bin)
	if err != nil {
		return err
	}
	licences, err := r.licences(p, info)
	if err != nil {
		return err
	}
	files = append(slices.Clone(files), file{filepath.Base(bin), 0o755, content}, licences)
	archive, err := archived(name, r.time, files)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.out, name), archive, 0o644); err != nil {
		return err
	}
	bom, err := r.bom(p, name, archive, info)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, name+".cdx.json"), bom, 0o644)
}

// build builds a part for a platform and returns the binary's path.
func (r *release) build(p part, work, goos, goarch string) (string, error) {
	bin, err := filepath.Abs(filepath.Join(work, goos+"_"+goarch, p.name))
	if err != nil {
		return "", err
	}
	if goos == "windows" {
		bin += ".exe"
	}
	_, err = output(p.dir, []string{"CGO_ENABLED=0", "GOOS=" + goos, "GOARCH=" + goarch, "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off"},
		"go", "build", "-p", "1", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -buildid= -X main.version="+p.version(r.version), "-o", bin, "./cmd/"+p.name)
	return bin, err
}

// common are the files of every archive.
func (r *release) common() ([]file, error) {
	var out []file
	for _, name := range []string{"LICENSE", "NOTICE", "README.md", "CHANGELOG.md", "SECURITY.md"} {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		out = append(out, file{name, 0o644, b})
	}
	return out, nil
}
