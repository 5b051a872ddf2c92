package settings

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/spec"
)

// leaves lists the paths of all keys that hold a value, lists as "[]".
func leaves(path string, k *spec.Key) []string {
	fields := k.Inner()
	if len(fields) == 0 || k.Like {
		return []string{path}
	}
	if k.Kind == spec.KindList {
		path += "[]"
	}
	var list []string
	for i := range fields {
		list = append(list, leaves(path+"."+fields[i].Name, &fields[i])...)
	}
	return list
}

func allLeaves() []string {
	var list []string
	for _, k := range spec.Keys() {
		list = append(list, leaves(Path(k.Name), &k)...)
	}
	return list
}

// A literal default is itself something the key takes.
func TestDefaultsAreValid(t *testing.T) {
	var check func(path string, k *spec.Key, of reflect.Type)
	check = func(path string, k *spec.Key, of reflect.Type) {
		field := of.Field(k.Field).Type
		if k.Default != "" {
			n, err := document([]byte(k.Default))
			require.NoError(t, err, path)
			d := newDecoder("", false)
			d.decode(k, n, reflect.New(field).Elem(), path, true)
			assert.Empty(t, d.faults, path)
		}
		for field.Kind() == reflect.Pointer || field.Kind() == reflect.Slice {
			field = field.Elem()
		}
		for _, inner := range k.Inner() {
			check(path+"."+inner.Name, &inner, field)
		}
	}
	for _, k := range spec.Keys() {
		check(Path(k.Name), &k, reflect.TypeFor[spec.Spec]())
	}
}
