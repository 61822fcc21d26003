package main

// A case: one bubble, one goroutine in it that carries out requests, and what the case has open.

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/nats-io/nats-server/v2/server"
)

// bubble is a case seen from outside. Its channels are made outside too: a goroutine that waits on them is not durably
// blocked, which is what keeps the virtual clock still between operations.
type bubble struct {
	requests  chan *request
	responses chan *response
	done      chan struct{}
	death     string        // why the bubble died; read after done
	elapsed   time.Duration // how far its clock has come; read after an answer
}

// newBubble starts a bubble whose clock stands at elapsed.
func newBubble(t *testing.T, settle bool, elapsed time.Duration) *bubble {
	b := &bubble{requests: make(chan *request), responses: make(chan *response), done: make(chan struct{}), elapsed: elapsed}
	go func() {
		defer close(b.done)
		// synctest panics in this goroutine when everything in the bubble is blocked for good, or when goroutines of the
		// store outlive the case. Either way the bubble is finished and the adapter is not.
		defer func() {
			if r := recover(); r != nil {
				b.death = fmt.Sprint(r)
			}
		}()
		synctest.Test(t, func(*testing.T) { b.serve(settle) })
	}()
	return b
}

// serve runs inside the bubble until requests is closed.
func (b *bubble) serve(settle bool) {
	start := time.Now()
	time.Sleep(b.elapsed)
	s := &session{}
	s.access.reset()
	for req := range b.requests {
		op, ok := ops[req.Op]
		if !ok {
			b.responses <- &response{ID: req.ID, Unsupported: req.Op}
			continue
		}
		resp := respond(req, func(s *session) (any, error) { return op(s, req) }, s)
		// After a panic the store may hold its locks for ever, and a goroutine that wants one never settles.
		if settle && !panicked(req, resp) {
			synctest.Wait()
		}
		s.access.stopIfIdle()
		resp.Events = s.takeEvents()
		b.elapsed = time.Since(start)
		b.responses <- resp
	}
	s.stopAll()
	s.access.stop()
	synctest.Wait()
}

// do hands a request in and waits for its answer; alive is false when nothing more can be asked of this bubble.
func (b *bubble) do(req *request) (resp *response, alive bool) {
	select {
	case b.requests <- req:
	case <-b.done:
		return b.dead(req), false
	}
	select {
	case resp := <-b.responses:
		return resp, !panicked(req, resp)
	case <-b.done:
		return b.dead(req), false
	}
}

// panicked reports whether a store panicked; pure functions have none that could be left in the middle of something.
func panicked(req *request, resp *response) bool {
	_, pure := pureOps[req.Op]
	return !pure && resp.Error != nil && resp.Error.Class == "panic"
}

func (b *bubble) dead(req *request) *response {
	return &response{ID: req.ID, Error: &wireError{Class: "panic", Text: "the case's bubble died: " + b.death}}
}

// close ends the case. A store that does not stop within a few seconds has its bubble left behind, with its clock stopped.
func (b *bubble) close() {
	close(b.requests)
	select {
	case <-b.done:
		if b.death != "" {
			fmt.Fprintln(os.Stderr, "blkspec-go-adapter: at the end of the case:", b.death)
		}
	case <-time.After(endPatience):
		fmt.Fprintln(os.Stderr, "blkspec-go-adapter: a store did not stop; its bubble is left behind")
	}
}

// session is a case seen from inside its bubble.
type session struct {
	store     server.StreamStore
	pointer   unsafe.Pointer // the *fileStore behind store
	consumers map[string]server.ConsumerStore
	opened    []server.StreamStore // everything that must be stopped at the end
	access    accessTimes

	mu     sync.Mutex
	events []any
}

func (s *session) event(e any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

func (s *session) takeEvents() []any {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := s.events
	s.events = nil
	return events
}

// stopAll lets the bubble exit. What the stores answer is of no interest: many are stopped already.
func (s *session) stopAll() {
	for _, store := range s.opened {
		_ = store.Stop()
	}
	s.opened = nil
}

func (s *session) stream() (server.StreamStore, error) {
	if s.store == nil {
		return nil, classed{"no_store", "no store is open"}
	}
	return s.store, nil
}

type opFunc = func(*session, *request) (any, error)

// ops names every operation that runs inside a case. The tables it is made of live beside the operations.
var ops = map[string]opFunc{
	"begin": func(*session, *request) (any, error) { return now(), nil },
	"now":   func(*session, *request) (any, error) { return now(), nil },
	"advance": func(_ *session, req *request) (any, error) {
		if req.NS < 0 {
			return nil, invalid("time does not pass backwards: %d", req.NS)
		}
		time.Sleep(time.Duration(req.NS))
		synctest.Wait()
		return now(), nil
	},
	"settle": func(*session, *request) (any, error) {
		synctest.Wait()
		return none{}, nil
	},
}

func now() nowResult { return nowResult{time.Now().UnixNano()} }

func init() {
	for _, table := range []map[string]opFunc{lifecycleOps, streamOps, queryOps, snapshotOps, consumerOps} {
		for name, op := range table {
			ops[name] = op
		}
	}
	for name, op := range pureOps {
		ops[name] = func(_ *session, req *request) (any, error) { return op(req) }
	}
	ops["inspect"] = inspect
}
