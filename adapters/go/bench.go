package main

// The Go side of `blkspec bench`: one workload from stdin, done inside this process, one line of figures to stdout.
//
// No bubble, no settling, no fixed jitter: the store runs in real time with Go's own collector and processors, as in a
// server. What is made beforehand (subjects, payloads, the order of things) is not measured. src/harness/reference_bench.rs
// is the other side and takes the same steps; the check that both answer proves it.

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"
	"unsafe"

	"github.com/nats-io/nats-server/v2/server"
)

// workload is what to do; docs/bench.md says what the members mean.
type workload struct {
	Act         string `json:"act"`
	Dir         string `json:"dir"`
	Messages    uint64 `json:"messages,string"`
	Subjects    uint64 `json:"subjects,string"`
	Size        uint64 `json:"size,string"`
	Operations  uint64 `json:"operations,string"`
	Seed        uint64 `json:"seed,string"`
	Cipher      string `json:"cipher"`
	Compression string `json:"compression"`
	AsyncFlush  bool   `json:"async_flush"`
}

// figures is what came of it.
type figures struct {
	NS         int64  `json:"ns,string"`
	CPUNS      int64  `json:"cpu_ns,string"`
	Operations uint64 `json:"operations,string"`
	Check      uint64 `json:"check,string"`
	PeakBytes  uint64 `json:"peak_bytes,string"`
}

// benchmark is a workload under way.
type benchmark struct {
	workload
	data  *benchData
	check uint64
	took  time.Duration
	cpu   time.Duration
}

// benchMain is the program when its first argument is "bench".
func benchMain() error {
	var w workload
	if err := json.NewDecoder(os.Stdin).Decode(&w); err != nil {
		return err
	}
	if err := learnPrototype(); err != nil {
		return err
	}
	b := &benchmark{workload: w, data: newBenchData(w.Seed, w.Subjects, w.Size)}
	act, ok := benchActs[w.Act]
	if !ok {
		return fmt.Errorf("no act %q", w.Act)
	}
	// The embedded server that showed us the store's type is no part of the measured memory.
	debug.FreeOSMemory()
	if err := resetPeakMemory(); err != nil {
		return err
	}
	operations, err := act(b)
	if err != nil {
		return err
	}
	peak, err := peakMemory()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(figures{b.took.Nanoseconds(), b.cpu.Nanoseconds(), operations, b.check, peak})
}

var benchActs = map[string]func(*benchmark) (uint64, error){
	"store":         (*benchmark).store,
	"prepare":       (*benchmark).prepare,
	"load_in_order": loading((*benchmark).loadInOrder),
	"load_random":   loading((*benchmark).loadRandom),
	"load_next":     loading((*benchmark).loadNext),
	"load_last":     loading((*benchmark).loadLast),
	"num_pending":   loading((*benchmark).numPending),
	"subjects_state": loading(func(b *benchmark, st server.StreamStore) (uint64, error) {
		return b.subjectsState(st), nil
	}),
	"remove_compact": loading((*benchmark).removeAndCompact),
	"recover":        (*benchmark).recover,
}

// add mixes a number into the check.
func (b *benchmark) add(number uint64) { b.check = b.check*31 + number }

func (b *benchmark) addState(st server.StreamStore) {
	var state server.StreamState
	st.FastState(&state)
	for _, number := range []uint64{state.Msgs, state.Bytes, state.FirstSeq, state.LastSeq, uint64(state.NumSubjects)} {
		b.add(number)
	}
}

func (b *benchmark) addMsg(sm *server.StoreMsg) {
	f := fieldsOf(sm)
	b.add(f.seq)
	b.add(uint64(len(f.subj)))
	b.add(uint64(len(f.msg)))
	if len(f.msg) > 0 {
		b.add(uint64(f.msg[len(f.msg)-1]))
	}
}

// measure adds the time that section takes, and the processor time of all threads meanwhile.
func (b *benchmark) measure(section func() error) error {
	cpu, start := processTime(), time.Now()
	err := section()
	b.took += time.Since(start)
	b.cpu += processTime() - cpu
	return err
}

func (b *benchmark) open() (server.StreamStore, error) {
	file := fileConfig{Cipher: b.Cipher, Compression: b.Compression, AsyncFlush: b.AsyncFlush}
	fcfg, err := file.goConfig(b.Dir)
	if err != nil {
		return nil, err
	}
	cfg := server.StreamConfig{Name: "BENCH", Subjects: []string{"orders.>"}, Storage: server.FileStorage}
	var key *keyMaterial
	if b.Cipher != "none" {
		key = &keyMaterial{Secret: []byte("the secret of every benchmark"), Prefix: "bench"}
	}
	var pointer unsafe.Pointer
	if pointer, err = newFileStoreWithCreated(fcfg, cfg, time.Unix(1_700_000_000, 0).UTC(), key.prf(), nil); err != nil {
		return nil, err
	}
	return asStore(pointer), nil
}

// loading is an act on a store that was opened before the clock runs.
func loading(act func(*benchmark, server.StreamStore) (uint64, error)) func(*benchmark) (uint64, error) {
	return func(b *benchmark) (uint64, error) {
		st, err := b.open()
		if err != nil {
			return 0, err
		}
		return act(b, st)
	}
}

func (b *benchmark) storeAll(st server.StreamStore) error {
	for i := range b.Messages {
		if _, _, err := st.StoreMsg(b.data.subject(i), nil, b.data.payload(i), 0); err != nil {
			return err
		}
	}
	_, err := flushAllPending(st, nil)
	return err
}

func (b *benchmark) storeInto() (server.StreamStore, error) {
	st, err := b.open()
	if err != nil {
		return nil, err
	}
	if err := b.measure(func() error { return b.storeAll(st) }); err != nil {
		return nil, err
	}
	b.addState(st)
	return st, nil
}

func (b *benchmark) store() (uint64, error) {
	_, err := b.storeInto()
	return b.Messages, err
}

func (b *benchmark) prepare() (uint64, error) {
	st, err := b.storeInto()
	if err != nil {
		return 0, err
	}
	return b.Messages, st.Stop()
}

func (b *benchmark) recover() (uint64, error) {
	var st server.StreamStore
	if err := b.measure(func() (err error) { st, err = b.open(); return err }); err != nil {
		return 0, err
	}
	b.addState(st)
	return 1, nil
}

var errNotTheWorkload = errors.New("the directory does not hold the workload's messages")
