package policy

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
)

// ServiceTags is Microsoft's downloadable list of service tags and their
// addresses. The zero ServiceTags knows no tag.
type ServiceTags struct {
	Cloud        string
	ChangeNumber int
	spans        map[string][]span // by name in lower case
}

// ParseServiceTags reads a ServiceTags_Public_*.json file as Microsoft offers
// it for download, or as `az network list-service-tags` prints it. IPv6
// prefixes are passed over: rules know none.
func ParseServiceTags(data []byte) (ServiceTags, error) {
	var file struct {
		Cloud        string `json:"cloud"`
		ChangeNumber any    `json:"changeNumber"`
		Values       []struct {
			Name       string `json:"name"`
			Properties struct {
				AddressPrefixes []string `json:"addressPrefixes"`
			} `json:"properties"`
		} `json:"values"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return ServiceTags{}, fmt.Errorf("the service tags are not the JSON of a ServiceTags file: %w", err)
	}
	if len(file.Values) == 0 {
		return ServiceTags{}, fmt.Errorf("the service tags file has no values: download ServiceTags_Public_*.json, or run az network list-service-tags")
	}
	tags := ServiceTags{Cloud: file.Cloud, spans: map[string][]span{}}
	if n, ok := file.ChangeNumber.(float64); ok {
		tags.ChangeNumber = int(n)
	}
	for _, v := range file.Values {
		name := strings.ToLower(v.Name)
		spans := []span{}
		for _, p := range v.Properties.AddressPrefixes {
			prefix, err := netip.ParsePrefix(p)
			if err != nil {
				return ServiceTags{}, fmt.Errorf("service tag %s: %s is not an address prefix: %w", quote(v.Name), quote(p), err)
			}
			if s, ok := parseSpan(prefix.String()); ok {
				spans = append(spans, s)
			}
		}
		tags.spans[name] = spans
	}
	return tags, nil
}

// lookup is the addresses of a tag, named in lower case.
func (t ServiceTags) lookup(tag string) ([]span, bool) {
	spans, ok := t.spans[tag]
	return spans, ok
}
