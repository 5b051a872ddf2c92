package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPublicAddresses(t *testing.T) {
	for _, row := range []struct {
		want   uint64
		ranges []string
	}{
		{0, nil},
		{0, []string{"10.0.0.0/8", "172.16.0.0-172.31.255.255", "192.168.7.7", "shop.example", "Storage"}},
		{1, []string{"203.0.113.9"}},
		{256, []string{"203.0.113.0/25", "203.0.113.0/24", "203.0.113.100-203.0.113.255"}},
		{1<<24 + 2, []string{"9.255.255.255-12.0.0.0"}}, // across 10.0.0.0/8
		{1<<32 - 1<<24 - 1<<20 - 1<<16, []string{"*"}},
	} {
		assert.Equal(t, row.want, PublicAddresses(row.ranges...), row.ranges)
	}
}
