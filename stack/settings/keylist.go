package settings

// Keys lists every top-level key the settings know, in full, in the order of
// the reference: what a program asks Pulumi for when it cannot see the whole
// configuration.
func Keys() []string {
	var out []string
	for _, t := range topKeys() {
		out = append(out, t.full())
	}
	return out
}
