// Package strictyaml reads small YAML files whose faults are told with their
// lines, all at once: the files of intents and of accepted findings.
//
// It refuses unknown and repeated keys, aliases, merged mappings and a second
// document, because they make one line say what stands on another. It knows no
// file: what its keys are and mean is its caller's.
package strictyaml
