// Builds the directories that stand on the lines of stdin with kustomize, one after the other.
//
// For each it prints a line `built LENGTH` or `refused LENGTH`, then so many bytes: the output or the message.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strings"

	"sigs.k8s.io/kustomize/kustomize/v5/commands/build"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

func run(dir string) (ok bool, text string) {
	var out bytes.Buffer
	defer func() {
		if problem := recover(); problem != nil {
			openapi.ResetOpenAPI()
			ok, text = false, fmt.Sprint("panic: ", problem)
		}
	}()
	help := build.MakeHelp("kustomize", "build")
	command := build.NewCmdBuild(filesys.MakeFsOnDisk(), help, &out)
	command.SilenceErrors, command.SilenceUsage = true, true
	command.SetArgs([]string{dir})
	if err := command.Execute(); err != nil {
		return false, err.Error()
	}
	return true, out.String()
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	answers := bufio.NewWriter(os.Stdout)
	for lines.Scan() {
		dir, fresh := strings.CutPrefix(lines.Text(), "fresh ")
		if fresh { // the tree brings a schema of its own
			openapi.ResetOpenAPI()
		}
		ok, text := run(dir)
		if fresh {
			openapi.ResetOpenAPI()
		}
		word := "refused"
		if ok {
			word = "built"
		}
		fmt.Fprintf(answers, "%s %d\n%s", word, len(text), text)
		answers.Flush()
	}
}
