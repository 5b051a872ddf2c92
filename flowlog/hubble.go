package flowlog

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/aks-egress/aks-egress/policy"
)

// hubbleFlow is what "hubble observe -o json" prints of a flow, as far as it
// matters here (Cilium's API, flow.proto).
type hubbleFlow struct {
	Time     time.Time `json:"time"`
	Verdict  string    `json:"verdict"`
	DropDesc string    `json:"drop_reason_desc"`
	IP       struct {
		Source      string `json:"source"`
		Destination string `json:"destination"`
	} `json:"IP"`
	L4 map[string]struct {
		SourcePort      uint16 `json:"source_port"`
		DestinationPort uint16 `json:"destination_port"`
	} `json:"l4"`
	L7 struct {
		DNS struct {
			Query string `json:"query"`
		} `json:"dns"`
	} `json:"l7"`
	Source struct {
		Namespace string `json:"namespace"`
		PodName   string `json:"pod_name"`
	} `json:"source"`
	Destination struct {
		PodName string   `json:"pod_name"`
		Labels  []string `json:"labels"`
	} `json:"destination"`
	DestinationNames []string `json:"destination_names"`
	TrafficDirection string   `json:"traffic_direction"`
	IsReply          *bool    `json:"is_reply"`
}

// hubble reads a flow of Hubble's: with its envelope, or alone as older ones
// print it.
func hubble(raw []byte, r *Record) (reason string) {
	var envelope struct {
		Flow *hubbleFlow `json:"flow"`
		Time time.Time   `json:"time"`
	}
	if err := json.Unmarshal(raw, &envelope); err != nil {
		return "is not a flow of Hubble's: " + err.Error()
	}
	f := envelope.Flow
	if f == nil {
		f = &hubbleFlow{}
		if err := json.Unmarshal(raw, f); err != nil {
			return "is not a flow of Hubble's: " + err.Error()
		}
	}
	r.Kind, r.Count = KindHubble, 1
	r.Time = f.Time.UTC()
	if r.Time.IsZero() {
		r.Time = envelope.Time.UTC()
	}
	r.Source = addressOf([]byte(f.IP.Source))
	r.Destination = addressOf([]byte(f.IP.Destination))
	for name, l := range f.L4 {
		switch name {
		case "TCP":
			r.Protocol = policy.TCP
		case "UDP":
			r.Protocol = policy.UDP
		case "ICMPv4", "ICMPv6":
			r.Protocol = policy.ICMP
		}
		r.SourcePort, r.Port = l.SourcePort, l.DestinationPort
	}
	if f.Source.PodName != "" {
		r.Pod = strings.TrimPrefix(f.Source.Namespace+"/"+f.Source.PodName, "/")
	}
	for _, n := range f.DestinationNames {
		if n = strings.TrimSuffix(strings.ToLower(n), "."); n != "" {
			r.Names = append(r.Names, n)
		}
	}
	outward := f.Destination.PodName == "" && (f.IsReply == nil || !*f.IsReply) && f.TrafficDirection != "INGRESS"
	switch {
	case !r.Source.IsValid() || !r.Destination.IsValid():
		if f.Verdict == "" {
			return "is not a flow of Hubble's: it has no verdict"
		}
	case !outward:
	case f.Verdict == "DROPPED" || f.Verdict == "ERROR":
		r.Action, r.Reason = Denied, f.DropDesc
	case f.Verdict == "FORWARDED" || f.Verdict == "REDIRECTED" || f.Verdict == "TRANSLATED" || f.Verdict == "TRACED":
		r.Action = Allowed
	}
	return ""
}
