// What the server knows of everything it has, as JSON: what its API answers, and what the consumers' stores keep.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"time"
	"unsafe"

	"github.com/nats-io/nats-server/v2/server"
)

// A report is what the server says of everything it has. `info` and the messages are the answers of its API as they came.
type report struct {
	Account string                `json:"account"`
	Streams []streamReport        `json:"streams"`
	Fetched map[string][]delivery `json:"fetched,omitempty"`
}

type streamReport struct {
	Name      string            `json:"name"`
	Info      json.RawMessage   `json:"info"`
	Messages  []json.RawMessage `json:"messages"`
	Consumers []consumerReport  `json:"consumers"`
}

// The state is what the consumer's store keeps, which the API gives only in numbers.
type consumerReport struct {
	Name  string                `json:"name"`
	Info  json.RawMessage       `json:"info"`
	State *server.ConsumerState `json:"state"`
}

// Consumers write their state, and mirrors follow, some time after the fact: a report is good when nothing has changed since
// the one before.
func (w *world) settledReport() (*report, error) {
	var last []byte
	for range 40 {
		found, err := w.report()
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(found)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(text, last) {
			return found, nil
		}
		last = text
		time.Sleep(400 * time.Millisecond)
	}
	return nil, fmt.Errorf("the server does not come to rest")
}

func (w *world) report() (*report, error) {
	account := w.server.GlobalAccount()
	found := &report{Account: account.GetName()}
	names, err := w.streamNames()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		stream, err := w.streamReport(name)
		if err != nil {
			return nil, err
		}
		found.Streams = append(found.Streams, *stream)
	}
	return found, nil
}

func (w *world) streamNames() ([]string, error) {
	var names []string
	lister := w.js.StreamNames(w.ctx)
	for name := range lister.Name() {
		names = append(names, name)
	}
	sort.Strings(names)
	return names, lister.Err()
}

func (w *world) consumerNames(stream string) ([]string, error) {
	handle, err := w.js.Stream(w.ctx, stream)
	if err != nil {
		return nil, err
	}
	var names []string
	lister := handle.ConsumerNames(w.ctx)
	for name := range lister.Name() {
		names = append(names, name)
	}
	sort.Strings(names)
	return names, lister.Err()
}

func (w *world) streamReport(name string) (*streamReport, error) {
	found := &streamReport{Name: name, Messages: []json.RawMessage{}, Consumers: []consumerReport{}}
	var err error
	request := map[string]any{"deleted_details": true, "subjects_filter": ">"}
	if found.Info, err = w.ask("STREAM.INFO."+name, request); err != nil {
		return nil, err
	}
	var info struct {
		State struct {
			First uint64 `json:"first_seq"`
			Last  uint64 `json:"last_seq"`
		} `json:"state"`
	}
	if err := json.Unmarshal(found.Info, &info); err != nil {
		return nil, err
	}
	for seq := info.State.First; seq <= info.State.Last && seq > 0; seq++ {
		answer, err := w.client.Request("$JS.API.STREAM.MSG.GET."+name, fmt.Appendf(nil, `{"seq":%d}`, seq), 5*time.Second)
		if err != nil {
			return nil, err
		}
		var message struct {
			Message json.RawMessage `json:"message"`
			Error   *struct {
				Code int    `json:"code"`
				Text string `json:"description"`
			} `json:"error"`
		}
		if err := json.Unmarshal(answer.Data, &message); err != nil {
			return nil, err
		}
		switch {
		case message.Error == nil:
			found.Messages = append(found.Messages, message.Message)
		case message.Error.Code != 404:
			return nil, fmt.Errorf("%s %d: %s", name, seq, message.Error.Text)
		}
	}
	consumers, err := w.consumerNames(name)
	if err != nil {
		return nil, err
	}
	for _, consumer := range consumers {
		info, err := w.ask("CONSUMER.INFO."+name+"."+consumer, nil)
		if err != nil {
			return nil, err
		}
		state, err := w.consumerState(name, consumer)
		if err != nil {
			return nil, err
		}
		found.Consumers = append(found.Consumers, consumerReport{Name: consumer, Info: info, State: state})
	}
	return found, nil
}

// Asks the API and gives its answer without the time at which it was given.
func (w *world) ask(subject string, request any) (json.RawMessage, error) {
	var body []byte
	if request != nil {
		var err error
		if body, err = json.Marshal(request); err != nil {
			return nil, err
		}
	}
	answer, err := w.client.Request("$JS.API."+subject, body, 5*time.Second)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", subject, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(answer.Data))
	decoder.UseNumber()
	var members map[string]any
	if err := decoder.Decode(&members); err != nil {
		return nil, err
	}
	if failure, failed := members["error"]; failed {
		return nil, fmt.Errorf("%s: %v", subject, failure)
	}
	// These tell of this moment and this process, not of what is kept.
	for _, moment := range []string{"ts", "type", "cluster"} {
		delete(members, moment)
	}
	if mirror, ok := members["mirror"].(map[string]any); ok {
		delete(mirror, "active")
	}
	return json.Marshal(members)
}

// The state in the store of a consumer, which only reflection reaches from the account.
func (w *world) consumerState(stream, consumer string) (*server.ConsumerState, error) {
	streams := reflect.ValueOf(w.server.GlobalAccount()).Elem().FieldByName("js").Elem().FieldByName("streams")
	found := streams.MapIndex(reflect.ValueOf(stream))
	if !found.IsValid() {
		return nil, fmt.Errorf("no stream %q in the account", stream)
	}
	found = found.Elem().FieldByName("consumers").MapIndex(reflect.ValueOf(consumer))
	if !found.IsValid() {
		return nil, fmt.Errorf("no consumer %q of the stream %q in the account", consumer, stream)
	}
	field := found.Elem().FieldByName("store")
	store, ok := reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem().Interface().(server.ConsumerStore)
	if !ok {
		return nil, fmt.Errorf("the consumer %q of the stream %q has no store", consumer, stream)
	}
	return store.State()
}
