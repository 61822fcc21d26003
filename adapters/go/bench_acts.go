package main

// What the benchmarks do to an open store: loading, counting, removing. Only the loops are measured.

import (
	"errors"

	"github.com/nats-io/nats-server/v2/server"
)

func (b *benchmark) loadInOrder(st server.StreamStore) (uint64, error) {
	return b.Messages, b.measure(func() error {
		var smv server.StoreMsg
		for seq := uint64(1); seq <= b.Messages; seq++ {
			sm, err := st.LoadMsg(seq, &smv)
			if err != nil {
				return err
			}
			b.addMsg(sm)
		}
		return nil
	})
}

func (b *benchmark) loadRandom(st server.StreamStore) (uint64, error) {
	return b.Operations, b.measure(func() error {
		var smv server.StoreMsg
		for i := range b.Operations {
			sm, err := st.LoadMsg(1+b.data.number(i)%b.Messages, &smv)
			if err != nil {
				return err
			}
			b.addMsg(sm)
		}
		return nil
	})
}

// loadNext walks the stream as a consumer with a wildcard filter does.
func (b *benchmark) loadNext(st server.StreamStore) (uint64, error) {
	found := uint64(0)
	err := b.measure(func() error {
		var smv server.StoreMsg
		for start := uint64(1); ; found++ {
			sm, seq, err := st.LoadNextMsg("orders.r3.*", true, start, &smv)
			if errors.Is(err, server.ErrStoreEOF) {
				b.add(found)
				return nil
			}
			if err != nil {
				return err
			}
			b.addMsg(sm)
			start = seq + 1
		}
	})
	return found, err
}

func (b *benchmark) loadLast(st server.StreamStore) (uint64, error) {
	return b.Operations, b.measure(func() error {
		var smv server.StoreMsg
		for i := range b.Operations {
			sm, err := st.LoadLastMsg(b.data.subject(b.data.number(i)%b.Subjects), &smv)
			if err != nil {
				return err
			}
			b.addMsg(sm)
		}
		return nil
	})
}

// numPending asks in turn for a subject, for a wildcard and for everything, from a sequence somewhere in the stream on.
func (b *benchmark) numPending(st server.StreamStore) (uint64, error) {
	return b.Operations, b.measure(func() error {
		for i := range b.Operations {
			number := b.data.number(i)
			filter := [...]string{b.data.subject(number % b.Subjects), "orders.r3.*", ">"}[i%3]
			total, through, err := st.NumPending(1+number%b.Messages, filter, false)
			if err != nil {
				return err
			}
			b.add(total)
			b.add(through)
		}
		return nil
	})
}

func (b *benchmark) subjectsState(st server.StreamStore) uint64 {
	// The closure cannot fail, and neither can measuring it.
	_ = b.measure(func() error {
		for range b.Operations {
			sum := uint64(0)
			for subject, state := range st.SubjectsState(">") {
				sum += uint64(len(subject))*7 + state.Msgs*31 + state.First*37 + state.Last*41
			}
			b.add(sum)
		}
		return nil
	})
	return b.Operations
}

// removeAndCompact removes every other message in a random order, then all of the first half.
func (b *benchmark) removeAndCompact(st server.StreamStore) (uint64, error) {
	order := b.data.shuffled(b.Messages)[:b.Messages/2]
	err := b.measure(func() error {
		for _, seq := range order {
			removed, err := st.RemoveMsg(seq)
			if err != nil {
				return err
			}
			if !removed {
				return errNotTheWorkload
			}
		}
		purged, err := st.Compact(b.Messages/2 + 1)
		b.add(purged)
		return err
	})
	b.addState(st)
	return b.Messages / 2, err
}
