// The streams and consumers, and what happens to them: publishing, consuming, removing, running out.
package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const hour = int64(time.Hour)

// The streams: a kind of retention, limit or timer each.
func streams() []map[string]any {
	return []map[string]any{
		{"name": "PLAIN", "subjects": []string{"plain.>"}, "allow_direct": true, "metadata": map[string]string{"owner": "<blkspec>"}},
		// Small enough for the smallest blocks, so that there are several.
		{"name": "BLOCKS", "subjects": []string{"blocks.*"}, "max_bytes": 120_000},
		{"name": "KEYS", "subjects": []string{"keys.>"}, "max_msgs_per_subject": 1, "allow_msg_ttl": true,
			"subject_delete_marker_ttl": hour, "allow_rollup_hdrs": true},
		{"name": "TTL", "subjects": []string{"ttl.>"}, "max_msgs_per_subject": 3, "allow_msg_ttl": true},
		{"name": "WORK", "subjects": []string{"work.*"}, "retention": "workqueue"},
		{"name": "INTEREST", "subjects": []string{"interest.*"}, "retention": "interest"},
		{"name": "AGED", "subjects": []string{"aged.*"}, "max_age": 24 * hour, "first_seq": 1000, "duplicate_window": hour},
		{"name": "LATER", "subjects": []string{"later.>"}, "allow_msg_ttl": true, "allow_msg_schedules": true},
		{"name": "MIRROR", "mirror": map[string]any{"name": "AGED"}, "first_seq": 0},
	}
}

// The consumers of each stream. Nothing is redelivered because of time.
func consumers() map[string][]jetstream.ConsumerConfig {
	explicit := func(name string, filters ...string) jetstream.ConsumerConfig {
		return jetstream.ConsumerConfig{Durable: name, AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Hour,
			MaxDeliver: 5, FilterSubjects: filters}
	}
	all := jetstream.ConsumerConfig{Durable: "all", AckPolicy: jetstream.AckAllPolicy, AckWait: time.Hour}
	none := jetstream.ConsumerConfig{Durable: "none", AckPolicy: jetstream.AckNonePolicy}
	last := jetstream.ConsumerConfig{Durable: "last", AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Hour,
		DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, FilterSubject: "keys.>"}
	return map[string][]jetstream.ConsumerConfig{
		"PLAIN":    {explicit("explicit"), explicit("filtered", "plain.3.>", "plain.4.>"), all, none, explicit("fresh")},
		"BLOCKS":   {explicit("explicit"), all},
		"KEYS":     {last},
		"TTL":      {explicit("explicit")},
		"WORK":     {explicit("worker")},
		"INTEREST": {explicit("explicit"), explicit("filtered", "interest.1")},
		"AGED":     {none},
		"LATER":    {explicit("explicit")},
	}
}

func (w *world) fill(compression string) error {
	for _, config := range streams() {
		config["storage"], config["num_replicas"], config["compression"] = "file", 1, compression
		if _, err := w.ask(fmt.Sprintf("STREAM.CREATE.%s", config["name"]), config); err != nil {
			return err
		}
	}
	for stream, configs := range consumers() {
		for _, config := range configs {
			if _, err := w.js.CreateConsumer(w.ctx, stream, config); err != nil {
				return fmt.Errorf("consumer %s of %s: %w", config.Durable, stream, err)
			}
		}
	}
	for _, step := range []func() error{
		w.fillPlain, w.fillBlocks, w.fillKeys, w.fillTTL, w.fillWork, w.fillInterest, w.fillAged, w.fillLater,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	// The short TTLs run out, whole seconds after their messages.
	return w.await(func() (bool, error) {
		handle, err := w.js.Stream(w.ctx, "TTL")
		if err != nil {
			return false, err
		}
		keys, err := w.js.Stream(w.ctx, "KEYS")
		if err != nil {
			return false, err
		}
		_, errTTL := handle.GetLastMsgForSubject(w.ctx, "ttl.short.9")
		marker, errKeys := keys.GetLastMsgForSubject(w.ctx, "keys.short.9")
		gone := errTTL == jetstream.ErrMsgNotFound && errKeys == nil && marker.Header.Get("Nats-Marker-Reason") != ""
		return gone, nil
	})
}

// Asks again and again until the answer is yes.
func (w *world) await(done func() (bool, error)) error {
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-w.ctx.Done():
			return w.ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (w *world) publish(subject, payload string, headers ...string) error {
	message := nats.NewMsg(subject)
	message.Data = []byte(payload)
	for at := 0; at+1 < len(headers); at += 2 {
		message.Header.Add(headers[at], headers[at+1])
	}
	if _, err := w.js.PublishMsg(w.ctx, message); err != nil {
		return fmt.Errorf("publishing on %s: %w", subject, err)
	}
	return nil
}

func (w *world) fillPlain() error {
	for i := range 600 {
		subject := fmt.Sprintf("plain.%d.%d", i%7, i%150)
		var headers []string
		if i%3 == 0 {
			headers = []string{"Number", fmt.Sprint(i), "Colour", "blue"}
		}
		if err := w.publish(subject, strings.Repeat(fmt.Sprintf("payload %d ", i), i%5), headers...); err != nil {
			return err
		}
	}
	if err := w.consume("PLAIN", "explicit", 40, ackSome); err != nil {
		return err
	}
	if err := w.consume("PLAIN", "explicit", 20, nakSome); err != nil {
		return err
	}
	// The first of these are those refused.
	if err := w.consume("PLAIN", "explicit", 8, ackSome); err != nil {
		return err
	}
	if err := w.consume("PLAIN", "filtered", 30, ackSome); err != nil {
		return err
	}
	if err := w.consume("PLAIN", "all", 25, ackSome); err != nil {
		return err
	}
	if err := w.consume("PLAIN", "none", 33, ackNothing); err != nil {
		return err
	}
	return w.remove("PLAIN", []uint64{1, 2, 100, 101, 102, 599, 600}, []uint64{103, 300}, "plain.5.>")
}

func (w *world) fillBlocks() error {
	for i := range 150 {
		if err := w.publish(fmt.Sprintf("blocks.%d", i%10), strings.Repeat(fmt.Sprint(i), 900)[:900]); err != nil {
			return err
		}
	}
	// What is stored later pushes out the first messages; none of them is to be pending then, or a server mends that.
	if err := w.consume("BLOCKS", "explicit", 60, ackAll); err != nil {
		return err
	}
	if err := w.consume("BLOCKS", "explicit", 20, nakSome); err != nil {
		return err
	}
	if err := w.consume("BLOCKS", "all", 63, ackAll); err != nil {
		return err
	}
	// In the first block, in the middle and at the end: tombstones in a later block.
	return w.remove("BLOCKS", []uint64{60, 61, 62, 100, 149}, []uint64{101, 150}, "")
}

func (w *world) fillKeys() error {
	for i := range 60 {
		if err := w.publish(fmt.Sprintf("keys.%d", i%20), fmt.Sprintf("value %d", i)); err != nil {
			return err
		}
	}
	for i := range 10 {
		if err := w.publish(fmt.Sprintf("keys.short.%d", i), "soon gone", "Nats-TTL", "1s"); err != nil {
			return err
		}
		if err := w.publish(fmt.Sprintf("keys.long.%d", i), "stays", "Nats-TTL", "5h"); err != nil {
			return err
		}
	}
	if err := w.consume("KEYS", "last", 12, ackSome); err != nil {
		return err
	}
	return w.remove("KEYS", []uint64{50}, nil, "keys.7")
}

func (w *world) fillTTL() error {
	for i := range 80 {
		var headers []string
		if i%4 == 0 {
			headers = []string{"Nats-TTL", []string{"2h", "never", "90m"}[i%3]}
		}
		if err := w.publish(fmt.Sprintf("ttl.%d", i%9), fmt.Sprintf("message %d", i), headers...); err != nil {
			return err
		}
	}
	for i := range 10 {
		if err := w.publish(fmt.Sprintf("ttl.short.%d", i), "soon gone", "Nats-TTL", "1s"); err != nil {
			return err
		}
	}
	return w.consume("TTL", "explicit", 6, ackSome)
}

func (w *world) fillWork() error {
	for i := range 70 {
		if err := w.publish(fmt.Sprintf("work.%d", i%4), fmt.Sprintf("task %d", i)); err != nil {
			return err
		}
	}
	if err := w.consume("WORK", "worker", 30, ackSome); err != nil {
		return err
	}
	if err := w.consume("WORK", "worker", 10, nakSome); err != nil {
		return err
	}
	return w.consume("WORK", "worker", 4, ackSome)
}

func (w *world) fillInterest() error {
	for i := range 70 {
		if err := w.publish(fmt.Sprintf("interest.%d", i%3), fmt.Sprintf("news %d", i)); err != nil {
			return err
		}
	}
	if err := w.consume("INTEREST", "explicit", 30, ackSome); err != nil {
		return err
	}
	return w.consume("INTEREST", "filtered", 10, ackSome)
}

func (w *world) fillAged() error {
	for i := range 50 {
		id := fmt.Sprintf("id-%d", i/2)
		if err := w.publish(fmt.Sprintf("aged.%d", i/2%2), fmt.Sprintf("message %d", i/2), "Nats-Msg-Id", id); err != nil {
			return err
		}
	}
	if err := w.consume("AGED", "none", 10, ackNothing); err != nil {
		return err
	}
	// The mirror has all of them before some are removed, which it does not hear of.
	return w.await(func() (bool, error) {
		mirror, err := w.js.Stream(w.ctx, "MIRROR")
		if err != nil {
			return false, err
		}
		info, err := mirror.Info(w.ctx)
		return err == nil && info.State.LastSeq == 1024, err
	})
}

func (w *world) fillLater() error {
	for i := range 12 {
		at := fmt.Sprintf("@at 2099-01-01T00:00:%02dZ", i)
		subject, target := fmt.Sprintf("later.schedule.%d", i), fmt.Sprintf("later.target.%d", i)
		if err := w.publish(subject, "in good time", "Nats-Schedule", at, "Nats-Schedule-Target", target); err != nil {
			return err
		}
		if err := w.publish(fmt.Sprintf("later.now.%d", i), "at once"); err != nil {
			return err
		}
	}
	if err := w.consume("LATER", "explicit", 5, ackSome); err != nil {
		return err
	}
	return w.remove("LATER", []uint64{3, 4}, nil, "")
}

// Removes messages, erases others, and purges a subject but for one message.
func (w *world) remove(stream string, removed, erased []uint64, subject string) error {
	handle, err := w.js.Stream(w.ctx, stream)
	if err != nil {
		return err
	}
	for _, seq := range removed {
		if err := handle.DeleteMsg(w.ctx, seq); err != nil {
			return fmt.Errorf("removing %d of %s: %w", seq, stream, err)
		}
	}
	for _, seq := range erased {
		if err := handle.SecureDeleteMsg(w.ctx, seq); err != nil {
			return fmt.Errorf("erasing %d of %s: %w", seq, stream, err)
		}
	}
	if subject == "" {
		return nil
	}
	return handle.Purge(w.ctx, jetstream.WithPurgeSubject(subject), jetstream.WithPurgeKeep(1))
}

// One more message on every stream that is published on.
func (w *world) publishAgain() error {
	for i := range 9 {
		for _, subject := range []string{"plain.1", "blocks", "keys", "ttl", "work", "interest", "aged", "later"} {
			if err := w.publish(fmt.Sprintf("%s.%d", subject, i), "published again", "Again", "yes"); err != nil {
				return err
			}
		}
	}
	return w.await(func() (bool, error) {
		var last [2]uint64
		for at, name := range []string{"AGED", "MIRROR"} {
			answer, err := w.ask("STREAM.INFO."+name, nil)
			if err != nil {
				return false, err
			}
			var info struct {
				State struct {
					Last uint64 `json:"last_seq"`
				} `json:"state"`
			}
			if err := json.Unmarshal(answer, &info); err != nil {
				return false, err
			}
			last[at] = info.State.Last
		}
		return last[0] == last[1], nil
	})
}
