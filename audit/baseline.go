package audit

import (
	"fmt"
	"slices"

	"github.com/aks-egress/aks-egress/fault"
	"github.com/aks-egress/aks-egress/strictyaml"
)

// Accepted is a known finding that is accepted, and why.
type Accepted struct {
	Code    Code
	Where   string
	Row     string // where it is given, that of the finding
	Because string
	Line    int
}

// Codes lists the codes.
func Codes() []Code {
	return []Code{Missing, WrongPort, Stale, Malformed, Shadowed, Dead, Duplicate, WideOpen, DataExit, DNATOpen, UnknownTag, Settings, Limit, Unjudged}
}

// ReadBaseline reads a file of accepted findings: YAML with the key accepted, a
// list of code, where, because and, if need be, row. Every fault is told at once.
func ReadBaseline(name string, data []byte) ([]Accepted, error) {
	r := strictyaml.Reader{File: name}
	var out []Accepted
	root := r.Root(data, "write accepted: [{code: data-exit, where: group/collection/rule, because: why}]")
	if root == nil {
		return nil, r.Err()
	}
	pairs, _ := r.Mapping(root, "", "accepted")
	for _, p := range pairs {
		for _, item := range r.Items(p, "write a list of findings, each with code, where and because") {
			x := Accepted{Line: item.Value.Line}
			keys, ok := r.Mapping(item.Value, item.Path, "code", "where", "row", "because")
			if !ok {
				continue
			}
			given := map[string]bool{}
			for _, k := range keys {
				text, _ := r.Text(k.Value, k.Path, "write a text")
				given[k.Key] = true
				switch k.Key {
				case "code":
					x.Code = Code(text)
					if text != "" && !slices.Contains(Codes(), x.Code) {
						r.Fault(k.Value, k.Path, text, "is not the code of a finding", fault.Meant(text, Codes(), fmt.Sprint("write one of ", Codes())))
					}
				case "where":
					x.Where = text
				case "row":
					x.Row = text
				case "because":
					x.Because = text
				}
			}
			for _, key := range []string{"code", "where", "because"} {
				if !given[key] {
					r.Fault(item.Value, item.Path+"."+key, "", "is missing", "an accepted finding has code, where and because")
				}
			}
			out = append(out, x)
		}
	}
	return out, r.Err()
}

// Accept marks the findings that a baseline accepts.
func (r *Report) Accept(baseline []Accepted) {
	for _, x := range baseline {
		used := false
		for i := range r.Findings {
			f := &r.Findings[i]
			if f.Code == x.Code && f.Where == x.Where && (x.Row == "" || x.Row == f.Row) {
				f.Accepted, used = x.Because, true
			}
		}
		if !used {
			r.Unneeded = append(r.Unneeded, x)
		}
	}
}
