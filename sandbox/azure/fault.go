package azure

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Fault is something that goes wrong on purpose, so that a program's handling
// of it can be tried.
type Fault struct {
	Op     string // put, get, delete or post; empty: any
	Type   string // a type, or the end of one: managedClusters, subnets
	Name   string // the resource's name; empty: any
	When   string // empty: nothing is written; or Accepted, Done
	Status int    // the HTTP status; zero for what has none
	Code   string // Azure's error code, or Dropped, TimedOut
	Skip   int    // how many requests pass before the first that meets it
	Times  int    // how many requests meet it; zero: all

	Late     int // how many requests do not see a role assignment that was made
	Reserved int // how many PUTs find the name of what was deleted still taken
}

// When a fault comes, if not before anything is written.
const (
	Accepted = "accepted" // Azure accepts the write, and it fails later: the resource is there, and says Failed
	Done     = "done"     // the write is made, and its client is not told
)

// What a client sees that is not an answer of Azure's.
const (
	Dropped  = "ConnectionDropped" // the connection ends without an answer
	TimedOut = "OperationTimedOut" // the client's own patience ends first
)

const grammar = "OP:TYPE[:name=NAME][:when=WHEN][:code=CODE][:status=STATUS][:skip=N][:times=N][:late=N][:reserved=N]"

// ParseFaults reads a fault specification: faults separated by commas, each
//
//	OP:TYPE[:name=NAME][:when=WHEN][:code=CODE][:status=STATUS][:skip=N][:times=N][:late=N][:reserved=N]
//
// OP is put, get, delete, post or *; TYPE is a resource type that the sandbox
// knows, the end of one, or *. Code and status are filled in from one another
// where Azure has one of them for the other; without both the answer is 429
// TooManyRequests, and 504 GatewayTimeout for when=done. The codes
// ConnectionDropped and OperationTimedOut are no answers. For example
//
//	put:managedClusters:code=LinkedAuthorizationFailed:times=2
//	put:azureFirewalls:when=accepted:code=InternalServerError:times=1
//	put:subnets:name=aks-subnet:when=done:code=ConnectionDropped:times=1
//	put:roleAssignments:late=2
//	delete:publicIPAddresses:reserved=1
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
		return nil, fmt.Errorf("%s (a fault is %s)", strings.Join(wrong, "; "), grammar)
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
	ops := []string{"put", "get", "delete", "post", "*"}
	switch {
	case !slices.Contains(ops, parts[0]):
		wrong = append(wrong, fmt.Sprintf("%q is not one of %s%s", parts[0], strings.Join(ops, ", "), meant(parts[0], ops)))
	case parts[0] != "*":
		f.Op = parts[0]
	}
	switch {
	case parts[1] == "":
		wrong = append(wrong, "the type is empty; * stands for any")
	case parts[1] != "*":
		f.Type = parts[1]
		if ends := typeEnds(); !slices.ContainsFunc(ends, func(end string) bool { return strings.EqualFold(end, f.Type) }) {
			wrong = append(wrong, fmt.Sprintf("%q is not a type that the sandbox knows, or the end of one%s", f.Type, meant(f.Type, ends)))
		}
	}
	numbers := map[string]*int{"skip": &f.Skip, "times": &f.Times, "late": &f.Late, "reserved": &f.Reserved}
	known := []string{"name", "when", "code", "status", "skip", "times", "late", "reserved"}
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
		case "when":
			if f.When = value; value != Accepted && value != Done {
				wrong = append(wrong, fmt.Sprintf("when %q is not one of %s, %s%s; without it nothing is written", value, Accepted, Done, meant(value, []string{Accepted, Done})))
			}
		case "status":
			n, err := strconv.Atoi(value)
			if err != nil || n < 400 || n > 599 {
				wrong = append(wrong, fmt.Sprintf("status %q is not an HTTP error, 400 to 599", value))
			}
			f.Status = n
		case "skip", "times", "late", "reserved":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				wrong = append(wrong, fmt.Sprintf("%s %q is not a number of 1 or more", name, value))
			}
			*numbers[name] = n
		default:
			wrong = append(wrong, fmt.Sprintf("%q is not one of %s%s", name, strings.Join(known, ", "), meant(name, known)))
		}
	}
	wrong = append(wrong, f.impossible(seen)...)
	f.complete()
	return f, wrong
}

// impossible says which of a fault's parts do not go together.
func (f *Fault) impossible(given map[string]bool) []string {
	var wrong []string
	if f.When != "" && f.Op != "put" && f.Op != "delete" {
		wrong = append(wrong, "when is for put and delete alone: nothing else is written")
	}
	if f.When == Accepted && (f.Code == Dropped || f.Code == TimedOut) {
		wrong = append(wrong, f.Code+" cannot be what an accepted write fails with: use when="+Done)
	}
	if f.Code == TimedOut && f.When != Done {
		wrong = append(wrong, TimedOut+" needs when="+Done)
	}
	if given["status"] && (f.Code == Dropped || f.Code == TimedOut) {
		wrong = append(wrong, f.Code+" is without an answer, so without a status")
	}
	if given["late"] {
		if f.Op != "put" || !strings.EqualFold(f.Type[strings.LastIndex(f.Type, "/")+1:], "roleAssignments") {
			wrong = append(wrong, "late is for put:roleAssignments alone")
		}
		for _, other := range []string{"when", "code", "status", "reserved"} {
			if given[other] {
				wrong = append(wrong, "late cannot be combined with "+other)
			}
		}
	}
	if given["reserved"] && (f.Op != "delete" || f.When != "") {
		wrong = append(wrong, "reserved is for delete alone, without when")
	}
	return wrong
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
		"GatewayTimeout":                    http.StatusGatewayTimeout,
		"CustomRouteTableMissingPermission": http.StatusBadRequest,
	}
}

func (f *Fault) complete() {
	known := statuses()
	switch {
	case f.Late > 0, f.Code == Dropped, f.Code == TimedOut:
		f.Status = 0
	case f.Code == "" && f.Status == 0 && f.Reserved > 0:
		f.Code, f.Status = "Conflict", http.StatusConflict
	case f.Code == "" && f.Status == 0 && f.When == Done:
		f.Code, f.Status = "GatewayTimeout", http.StatusGatewayTimeout
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

// String writes the fault the way ParseFaults reads it.
func (f Fault) String() string {
	star := func(s string) string {
		if s == "" {
			return "*"
		}
		return s
	}
	out := []string{star(f.Op), star(f.Type)}
	for _, option := range []struct {
		name, text string
		number     int
	}{
		{name: "name", text: f.Name}, {name: "when", text: f.When}, {name: "code", text: f.Code}, {name: "status", number: f.Status},
		{name: "skip", number: f.Skip}, {name: "times", number: f.Times}, {name: "late", number: f.Late}, {name: "reserved", number: f.Reserved},
	} {
		switch {
		case option.text != "":
			out = append(out, option.name+"="+option.text)
		case option.number > 0:
			out = append(out, option.name+"="+strconv.Itoa(option.number))
		}
	}
	return strings.Join(out, ":")
}

// error is what the client of a request is told that meets the fault.
func (f Fault) error(id resourceID) *Error {
	e := refuse(f.Status, f.Code, "The sandbox was asked for this fault: %s.", f)
	switch {
	case f.Code == TimedOut:
		e.Message = "operation timed out: " + e.Message
	case f.Code == Dropped:
		e.Message = "EOF: " + e.Message
	case f.Reserved > 0:
		e.Message = fmt.Sprintf("The name '%s' is still reserved after its deletion. Try again later. %s", id.Name(), e.Message)
	}
	e.Accepted = f.When == Accepted || f.Code == TimedOut
	return e
}

func (f Fault) fits(op string, id resourceID) bool {
	return (f.Op == "" || f.Op == op) &&
		(f.Type == "" || strings.EqualFold(id.Type, f.Type) || strings.HasSuffix(strings.ToLower(id.Type), "/"+strings.ToLower(f.Type))) &&
		(f.Name == "" || strings.EqualFold(f.Name, id.Name()))
}

// faults counts down the faults of one world.
type faults struct {
	mu       sync.Mutex
	all      []Fault
	fitted   []int           // requests that it fits
	met      []int           // requests that met it
	names    map[string]bool // of what came by, by operation and type
	late     map[string]int  // requests that do not see a role assignment yet, by its key
	reserved map[string][]*Error
}

func newFaults(all []Fault) *faults {
	return &faults{
		all: slices.Clone(all), fitted: make([]int, len(all)), met: make([]int, len(all)),
		names: map[string]bool{}, late: map[string]int{}, reserved: map[string][]*Error{},
	}
}

// meets finds the fault of some kind that a request meets, nil for none.
func (f *faults) meets(op string, id resourceID, of func(Fault) bool) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, one := range f.all {
		if !of(one) || !one.fits(op, id) {
			continue
		}
		f.fitted[i]++
		if f.fitted[i] <= one.Skip || one.Times > 0 && f.met[i] >= one.Times {
			continue
		}
		f.met[i]++
		return &one
	}
	return nil
}

// before answers what a request is refused with before anything is written,
// nil for nothing.
func (f *faults) before(op string, id resourceID) *Error {
	f.mu.Lock()
	f.names[op+" "+strings.ToLower(id.Type)+" "+id.Name()] = true
	var taken *Error
	if held := f.reserved[key(id.String())]; op == "put" && len(held) > 0 {
		taken, f.reserved[key(id.String())] = held[0], held[1:]
	}
	f.mu.Unlock()
	if taken != nil {
		return taken
	}
	one := f.meets(op, id, func(f Fault) bool { return f.When == "" && f.Late == 0 && f.Reserved == 0 })
	if one == nil {
		return nil
	}
	return one.error(id)
}

// after answers what becomes of a write that Azure has accepted, nil for
// nothing. Only what goes on after the answer can fail then.
func (f *faults) after(op string, id resourceID, prompt bool) *Fault {
	return f.meets(op, id, func(f Fault) bool {
		return f.When == Done && (!prompt || f.Code != TimedOut) || f.When == Accepted && !prompt
	})
}

// wrote notes what follows from a write.
func (f *faults) wrote(op string, id resourceID) {
	if one := f.meets(op, id, func(f Fault) bool { return f.Late > 0 || f.Reserved > 0 }); one != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		if one.Late > 0 {
			f.late[key(id.String())] = one.Late
			return
		}
		f.reserved[key(id.String())] = slices.Repeat([]*Error{one.error(id)}, one.Reserved)
	}
}

// hidden lists the role assignments that do not take effect yet.
func (f *faults) hidden() map[string]bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]bool{}
	for k, n := range f.late {
		if n > 0 {
			out[k] = false
		}
	}
	return out
}

// missed counts a request for which role assignments were not there yet.
func (f *faults) missed(hidden map[string]bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k, asked := range hidden {
		if asked {
			f.late[k]--
		}
	}
}

// unmet lists the faults that no request has met.
func (f *faults) unmet() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for i, one := range f.all {
		if f.met[i] > 0 {
			continue
		}
		line := one.String()
		if near := f.near(one); near != "" {
			line += ": did you mean name=" + near + "?"
		}
		out = append(out, line)
	}
	return out
}

// near finds the name of what came by that is nearest to a fault's.
func (f *faults) near(one Fault) string {
	var names []string
	for _, seen := range sortedNames(f.names) {
		parts := strings.SplitN(seen, " ", 3)
		nameless := one
		nameless.Name = ""
		if one.Name != "" && !strings.EqualFold(one.Name, parts[2]) && nameless.fits(parts[0], resourceID{Type: parts[1]}) {
			names = append(names, parts[2])
		}
	}
	return nearest(one.Name, names)
}

// typeEnds is everything that a fault may name a type by.
func typeEnds() []string {
	ends := map[string]bool{}
	for _, k := range kinds() {
		parts := strings.Split(k.name, "/")
		for i := range parts {
			if i == 0 {
				ends[k.name] = true
				continue
			}
			ends[strings.Join(parts[i:], "/")] = true
		}
	}
	return sortedNames(ends)
}

func meant(word string, choices []string) string {
	if near := nearest(word, choices); near != "" {
		return ": did you mean " + near + "?"
	}
	return ""
}

// nearest is the choice that differs least from a word, if a slip of the
// fingers can explain the difference.
func nearest(word string, choices []string) string {
	best, least := "", len(word)/3+1
	for _, choice := range choices {
		if d := distance(strings.ToLower(word), strings.ToLower(choice)); d < least || d == least && best == "" {
			best, least = choice, d
		}
	}
	return best
}

// distance is how many letters must be put in, left out or changed.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := above
			if a[i] != b[j] {
				cost++
			}
			above = row[j+1]
			row[j+1] = min(cost, above+1, row[j]+1)
		}
	}
	return row[len(b)]
}
