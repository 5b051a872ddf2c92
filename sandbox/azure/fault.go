package azure

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Fault is an error that the sandbox answers with on purpose, so that a
// program's handling of it can be tried.
type Fault struct {
	Op     string // put, get, delete or post; empty: any
	Type   string // a type, or the end of one: managedClusters, subnets
	Name   string // the resource's name; empty: any
	Status int    // the HTTP status
	Code   string // Azure's error code
	Times  int    // how many requests get it; zero: all
}

// ParseFaults reads a fault specification: faults separated by commas, each
//
//	OP:TYPE[:name=NAME][:code=CODE][:status=STATUS][:times=N]
//
// OP is put, get, delete, post or *; TYPE is a resource type or the end of
// one, or *. Code and status are filled in from one another where Azure has
// one of them for the other; without both the answer is 429 TooManyRequests.
// For example put:managedClusters:code=LinkedAuthorizationFailed:times=2.
func ParseFaults(spec string) ([]Fault, error) {
	if strings.TrimSpace(spec) == "" {
		return nil, nil
	}
	var faults []Fault
	var wrong []string
	for i, one := range strings.Split(spec, ",") {
		fault, problems := parseFault(strings.TrimSpace(one))
		for _, p := range problems {
			wrong = append(wrong, fmt.Sprintf("fault %d, %q: %s", i+1, one, p))
		}
		faults = append(faults, fault)
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%s (a fault is OP:TYPE[:name=NAME][:code=CODE][:status=STATUS][:times=N])", strings.Join(wrong, "; "))
	}
	return faults, nil
}

func parseFault(one string) (Fault, []string) {
	var wrong []string
	var f Fault
	parts := strings.Split(one, ":")
	if len(parts) < 2 {
		return f, []string{"it needs an operation and a type"}
	}
	switch parts[0] {
	case "put", "get", "delete", "post":
		f.Op = parts[0]
	case "*":
	default:
		wrong = append(wrong, fmt.Sprintf("%q is not one of put, get, delete, post, *", parts[0]))
	}
	if parts[1] == "" {
		wrong = append(wrong, "the type is empty; * stands for any")
	} else if parts[1] != "*" {
		f.Type = parts[1]
	}
	seen := map[string]bool{}
	for _, option := range parts[2:] {
		name, value, found := strings.Cut(option, "=")
		switch {
		case !found || value == "":
			wrong = append(wrong, fmt.Sprintf("%q is not of the form name=value", option))
			continue
		case seen[name]:
			wrong = append(wrong, fmt.Sprintf("%s is given twice", name))
			continue
		}
		seen[name] = true
		switch name {
		case "name":
			f.Name = value
		case "code":
			f.Code = value
		case "status":
			n, err := strconv.Atoi(value)
			if err != nil || n < 400 || n > 599 {
				wrong = append(wrong, fmt.Sprintf("status %q is not an HTTP error, 400 to 599", value))
			}
			f.Status = n
		case "times":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				wrong = append(wrong, fmt.Sprintf("times %q is not a number of 1 or more", value))
			}
			f.Times = n
		default:
			wrong = append(wrong, fmt.Sprintf("%q is not one of name, code, status, times", name))
		}
	}
	f.complete()
	return f, wrong
}

// statuses are the codes a retry is usually written for, with their status.
func statuses() map[string]int {
	return map[string]int{
		"TooManyRequests":                   http.StatusTooManyRequests,
		"AnotherOperationInProgress":        http.StatusConflict,
		"LinkedAuthorizationFailed":         http.StatusForbidden,
		"AuthorizationFailed":               http.StatusForbidden,
		"PrincipalNotFound":                 http.StatusBadRequest,
		"ResourceNotFound":                  http.StatusNotFound,
		"InternalServerError":               http.StatusInternalServerError,
		"ServiceUnavailable":                http.StatusServiceUnavailable,
		"CustomRouteTableMissingPermission": http.StatusBadRequest,
	}
}

func (f *Fault) complete() {
	known := statuses()
	switch {
	case f.Code == "" && f.Status == 0:
		f.Code, f.Status = "TooManyRequests", http.StatusTooManyRequests
	case f.Status == 0:
		f.Status = known[f.Code]
		if f.Status == 0 {
			f.Status = http.StatusBadRequest
		}
	case f.Code == "":
		f.Code = strings.ReplaceAll(http.StatusText(f.Status), " ", "")
		for _, code := range sortedNames(known) {
			if known[code] == f.Status {
				f.Code = code
				break
			}
		}
		if f.Status == http.StatusTooManyRequests {
			f.Code = "TooManyRequests"
		}
		if f.Code == "" {
			f.Code = "Status" + strconv.Itoa(f.Status)
		}
	}
}

// faults counts down the faults of one world.
type faults struct {
	mu   sync.Mutex
	left []Fault
	used []int
}

func newFaults(all []Fault) *faults {
	return &faults{left: append([]Fault(nil), all...), used: make([]int, len(all))}
}

// next answers the fault that a request meets, nil for none.
func (f *faults) next(op string, id resourceID) *Error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, one := range f.left {
		if one.Op != "" && one.Op != op || one.Times > 0 && f.used[i] >= one.Times {
			continue
		}
		if one.Type != "" && !strings.EqualFold(id.Type, one.Type) && !strings.HasSuffix(strings.ToLower(id.Type), "/"+strings.ToLower(one.Type)) {
			continue
		}
		if one.Name != "" && !strings.EqualFold(one.Name, id.Name()) {
			continue
		}
		f.used[i]++
		return refuse(one.Status, one.Code, "The sandbox was asked for this fault: %s.", one)
	}
	return nil
}

// String writes the fault the way ParseFaults reads it.
func (f Fault) String() string {
	star := func(s string) string {
		if s == "" {
			return "*"
		}
		return s
	}
	out := []string{star(f.Op), star(f.Type)}
	options := map[string]string{"code": f.Code, "status": strconv.Itoa(f.Status)}
	if f.Name != "" {
		options["name"] = f.Name
	}
	if f.Times > 0 {
		options["times"] = strconv.Itoa(f.Times)
	}
	for _, name := range sortedNames(options) {
		out = append(out, name+"="+options[name])
	}
	return strings.Join(out, ":")
}
