package azure

// mode is how a write holds a resource while it is open.
type mode int

const (
	alone  mode = iota // no other write may touch it
	shared             // others may share it, nobody may have it alone
	steady             // it must not be changing right now; nothing is held
)

// claim is what a write needs of a resource.
type claim struct {
	key  string
	mode mode
	code string // the code of the refusal; empty: AnotherOperationInProgress
}

// hold is what open writes hold of one resource.
type hold struct {
	alone  bool
	shares int
}

// claims are a write's: what the type says, and the group, which must not be
// going away.
func (k *kind) claims(s *state, id resourceID, body object) []claim {
	var out []claim
	if k.locks != nil {
		out = k.locks(s, id, body)
	} else {
		out = []claim{{key: id.String()}}
	}
	if k.name != groupType && id.Group != "" {
		out = append(out, claim{key: id.group(), mode: shared, code: "ResourceGroupBeingDeleted"})
	}
	seen := map[string]bool{}
	var unique []claim
	for _, c := range out {
		c.key = key(c.key)
		if c.key == "" || seen[c.key] {
			continue
		}
		seen[c.key] = true
		unique = append(unique, c)
	}
	return unique
}

// take takes all claims or none. Azure does not queue: what is taken answers
// with a conflict, and the client has to come again.
func (w *World) take(claims []claim) *Error {
	for _, c := range claims {
		h := w.held[c.key]
		if h == nil || !h.alone && (c.mode != alone) {
			continue
		}
		code := c.code
		if code == "" {
			code = "AnotherOperationInProgress"
		}
		return conflict(code, "Another operation on this or dependent resource is in progress. Resource: %s.", c.key)
	}
	for _, c := range claims {
		if c.mode == steady {
			continue
		}
		h := w.held[c.key]
		if h == nil {
			h = &hold{}
			w.held[c.key] = h
		}
		if c.mode == alone {
			h.alone = true
		} else {
			h.shares++
		}
	}
	return nil
}

func (w *World) give(claims []claim) {
	for _, c := range claims {
		h := w.held[c.key]
		if c.mode == steady || h == nil {
			continue
		}
		if c.mode == alone {
			h.alone = false
		} else {
			h.shares--
		}
		if !h.alone && h.shares == 0 {
			delete(w.held, c.key)
		}
	}
}
