package policy

import "strings"

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// wellNamed says whether s begins with a letter or digit, ends with one or
// with "_", and has nothing but those and the given marks in between.
func wellNamed(s, marks string) bool {
	if s == "" || !alphanumeric(s[0]) {
		return false
	}
	for i := range len(s) {
		if !alphanumeric(s[i]) && strings.IndexByte(marks, s[i]) < 0 {
			return false
		}
	}
	last := s[len(s)-1]
	return alphanumeric(last) || last == '_'
}

// likeServiceTag says whether s is written as service tags are: AzureMonitor,
// AzureCloud.eastus. It tells them from host names by the capital.
func likeServiceTag(s string) bool {
	name, region, regional := strings.Cut(s, ".")
	if name == "" || name[0] < 'A' || name[0] > 'Z' || !wellNamed(name, "") {
		return false
	}
	if name == "Office365" {
		return !regional || wellNamed(region, ".") // Office365.Exchange.Optimize
	}
	return !regional || wellNamed(region, "")
}
