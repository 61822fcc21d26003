package main

// The operations of ConsumerStore. Consumers are named; a stopped or deleted one stays reachable, because what it answers
// then is behaviour too.

import (
	"encoding/json"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

var consumerOps = map[string]opFunc{
	"consumer_open": consumerOpen,
	"consumer_set_starting": onConsumer(func(o server.ConsumerStore, req *request) (any, error) {
		return none{}, o.SetStarting(req.Seq)
	}),
	"consumer_update_starting": onConsumer(func(o server.ConsumerStore, req *request) (any, error) {
		o.UpdateStarting(req.Seq)
		return none{}, nil
	}),
	"consumer_reset": onConsumer(func(o server.ConsumerStore, req *request) (any, error) {
		resetter, ok := o.(interface{ Reset(uint64) error })
		if !ok {
			return nil, unsupported("Reset")
		}
		return none{}, resetter.Reset(req.Seq)
	}),
	"consumer_has_state": onConsumer(func(o server.ConsumerStore, _ *request) (any, error) {
		return hasStateResult{o.HasState()}, nil
	}),
	"consumer_update_delivered": onConsumer(func(o server.ConsumerStore, req *request) (any, error) {
		var ts int64
		if req.TS != nil {
			ts = *req.TS
		}
		return none{}, o.UpdateDelivered(req.DSeq, req.SSeq, req.DC, ts)
	}),
	"consumer_update_acks": onConsumer(func(o server.ConsumerStore, req *request) (any, error) {
		return none{}, o.UpdateAcks(req.DSeq, req.SSeq)
	}),
	"consumer_remove_redelivered_below": onConsumer(func(o server.ConsumerStore, req *request) (any, error) {
		remover, ok := o.(interface{ RemoveRedeliveredBelow(uint64) })
		if !ok {
			return nil, unsupported("RemoveRedeliveredBelow")
		}
		remover.RemoveRedeliveredBelow(req.Seq)
		return none{}, nil
	}),
	"consumer_update_config": onConsumer(func(o server.ConsumerStore, req *request) (any, error) {
		cfg := &server.ConsumerConfig{}
		if err := decodeConfig(req.Config, cfg); err != nil {
			return nil, err
		}
		return none{}, o.UpdateConfig(cfg)
	}),
	"consumer_update": onConsumer(func(o server.ConsumerStore, req *request) (any, error) {
		state, err := req.consumerState()
		if err != nil {
			return nil, err
		}
		return none{}, o.Update(state)
	}),
	"consumer_force_update": onConsumer(func(o server.ConsumerStore, req *request) (any, error) {
		state, err := req.consumerState()
		if err != nil {
			return nil, err
		}
		updater, ok := o.(interface {
			ForceUpdate(*server.ConsumerState) error
		})
		if !ok {
			return nil, unsupported("ForceUpdate")
		}
		return none{}, updater.ForceUpdate(state)
	}),
	"consumer_state": onConsumer(func(o server.ConsumerStore, _ *request) (any, error) {
		return stateOf(o.State())
	}),
	"consumer_borrow_state": onConsumer(func(o server.ConsumerStore, _ *request) (any, error) {
		return stateOf(o.BorrowState())
	}),
	"consumer_encoded_state": onConsumer(func(o server.ConsumerStore, _ *request) (any, error) {
		state, err := o.EncodedState()
		return stateResult[[]byte]{state}, err
	}),
	"consumer_type": onConsumer(func(o server.ConsumerStore, _ *request) (any, error) {
		return typeOf(o.Type()), nil
	}),
	"consumer_stop": onConsumer(func(o server.ConsumerStore, _ *request) (any, error) {
		return none{}, o.Stop()
	}),
	"consumer_delete": onConsumer(func(o server.ConsumerStore, _ *request) (any, error) {
		return none{}, o.Delete()
	}),
	"consumer_stream_delete": onConsumer(func(o server.ConsumerStore, _ *request) (any, error) {
		return none{}, o.StreamDelete()
	}),
	"add_consumer":    withStreamAndConsumer(server.StreamStore.AddConsumer),
	"remove_consumer": withStreamAndConsumer(server.StreamStore.RemoveConsumer),
}

func onConsumer(op func(server.ConsumerStore, *request) (any, error)) opFunc {
	return func(s *session, req *request) (any, error) {
		o, ok := s.consumers[req.Consumer]
		if !ok {
			return nil, classed{"no_consumer", "no consumer " + req.Consumer + " is open"}
		}
		return op(o, req)
	}
}

func withStreamAndConsumer(op func(server.StreamStore, server.ConsumerStore) error) opFunc {
	return func(s *session, req *request) (any, error) {
		return onConsumer(func(o server.ConsumerStore, _ *request) (any, error) {
			st, err := s.stream()
			if err != nil {
				return nil, err
			}
			return none{}, op(st, o)
		})(s, req)
	}
}

func consumerOpen(s *session, req *request) (any, error) {
	st, err := s.stream()
	if err != nil {
		return nil, err
	}
	cfg := &server.ConsumerConfig{}
	if err := decodeConfig(req.Config, cfg); err != nil {
		return nil, err
	}
	created := time.Now().UTC()
	if req.Created != nil {
		created = time.Unix(0, *req.Created).UTC()
	}
	o, err := st.ConsumerStore(req.Name, created, cfg)
	if err != nil {
		return nil, err
	}
	if s.consumers == nil {
		s.consumers = make(map[string]server.ConsumerStore)
	}
	s.consumers[req.Name] = o
	return none{}, nil
}

func (req *request) consumerState() (*server.ConsumerState, error) {
	if len(req.State) == 0 {
		return nil, invalid("%s without state", req.Op)
	}
	var w consumerState
	if err := json.Unmarshal(req.State, &w); err != nil {
		return nil, requestError(err)
	}
	return goConsumerState(&w), nil
}

func stateOf(state *server.ConsumerState, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return stateResult[consumerState]{wireConsumerState(state)}, nil
}
