package main

import (
	"fmt"
	"path"
	"strings"
)

// documents are a binary's man pages and completion, made from what it says of
// itself.
func (r *release) documents(p part, bin string) ([]file, error) {
	var out []file
	if err := r.page(p, bin, nil, &out); err != nil {
		return nil, err
	}
	if !p.shells {
		return out, nil
	}
	for _, shell := range []struct{ name, file string }{
		{"bash", "aks-egress.bash"}, {"zsh", "_aks-egress"}, {"fish", "aks-egress.fish"}, {"powershell", "aks-egress.ps1"},
	} {
		script, err := output(".", nil, bin, "completion", shell.name)
		if err != nil {
			return nil, err
		}
		out = append(out, file{path.Join("completion", shell.file), 0o644, []byte(script + "\n")})
	}
	return out, nil
}

// page adds the man page of a command, and those of the commands below it.
func (r *release) page(p part, bin string, command []string, out *[]file) error {
	help, err := output(".", []string{"NO_COLOR=1", "COLUMNS=80"}, bin, append(append([]string{}, command...), "--help")...)
	if err != nil {
		return err
	}
	name := strings.Join(append([]string{p.name}, command...), "-")
	*out = append(*out, file{path.Join("man", "man1", name+".1"), 0o644, []byte(roff(name, r.version, r.time.Format("2006-01-02"), help))})
	for _, below := range subcommands(help) {
		if p.shells && below == "sandbox" { // another binary's
			continue
		}
		if err := r.page(p, bin, append(append([]string{}, command...), below), out); err != nil {
			return err
		}
	}
	return nil
}

// subcommands are the commands that a help lists, but for those that every
// command line of its kind has.
func subcommands(help string) []string {
	_, list, _ := strings.Cut(help, "\nAvailable Commands:\n")
	var out []string
	for line := range strings.Lines(list) {
		name, indented := strings.CutPrefix(line, "  ")
		if !indented {
			break
		}
		name, _, _ = strings.Cut(name, " ")
		if name = strings.TrimSpace(name); name != "help" && name != "completion" {
			out = append(out, name)
		}
	}
	return out
}

// roff is a command's help as a man page: its first line is what the command
// is, and a line that ends with a colon, with an empty one before it, heads a
// section.
func roff(name, version, date, help string) string {
	var out strings.Builder
	what, rest, _ := strings.Cut(strings.TrimSpace(help)+"\n", "\n")
	fmt.Fprintf(&out, ".TH %s 1 %s \"aks-egress %s\"\n.SH NAME\n%s \\- %s\n.SH DESCRIPTION\n.nf\n", quoted(strings.ToUpper(name)), date, version, escaped(name), escaped(what))
	before := ""
	for line := range strings.Lines(rest) {
		line = strings.TrimRight(line, " \n")
		if head, is := strings.CutSuffix(line, ":"); is && before == "" && line != "" && line[0] != ' ' {
			fmt.Fprintf(&out, ".fi\n.SH %s\n.nf\n", quoted(strings.ToUpper(head)))
			before = line
			continue
		}
		out.WriteString(escaped(line) + "\n")
		before = line
	}
	out.WriteString(".fi\n")
	return out.String()
}

func quoted(text string) string { return `"` + strings.ReplaceAll(escaped(text), `"`, `""`) + `"` }

// escaped is text that troff prints as it is.
func escaped(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}
