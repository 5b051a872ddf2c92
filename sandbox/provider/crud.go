package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// explain says in azure-native's words that an operation took too long, and what it would do of its own
// about a conflict that the sandbox shows.
func explain(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("operation timed out")
	}
	var r Refusal
	if errors.As(err, &r) && r.StatusCode() == http.StatusConflict && r.ErrorCode() == "AnotherOperationInProgress" {
		return fmt.Errorf("%w (two writes at once: on Azure the provider sends this one again after 20, 60 and 120 seconds, and fails where the other takes longer; dependsOn on the other resource sets the order)", err)
	}
	return err
}

// Create makes a resource that must not exist. In a preview it returns the inputs, with everything else unknown.
func (p *provider) Create(request context.Context, req *rpc.CreateRequest) (*rpc.CreateResponse, error) {
	inputs, err := unmarshal("inputs", req.GetProperties())
	if err != nil {
		return nil, err
	}
	t, session, err := p.begin(request, req.GetUrn(), inputs)
	if err != nil {
		return nil, err
	}
	if !req.GetPreview() {
		if err := p.unknown.refusal(stackOf(resource.URN(req.GetUrn()))); err != nil {
			return nil, err
		}
	}
	if req.GetPreview() {
		outputs, err := marshal("preview", t.preview(inputs))
		return &rpc.CreateResponse{Properties: outputs}, err
	}

	id, err := t.id(p.subscription(session), plain(inputs))
	if err != nil {
		return nil, err
	}
	body, err := t.request(id, inputs)
	if err != nil {
		return nil, err
	}
	ctx, cancel := session.operation(request, req.GetTimeout())
	defer cancel()
	switch _, err := p.get(ctx, id, t); {
	case err == nil:
		return nil, fmt.Errorf("cannot create already existing resource '%s'", id)
	case !notFound(err):
		return nil, fmt.Errorf("cannot check existence of resource '%s': %w", id, explain(err))
	}
	// Azure wants to be told of no children rather than nothing.
	for _, child := range t.keep {
		bag := propertiesBag(body)
		if _, ok := bag[child]; !ok {
			bag[child] = []any{}
		}
	}
	answer, err := p.put(ctx, id, t, body)
	if err != nil {
		return nil, p.halfDone(ctx, t, id, inputs, req.GetProperties(), err)
	}
	if canonical, ok := answer["id"].(string); ok {
		id = canonical
	}
	state, err := p.readBack(ctx, session, req.GetUrn(), "Create", t, id, inputs, answer)
	return &rpc.CreateResponse{Id: id, Properties: state}, err
}

// halfDone tells the engine of a write that Azure accepted and that failed after that, so that the
// stack keeps the resource and the next update writes it again. What Azure did not accept is an error
// alone. As in azure-native (crud.HandleErrorWithCheckpoint), what cannot be read then is kept with
// its ID and nothing else.
func (p *provider) halfDone(ctx context.Context, t *resourceType, id string, inputs resource.PropertyMap, given *structpb.Struct, failure error) error {
	if !accepted(failure) {
		return explain(failure)
	}
	err := failure // a client whose time is up, or that is cancelled, reads nothing more
	var answer map[string]any
	if !errors.Is(failure, context.DeadlineExceeded) && !errors.Is(failure, context.Canceled) {
		answer, err = p.get(ctx, id, t)
	}
	failure = explain(failure)
	var state *structpb.Struct
	if err == nil {
		state, err = marshal("state", t.checkpoint(inputs, t.Outputs(answer)))
	}
	if err != nil {
		failure = fmt.Errorf("resource created but read failed %w: %w", explain(err), failure)
	}
	detail := &rpc.ErrorResourceInitFailed{Id: id, Properties: state, Reasons: []string{failure.Error()}, Inputs: given}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, failure.Error()), detail)
}

// repeats is how often azcore, which azure-native sends its requests with, sends one again.
const repeats = 3

// again does a request again of which it is not known whether it was carried out. azure-native does,
// after 20 seconds, 60 and 120; here nobody waits.
func again(request func() error) error {
	err := request()
	for range repeats {
		if !unanswered(err) {
			break
		}
		err = request()
	}
	return err
}

func (p *provider) put(ctx context.Context, id string, t *resourceType, body map[string]any) (answer map[string]any, err error) {
	err = again(func() error {
		answer, err = p.azure.Put(ctx, id, t.APIVersion, body)
		return err
	})
	return answer, err
}

func (p *provider) get(ctx context.Context, id string, t *resourceType) (answer map[string]any, err error) {
	err = again(func() error {
		answer, err = p.azure.Get(ctx, id, t.APIVersion)
		return err
	})
	return answer, err
}

// request is the body of a PUT.
func (t *resourceType) request(id string, inputs resource.PropertyMap) (map[string]any, error) {
	body, faults := t.Body(t.bodyInputs(plain(inputs)))
	if len(faults) == 0 {
		return body, nil
	}
	errs := make([]error, len(faults))
	for i, f := range faults {
		errs[i] = errors.New(f.String())
	}
	return nil, fmt.Errorf("error preparing body for %s: %w", id, errors.Join(errs...))
}

func propertiesBag(body map[string]any) map[string]any {
	bag, ok := body["properties"].(map[string]any)
	if !ok {
		bag = map[string]any{}
		body["properties"] = bag
	}
	return bag
}

// preview is what is known of a resource before Azure has answered.
func (t *resourceType) preview(inputs resource.PropertyMap) resource.PropertyMap {
	return properties(t.Preview(t.bodyInputs(plain(inputs))))
}

// readBack reads a resource after a write, as its answer may not have the shape of a later read. When
// that fails, the write's answer has to do, and a warning says so: so it is in azure-native
// (provider.readAfterWrite), which must not lose what it has made.
func (p *provider) readBack(ctx context.Context, s *session, urn, op string, t *resourceType, id string, inputs resource.PropertyMap, written map[string]any) (*structpb.Struct, error) {
	answer, err := p.get(ctx, id, t)
	if err != nil {
		s.warn(ctx, urn, fmt.Sprintf("Failed to read resource after %s: %s", op, explain(err)))
		answer = written
	}
	return marshal("state", t.checkpoint(inputs, t.Outputs(answer)))
}

// checkpoint is a resource's state: its outputs, the API version and, secret, its inputs.
func (t *resourceType) checkpoint(inputs resource.PropertyMap, outputs map[string]any) resource.PropertyMap {
	state := properties(outputs)
	state["azureApiVersion"] = resource.NewProperty(t.APIVersion)
	state["__inputs"] = resource.MakeSecret(resource.NewProperty(inputs))
	return state
}

// Read reads a resource, and applies to the old inputs what has changed in the outputs. The ID is
// empty if the resource is gone.
func (p *provider) Read(request context.Context, req *rpc.ReadRequest) (*rpc.ReadResponse, error) {
	state, err := unmarshal("state", req.GetProperties())
	if err != nil {
		return nil, err
	}
	t, session, err := p.begin(request, req.GetUrn(), state)
	if err != nil {
		return nil, err
	}
	if err := p.unknown.refusal(stackOf(resource.URN(req.GetUrn()))); err != nil {
		return nil, err
	}
	ctx, cancel := session.operation(request, req.GetTimeout())
	defer cancel()
	answer, err := p.get(ctx, req.GetId(), t)
	if notFound(err) {
		return &rpc.ReadResponse{}, nil
	}
	if err != nil {
		return nil, explain(err)
	}
	outputs := t.Outputs(answer)

	var inputs resource.PropertyMap
	switch {
	case len(req.GetInputs().GetFields()) > 0:
		inputs, err = unmarshal("inputs", req.GetInputs())
	case state.HasValue("__inputs"):
		inputs = stateInputs(state)
	default:
		imported, err := imported(t, req.GetId(), outputs)
		if err != nil {
			return nil, err
		}
		return t.found(req.GetId(), imported, outputs)
	}
	if err != nil {
		return nil, err
	}
	return t.found(req.GetId(), drifted(t, inputs, plain(state), outputs), outputs)
}

// found answers a Read.
func (t *resourceType) found(id string, inputs resource.PropertyMap, outputs map[string]any) (*rpc.ReadResponse, error) {
	state, err := marshal("state", t.checkpoint(inputs, outputs))
	if err != nil {
		return nil, err
	}
	record, err := marshal("inputs", inputs)
	return &rpc.ReadResponse{Id: id, Properties: state, Inputs: record}, err
}

// imported makes inputs for a resource that the stack has none of.
func imported(t *resourceType, id string, outputs map[string]any) (resource.PropertyMap, error) {
	inputs, err := t.fromID(id)
	if err != nil {
		return nil, err
	}
	for name, v := range t.Inputs(outputs) {
		inputs[name] = v
	}
	return properties(inputs), nil
}

// drifted applies the difference between old and new outputs to the inputs. Inputs are not compared
// with outputs, which have Azure's defaults; and children that the program keeps as separate
// resources are not drift.
func drifted(t *resourceType, inputs resource.PropertyMap, old, now map[string]any) resource.PropertyMap {
	seen := map[string]any{}
	for name, v := range now {
		seen[name] = v
	}
	for _, child := range t.keep {
		if _, ok := inputs[resource.PropertyKey(child)]; !ok {
			delete(seen, child)
		}
	}
	before, after := properties(t.Inputs(old)), properties(t.Inputs(seen))
	return applyDiff(inputs, before.Diff(after))
}

// applyDiff makes in one set of properties the changes found between two others.
func applyDiff(values resource.PropertyMap, diff *resource.ObjectDiff) resource.PropertyMap {
	if diff == nil {
		return values
	}
	result := resource.PropertyMap{}
	for k, v := range values {
		if !diff.Deleted(k) {
			result[k] = v
		}
	}
	for k, v := range diff.Adds {
		result[k] = v
	}
	for k, change := range diff.Updates {
		if v, ok := values[k]; ok {
			result[k] = applyChange(v, change.Old, change.New)
		} else {
			result[k] = change.New
		}
	}
	return result
}

func applyChange(value, old, changed resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsObject() && old.IsObject() && changed.IsObject():
		return resource.NewProperty(applyDiff(value.ObjectValue(), old.ObjectValue().Diff(changed.ObjectValue())))
	case value.IsArray() && old.IsArray() && changed.IsArray():
		items := make([]resource.PropertyValue, len(changed.ArrayValue()))
		for i, item := range changed.ArrayValue() {
			if i < len(value.ArrayValue()) && i < len(old.ArrayValue()) {
				item = applyChange(value.ArrayValue()[i], old.ArrayValue()[i], item)
			}
			items[i] = item
		}
		return resource.NewProperty(items)
	}
	return changed
}

// Update replaces a resource's properties. Children that the inputs do not mention are read first and
// written back, or Azure would delete them.
func (p *provider) Update(request context.Context, req *rpc.UpdateRequest) (*rpc.UpdateResponse, error) {
	inputs, err := unmarshal("news", req.GetNews())
	if err != nil {
		return nil, err
	}
	t, session, err := p.begin(request, req.GetUrn(), inputs)
	if err != nil {
		return nil, err
	}
	if err := p.unknown.refusal(stackOf(resource.URN(req.GetUrn()))); err != nil && !req.GetPreview() {
		return nil, err
	}
	if req.GetPreview() {
		state, err := unmarshal("olds", req.GetOlds())
		if err != nil {
			return nil, err
		}
		outputs := t.preview(inputs)
		for _, stable := range []resource.PropertyKey{"name", "location"} {
			if v, ok := state[stable]; ok {
				outputs[stable] = v
			}
		}
		properties, err := marshal("preview", outputs)
		return &rpc.UpdateResponse{Properties: properties}, err
	}

	id, err := t.id(p.subscription(session), plain(inputs))
	if err != nil {
		return nil, err
	}
	body, err := t.request(id, inputs)
	if err != nil {
		return nil, err
	}
	ctx, cancel := session.operation(request, req.GetTimeout())
	defer cancel()
	if err := p.keepChildren(ctx, t, id, body); err != nil {
		return nil, fmt.Errorf("failed maintaining unset sub-resource properties: %w", explain(err))
	}
	answer, err := p.put(ctx, id, t, body)
	if err != nil {
		return nil, p.halfDone(ctx, t, id, inputs, req.GetNews(), err)
	}
	state, err := p.readBack(ctx, session, req.GetUrn(), "Update", t, id, inputs, answer)
	return &rpc.UpdateResponse{Properties: state}, err
}

func (p *provider) keepChildren(ctx context.Context, t *resourceType, id string, body map[string]any) error {
	var unset []string
	for _, child := range t.keep {
		if _, ok := propertiesBag(body)[child]; !ok {
			unset = append(unset, child)
		}
	}
	if len(unset) == 0 {
		return nil
	}
	answer, err := p.get(ctx, id, t)
	if err != nil {
		return err
	}
	// azure-native writes the children back as it read them, and Azure overlooks what is read-only in
	// them. Here it is left out, so that a body can be checked against Azure's types.
	now := t.Inputs(t.Outputs(answer))
	children := map[string]any{}
	for _, child := range unset {
		if v, ok := now[child]; ok {
			children[child] = v
		}
	}
	kept, _ := t.Body(children) // what is required besides the children is in body already
	for child, v := range propertiesBag(kept) {
		propertiesBag(body)[child] = v
	}
	return nil
}

// Delete deletes a resource. One that is gone is deleted.
func (p *provider) Delete(request context.Context, req *rpc.DeleteRequest) (*emptypb.Empty, error) {
	t, session, err := p.begin(request, req.GetUrn(), nil)
	if err != nil {
		return nil, err
	}
	if err := p.unknown.refusal(stackOf(resource.URN(req.GetUrn()))); err != nil {
		return nil, err
	}
	ctx, cancel := session.operation(request, req.GetTimeout())
	defer cancel()
	if err := again(func() error { return p.azure.Delete(ctx, req.GetId(), t.APIVersion) }); err != nil && !notFound(err) {
		return nil, explain(err)
	}
	return &emptypb.Empty{}, nil
}
