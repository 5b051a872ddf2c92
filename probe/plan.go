package probe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aks-egress/aks-egress/policy"
	"github.com/aks-egress/aks-egress/rules"
)

// Target is something to try.
type Target struct {
	Flow policy.Flow
	Row  string // the row that names it; empty for what must be denied
}

// Skipped is a row that is not tried.
type Skipped struct{ Row, Destination, Why string }

// Plan is what is tried from one cluster.
type Plan struct {
	Pass    []Target // must answer
	Deny    []Target // must not
	Skipped []Skipped
	// Denied are targets that must answer and that the firewall denies: the
	// script will say so, too.
	Denied []Target
}

// forbidden are hosts that no cluster needs: of documentation, and of a public
// resolver, which name resolution could be smuggled through.
func forbidden() []policy.Flow {
	return []policy.Flow{
		{Protocol: policy.HTTPS, Host: "example.com", Port: 443},
		{Protocol: policy.HTTP, Host: "example.com", Port: 80},
		{Protocol: policy.HTTPS, Host: "example.org", Port: 443},
		{Protocol: policy.HTTPS, Host: "dns.google", Port: 443},
	}
}

// New plans what to try for a cluster's rows behind a firewall, from the
// cluster's sources.
func New(set rules.Set, fw policy.Firewall, o policy.Options, sources []string) Plan {
	d := policy.NewDecider(fw.Policy, o)
	decide := func(f policy.Flow) policy.Decision { return policy.Combined(d.DecideFrom(f, sources)).Decision }
	var p Plan
	seen := map[string]bool{}
	add := func(row string, f policy.Flow) {
		if seen[f.String()] {
			return
		}
		seen[f.String()] = true
		p.Pass = append(p.Pass, Target{f, row})
		if decide(f) == policy.Denied {
			p.Denied = append(p.Denied, Target{f, row})
		}
	}
	for _, r := range set.Network {
		protocol, port := r.Protocols[0], r.Ports[0]
		for _, to := range slices.Concat(r.Addresses, r.ServiceTags, r.FQDNs) {
			if protocol == rules.TCP && port == 443 && slices.Contains(r.FQDNs, to) {
				add(r.ID, policy.Flow{Protocol: policy.HTTPS, Host: strings.ToLower(to), Port: 443})
				continue
			}
			why := fmt.Sprintf("%s %d gives no answer that a script could take for a yes", protocol, port)
			if protocol == rules.TCP && !slices.Contains(r.FQDNs, to) {
				why = "addresses name no host, and which of them listens is not known"
			}
			p.Skipped = append(p.Skipped, Skipped{r.ID, to, why})
		}
		if r.APIServer {
			p.Skipped = append(p.Skipped, Skipped{r.ID, "the API server", "its address is not known here"})
		}
	}
	for _, r := range set.Application {
		for _, host := range r.FQDNs {
			if strings.Contains(host, "*") {
				p.Skipped = append(p.Skipped, Skipped{r.ID, host, "a star names no host"})
				continue
			}
			add(r.ID, policy.Flow{Protocol: policy.Protocol(strings.ToLower(string(r.Protocol))), Host: strings.ToLower(host), Port: uint16(r.Port)})
		}
	}
	for _, f := range forbidden() {
		if decide(f) == policy.Denied {
			p.Deny = append(p.Deny, Target{Flow: f})
		}
	}
	return p
}

const head = `#!/bin/sh
# Tries the way out of an AKS cluster: aks-egress probe. Needs curl.
# Ends with 0: all is as it must be; 1: something is not; 3: something could not
# be told.
failed=0
unknown=0
say() { echo "$1 $2 $3${4:+: $4}"; }
fail() { failed=$((failed + 1)); say FAIL "$@"; }
cannot() { unknown=$((unknown + 1)); say unknown "$@"; }

# reach URL: 0 if the host answered, 1 if something in between refused, 2 if
# that cannot be told. An answer that is not trusted is one, too; a firewall
# answers HTTP that it denies itself, with status 470 or a text.
reach() {
  body=$(curl -sS --connect-timeout 10 --max-time 20 -w '\n%{http_code}' "$1" 2>&1)
  code=$?
  status=${body##*
}
  case $code in
    0) case $status$body in 470*|*"Action: Deny"*) why="denied by the firewall"; return 1 ;; esac; return 0 ;;
    51|60|91) return 0 ;;
    6) why="the name does not resolve"; return 2 ;;
    7|28|35|52|55|56) why="no connection (curl $code)"; return 1 ;;
    *) why="curl $code"; return 2 ;;
  esac
}
pass() {
  reach "$2"
  case $? in 0) say ok "$1" "$2" ;; 1) fail "$1" "$2" "$why" ;; *) cannot "$1" "$2" "$why" ;; esac
}
deny() {
  reach "$1"
  case $? in 0) fail denied "$1" "it answered" ;; 1) say ok denied "$1" ;; *) cannot denied "$1" "$why" ;; esac
}

command -v curl >/dev/null || { echo "unknown there is no curl here"; exit 3; }
`

const tail = `
echo "$failed failed, $unknown unknown"
[ "$failed" = 0 ] || exit 1
[ "$unknown" = 0 ] || exit 3
`

// Script is the plan as a POSIX shell script.
func (p Plan) Script() string {
	var b strings.Builder
	b.WriteString(head)
	for _, t := range p.Pass {
		fmt.Fprintf(&b, "pass %s %s\n", t.Row, url(t.Flow))
	}
	for _, t := range p.Deny {
		fmt.Fprintf(&b, "deny %s\n", url(t.Flow))
	}
	for _, s := range p.Skipped {
		fmt.Fprintf(&b, "say skip %s '%s' '%s'\n", s.Row, s.Destination, s.Why)
	}
	b.WriteString(tail)
	return b.String()
}

func url(f policy.Flow) string {
	return fmt.Sprintf("%s://%s:%d/", f.Protocol, f.Host, f.Port)
}

// Job is the plan as a Kubernetes Job, which runs the script once with an image
// that has sh and curl.
func (p Plan) Job(name, namespace, image string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `apiVersion: batch/v1
kind: Job
metadata:
  name: %s
  namespace: %s
spec:
  backoffLimit: 0
  ttlSecondsAfterFinished: 3600
  template:
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: probe
          image: %q
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          command: [/bin/sh, -c]
          args:
            - |
`, name, namespace, image)
	for line := range strings.Lines(p.Script()) {
		if strings.TrimSpace(line) != "" {
			b.WriteString("              ")
		}
		b.WriteString(line)
	}
	return b.String()
}
