package main

// The operations of StreamStore that change a stream, and the callbacks that it makes.
//
// Where a signature differs between releases, the store is asked for the shape that this one has: an interface of one method,
// newest first. The source then compiles against any of them.

import (
	"encoding/json"
	"reflect"
	"unsafe"

	"github.com/nats-io/nats-server/v2/server"
)

var streamOps = map[string]opFunc{
	"store_msg": onStore(func(st server.StreamStore, req *request) (any, error) {
		seq, ts, err := st.StoreMsg(req.Subject, req.Hdr, req.Msg, req.TTL)
		return storedResult{seq, ts}, err
	}),
	"store_raw_msg": onStore(storeRawMsg),
	"skip_msg": onStore(func(st server.StreamStore, req *request) (any, error) {
		seq, err := st.SkipMsg(req.Seq)
		return seqResult{seq}, err
	}),
	"skip_msg_no_interest": onStore(func(st server.StreamStore, req *request) (any, error) {
		skipper, ok := st.(interface {
			SkipMsgNoInterest(uint64) (uint64, error)
		})
		if !ok {
			return nil, unsupported("SkipMsgNoInterest")
		}
		seq, err := skipper.SkipMsgNoInterest(req.Seq)
		return seqResult{seq}, err
	}),
	"skip_msgs": onStore(func(st server.StreamStore, req *request) (any, error) {
		return none{}, st.SkipMsgs(req.Seq, req.Num)
	}),
	"flush_all_pending": onStore(flushAllPending),
	"remove_msg": onStore(func(st server.StreamStore, req *request) (any, error) {
		removed, err := st.RemoveMsg(req.Seq)
		return removedResult{removed}, err
	}),
	"erase_msg": onStore(func(st server.StreamStore, req *request) (any, error) {
		removed, err := st.EraseMsg(req.Seq)
		return removedResult{removed}, err
	}),
	"purge": onStore(func(st server.StreamStore, _ *request) (any, error) {
		purged, err := st.Purge()
		return purgedResult{purged}, err
	}),
	"purge_ex": onStore(func(st server.StreamStore, req *request) (any, error) {
		purged, err := st.PurgeEx(req.Subject, req.Seq, req.Keep)
		return purgedResult{purged}, err
	}),
	"compact": onStore(func(st server.StreamStore, req *request) (any, error) {
		purged, err := st.Compact(req.Seq)
		return purgedResult{purged}, err
	}),
	"truncate": onStore(func(st server.StreamStore, req *request) (any, error) {
		return none{}, st.Truncate(req.Seq)
	}),
	"sync_deleted": onStore(syncDeleted),
	"reset_state": onStore(func(st server.StreamStore, _ *request) (any, error) {
		st.ResetState()
		return none{}, nil
	}),
	"register_updates": func(s *session, req *request) (any, error) {
		return onStore(func(st server.StreamStore, _ *request) (any, error) {
			st.RegisterStorageUpdates(s.storageUpdate)
			return none{}, nil
		})(s, req)
	},
	"register_removes": func(s *session, req *request) (any, error) {
		return onStore(func(st server.StreamStore, _ *request) (any, error) {
			st.RegisterStorageRemoveMsg(s.removeMsg)
			return none{}, nil
		})(s, req)
	},
	"register_process": func(s *session, req *request) (any, error) {
		return onStore(func(st server.StreamStore, _ *request) (any, error) {
			st.RegisterProcessJetStreamMsg(s.processMsgHandler())
			return none{}, nil
		})(s, req)
	},
}

func storeRawMsg(st server.StreamStore, req *request) (any, error) {
	var ts int64
	if req.TS != nil {
		ts = *req.TS
	}
	switch st := any(st).(type) {
	case interface {
		StoreRawMsg(string, []byte, []byte, uint64, int64, int64, bool) error
	}:
		return none{}, st.StoreRawMsg(req.Subject, req.Hdr, req.Msg, req.Seq, ts, req.TTL, req.DiscardNewCheck)
	case interface {
		StoreRawMsg(string, []byte, []byte, uint64, int64, int64) error
	}:
		// Releases without the argument always check.
		if !req.DiscardNewCheck {
			return nil, unsupported("StoreRawMsg without the discard-new check")
		}
		return none{}, st.StoreRawMsg(req.Subject, req.Hdr, req.Msg, req.Seq, ts, req.TTL)
	}
	return nil, unsupported("StoreRawMsg")
}

func flushAllPending(st server.StreamStore, _ *request) (any, error) {
	switch st := any(st).(type) {
	case interface{ FlushAllPending() error }:
		return none{}, st.FlushAllPending()
	case interface{ FlushAllPending() }:
		st.FlushAllPending()
		return none{}, nil
	}
	return nil, unsupported("FlushAllPending")
}

func syncDeleted(st server.StreamStore, req *request) (any, error) {
	var encoded []byte
	if err := json.Unmarshal(req.State, &encoded); err != nil {
		return nil, requestError(err)
	}
	state, err := server.DecodeStreamState(encoded)
	if err != nil {
		return nil, err
	}
	switch st := any(st).(type) {
	case interface {
		SyncDeleted(server.DeleteBlocks) error
	}:
		return none{}, st.SyncDeleted(state.Deleted)
	case interface{ SyncDeleted(server.DeleteBlocks) }:
		st.SyncDeleted(state.Deleted)
		return none{}, nil
	}
	return nil, unsupported("SyncDeleted")
}

type storageUpdateEvent struct {
	Event   string `json:"event"`
	Msgs    int64  `json:"msgs,string"`
	Bytes   int64  `json:"bytes,string"`
	Seq     uint64 `json:"seq,string"`
	Subject string `json:"subject"`
}

type removeMsgEvent struct {
	Event string `json:"event"`
	Seq   uint64 `json:"seq,string"`
}

type processMsgEvent struct {
	Event   string `json:"event"`
	Subject string `json:"subject"`
	Hdr     []byte `json:"hdr,omitempty"`
	Msg     []byte `json:"msg,omitempty"`
}

func (s *session) storageUpdate(msgs, bytes int64, seq uint64, subj string) {
	s.event(storageUpdateEvent{"storage_update", msgs, bytes, seq, subj})
}

func (s *session) removeMsg(seq uint64) { s.event(removeMsgEvent{"remove_msg", seq}) }

// processMsgHandler is made by reflection because its parameter, *inMsg, cannot be named here.
func (s *session) processMsgHandler() server.ProcessJetStreamMsgHandler {
	t := reflect.TypeFor[server.ProcessJetStreamMsgHandler]()
	handler := reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value {
		in := args[0].Elem()
		read := func(name string) unsafe.Pointer { return field(in, name).Addr().UnsafePointer() }
		s.event(processMsgEvent{
			Event:   "process_msg",
			Subject: *(*string)(read("subj")),
			// The bytes may be the store's own buffers: the event outlives the call.
			Hdr: append([]byte(nil), *(*[]byte)(read("hdr"))...),
			Msg: append([]byte(nil), *(*[]byte)(read("msg"))...),
		})
		return nil
	})
	return handler.Interface().(server.ProcessJetStreamMsgHandler)
}
