package flowlog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What an entry shares with those before is found, and no more than that.
func TestShapes(t *testing.T) {
	entry := strings.TrimSpace(line)
	with := func(from, to string) string { return strings.Replace(entry, from, to, 1) }
	for _, row := range []struct {
		known bool
		text  string
	}{
		{true, entry},
		{true, entry + "\n" + entry},
		{true, with("img.quayside.example", "other.example")},
		{true, with("50112", "9")},
		{true, with("05:06:07.8901234Z", "06:07:08Z")},
		{false, with(`"Deny"`, `"Allow"`)},
		{false, with("50112", "09")},
		{false, with("50112", `"***"`)},
		{false, with("img.", `\u0069mg.`)},
		{false, with("img.", "imgä.")},
		{false, with("img.", "img\n.")},
		{false, entry + " "},
		{false, entry[:len(entry)-1]},
		{false, ""},
	} {
		var k keys
		var s shapes
		var f fields
		assert.True(t, scanWith([]byte(entry), &f, &k, &s))
		n := s.read([]byte(row.text), &f)
		assert.Equal(t, row.known, n > 0, row.text)
		if n > 0 {
			assert.True(t, n == len(row.text) || row.text[n] == '\n', row.text)
		}
	}
}

// A value of an unknown key that is always another one is no part of a shape,
// and one that is one of a few is.
func TestShapesAdapt(t *testing.T) {
	var k keys
	var s shapes
	text := func(i int) string {
		return fmt.Sprintf(`{"category":"AZFWNetworkRule","id":"%d","of":"%d","Action":"Deny"}`, i, i%3)
	}
	unknown := 0
	for i := range 1000 {
		var f fields
		if s.read([]byte(text(i)), &f) == 0 {
			unknown++
			assert.True(t, scanWith([]byte(text(i)), &f, &k, &s))
		}
	}
	assert.Less(t, unknown, 3*changes)
	var f fields
	assert.NotZero(t, s.read([]byte(text(5000)), &f))
	// However many shapes there are, only some are kept.
	for i := range 10 * mostPieces {
		scanWith(fmt.Appendf(nil, `{"category":"AZFWNetworkRule","key%d":null,"SourceIp":"10.0.0.%d"}`, i, i), &f, &k, &s)
		scanWith(fmt.Appendf(nil, `{"SourceIp":"a","key%d":null,"SourcePort":1}`, i), &f, &k, &s)
	}
	assert.LessOrEqual(t, s.held, mostPieces)
}
