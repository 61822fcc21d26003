package main

// The operations of StreamStore that only ask.

import (
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/gsl"
)

var queryOps = map[string]opFunc{
	"load_msg": onStore(func(st server.StreamStore, req *request) (any, error) {
		return loaded(st.LoadMsg(req.Seq, nil))
	}),
	"load_last_msg": onStore(func(st server.StreamStore, req *request) (any, error) {
		return loaded(st.LoadLastMsg(req.Subject, nil))
	}),
	"load_next_msg": onStore(func(st server.StreamStore, req *request) (any, error) {
		return skipped(st.LoadNextMsg(req.Filter, req.WC, req.Start, nil))
	}),
	"load_prev_msg": onStore(func(st server.StreamStore, req *request) (any, error) {
		loader, ok := st.(interface {
			LoadPrevMsg(string, bool, uint64, *server.StoreMsg) (*server.StoreMsg, uint64, error)
		})
		if !ok {
			return nil, unsupported("LoadPrevMsg")
		}
		return skipped(loader.LoadPrevMsg(req.Filter, req.WC, req.Start, nil))
	}),
	"load_next_msg_multi": onStore(func(st server.StreamStore, req *request) (any, error) {
		sl, err := sublist(req.Filters)
		if err != nil {
			return nil, err
		}
		return skipped(st.LoadNextMsgMulti(sl, req.Start, nil))
	}),
	"load_prev_msg_multi": onStore(func(st server.StreamStore, req *request) (any, error) {
		sl, err := sublist(req.Filters)
		if err != nil {
			return nil, err
		}
		return skipped(st.LoadPrevMsgMulti(sl, req.Start, nil))
	}),
	"get_seq_from_time": onStore(func(st server.StreamStore, req *request) (any, error) {
		return seqResult{st.GetSeqFromTime(timeOf(req.TS))}, nil
	}),
	"filtered_state": onStore(filteredState),
	"subjects_state": onStore(func(st server.StreamStore, req *request) (any, error) {
		states := st.SubjectsState(req.Filter)
		subjects := make(map[string]simpleState, len(states))
		for subject, ss := range states {
			subjects[subject] = simpleState{ss.Msgs, ss.First, ss.Last}
		}
		return subjectsResult[simpleState]{subjects}, nil
	}),
	"subjects_totals": onStore(func(st server.StreamStore, req *request) (any, error) {
		totals := st.SubjectsTotals(req.Filter)
		subjects := make(map[string]decimal, len(totals))
		for subject, n := range totals {
			subjects[subject] = decimal(n)
		}
		return subjectsResult[decimal]{subjects}, nil
	}),
	"all_last_seqs": onStore(func(st server.StreamStore, _ *request) (any, error) {
		seqs, err := st.AllLastSeqs()
		return seqsOf(seqs), err
	}),
	"multi_last_seqs": onStore(func(st server.StreamStore, req *request) (any, error) {
		seqs, err := st.MultiLastSeqs(req.Filters, req.MaxSeq, req.MaxAllowed)
		return seqsOf(seqs), err
	}),
	"multi_last_msgs": onStore(multiLastMsgs),
	"subject_for_seq": onStore(func(st server.StreamStore, req *request) (any, error) {
		subject, err := st.SubjectForSeq(req.Seq)
		return struct {
			Subject string `json:"subject"`
		}{subject}, err
	}),
	"num_pending": onStore(func(st server.StreamStore, req *request) (any, error) {
		total, through, err := st.NumPending(req.Seq, req.Filter, req.LastPerSubject)
		return pendingResult{total, through}, err
	}),
	"num_pending_multi": onStore(func(st server.StreamStore, req *request) (any, error) {
		sl, err := sublist(req.Filters)
		if err != nil {
			return nil, err
		}
		total, through, err := st.NumPendingMulti(req.Seq, sl, req.LastPerSubject)
		return pendingResult{total, through}, err
	}),
	"state": onStore(func(st server.StreamStore, _ *request) (any, error) {
		state := st.State()
		return wireStreamState(&state, true), nil
	}),
	"fast_state": onStore(func(st server.StreamStore, _ *request) (any, error) {
		var state server.StreamState
		st.FastState(&state)
		return wireStreamState(&state, false), nil
	}),
	"encoded_stream_state": onStore(encodedStreamState),
	"type": onStore(func(st server.StreamStore, _ *request) (any, error) {
		return typeOf(st.Type()), nil
	}),
	"utilization": onStore(func(st server.StreamStore, _ *request) (any, error) {
		total, reported, err := st.Utilization()
		return utilizationResult{total, reported}, err
	}),
}

func loaded(sm *server.StoreMsg, err error) (any, error) {
	return msgResult{wireMsgOf(sm)}, err
}

func skipped(sm *server.StoreMsg, skip uint64, err error) (any, error) {
	return skippedResult{wireMsgOf(sm), skip}, err
}

func seqsOf(seqs []uint64) seqsResult {
	out := make([]decimal, len(seqs))
	for i, seq := range seqs {
		out[i] = decimal(seq)
	}
	return seqsResult{out}
}

func typeOf(t server.StorageType) typeResult {
	switch t {
	case server.FileStorage:
		return typeResult{"file"}
	case server.MemoryStorage:
		return typeResult{"memory"}
	}
	return typeResult{t.String()}
}

// timeOf is the time of a timestamp; null and absent are Go's zero time.
func timeOf(ts *int64) time.Time {
	if ts == nil {
		return time.Time{}
	}
	return time.Unix(0, *ts).UTC()
}

// sublist holds the filters of a multi-subject query. Absent filters are Go's nil list, which is not the same as an empty one.
func sublist(filters []string) (*gsl.SimpleSublist, error) {
	if filters == nil {
		return nil, nil
	}
	sl := gsl.NewSimpleSublist()
	for _, filter := range filters {
		if err := sl.Insert(filter, struct{}{}); err != nil {
			return nil, invalid("filter %q: %v", filter, err)
		}
	}
	return sl, nil
}

func filteredState(st server.StreamStore, req *request) (any, error) {
	var ss server.SimpleState
	var err error
	switch st := any(st).(type) {
	case interface {
		FilteredState(uint64, string) (server.SimpleState, error)
	}:
		ss, err = st.FilteredState(req.Seq, req.Subject)
	case interface {
		FilteredState(uint64, string) server.SimpleState
	}:
		ss = st.FilteredState(req.Seq, req.Subject)
	default:
		return nil, unsupported("FilteredState")
	}
	return simpleState{ss.Msgs, ss.First, ss.Last}, err
}

func multiLastMsgs(st server.StreamStore, req *request) (any, error) {
	querier, ok := st.(interface {
		MultiLastMsgs([]string, uint64, uint64, int, func(*server.StoreMsg, uint64) bool) (uint64, uint64, error)
	})
	if !ok {
		return nil, unsupported("MultiLastMsgs")
	}
	out := multiMsgsResult{Msgs: []pendingMsg{}}
	var err error
	out.Total, out.ValidThrough, err = querier.MultiLastMsgs(req.Filters, req.MinSeq, req.MaxSeq, req.MaxAllowed,
		func(sm *server.StoreMsg, pending uint64) bool {
			// The store may use one StoreMsg for all of them.
			msg := wireMsgOf(sm)
			if msg != nil {
				msg.Hdr, msg.Msg = append([]byte(nil), msg.Hdr...), append([]byte(nil), msg.Msg...)
			}
			out.Msgs = append(out.Msgs, pendingMsg{msg, pending})
			return req.StopAfter == nil || uint64(len(out.Msgs)) < *req.StopAfter
		})
	return out, err
}

func encodedStreamState(st server.StreamStore, req *request) (any, error) {
	switch st := any(st).(type) {
	case interface {
		EncodedStreamState(uint64) ([]byte, error)
	}:
		state, err := st.EncodedStreamState(req.Failed)
		return stateResult[[]byte]{state}, err
	case interface {
		EncodedStreamState(uint64, bool) ([]byte, error)
	}:
		state, err := st.EncodedStreamState(req.Failed, false)
		return stateResult[[]byte]{state}, err
	}
	return nil, unsupported("EncodedStreamState")
}
