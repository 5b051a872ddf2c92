package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/fault"
)

// maxSize bounds what is read: a hundred clusters need a fifth of it.
const maxSize = 1 << 20

// document parses one YAML document (JSON is YAML too) and returns its root,
// nil when it is empty.
func document(data []byte) (*yaml.Node, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("is %d bytes long, more than the %d that are read", len(data), maxSize)
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("is not UTF-8 text")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("is not YAML (%s)", oneLine(err))
	}
	if err := decoder.Decode(&next); err == nil {
		return nil, fmt.Errorf("holds more than one YAML document")
	} else if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("is not YAML (%s)", oneLine(err))
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

// oneLine keeps a parser's message within a fault's line.
func oneLine(err error) string {
	text := fault.Literal(err.Error())
	return text[1 : len(text)-1]
}

// describe names a node's type and value for a message.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "is a mapping"
	case yaml.SequenceNode:
		return "is a list"
	case yaml.AliasNode:
		return "is a YAML alias"
	}
	switch n.ShortTag() {
	case "!!null":
		return "is empty"
	case "!!int", "!!float":
		return "is the number " + plain(n.Value)
	case "!!bool":
		return "is the boolean " + plain(n.Value)
	}
	return "is the text " + fault.Literal(n.Value)
}

// plain prints a number or boolean as written, on one line.
func plain(text string) string {
	quoted := fault.Literal(text)
	return quoted[1 : len(quoted)-1]
}

// isSecret tells a value that Pulumi encrypted.
func isSecret(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "secure"
}
