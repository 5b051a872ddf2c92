package azure

import (
	"fmt"
	"net/http"
	"strings"
)

// Error is Azure's answer to a request that it refuses.
type Error struct {
	Status  int    // the HTTP status
	Code    string // Azure's error code
	Message string
}

// Error writes the error the way Azure's clients print it.
func (e *Error) Error() string {
	return fmt.Sprintf("Status=%d Code=%q Message=%q", e.Status, e.Code, e.Message)
}

// StatusCode is the HTTP status of the answer.
func (e *Error) StatusCode() int { return e.Status }

// ErrorCode is Azure's code, by which clients tell what they may repeat.
func (e *Error) ErrorCode() string { return e.Code }

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
