package main

// The JSON of docs/protocol.md: 64-bit integers as decimal strings, bytes as base64, Go's zero time as null.

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// request holds the members of every operation. One struct for all of them keeps decoding to a single pass.
type request struct {
	ID json.RawMessage `json:"id"`
	Op string          `json:"op"`

	Version int    `json:"version"`
	Case    string `json:"case"`
	NS      int64  `json:"ns,string"`

	Dir     string          `json:"dir"`
	File    fileConfig      `json:"file"`
	Stream  json.RawMessage `json:"stream"`
	Created *int64          `json:"created,string"`
	Key     *keyMaterial    `json:"key"`
	OldKey  *keyMaterial    `json:"old_key"`
	Inline  bool            `json:"inline"`

	Subject         string   `json:"subject"`
	Hdr             []byte   `json:"hdr"`
	Msg             []byte   `json:"msg"`
	TTL             int64    `json:"ttl,string"`
	Seq             uint64   `json:"seq,string"`
	TS              *int64   `json:"ts,string"`
	DiscardNewCheck bool     `json:"discard_new_check"`
	Num             uint64   `json:"num,string"`
	Filter          string   `json:"filter"`
	Filters         []string `json:"filters"`
	WC              bool     `json:"wc"`
	Start           uint64   `json:"start,string"`
	Keep            uint64   `json:"keep,string"`
	MinSeq          uint64   `json:"min_seq,string"`
	MaxSeq          uint64   `json:"max_seq,string"`
	MaxAllowed      int      `json:"max_allowed,string"`
	StopAfter       *uint64  `json:"stop_after,string"`
	LastPerSubject  bool     `json:"last_per_subject"`
	Failed          uint64   `json:"failed,string"`

	Deadline         int64  `json:"deadline,string"`
	IncludeConsumers bool   `json:"include_consumers"`
	CheckMsgs        bool   `json:"check_msgs"`
	Archive          []byte `json:"archive"`

	Name     string          `json:"name"`
	Config   json.RawMessage `json:"config"`
	Consumer string          `json:"consumer"`
	DSeq     uint64          `json:"dseq,string"`
	SSeq     uint64          `json:"sseq,string"`
	DC       uint64          `json:"dc,string"`
	State    json.RawMessage `json:"state"` // bytes for sync_deleted, a consumer's state elsewhere

	Cipher      enumNumber      `json:"cipher"`
	Compression enumNumber      `json:"compression"`
	JSON        json.RawMessage `json:"json"`
	Retention   json.RawMessage `json:"retention"`
	MaxBytes    int64           `json:"max_bytes,string"`
	Encrypted   bool            `json:"encrypted"`
	SLen        int             `json:"slen,string"`
	HLen        int             `json:"hlen,string"`
	MLen        int             `json:"mlen,string"`
	A           string          `json:"a"`
	B           string          `json:"b"`
	Bytes       []byte          `json:"bytes"`
	Seed        []byte          `json:"seed"`
	Nonce       []byte          `json:"nonce"`
	Path        string          `json:"path"`
	Sync        bool            `json:"sync"`
}

type fileConfig struct {
	BlockSize          uint64 `json:"block_size,string"`
	CacheExpire        int64  `json:"cache_expire,string"`
	SubjectStateExpire int64  `json:"subject_state_expire,string"`
	SyncInterval       int64  `json:"sync_interval,string"`
	SyncAlways         bool   `json:"sync_always"`
	AsyncFlush         bool   `json:"async_flush"`
	Cipher             string `json:"cipher"`
	Compression        string `json:"compression"`
}

type keyMaterial struct {
	Secret []byte `json:"secret"`
	Prefix string `json:"prefix"`
}

type response struct {
	ID          json.RawMessage `json:"id,omitempty"`
	Result      any             `json:"result,omitempty"`
	Unsupported string          `json:"unsupported,omitempty"`
	Error       *wireError      `json:"error,omitempty"`
	Events      []any           `json:"events,omitempty"`
}

type wireError struct {
	Class string `json:"class"`
	Text  string `json:"text"`
}

// none is the result of an operation that only succeeds.
type none struct{}

type startResult struct {
	Adapter      string   `json:"adapter"`
	Port         string   `json:"port"`
	PortVersion  string   `json:"port_version"`
	Language     string   `json:"language"`
	Clock        string   `json:"clock"`
	Capabilities []string `json:"capabilities"`
	Settings     []string `json:"settings"`
}

type nowResult struct {
	Now int64 `json:"now,string"`
}

type seqResult struct {
	Seq uint64 `json:"seq,string"`
}

type storedResult struct {
	Seq uint64 `json:"seq,string"`
	TS  int64  `json:"ts,string"`
}

type wireMsg struct {
	Subject string `json:"subject"`
	Seq     uint64 `json:"seq,string"`
	TS      int64  `json:"ts,string"`
	Hdr     []byte `json:"hdr,omitempty"`
	Msg     []byte `json:"msg,omitempty"`
}

type msgResult struct {
	Msg *wireMsg `json:"msg"`
}

type skippedResult struct {
	Msg  *wireMsg `json:"msg"`
	Skip uint64   `json:"skip,string"`
}

type pendingMsg struct {
	Msg     *wireMsg `json:"msg"`
	Pending uint64   `json:"pending,string"`
}

type multiMsgsResult struct {
	Msgs         []pendingMsg `json:"msgs"`
	Total        uint64       `json:"total,string"`
	ValidThrough uint64       `json:"valid_through,string"`
}

type removedResult struct {
	Removed bool `json:"removed"`
}

type purgedResult struct {
	Purged uint64 `json:"purged,string"`
}

type simpleState struct {
	Msgs  uint64 `json:"msgs,string"`
	First uint64 `json:"first,string"`
	Last  uint64 `json:"last,string"`
}

type subjectsResult[T any] struct {
	Subjects map[string]T `json:"subjects"`
}

type seqsResult struct {
	Seqs []decimal `json:"seqs"`
}

type pendingResult struct {
	Total        uint64 `json:"total,string"`
	ValidThrough uint64 `json:"valid_through,string"`
}

type lostData struct {
	Msgs  ranges `json:"msgs"`
	Bytes uint64 `json:"bytes,string"`
}

type streamState struct {
	Msgs        uint64    `json:"msgs,string"`
	Bytes       uint64    `json:"bytes,string"`
	FirstSeq    uint64    `json:"first_seq,string"`
	FirstTime   instant   `json:"first_time"`
	LastSeq     uint64    `json:"last_seq,string"`
	LastTime    instant   `json:"last_time"`
	NumSubjects int       `json:"num_subjects,string"`
	NumDeleted  int       `json:"num_deleted,string"`
	Deleted     *ranges   `json:"deleted,omitempty"`
	Lost        *lostData `json:"lost,omitempty"`
	Consumers   int       `json:"consumers,string"`
}

type stateResult[T any] struct {
	State T `json:"state"`
}

type utilizationResult struct {
	Total    uint64 `json:"total,string"`
	Reported uint64 `json:"reported,string"`
}

type typeResult struct {
	Type string `json:"type"`
}

type textResult struct {
	Text string `json:"text"`
}

type matchResult struct {
	Match bool `json:"match"`
}

type sizeResult struct {
	Size uint64 `json:"size,string"`
}

type snapshotResult struct {
	Archive []byte   `json:"archive"`
	Errors  []string `json:"errors"`
}

type hasStateResult struct {
	HasState bool `json:"has_state"`
}

type sequencePair struct {
	Consumer uint64 `json:"consumer,string"`
	Stream   uint64 `json:"stream,string"`
}

type pendingEntry struct {
	Sequence uint64 `json:"sequence,string"`
	TS       int64  `json:"ts,string"`
}

type consumerState struct {
	Delivered   sequencePair            `json:"delivered"`
	AckFloor    sequencePair            `json:"ack_floor"`
	Pending     map[uint64]pendingEntry `json:"pending"`
	Redelivered map[uint64]decimal      `json:"redelivered"`
}

// decimal is a 64-bit integer where a struct tag cannot ask for the quotes: in lists and maps.
type decimal uint64

func (d decimal) MarshalText() ([]byte, error) { return strconv.AppendUint(nil, uint64(d), 10), nil }

func (d *decimal) UnmarshalText(text []byte) error {
	v, err := strconv.ParseUint(string(text), 10, 64)
	*d = decimal(v)
	return err
}

// ranges is an ascending list of sequences, written as single numbers and inclusive ranges.
type ranges []uint64

// rangesOf puts sequences in order, which the protocol asks for and Go's lists of lost messages do not promise.
func rangesOf(seqs []uint64) ranges {
	if !slices.IsSorted(seqs) {
		seqs = slices.Sorted(slices.Values(seqs))
	}
	return ranges(slices.Compact(slices.Clone(seqs)))
}

func (r ranges) MarshalJSON() ([]byte, error) {
	out := []byte{'['}
	for i := 0; i < len(r); {
		j := i
		for j+1 < len(r) && r[j+1] == r[j]+1 {
			j++
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendUint(append(out, '"'), r[i], 10)
		if j > i {
			out = strconv.AppendUint(append(out, '-'), r[j], 10)
		}
		out = append(out, '"')
		i = j + 1
	}
	return append(out, ']'), nil
}

// instant is a time in Unix nanoseconds, null for Go's zero time.
type instant struct{ time.Time }

func (t instant) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return append(strconv.AppendInt([]byte{'"'}, t.UnixNano(), 10), '"'), nil
}

// enumNumber is the number of a Go enum, a decimal string like every integer.
type enumNumber int64

func (e *enumNumber) UnmarshalText(text []byte) error {
	v, err := strconv.ParseInt(string(text), 10, 64)
	*e = enumNumber(v)
	return err
}

func wireMsgOf(sm *server.StoreMsg) *wireMsg {
	if sm == nil {
		return nil
	}
	f := fieldsOf(sm)
	return &wireMsg{Subject: f.subj, Seq: f.seq, TS: f.ts, Hdr: f.hdr, Msg: f.msg}
}

func wireStreamState(s *server.StreamState, full bool) stateResult[streamState] {
	w := streamState{
		Msgs: s.Msgs, Bytes: s.Bytes,
		FirstSeq: s.FirstSeq, FirstTime: instant{s.FirstTime},
		LastSeq: s.LastSeq, LastTime: instant{s.LastTime},
		NumSubjects: s.NumSubjects, NumDeleted: s.NumDeleted, Consumers: s.Consumers,
	}
	if full {
		deleted := rangesOf(s.Deleted)
		w.Deleted, w.Lost = &deleted, wireLost(s.Lost)
	}
	return stateResult[streamState]{w}
}

func wireLost(ld *server.LostStreamData) *lostData {
	if ld == nil {
		return nil
	}
	return &lostData{Msgs: rangesOf(ld.Msgs), Bytes: ld.Bytes}
}

func wireConsumerState(s *server.ConsumerState) consumerState {
	w := consumerState{
		Delivered:   sequencePair(s.Delivered),
		AckFloor:    sequencePair(s.AckFloor),
		Pending:     make(map[uint64]pendingEntry, len(s.Pending)),
		Redelivered: make(map[uint64]decimal, len(s.Redelivered)),
	}
	for seq, p := range s.Pending {
		w.Pending[seq] = pendingEntry{Sequence: p.Sequence, TS: p.Timestamp}
	}
	for seq, n := range s.Redelivered {
		w.Redelivered[seq] = decimal(n)
	}
	return w
}

// goConsumerState keeps absent maps nil, as callers of the Go store leave them.
func goConsumerState(w *consumerState) *server.ConsumerState {
	s := &server.ConsumerState{
		Delivered: server.SequencePair(w.Delivered),
		AckFloor:  server.SequencePair(w.AckFloor),
	}
	if len(w.Pending) > 0 {
		s.Pending = make(map[uint64]*server.Pending, len(w.Pending))
		for seq, p := range w.Pending {
			s.Pending[seq] = &server.Pending{Sequence: p.Sequence, Timestamp: p.TS}
		}
	}
	if len(w.Redelivered) > 0 {
		s.Redelivered = make(map[uint64]uint64, len(w.Redelivered))
		for seq, n := range w.Redelivered {
			s.Redelivered[seq] = uint64(n)
		}
	}
	return s
}
