package operand_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/aks-egress/aks-egress/operand"
)

// Whatever a file holds, it is one thing that was read, or a fault that says
// which operand it is about.
func FuzzContent(f *testing.F) {
	for _, seed := range []string{"", settingsText, moreSettings, groups("a"), childTemplate, "\xff\xfe[\x00]\x00", "{config: {}}", `{"aksEgress": {}}`, `{"config": 1}`, `{"subscription": 1, "tenant": 1, "resources": 1}`, `{"format_version": "1"}`, "[", "{"} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		l := operand.Loader{In: strings.NewReader(text), Dir: dir}
		x, err := l.Load(operand.Operand{Arg: "-"})
		switch {
		case err == nil && (len(x.Read) != 1 || x.Nothing):
			t.Errorf("%q is read as %+v", text, x)
		case err != nil && !regexp.MustCompile(`^-:(\d+:)? `).MatchString(err.Error()):
			t.Errorf("%q: %v", text, err)
		}
	})
}
