package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

const (
	// version is the version of azure-native that the provider behaves as.
	version = "2.92.3"

	// maxMessage is the engine's own limit for a message, in bytes.
	maxMessage = 400 << 20
)

// Options say who the sandbox is in Azure. A zero field is a made-up UUID.
type Options struct {
	SubscriptionID string
	TenantID       string
	ClientID       string
	ObjectID       string

	// Unknown accepts types that are not in the catalogue: what they are given is kept, unchecked. Told
	// hears of each once.
	Unknown bool
	Told    func(line string)
}

func (o Options) withDefaults() Options {
	fill := func(field *string, digit string) {
		if *field == "" {
			*field = fmt.Sprintf("%s-0000-4000-8000-000000000000", digit)
		}
	}
	fill(&o.SubscriptionID, "00000001")
	fill(&o.TenantID, "00000002")
	fill(&o.ClientID, "00000003")
	fill(&o.ObjectID, "00000004")
	return o
}

// Server is a provider that listens.
type Server struct {
	Port int // on 127.0.0.1

	unknown *met

	grpc *grpc.Server
	stop context.CancelFunc
	done chan error
	once sync.Once
	err  error
}

// Serve listens on a free port of 127.0.0.1 until the server is closed or ctx is done. Operations
// under way when ctx ends are cancelled; Close lets them finish.
func Serve(ctx context.Context, azure Azure, opts Options) (*Server, error) {
	types, err := catalogued()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the sandbox's provider found no free port on 127.0.0.1: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	s := &Server{
		Port: listener.Addr().(*net.TCPAddr).Port,
		grpc: grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage),
			grpc.StatsHandler(sessions{server: ctx})),
		stop:    stop,
		done:    make(chan error, 1),
		unknown: &met{accept: opts.Unknown, told: opts.Told, tokens: map[string][]string{}, once: map[string]bool{}},
	}
	rpc.RegisterResourceProviderServer(s.grpc, &provider{azure: azure, opts: opts.withDefaults(), types: types, unknown: s.unknown})
	go func() { s.done <- s.grpc.Serve(listener) }()
	context.AfterFunc(ctx, s.grpc.GracefulStop)
	return s, nil
}

// Refused lists the types that programs have had and that were not accepted, none if all is well. A
// preview passes with them, so that they can all be named.
func (s *Server) Refused() []string { return s.unknown.all() }

// Close waits for operations under way, then stops listening. Closing twice is closing once.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.grpc.GracefulStop()
		s.stop()
		if err := <-s.done; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			s.err = err
		}
	})
	return s.err
}
