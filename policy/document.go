package policy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/aks-egress/aks-egress/fault"
)

// About says what wrote a document: which version of the tool, and the date of
// the tables it held.
type About struct {
	Version string
	Tables  string
}

// document is a firewall as JSON, with everything that decides. Its groups are
// request bodies with what Azure has no place for added.
type document struct {
	About    documentAbout       `json:"aksEgress"`
	Settings []documentSetting   `json:"settings"`
	Clients  []documentClient    `json:"clients"`
	Missing  []documentMissing   `json:"missing"`
	IPGroups map[string][]string `json:"ipGroups"`
	Parent   []documentGroup     `json:"parent"`
	Groups   []documentGroup     `json:"groups"`
}

type documentAbout struct {
	Version string `json:"version"`
	Tables  string `json:"tables"`
}

type documentSetting struct {
	Name   SettingName `json:"name"`
	Of     string      `json:"of,omitempty"`
	Values []string    `json:"values"`
}

type documentClient struct {
	Name    string   `json:"name"`
	Sources []string `json:"sources"`
}

type documentMissing struct {
	What  string `json:"what"`
	First bool   `json:"first"`
	Fix   string `json:"fix"`
}

type documentGroup struct {
	Name       string             `json:"name"`
	Properties documentProperties `json:"properties"`
}

type documentProperties struct {
	Priority        int                  `json:"priority"`
	RuleCollections []documentCollection `json:"ruleCollections"`
}

type documentCollection struct {
	RuleCollectionType string         `json:"ruleCollectionType"`
	Kind               Kind           `json:"kind"` // which a filter collection without rules would not show
	Name               string         `json:"name"`
	Priority           int            `json:"priority"`
	Action             ActionBody     `json:"action"`
	Rules              []documentRule `json:"rules"`
}

type documentRule struct {
	RuleBody
	Row       string           `json:"row,omitempty"`
	Reference string           `json:"reference,omitempty"`
	Unsure    []documentUnsure `json:"unsure,omitempty"`
}

type documentUnsure struct {
	Field    string `json:"field"`
	Value    string `json:"value"`
	Reason   string `json:"reason"`
	Identity string `json:"identity,omitempty"`
}

// WriteDocument writes everything that decides what a firewall lets through as
// one JSON object, known by its key aksEgress, which ReadDocument reads back
// exactly.
func WriteDocument(w io.Writer, fw Firewall, about About) error {
	d := document{
		About:    documentAbout(about),
		IPGroups: fw.Policy.IPGroups,
		Parent:   documentGroups(fw.Policy.Parent),
		Groups:   documentGroups(fw.Policy.Groups),
	}
	if fw.Settings != nil { // none is not the same as not read
		d.Settings = []documentSetting{}
	}
	for _, s := range fw.Settings {
		d.Settings = append(d.Settings, documentSetting(s))
	}
	for _, c := range fw.Clients {
		d.Clients = append(d.Clients, documentClient(c))
	}
	for _, m := range fw.Policy.Missing {
		d.Missing = append(d.Missing, documentMissing(m))
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(d)
}

func documentGroups(groups []Group) []documentGroup {
	var out []documentGroup
	for _, g := range groups {
		body := documentGroup{Name: g.Name, Properties: documentProperties{Priority: g.Priority}}
		for _, c := range g.Collections {
			body.Properties.RuleCollections = append(body.Properties.RuleCollections, documentCollectionOf(c))
		}
		out = append(out, body)
	}
	return out
}

func documentCollectionOf(c Collection) documentCollection {
	body := collectionBody(c)
	out := documentCollection{
		RuleCollectionType: body.RuleCollectionType, Kind: c.Kind, Name: body.Name, Priority: body.Priority, Action: body.Action,
	}
	for i, r := range c.Rules {
		rule := documentRule{RuleBody: body.Rules[i], Row: r.Row, Reference: r.Reference}
		for _, u := range r.Unsure {
			rule.Unsure = append(rule.Unsure, documentUnsure(u))
		}
		out.Rules = append(out.Rules, rule)
	}
	return out
}

const rewrite = "write the document anew with aks-egress compile"

// ReadDocument reads what WriteDocument wrote. The error is a fault.List with
// everything that is wrong: a key that is not known is, and so is one that is
// missing, because half a document would read like a firewall that lets less
// through, and so is a value that matches nothing because it cannot be read.
func ReadDocument(data []byte) (Firewall, About, error) {
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		return Firewall{}, About{}, fault.List{{Path: "document", Reason: "is not JSON: " + err.Error(), Fix: rewrite}}
	}
	if faults := append(repeatedKeys(data), strictKeys("", tree, reflect.TypeFor[document]())...); len(faults) > 0 {
		return Firewall{}, About{}, faults
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		f := fault.Fault{Path: "document", Reason: err.Error(), Fix: rewrite}
		if e := (*json.UnmarshalTypeError)(nil); errors.As(err, &e) {
			f = fault.Fault{Path: e.Field, Reason: fmt.Sprintf("is of JSON's type %s, where the document has %s", e.Value, jsonType(e.Type)), Fix: rewrite}
		}
		return Firewall{}, About{}, fault.List{f}
	}
	fw := Firewall{Policy: Policy{IPGroups: d.IPGroups}}
	if d.Settings != nil {
		fw.Settings = []Setting{}
	}
	for _, s := range d.Settings {
		fw.Settings = append(fw.Settings, Setting(s))
	}
	for _, c := range d.Clients {
		fw.Clients = append(fw.Clients, Client(c))
	}
	for _, m := range d.Missing {
		fw.Policy.Missing = append(fw.Policy.Missing, Missing(m))
	}
	var faults checks
	fw.Policy.Parent = faults.groups("parent", d.Parent)
	fw.Policy.Groups = faults.groups("groups", d.Groups)
	faults.values(fw)
	if err := faults.Err(); err != nil {
		return Firewall{}, About{}, err
	}
	return fw, About(d.About), nil
}

// groups are a document's groups, with what is wrong among the faults.
func (f *checks) groups(at string, bodies []documentGroup) []Group {
	var out []Group
	for i, body := range bodies {
		g := Group{Name: body.Name, Priority: body.Properties.Priority}
		f.priority(fmt.Sprintf("%s[%d].properties.priority", at, i), g.Priority)
		for j, c := range body.Properties.RuleCollections {
			g.Collections = append(g.Collections, f.collection(fmt.Sprintf("%s[%d].properties.ruleCollections[%d]", at, i, j), c))
		}
		out = append(out, g)
	}
	return out
}

func (f *checks) collection(at string, body documentCollection) Collection {
	c := Collection{Name: body.Name, Priority: body.Priority, Kind: body.Kind, Action: Action(body.Action.Type)}
	if c.Kind == DNAT && body.Action.Type == natAction {
		c.Action = Translate
	}
	if !slices.Contains([]Kind{DNAT, Network, Application}, c.Kind) {
		f.Add(at+".kind", string(c.Kind), "is not a kind of collection", "write DNAT, Network or Application")
	}
	if (c.Kind == DNAT) != (c.Action == Translate) || c.Action != Translate && c.Action != Allow && c.Action != Deny {
		f.Add(at+".action.type", body.Action.Type, "is not an action of such a collection", "DNAT collections translate, the others Allow or Deny")
	}
	f.priority(at+".priority", c.Priority)
	as := collectionBody(Collection{Kind: c.Kind, Rules: []Rule{{}}})
	f.discriminator(at+".ruleCollectionType", body.RuleCollectionType, as.RuleCollectionType, c.Kind)
	for i, r := range body.Rules {
		f.discriminator(fmt.Sprintf("%s.rules[%d].ruleType", at, i), r.RuleType, as.Rules[0].RuleType, c.Kind)
		c.Rules = append(c.Rules, r.rule())
	}
	return c
}

func (f *checks) priority(at string, priority int) {
	if priority < minPriority || priority > maxPriority {
		f.Add(at, strconv.Itoa(priority), "is not a priority", fmt.Sprintf("priorities go from %d to %d", minPriority, maxPriority))
	}
}

func (f *checks) discriminator(at, got, want string, kind Kind) {
	if got != want {
		f.Add(at, got, fmt.Sprintf("is not the type of a %s collection, whose is %s", kind, want), rewrite)
	}
}

// values finds what a document says that no flow would ever match, because it
// cannot be read, and settings that nobody would compare.
func (f *checks) values(fw Firewall) {
	for _, finding := range Validate(fw.Policy, ValidateOptions{Tier: Premium, DNSProxy: true}) {
		if finding.Kind == Unreadable {
			f.List = append(f.List, finding.Fault)
		}
	}
	const fix = `write it like "10.42.1.0/24"`
	for i, c := range fw.Clients {
		if len(c.Sources) == 0 {
			f.Add(fmt.Sprintf("clients[%d].sources", i), "", "is empty: the client would send nothing", "give the addresses it sends from, or leave the client out")
		}
		for j, s := range c.Sources {
			if !validAddress(s) && !isPlaceholder(s) {
				f.Add(fmt.Sprintf("clients[%d].sources[%d]", i, j), s, "is not an IPv4 address, CIDR or range", fix)
			}
		}
	}
	ids := map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(fw.Policy.IPGroups)) {
		at := "ipGroups." + id
		if other, there := ids[strings.ToLower(id)]; there && !slices.Equal(other, fw.Policy.IPGroups[id]) {
			f.Add(at, "", "is also there in another spelling, with other addresses", "give it once: IDs do not tell case")
		}
		ids[strings.ToLower(id)] = fw.Policy.IPGroups[id]
		for i, s := range fw.Policy.IPGroups[id] {
			if !validAddress(s) && !isPlaceholder(s) && !validIPv6(s) {
				f.Add(fmt.Sprintf("%s[%d]", at, i), s, "is not an IPv4 address, CIDR or range", fix)
			}
		}
	}
	told := map[[2]string]bool{}
	for i, s := range fw.Settings {
		at := fmt.Sprintf("settings[%d].name", i)
		if !knownSetting(s.Name) {
			f.Add(at, string(s.Name), "is not a setting that this version knows", rewrite+", or read it with the version that wrote it")
		}
		if key := [2]string{string(s.Name), s.Of}; told[key] {
			f.Add(at, string(s.Name), "is a setting that is given twice", "give it once")
		} else {
			told[key] = true
		}
	}
}

// knownSetting reports whether settings of a name are compared.
func knownSetting(name SettingName) bool {
	return strings.HasPrefix(string(name), SettingOther) || slices.ContainsFunc(settingKinds(), func(k settingKind) bool { return k.name == name })
}

// repeatedKeys finds keys that an object has twice, of which one would be lost.
func repeatedKeys(data []byte) fault.List {
	type level struct {
		path   string
		keys   map[string]bool // nil: a list
		key    string          // whose value comes next
		wants  bool            // a key comes next
		number int
	}
	var faults fault.List
	var stack []level
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			return faults // the end: it is JSON
		}
		if delim, is := token.(json.Delim); is && (delim == '}' || delim == ']') {
			stack = stack[:len(stack)-1]
			continue
		}
		at := ""
		if n := len(stack); n > 0 {
			top := &stack[n-1]
			if top.wants {
				top.key, top.wants = token.(string), false
				if top.keys[top.key] {
					faults = append(faults, fault.Fault{Path: keyPath(top.path, top.key), Reason: "is given twice, and only one would count", Fix: "remove one"})
				}
				top.keys[top.key] = true
				continue
			}
			if top.keys != nil {
				at, top.wants = keyPath(top.path, top.key), true
			} else {
				at = fmt.Sprintf("%s[%d]", top.path, top.number)
				top.number++
			}
		}
		switch token {
		case json.Delim('{'):
			stack = append(stack, level{path: at, keys: map[string]bool{}, wants: true})
		case json.Delim('['):
			stack = append(stack, level{path: at})
		}
	}
}

func (body documentRule) rule() Rule {
	r := Rule{
		Name: body.Name, Row: body.Row, Description: body.Description, Reference: body.Reference,
		Sources: body.SourceAddresses, SourceIPGroups: body.SourceIPGroups,
		Protocols: body.IPProtocols, Destinations: body.DestinationAddresses, DestinationIPGroups: body.DestinationIPGroups,
		DestinationFQDNs: body.DestinationFQDNs, DestinationPorts: body.DestinationPorts,
		TranslatedAddress: body.TranslatedAddress, TranslatedFQDN: body.TranslatedFQDN, TranslatedPort: body.TranslatedPort,
		TargetFQDNs: body.TargetFQDNs, FQDNTags: body.FQDNTags, TargetURLs: body.TargetURLs, WebCategories: body.WebCategories,
		TerminateTLS: body.TerminateTLS,
	}
	for _, p := range body.Protocols {
		r.ApplicationProtocols = append(r.ApplicationProtocols, ApplicationProtocol{Type: p.ProtocolType, Port: p.Port})
	}
	for _, u := range body.Unsure {
		r.Unsure = append(r.Unsure, Unsure(u))
	}
	return r
}

// jsonType is what JSON calls a type of Go.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "an array"
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.Int:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	default:
		return "a string"
	}
}

// strictKeys finds the keys of JSON objects that their types do not have, in
// exactly that spelling, those of a type that are not there though they are
// always written, and what is no object where one has to be.
func strictKeys(at string, tree any, t reflect.Type) fault.List {
	var faults fault.List
	if _, object := tree.(map[string]any); !object && t.Kind() == reflect.Struct {
		return fault.List{{Path: cmp.Or(at, "document"), Reason: "is not an object", Fix: rewrite}}
	}
	switch v := tree.(type) {
	case []any:
		if t.Kind() == reflect.Slice {
			for i, item := range v {
				faults = append(faults, strictKeys(fmt.Sprintf("%s[%d]", at, i), item, t.Elem())...)
			}
		}
	case map[string]any:
		if t.Kind() != reflect.Struct {
			return nil
		}
		keys := keysOf(t)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			key, known := keys[name]
			if !known {
				faults = append(faults, fault.Fault{Path: keyPath(at, name), Reason: "is not a key of a compiled document", Fix: rewrite + ", or read it with the version that wrote it"})
				continue
			}
			faults = append(faults, strictKeys(keyPath(at, name), v[name], key.of)...)
		}
		for _, name := range slices.Sorted(maps.Keys(keys)) {
			if _, there := v[name]; !there && keys[name].always {
				faults = append(faults, fault.Fault{Path: keyPath(at, name), Reason: "is missing", Fix: rewrite})
			}
		}
	}
	return faults
}

// documentKey is a key of a JSON object: what it holds, and whether it is
// always written.
type documentKey struct {
	of     reflect.Type
	always bool
}

func keysOf(t reflect.Type) map[string]documentKey {
	keys := map[string]documentKey{}
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			maps.Copy(keys, keysOf(field.Type))
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		keys[name] = documentKey{field.Type, options != "omitempty"}
	}
	return keys
}

// keyPath is the path of a key of the object at a path.
func keyPath(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}
