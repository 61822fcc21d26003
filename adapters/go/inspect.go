package main

// What the store knows inside, read through reflection. A member whose field this release does not have is left out. The
// session has settled, so nothing else touches the store meanwhile.

import (
	"reflect"
	"strconv"

	"github.com/nats-io/nats-server/v2/server/avl"
)

func inspect(s *session, _ *request) (any, error) {
	if _, err := s.stream(); err != nil {
		return nil, err
	}
	store := reflect.NewAt(proto.storeType, s.pointer).Elem()
	out := members{}
	out.put("blocks", func() any {
		blocks := []members{}
		list := field(store, "blks")
		for i := range list.Len() {
			blocks = append(blocks, inspectBlock(list.Index(i).Elem()))
		}
		return blocks
	})
	if lost := storeLostData(s.pointer); lost != nil {
		out["lost"] = wireLost(lost)
	}
	out.put("dirty", func() any { return decimal(field(store, "dirty").Int()) })
	out["cache_loads"] = decimal(storeCacheLoads(s.pointer))
	out["cache_size"] = decimal(storeCacheSize(s.pointer))
	out["dmap_entries"] = decimal(storeDmapEntries(s.pointer))
	out["num_msg_blocks"] = decimal(storeNumMsgBlocks(s.pointer))
	return out, nil
}

func inspectBlock(block reflect.Value) members {
	out := members{}
	for _, name := range []string{"index", "msgs", "bytes", "rbytes", "ttls", "schedules"} {
		out.put(name, func() any { return decimal(field(block, name).Uint()) })
	}
	for _, end := range []string{"first", "last"} {
		out.put(end+"_seq", func() any { return decimal(field(field(block, end), "seq").Uint()) })
		out.put(end+"_ts", func() any { return signed(field(field(block, end), "ts").Int()) })
	}
	out.put("deleted", func() any {
		deleted := ranges{}
		set := (*avl.SequenceSet)(field(block, "dmap").Addr().UnsafePointer())
		set.Range(func(seq uint64) bool {
			deleted = append(deleted, seq)
			return true
		})
		return deleted
	})
	out.put("cached", func() any {
		if !field(block, "cache").IsNil() {
			return true
		}
		// Between uses the store keeps its cache behind a pointer that is strong or weak.
		elastic := field(block, "ecache")
		if field(elastic, "strong").UnsafePointer() != nil {
			return true
		}
		return field(elastic, "weak").Addr().MethodByName("Value").Call(nil)[0].UnsafePointer() != nil
	})
	out.put("closed", func() any { return field(block, "closed").Bool() })
	return out
}

type members map[string]any

// put sets a member unless reading it panics, which it does where a field is missing.
func (m members) put(name string, read func() any) {
	defer func() { _ = recover() }()
	m[name] = read()
}

// signed is a 64-bit integer that may be negative, written like the others.
type signed int64

func (s signed) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(s), 10), nil }
