// Command breaks says what a program that was written against an earlier
// schema of the plugin could not do any more. It ends with 1 if there is such a
// thing: the changelog then needs a line under "Breaking".
package main

import (
	"fmt"
	"os"

	"github.com/aks-egress/aks-egress/provider"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: breaks EARLIER.json schema.json")
		os.Exit(2)
	}
	var schemas [2][]byte
	for i, path := range os.Args[1:] {
		var err error
		if schemas[i], err = os.ReadFile(path); err != nil {
			fmt.Fprintln(os.Stderr, "breaks:", err)
			os.Exit(2)
		}
	}
	found, err := provider.Breaks(schemas[0], schemas[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "breaks:", err)
		os.Exit(2)
	}
	for _, line := range found {
		fmt.Println(line)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
}
