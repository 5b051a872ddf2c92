package azure

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// Error is Azure's answer to a request that it refuses.
type Error struct {
	Status  int    // the HTTP status; zero if there was no answer
	Code    string // Azure's error code
	Message string

	Accepted bool // Azure had accepted the write that failed: the resource is there
}

// Error writes the error the way Azure's clients print it.
func (e *Error) Error() string {
	if e.Status == 0 {
		return e.Message
	}
	return fmt.Sprintf("Status=%d Code=%q Message=%q", e.Status, e.Code, e.Message)
}

// StatusCode is the HTTP status of the answer.
func (e *Error) StatusCode() int { return e.Status }

// ErrorCode is Azure's code, by which clients tell what they may repeat.
func (e *Error) ErrorCode() string { return e.Code }

// Unwrap is the context's error where the client's patience ended.
func (e *Error) Unwrap() error {
	if e.Code == TimedOut {
		return context.DeadlineExceeded
	}
	return nil
}

// WasAccepted reports whether Azure had accepted the write, and it failed, or
// took too long, after that.
func (e *Error) WasAccepted() bool { return e.Accepted }

// WasUnanswered reports whether the client cannot know whether the write was
// made.
func (e *Error) WasUnanswered() bool {
	return e.Code == Dropped || e.Status == http.StatusRequestTimeout || e.Status == http.StatusBadGateway || e.Status == http.StatusGatewayTimeout
}

func refuse(status int, code, format string, args ...any) *Error {
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

func badRequest(code, format string, args ...any) *Error {
	return refuse(http.StatusBadRequest, code, format, args...)
}

func conflict(code, format string, args ...any) *Error {
	return refuse(http.StatusConflict, code, format, args...)
}

func notFound(id resourceID) *Error {
	return refuse(http.StatusNotFound, "ResourceNotFound",
		"The Resource '%s/%s' under resource group '%s' was not found.", id.Type, strings.Join(id.Names, "/"), id.Group)
}

// gone is what a client is left with that goes away while a write goes on.
type gone struct{ error }

func (g gone) Unwrap() error     { return g.error }
func (g gone) WasAccepted() bool { return true }

// problems collects what is wrong with one request, so that one answer names
// all of it, and answers with the code of the first.
type problems struct {
	status int
	code   string
	lines  []string
}

func (p *problems) add(code, format string, args ...any) {
	if p.code == "" {
		p.status, p.code = http.StatusBadRequest, code
	}
	p.lines = append(p.lines, fmt.Sprintf(format, args...))
}

func (p *problems) answer() *Error {
	if p.code == "" {
		return nil
	}
	return refuse(p.status, p.code, "%s", strings.Join(p.lines, " | "))
}
