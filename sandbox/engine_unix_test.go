//go:build unix

package sandbox

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The engine is in a group of its own, and is interrupted once.
func TestEngine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pulumi")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\ntrap 'n=${n}x; echo interrupted $n >&2; exit 3' INT\necho $$ $VALUE $*\nread line\n"), 0o700))
	ctx, stop := context.WithCancel(context.Background())
	in, never, err := os.Pipe()
	require.NoError(t, err)
	defer func() { assert.NoError(t, never.Close()) }()
	defer func() { assert.NoError(t, in.Close()) }()
	group := 0
	said := writer(func(p []byte) {
		pid, err := strconv.Atoi(strings.Fields(string(p))[0])
		assert.NoError(t, err)
		group, err = syscall.Getpgid(pid)
		assert.NoError(t, err)
		assert.Equal(t, pid, group)
		stop()
	})
	cli, err := ownGroup(path, wantedCLI, nil)
	require.NoError(t, err)
	assert.Equal(t, wantedCLI, cli.Version().String())
	out, errOut, code, err := cli.Run(ctx, t.TempDir(), in, []io.Writer{said}, nil, []string{"VALUE=v"}, "up", "--yes")
	require.Error(t, err)
	assert.Equal(t, 3, code)
	assert.Contains(t, out, " v --non-interactive up --yes\n")
	assert.Equal(t, "interrupted x\n", errOut)
	assert.NotEqual(t, syscall.Getpgrp(), group)

	out, _, code, err = cli.Run(context.Background(), t.TempDir(), nil, nil, nil, nil, "stack", "select", "--stack", "dev")
	require.NoError(t, err)
	assert.Zero(t, code)
	assert.Empty(t, out, "every command names its stack")

	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700))
	_, _, code, err = cli.Run(context.Background(), t.TempDir(), nil, nil, nil, nil, "version")
	require.NoError(t, err)
	assert.Zero(t, code)
}

type writer func(p []byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

// On a terminal the engine has a terminal of its own, as wide as ours.
func TestScreen(t *testing.T) {
	ours, screen, err := pty.Open()
	require.NoError(t, err)
	defer func() { assert.NoError(t, ours.Close()) }()
	require.NoError(t, pty.Setsize(ours, &pty.Winsize{Rows: 30, Cols: 91}))
	path := filepath.Join(t.TempDir(), "pulumi")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\ntest -t 0 && test -t 1 && test -t 2 && stty size && echo $*\nexit 4\n"), 0o700))
	require.Equal(t, screen, terminal(screen))
	require.Nil(t, terminal(&strings.Builder{}))
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	defer func() { assert.NoError(t, file.Close()) }()
	require.Nil(t, terminal(file))

	cli, err := ownGroup(path, wantedCLI, screen)
	require.NoError(t, err)
	read := make(chan string, 1)
	go func() {
		said, err := io.ReadAll(ours) // ends with EIO once the screen is closed
		assert.ErrorIs(t, err, syscall.EIO)
		read <- string(said)
	}()
	_, _, code, err := cli.Run(context.Background(), t.TempDir(), nil, nil, nil, nil, "preview", "--stack", "dev")
	require.Error(t, err)
	assert.Equal(t, 4, code)
	out, _, _, err := cli.Run(context.Background(), t.TempDir(), nil, nil, nil, nil, "version")
	require.Error(t, err)
	assert.Empty(t, out, "what is no operation is not shown")
	require.NoError(t, screen.Close())
	assert.Contains(t, <-read, "30 91\r\r\npreview --stack dev\r\r\n")
}
