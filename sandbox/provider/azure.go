package provider

import (
	"context"
	"errors"
	"net/http"
)

// Azure is the resource manager that the provider talks to. IDs are Azure resource IDs; bodies and
// answers are in Azure's own shape, with properties bags. An answer is the caller's to keep.
type Azure interface {
	// Put creates or replaces a resource, waits until Azure is done, and returns what Get would.
	Put(ctx context.Context, id, apiVersion string, body map[string]any) (map[string]any, error)
	Get(ctx context.Context, id, apiVersion string) (map[string]any, error)
	// Delete waits until the resource is gone.
	Delete(ctx context.Context, id, apiVersion string) error
	// Post runs an action of a resource, such as listClusterUserCredential.
	Post(ctx context.Context, id, action, apiVersion string, body map[string]any) (map[string]any, error)
}

// Refusal is the error that Azure answers with. Its text reads as azure-native prints it:
//
//	Status=409 Code="AnotherOperationInProgress" Message="…"
//
// One of a write that Azure had accepted says so with WasAccepted() bool; one after which it is not
// known whether the request was carried out, with WasUnanswered() bool.
type Refusal interface {
	error
	StatusCode() int
	ErrorCode() string
}

// accepted reports whether a write failed, or took too long, after Azure had accepted it.
func accepted(err error) bool {
	var r interface{ WasAccepted() bool }
	return errors.As(err, &r) && r.WasAccepted()
}

// unanswered reports whether it is not known whether a request was carried out.
func unanswered(err error) bool {
	var r interface{ WasUnanswered() bool }
	return errors.As(err, &r) && r.WasUnanswered()
}

func notFound(err error) bool {
	var r Refusal
	return errors.As(err, &r) && r.StatusCode() == http.StatusNotFound
}
