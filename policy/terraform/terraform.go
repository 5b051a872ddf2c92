package terraform

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
)

// maxSize is the largest document that is read. A plan with thousands of rules
// has a few MiB.
const maxSize = 64 << 20

const wanted = "give what terraform show -json prints of a plan file or a state"

// Is reports whether data is Terraform's JSON rather than what Azure prints. It
// looks at the keys on top alone, so it is also true of what Read refuses with a
// hint: a state file itself, or a format that is too new.
func Is(data []byte) bool {
	var top struct {
		Format *json.RawMessage `json:"format_version"`
		Tool   *json.RawMessage `json:"terraform_version"`
	}
	return json.Unmarshal(withoutMark(data), &top) == nil && (top.Format != nil || top.Tool != nil)
}

// Read reads `terraform show -json` (or `tofu show -json`) of a plan or a
// state. The error is a policy.Faults with everything that is wrong.
func Read(data []byte) (policy.Firewall, policy.Reading, error) {
	r := &reader{file: digestOf(string(data))}
	d, ok := r.document(data)
	if ok {
		r.collect(d)
	}
	var fw policy.Firewall
	if ok && len(r.faults) == 0 {
		fw = r.firewall()
	}
	r.reading.What = d.what()
	if len(r.faults) > 0 {
		return policy.Firewall{}, r.redacted(), r.redact(r.faults)
	}
	return fw, r.redacted(), nil
}

// document decodes the document and refuses what is not one.
func (r *reader) document(data []byte) (document, bool) {
	const where = "document"
	var d document
	if len(data) > maxSize {
		r.fault(where, "", "is larger than 64 MiB", "read the plan of one firewall")
		return d, false
	}
	data = withoutMark(data)
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte(`{"@level"`)) {
		r.fault(where, "", "is the log that terraform plan -json writes, which holds no values", "run terraform plan -out tf.plan, then terraform show -json tf.plan")
		return d, false
	}
	if err := json.Unmarshal(data, &d); err != nil {
		r.fault(where, "", "cannot be read as JSON of Terraform: "+err.Error(), wanted)
		return d, false
	}
	switch major, _, _ := strings.Cut(d.Format, "."); {
	case d.Format == "" && d.Lineage != nil:
		r.fault(where, "", "is the state file itself, whose form is Terraform's own", "run terraform show -json, with the file as its argument")
	case d.Format == "":
		r.fault(where, "", "has no format_version", wanted)
	case major != "0" && major != "1":
		r.fault("format_version", d.Format, "is a format this version does not read", "versions 0 and 1 are read: use a newer version of this program")
	case d.Errored:
		r.fault("errored", "true", "says that the plan failed, so what it leads to is not known", "correct the configuration and plan again")
	case d.Planned == nil && d.Values == nil && d.Prior == nil && len(d.Changes) == 0:
		r.fault(where, "", "holds no firewall rules", wanted+" that holds the firewall's rules")
	default:
		return d, true
	}
	return d, false
}

// withoutMark drops a byte order mark, which some editors leave.
func withoutMark(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) }
