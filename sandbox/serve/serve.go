package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"regexp"
	"time"

	"github.com/aks-egress/aks-egress/sandbox/arm"
	"github.com/aks-egress/aks-egress/sandbox/azure"
)

// Options say which world is served, and where.
type Options struct {
	Addr         string  // a loopback address with a port; 0 for any that is free
	World        string  // the file the resources are kept in; empty keeps them in memory
	Subscription string  // empty: the sandbox's own
	Tenant       string  // empty: the sandbox's own
	Existing     string  // a file of resources that are there from the start
	Fault        string  // errors to answer with, as azure.ParseFaults reads them
	AzureTime    bool    // a write stays open for a second for each minute that Azure is at it
	Latency      float64 // how long each write stays open; 1 is 20 ms and more
	Trace        string  // a file that gets a JSON line for each operation
	Unknown      string  // refuse or accept: what becomes of types that nobody knows; Told hears of each once
	AsAzure      bool    // refuse nothing that Azure accepts
	Told         func(line string)
	TLS          string // a folder for a CA and a certificate, made there; empty: no TLS

	Err io.Writer // gets what is to be said at the end; nil: nobody
}

// Check says everything that is wrong with the options.
func (o Options) Check() error {
	var errs []error
	wrong := func(option, format string, args ...any) {
		errs = append(errs, fmt.Errorf("--%s: %s", option, fmt.Sprintf(format, args...)))
	}
	if host, _, err := net.SplitHostPort(o.Addr); err != nil {
		wrong("addr", "%q is not an address with a port, such as 127.0.0.1:0", o.Addr)
	} else if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		wrong("addr", "%q is not a loopback address: anybody gets a token here; use 127.0.0.1, [::1] or localhost", host)
	}
	for option, id := range map[string]string{"subscription": o.Subscription, "tenant": o.Tenant} {
		if id != "" && !guid(id) {
			wrong(option, "%q is not a GUID, such as %s", id, azure.DefaultSubscription)
		}
	}
	if _, err := azure.ParseFaults(o.Fault); err != nil {
		wrong("fault", "%v", err)
	}
	if o.Latency < 0 || math.IsNaN(o.Latency) || math.IsInf(o.Latency, 0) {
		wrong("latency", "%v is not a scale: give a number of 0 or more", o.Latency)
	}
	if o.Unknown != "refuse" && o.Unknown != "accept" {
		wrong("unknown", "%q is not one of refuse, accept", o.Unknown)
	}
	return errors.Join(errs...)
}

func guid(s string) bool {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`).MatchString(s)
}

// Run serves until its context ends or its input does, and answers what is
// under way first. The first line of its output says where it is.
func Run(ctx context.Context, o Options, in io.Reader, out io.Writer) (err error) {
	world, closeTrace, err := o.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.TraceError(), closeTrace()) }()
	listener, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	handler := arm.New(world, arm.Options{})
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	scheme := "http"
	if o.TLS != "" {
		scheme = "https"
		if server.TLSConfig, err = certificate(o.TLS); err != nil {
			return errors.Join(fmt.Errorf("--tls: %w", err), listener.Close())
		}
	}
	hello, err := json.Marshal(struct {
		Endpoint     string `json:"endpoint"`
		Subscription string `json:"subscription"`
		Tenant       string `json:"tenant"`
	}{scheme + "://" + listener.Addr().String(), world.Subscription(), world.Tenant()})
	if err == nil {
		_, err = fmt.Fprintf(out, "%s\n", hello)
	}
	if err != nil {
		return errors.Join(err, listener.Close())
	}

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, in) // its end is what is waited for, however it comes
		stop()
	}()
	ended := make(chan error, 1)
	go func() {
		if o.TLS != "" {
			ended <- server.ServeTLS(listener, "", "")
			return
		}
		ended <- server.Serve(listener)
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = server.Shutdown(patience)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	handler.Wait()
	for _, fault := range world.Unmet() {
		if o.Err != nil {
			fmt.Fprintf(o.Err, "--fault: never met: %s\n", fault)
		}
	}
	if serving := <-ended; !errors.Is(serving, http.ErrServerClosed) {
		err = errors.Join(err, serving)
	}
	return err
}

// open opens the world that the options describe, and says how to close its
// trace.
func (o Options) open() (*azure.World, func() error, error) {
	none := func() error { return nil }
	faults, err := azure.ParseFaults(o.Fault)
	if err != nil {
		return nil, none, fmt.Errorf("--fault: %w", err)
	}
	options := azure.Options{
		Subscription: o.Subscription, Tenant: o.Tenant, Latency: o.Latency, AzureTime: o.AzureTime, Faults: faults,
		AsAzure: o.AsAzure, AnyVersion: true, Unknown: o.Unknown == "accept", Told: o.Told,
	}
	if o.Latency == 0 { // to the world that is not given
		options.Latency = math.SmallestNonzeroFloat64
	}
	closing := none
	if o.Trace != "" {
		file, err := azure.CreateTrace(o.Trace)
		if err != nil {
			return nil, none, err
		}
		options.Trace, closing = file, file.Close
	}
	world, err := azure.Open(o.World, options)
	if errors.Is(err, azure.ErrNotAWorld) {
		err = fmt.Errorf("%w: delete it to start with an empty one", err)
	}
	if err != nil {
		return nil, none, errors.Join(fmt.Errorf("--world: %w", err), closing())
	}
	if o.Existing == "" {
		return world, closing, nil
	}
	raw, err := os.ReadFile(o.Existing)
	var resources []map[string]any
	if err == nil {
		resources, err = azure.ParseResources(raw)
	}
	if err == nil {
		err = world.Seed(resources)
	}
	if err != nil {
		return nil, none, errors.Join(fmt.Errorf("--existing: %s: %w", o.Existing, err), closing())
	}
	return world, closing, nil
}
