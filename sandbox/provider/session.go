package provider

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/stats"
)

// session is one connection: one provider instance of one run of the engine. azure-native would be a
// process for each; here they share a server, and one's end or settings must not touch another.
type session struct {
	context context.Context // of its operations, which outlive their requests as azure-native's do
	cancel  context.CancelFunc

	mu     sync.Mutex
	config map[string]string
	engine string // where the engine takes messages; empty: nowhere
}

// attach notes where the engine takes messages.
func (s *session) attach(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.engine = address
}

// warn has the engine print a warning. One that cannot be printed is only that.
func (s *session) warn(ctx context.Context, urn, text string) {
	s.mu.Lock()
	address := s.engine
	s.mu.Unlock()
	if address == "" {
		return
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = rpc.NewEngineClient(conn).Log(ctx, &rpc.LogRequest{Severity: rpc.LogSeverity_WARNING, Message: text, Urn: urn})
}

// configure takes the settings that are text, and leaves the others: none of them matters here.
func (s *session) configure(args resource.PropertyMap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, value := range args {
		if value.IsString() {
			s.config[string(key)] = value.StringValue()
		}
	}
}

// setting is a setting's value, empty if there is none.
func (s *session) setting(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config[key]
}

// defaultTimeout is azure-native's for one operation.
const defaultTimeout = 2 * time.Hour

// operation is the context of one operation: it ends with the session, not with the request.
func (s *session) operation(request context.Context, seconds float64) (context.Context, context.CancelFunc) {
	timeout := defaultTimeout
	if seconds > 0 {
		timeout = time.Duration(seconds * float64(time.Second))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(request), timeout)
	stop := context.AfterFunc(s.context, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

type sessionKey struct{}

// of finds the session that a request came in.
func of(ctx context.Context) (*session, error) {
	s, ok := ctx.Value(sessionKey{}).(*session)
	if !ok {
		return nil, errors.New("a request outside any connection")
	}
	return s, nil
}

// sessions gives each connection its session.
type sessions struct{ server context.Context }

// TagConn is called for each new connection; requests on it inherit the context.
func (s sessions) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	operations, cancel := context.WithCancel(s.server)
	return context.WithValue(ctx, sessionKey{}, &session{context: operations, cancel: cancel, config: map[string]string{}})
}

// HandleConn leaves operations alone when their engine goes: Azure goes on too.
func (s sessions) HandleConn(context.Context, stats.ConnStats) {}

// TagRPC has nothing to add to a request.
func (s sessions) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC has nothing to count.
func (s sessions) HandleRPC(context.Context, stats.RPCStats) {}
