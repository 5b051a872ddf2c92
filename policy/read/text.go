package read

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/aks-egress/aks-egress/fault"
)

// maxInput is how long an input may be.
const maxInput = 64 << 20

// Text is the input as UTF-8 without a byte order mark. Windows PowerShell
// saves what a command prints as UTF-16, and Out-File puts a mark in front of
// UTF-8; without a mark, UTF-16 is told by the zero byte of its first
// character.
func Text(data []byte) ([]byte, error) {
	if len(data) > maxInput {
		return nil, refusal("the input", fmt.Sprintf("is %d bytes long, more than the %d that are read", len(data), maxInput), "give the policy alone")
	}
	switch {
	case bytes.HasPrefix(data, []byte{0xEF, 0xBB, 0xBF}):
		data = data[3:]
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}):
		return decode16(data[2:], false)
	case bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		return decode16(data[2:], true)
	case len(data) > 1 && data[0] != 0 && data[1] == 0:
		return decode16(data, false)
	case len(data) > 1 && data[0] == 0 && data[1] != 0:
		return decode16(data, true)
	}
	if !utf8.Valid(data) {
		return nil, refusal("the input", "is neither UTF-8 nor UTF-16", "save it as UTF-8")
	}
	return data, nil
}

func decode16(data []byte, bigEndian bool) ([]byte, error) {
	if len(data)%2 != 0 {
		return nil, refusal("the input", "begins as UTF-16 and ends within a character", "save it as UTF-8")
	}
	out := make([]byte, 0, len(data)/2)
	unit := func(i int) rune {
		if bigEndian {
			return rune(data[i])<<8 | rune(data[i+1])
		}
		return rune(data[i+1])<<8 | rune(data[i])
	}
	for i := 0; i < len(data); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) && i+3 < len(data) {
			if pair := utf16.DecodeRune(r, unit(i+2)); pair != utf8.RuneError {
				r, i = pair, i+2
			}
		}
		out = utf8.AppendRune(out, r) // a lone surrogate becomes U+FFFD
	}
	if len(out) > maxInput {
		return nil, refusal("the input", fmt.Sprintf("is %d bytes of UTF-8, more than the %d that are read", len(out), maxInput), "give the policy alone")
	}
	return out, nil
}

// refusal is the one fault of an input that cannot be read at all.
func refusal(where, reason, fix string) error {
	return fault.List{{Path: where, Reason: reason, Fix: fix}}
}
