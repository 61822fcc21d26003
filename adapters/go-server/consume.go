// Consuming: what is done with the messages that a consumer is given.
package main

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A delivery is what a consumer was given.
type delivery struct {
	Sequence  uint64 `json:"seq"`
	Subject   string `json:"subject"`
	Payload   []byte `json:"data"`
	Delivered uint64 `json:"delivered"`
}

// What is done with the message at this place of a batch.
type answer func(ctx context.Context, at int, message jetstream.Msg) error

// Two of three are acknowledged, the rest stays pending.
func ackSome(ctx context.Context, at int, message jetstream.Msg) error {
	if at%3 == 1 {
		return nil
	}
	return message.DoubleAck(ctx)
}

// One in four is refused and comes again; others are acknowledged, given up or stay pending.
func nakSome(ctx context.Context, at int, message jetstream.Msg) error {
	switch at % 4 {
	case 0:
		return message.Nak()
	case 1:
		return message.DoubleAck(ctx)
	case 2:
		return message.Term()
	}
	return nil
}

func ackAll(ctx context.Context, _ int, message jetstream.Msg) error { return message.DoubleAck(ctx) }

func ackNothing(context.Context, int, jetstream.Msg) error { return nil }

// Fetches exactly `count` messages and answers them.
func (w *world) consume(stream, name string, count int, answer answer) error {
	consumer, err := w.js.Consumer(w.ctx, stream, name)
	if err != nil {
		return err
	}
	batch, err := consumer.Fetch(count, jetstream.FetchMaxWait(10*time.Second))
	if err != nil {
		return err
	}
	var at int
	for message := range batch.Messages() {
		if err := answer(w.ctx, at, message); err != nil {
			return fmt.Errorf("%s of %s: %w", name, stream, err)
		}
		at++
	}
	if at != count || batch.Error() != nil {
		return fmt.Errorf("%s of %s: fetched %d messages of %d: %v", name, stream, at, count, batch.Error())
	}
	// A refusal is not answered; whoever fetches next would race with it.
	return w.client.Flush()
}

// Gives every consumer all there is for it, and says what that was.
func (w *world) consumeAll() (map[string][]delivery, error) {
	found := map[string][]delivery{}
	streams, err := w.streamNames()
	if err != nil {
		return nil, err
	}
	for _, stream := range streams {
		names, err := w.consumerNames(stream)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			messages, err := w.consumeRest(stream, name)
			if err != nil {
				return nil, fmt.Errorf("%s of %s: %w", name, stream, err)
			}
			found[stream+" "+name] = messages
		}
	}
	return found, nil
}

func (w *world) consumeRest(stream, name string) ([]delivery, error) {
	found := []delivery{}
	consumer, err := w.js.Consumer(w.ctx, stream, name)
	if err != nil {
		return nil, err
	}
	for {
		batch, err := consumer.FetchNoWait(100)
		if err != nil {
			return nil, err
		}
		count := 0
		for message := range batch.Messages() {
			about, err := message.Metadata()
			if err != nil {
				return nil, err
			}
			found = append(found, delivery{about.Sequence.Stream, message.Subject(), message.Data(), about.NumDelivered})
			if name != "none" {
				if err := ackSome(w.ctx, count, message); err != nil {
					return nil, err
				}
			}
			count++
		}
		if batch.Error() != nil {
			return nil, batch.Error()
		}
		if count == 0 {
			return found, nil
		}
	}
}
