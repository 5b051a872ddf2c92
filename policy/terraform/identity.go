package terraform

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
)

// Two values that are not known yet are the same only if the configuration says
// so: if their expressions refer to the same things, down to what the root
// module is given. It keeps an expression's references and no operators, so
// that is as far as a plan tells. Where it does not even tell that, as of
// locals, the value is another than that of any other document.

func digestOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// short is a digest within a text.
func short(digest string) string { return " #" + digest[:12] }

// masked is what stands for a sensitive value: the same for the same value.
func masked(s string) string { return hidden + short(digestOf("sensitive", s)) }

// identity is the identity of a value that is not known: its own in this
// document. A plan says what an expression refers to and not what it makes of
// it, so nobody can tell whether two documents' unknown values are the same.
func (r *reader) identity(x value) string { return digestOf("nowhere", r.file, x.at) }

// contentOf is the identity of a value with what of it is known.
func (r *reader) contentOf(x value) string {
	data, err := json.Marshal([]any{x.v, x.unknown})
	if err != nil {
		return digestOf("not JSON", err.Error()) // it was decoded from JSON, so this does not happen
	}
	if !anyTrue(x.unknown) && !(x.v == nil && x.isSecret()) {
		return digestOf("content", string(data))
	}
	return digestOf("content", string(data), r.identity(x))
}

// notKnownYet is the text of a setting that is not known yet: of another
// identity, another text.
func (r *reader) notKnownYet(x value) string { return afterApply + short(r.identity(x)) }
