package serve

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/aks-egress/aks-egress/sandbox/azure"
)

func valid() Options {
	return Options{Addr: "127.0.0.1:0", Unknown: "refuse"}
}

func TestOptions(t *testing.T) {
	for _, row := range []struct {
		wrong  []string // the options that are named; none: all is well
		change func(*Options)
	}{
		{nil, func(*Options) {}},
		{nil, func(o *Options) { o.Addr, o.Unknown = "[::1]:8080", "accept" }},
		{nil, func(o *Options) { o.Addr, o.Subscription = "localhost:0", azure.DefaultTenant }},
		{[]string{"--addr"}, func(o *Options) { o.Addr = "0.0.0.0:0" }},
		{[]string{"--addr"}, func(o *Options) { o.Addr = "192.0.2.7:443" }},
		{[]string{"--addr"}, func(o *Options) { o.Addr = ":8080" }},
		{[]string{"--addr"}, func(o *Options) { o.Addr = "127.0.0.1" }},
		{[]string{"--latency"}, func(o *Options) { o.Latency = -0.5 }},
		{[]string{"--latency"}, func(o *Options) { o.Latency = nan() }},
		{[]string{"--addr", "--subscription", "--fault", "--unknown"}, func(o *Options) {
			o.Addr, o.Subscription, o.Fault, o.Unknown = "example.com:80", "mine", "bogus", "perhaps"
		}},
	} {
		o := valid()
		row.change(&o)
		err := o.Check()
		if row.wrong == nil {
			assert.NoError(t, err)
			continue
		}
		require.Error(t, err, row.wrong)
		lines := strings.Split(err.Error(), "\n")
		assert.Len(t, lines, len(row.wrong), err)
		for i, option := range row.wrong {
			assert.True(t, strings.HasPrefix(lines[i], option+": "), lines[i])
		}
	}
}

func nan() float64 {
	zero := 0.0
	return zero / zero
}

// running starts a server and returns its first line, and how to end it by its
// input, which waits for it.
func running(t *testing.T, o Options) (hello map[string]string, end func()) {
	t.Helper()
	in, closeIn := io.Pipe()
	outRead, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- Run(context.Background(), o, in, out) }()
	line, err := bufio.NewReader(outRead).ReadBytes('\n')
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(line, &hello))
	return hello, func() {
		require.NoError(t, closeIn.Close())
		require.NoError(t, <-done)
	}
}

// TestServes: the first line says where; the end of the input ends it; the
// world and the trace are left behind, and the next run finds the world.
func TestServes(t *testing.T) {
	dir := t.TempDir()
	o := valid()
	o.Subscription, o.World, o.Trace = "22222222-3333-4444-8555-666666666666", filepath.Join(dir, "world.json"), filepath.Join(dir, "trace")
	group := "/subscriptions/" + o.Subscription + "/resourceGroups/rg?api-version=2021-04-01"

	hello, end := running(t, o)
	assert.Equal(t, o.Subscription, hello["subscription"])
	assert.Equal(t, azure.DefaultTenant, hello["tenant"])
	rq, err := http.NewRequest(http.MethodPut, hello["endpoint"]+group, strings.NewReader(`{"location":"westeurope"}`))
	require.NoError(t, err)
	made, err := http.DefaultClient.Do(rq)
	require.NoError(t, err)
	require.NoError(t, made.Body.Close())
	assert.Equal(t, http.StatusCreated, made.StatusCode)
	end() // what is under way is finished first

	trace, err := os.ReadFile(o.Trace)
	require.NoError(t, err)
	assert.Contains(t, string(trace), `"op":"create"`)
	hello, end = running(t, o)
	found, err := http.Get(hello["endpoint"] + group)
	require.NoError(t, err)
	require.NoError(t, found.Body.Close())
	assert.Equal(t, http.StatusOK, found.StatusCode, "the world was kept")
	end()
	for _, file := range []string{o.World, o.Trace} {
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, "%s is nobody else's", file)
	}
}

// TestTLS: a client that trusts the CA in the folder, and no other, gets an
// answer.
func TestTLS(t *testing.T) {
	o := valid()
	o.TLS = filepath.Join(t.TempDir(), "tls")
	hello, end := running(t, o)
	defer end()
	require.True(t, strings.HasPrefix(hello["endpoint"], "https://"), hello)
	unasked, err := http.Get(hello["endpoint"] + "/metadata/endpoints")
	if err == nil {
		err = unasked.Body.Close()
	}
	require.Error(t, err, "nobody trusts it unasked")

	pem, err := os.ReadFile(filepath.Join(o.TLS, "ca.pem"))
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(pem))
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	answer, err := client.Get(hello["endpoint"] + "/metadata/endpoints")
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	client.CloseIdleConnections()
}

// TestWhatCannotBeOpened: each names its option, and nothing is served.
func TestWhatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken")
	require.NoError(t, os.WriteFile(broken, []byte("[}"), 0o600))
	for option, change := range map[string]func(*Options){
		"--world":    func(o *Options) { o.World = broken },
		"--existing": func(o *Options) { o.Existing = broken },
		"--trace":    func(o *Options) { o.Trace = filepath.Join(dir, "none", "trace") },
		"--tls":      func(o *Options) { o.TLS = filepath.Join(broken, "tls") },
	} {
		o := valid()
		change(&o)
		var out strings.Builder
		err := Run(context.Background(), o, strings.NewReader(""), &out)
		assert.ErrorContains(t, err, option)
		assert.Empty(t, out.String(), option)
	}
}
