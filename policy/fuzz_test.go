package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func FuzzParseServiceTags(f *testing.F) {
	f.Add([]byte(`{"changeNumber":7,"cloud":"Public","values":[{"name":"Known","properties":{"addressPrefixes":["10.0.1.0/24","2603:1000::/24"]}}]}`))
	f.Add([]byte(`{"values":[{"name":"A","properties":{"addressPrefixes":["0.0.0.0/0"]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		tags, err := ParseServiceTags(data)
		if err == nil {
			assert.NotNil(t, tags.spans)
		}
	})
}
