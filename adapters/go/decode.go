package main

// The decoders that need no store. What they gave is read by reflection where the server keeps it to itself.

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"reflect"
	"slices"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/avl"
	"github.com/nats-io/nats-server/v2/server/thw"
)

type deletedBlock struct {
	First uint64  `json:"first,string"`
	Last  uint64  `json:"last,string"`
	Num   uint64  `json:"num,string"`
	Seqs  *ranges `json:"seqs,omitempty"`
}

type replicatedState struct {
	Msgs     uint64         `json:"msgs,string"`
	Bytes    uint64         `json:"bytes,string"`
	FirstSeq uint64         `json:"first_seq,string"`
	LastSeq  uint64         `json:"last_seq,string"`
	Failed   uint64         `json:"failed,string"`
	Deleted  []deletedBlock `json:"deleted"`
}

type sequenceSetResult struct {
	Read int    `json:"read,string"`
	Size int    `json:"size,string"`
	Seqs ranges `json:"seqs"`
}

type expiry struct {
	Seq uint64 `json:"seq,string"`
	TS  int64  `json:"ts,string"`
}

type hashWheelResult struct {
	Stamp   uint64   `json:"stamp,string"`
	Count   uint64   `json:"count,string"`
	Entries []expiry `json:"entries"`
}

type scheduleEntry struct {
	Subject []byte `json:"subject"`
	Seq     uint64 `json:"seq,string"`
	TS      int64  `json:"ts,string"`
}

type schedulingResult struct {
	Stamp   uint64          `json:"stamp,string"`
	Entries []scheduleEntry `json:"entries"`
}

type blockHeadResult struct {
	Read        int    `json:"read,string"`
	Compression uint64 `json:"compression,string"`
	Size        uint64 `json:"size,string"`
}

type bytesResult struct {
	Bytes []byte `json:"bytes"`
}

func decodeStreamState(req *request) (any, error) {
	state, err := server.DecodeStreamState(req.Bytes)
	if err != nil {
		return nil, err
	}
	w := replicatedState{
		Msgs: state.Msgs, Bytes: state.Bytes, FirstSeq: state.FirstSeq, LastSeq: state.LastSeq, Failed: state.Failed,
		Deleted: []deletedBlock{},
	}
	for _, block := range state.Deleted {
		var d deletedBlock
		d.First, d.Last, d.Num = block.State()
		if set, ok := block.(*avl.SequenceSet); ok {
			seqs := membersOf(set)
			d.Seqs = &seqs
		}
		w.Deleted = append(w.Deleted, d)
	}
	return stateResult[replicatedState]{w}, nil
}

func membersOf(set *avl.SequenceSet) ranges {
	seqs := []uint64{}
	set.Range(func(seq uint64) bool {
		seqs = append(seqs, seq)
		return true
	})
	return rangesOf(seqs)
}

func decodeSequenceSet(req *request) (any, error) {
	set, read, err := avl.Decode(req.Bytes)
	if err != nil {
		return nil, decodeError(err)
	}
	return sequenceSetResult{read, set.Size(), membersOf(set)}, nil
}

func decodeHashWheel(req *request) (any, error) {
	wheel := thw.NewHashWheel()
	stamp, err := wheel.Decode(req.Bytes)
	if err != nil {
		return nil, decodeError(err)
	}
	entries := []expiry{}
	slots := field(reflect.ValueOf(wheel).Elem(), "wheel")
	for i := range slots.Len() {
		if slots.Index(i).IsNil() {
			continue
		}
		for each := field(slots.Index(i).Elem(), "entries").MapRange(); each.Next(); {
			entries = append(entries, expiry{each.Key().Uint(), each.Value().Int()})
		}
	}
	slices.SortFunc(entries, func(a, b expiry) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.TS, b.TS))
	})
	return hashWheelResult{stamp, wheel.Count(), entries}, nil
}

func decodeScheduling(req *request) (any, error) {
	scheduling := newMsgScheduling(func() {})
	stamp, err := schedulingDecode(scheduling, req.Bytes)
	if err != nil {
		return nil, decodeError(err)
	}
	entries := []scheduleEntry{}
	for each := field(reflect.ValueOf(scheduling).Elem(), "schedules").MapRange(); each.Next(); {
		schedule := each.Value().Elem()
		seq, ts := field(schedule, "seq").Uint(), field(schedule, "ts").Int()
		entries = append(entries, scheduleEntry{[]byte(each.Key().String()), seq, ts})
	}
	slices.SortFunc(entries, func(a, b scheduleEntry) int { return bytes.Compare(a.Subject, b.Subject) })
	return schedulingResult{stamp, entries}, nil
}

func unmarshalMetadata(req *request) (any, error) {
	var info server.CompressionInfo
	read, err := info.UnmarshalMetadata(req.Bytes)
	if err != nil {
		return nil, err
	}
	return blockHeadResult{read, uint64(info.Algorithm), info.OriginalSize}, nil
}

func decompress(req *request) (any, error) {
	alg, err := req.compression()
	if err != nil {
		return nil, err
	}
	plain, err := alg.Decompress(req.Bytes)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return nil, classed{"corrupt_block", err.Error()}
	}
	if err != nil {
		return nil, err
	}
	return bytesResult{plain}, nil
}

// decodeError gives the errors of the state files their classes: the version apart from whatever else does not decode.
func decodeError(err error) error {
	switch {
	case errors.Is(err, avl.ErrBadVersion), errors.Is(err, thw.ErrInvalidVersion),
		errors.Is(err, server.ErrMsgScheduleInvalidVersion):
		return classed{"bad_version", err.Error()}
	case errors.Is(err, avl.ErrBadEncoding), errors.Is(err, io.ErrShortBuffer), errors.Is(err, io.ErrUnexpectedEOF):
		return classed{"corrupt_state", err.Error()}
	}
	return err
}
