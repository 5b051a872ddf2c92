package operand

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"unicode/utf16"

	"github.com/aks-egress/aks-egress/policy"
)

// The readers of what other tools print: this file is all that knows which
// package reads what.

// text is a file's content as UTF-8 without a byte order mark; Windows
// PowerShell writes neither.
func text(data []byte) ([]byte, error) {
	for mark, order := range map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian} {
		if bytes.HasPrefix(data, []byte(mark)) {
			units := make([]uint16, (len(data)-2)/2)
			for i := range units {
				units[i] = order.Uint16(data[2+2*i:])
			}
			return []byte(string(utf16.Decode(units))), nil
		}
	}
	return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), nil
}

// readAzure reads what Azure prints, with the values of a template's parameters
// if they are given.
func readAzure(data, parameters []byte, allowEmpty bool) (policy.Firewall, policy.Reading, error) {
	p, err := policy.ParsePolicy(data)
	fw := policy.Firewall{Policy: p}
	return fw, counted("a policy as Azure prints it", fw), err
}

// isTerraform reports whether JSON is a plan, a state or a configuration of
// Terraform.
func isTerraform(data []byte) bool {
	var top struct {
		Format json.RawMessage `json:"format_version"`
		Tool   json.RawMessage `json:"terraform_version"`
	}
	return json.Unmarshal(data, &top) == nil && (top.Format != nil || top.Tool != nil)
}

func readTerraform([]byte) (policy.Firewall, policy.Reading, error) {
	return policy.Firewall{}, policy.Reading{}, errors.New("Terraform's JSON is not read yet")
}

func readWorld([]byte) (policy.Firewall, policy.Reading, error) {
	return policy.Firewall{}, policy.Reading{}, errors.New("the sandbox's world is not read yet")
}

// readIPGroups reads what az network ip-group list prints.
func readIPGroups([]byte) (map[string][]string, error) {
	return nil, errors.New("IP groups are not read yet")
}
