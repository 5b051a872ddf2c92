package probe

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// planned is the plan for a cluster in westeurope, behind a firewall with some
// of its rows.
func planned(t *testing.T, without ...string) Plan {
	t.Helper()
	sel := rules.Selection{Cloud: rules.Public, Region: "westeurope", Features: []rules.Feature{rules.Registries}}
	set, err := rules.Resolve(sel)
	require.NoError(t, err)
	sel.Without = without
	open, err := rules.Resolve(sel)
	require.NoError(t, err)
	compiled, err := policy.Compile(policy.Input{Clusters: []policy.Cluster{{Name: "quay", Rules: open, Sources: []string{"10.61.0.0/24"}}}})
	require.NoError(t, err)
	return New(set, policy.Firewall{Policy: compiled.Policy}, policy.Options{}, []string{"10.61.0.0/24"})
}

func TestPlan(t *testing.T) {
	p := planned(t)
	script := p.Script()
	for _, want := range []string{
		"\npass core.mcr https://mcr.microsoft.com:443/\n", "\npass registries.docker https://registry-1.docker.io:443/\n",
		"\ndeny https://example.com:443/\n", "\ndeny http://example.com:80/\n",
		"\nsay skip core.mcr-data '*.data.mcr.microsoft.com' 'a star names no host'\n", "\nsay skip core.apitcp 'AzureCloud.westeurope' 'addresses name no host, and which of them listens is not known'\n", "\nsay skip core.time 'ntp.ubuntu.com' 'UDP 123 gives no answer that a script could take for a yes'\n",
	} {
		assert.Contains(t, script, want)
	}
	assert.Equal(t, 1, strings.Count(script, "https://ghcr.io:443/"))
	assert.Empty(t, p.Denied)
	// Every row is tried or said.
	set, err := rules.Resolve(rules.Selection{Cloud: rules.Public, Region: "westeurope", Features: []rules.Feature{rules.Registries}})
	require.NoError(t, err)
	for _, r := range set.Application {
		assert.Contains(t, script, " "+r.ID+" ")
	}
	for _, r := range set.Network {
		assert.Contains(t, script, " "+r.ID+" ")
	}
	p = planned(t, "core.mcr")
	require.Len(t, p.Denied, 1)
	assert.Equal(t, "core.mcr", p.Denied[0].Row)
	// What is open is not said to be denied.
	wide := New(set, policy.Firewall{Policy: policy.Policy{Groups: []policy.Group{{Name: "g", Priority: 100, Collections: []policy.Collection{{
		Name: "c", Priority: 100, Kind: policy.Application, Action: policy.Allow, Rules: []policy.Rule{{Name: "all", Sources: []string{"*"},
			ApplicationProtocols: []policy.ApplicationProtocol{{Type: "Https", Port: 443}}, TargetFQDNs: []string{"*"}}},
	}}}}}}, policy.Options{}, nil)
	require.Len(t, wide.Deny, 1)
	assert.Equal(t, policy.HTTP, wide.Deny[0].Flow.Protocol)
}

// curl stands in for a cluster's network: hosts of the file "denied" are
// refused as a firewall does, hosts of "lost" do not resolve.
const curl = `#!/bin/sh
for url; do :; done
host=${url#*://}; host=${host%%:*}
here=$(dirname "$0")
if grep -qx "$host" "$here/lost"; then echo "curl: (6) Could not resolve host" >&2; exit 6; fi
if grep -qx "$host" "$here/denied"; then
  case $url in
    http://*) printf 'HTTP request from 10.61.0.7:1 to %s:80. Action: Deny. No rule matched\n%s' "$host" "$(cat "$here/status")"; exit 0 ;;
    *) exit 35 ;;
  esac
fi
if [ "$host" = mcr-0001.mcr-msedge.net ]; then exit 60; fi
printf '<html>\nhello</html>\n200'
`

func run(t *testing.T, script, status string, denied, lost []string) (code int, out string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"curl": curl, "script": script, "status": status, "denied": strings.Join(denied, "\n") + "\n", "lost": strings.Join(lost, "\n") + "\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700))
	}
	cmd := exec.Command("/bin/sh", filepath.Join(dir, "script"))
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	said, err := cmd.CombinedOutput()
	if err != nil {
		require.IsType(t, &exec.ExitError{}, err)
	}
	return cmd.ProcessState.ExitCode(), string(said)
}

// The script ends as the network is.
func TestScript(t *testing.T) {
	script := planned(t).Script()
	outside := []string{"example.com", "example.org", "dns.google"}
	for _, row := range []struct {
		code         int
		said         string
		status       string
		denied, lost []string
	}{
		{0, "ok core.mcr https://mcr.microsoft.com:443/\n", "470", outside, nil},
		{0, "ok core.mcr-edge https://mcr-0001.mcr-msedge.net:443/\n", "470", outside, nil}, // another name's certificate
		{0, "ok denied http://example.com:80/\n", "200", outside, nil},                      // the firewall's own text
		{0, "0 failed, 0 unknown\n", "470", outside, nil},
		{1, "FAIL core.mcr https://mcr.microsoft.com:443/: no connection (curl 35)\n", "470", append([]string{"mcr.microsoft.com"}, outside...), nil},
		{1, "FAIL denied https://example.org:443/: it answered\n", "470", []string{"example.com", "dns.google"}, nil},
		{3, "unknown core.login https://login.microsoftonline.com:443/: the name does not resolve\n", "470", outside, []string{"login.microsoftonline.com"}},
		{3, "unknown denied https://dns.google:443/: the name does not resolve\n", "470", outside, []string{"dns.google"}},
		{1, "1 failed, 1 unknown\n", "470", append([]string{"mcr.microsoft.com"}, outside...), []string{"dns.google"}},
	} {
		code, out := run(t, script, row.status, row.denied, row.lost)
		assert.Equal(t, row.code, code, out)
		assert.Contains(t, out, row.said)
	}
}

// The Job runs the same script.
func TestJob(t *testing.T) {
	p := planned(t)
	var job struct {
		Kind     string
		Metadata struct{ Name, Namespace string }
		Spec     struct {
			BackoffLimit int `yaml:"backoffLimit"`
			Template     struct {
				Spec struct {
					RestartPolicy string `yaml:"restartPolicy"`
					Containers    []struct {
						Image   string
						Command []string
						Args    []string
					}
				}
			}
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(p.Job("egress-probe", "ops", "registry.quayside.example/curl:8")), &job))
	assert.Equal(t, "Job", job.Kind)
	assert.Equal(t, "ops", job.Metadata.Namespace)
	assert.Equal(t, "Never", job.Spec.Template.Spec.RestartPolicy)
	require.Len(t, job.Spec.Template.Spec.Containers, 1)
	c := job.Spec.Template.Spec.Containers[0]
	assert.Equal(t, "registry.quayside.example/curl:8", c.Image)
	assert.Equal(t, []string{p.Script()}, c.Args)
	assert.Equal(t, []string{"/bin/sh", "-c"}, c.Command)
}
