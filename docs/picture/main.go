// Command picture draws a comment on a pull request, which it reads as Markdown
// from standard input, as an SVG on standard output: text, in light and in dark.
// make picture gives it what "aks-egress diff" prints.
package main

import (
	"io"
	"log"
	"os"
)

func main() {
	markdown, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.WriteString(os.Stdout, draw(string(markdown))); err != nil {
		log.Fatal(err)
	}
}
