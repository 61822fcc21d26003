package main

// Opening and closing stores, and the configurations that come with it.

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

var lifecycleOps = map[string]opFunc{
	"open":          open,
	"stop":          onStore(func(st server.StreamStore, _ *request) (any, error) { return none{}, st.Stop() }),
	"delete":        onStore(func(st server.StreamStore, req *request) (any, error) { return none{}, st.Delete(req.Inline) }),
	"update_config": onStore(updateConfig),
	"abandon":       abandon,
}

// onStore is an operation on the open store.
func onStore(op func(server.StreamStore, *request) (any, error)) opFunc {
	return func(s *session, req *request) (any, error) {
		st, err := s.stream()
		if err != nil {
			return nil, err
		}
		return op(st, req)
	}
}

func open(s *session, req *request) (any, error) {
	if req.Dir == "" {
		return nil, invalid("open without dir")
	}
	cfg, err := streamConfig(req.Stream)
	if err != nil {
		return nil, err
	}
	fcfg, err := req.File.goConfig(req.Dir)
	if err != nil {
		return nil, err
	}
	created := time.Now().UTC()
	if req.Created != nil {
		created = time.Unix(0, *req.Created).UTC()
	}
	// The consumers of an earlier store belong to it.
	s.store, s.pointer, s.consumers = nil, nil, nil
	s.access.startIfIdle()
	pointer, err := newFileStoreWithCreated(fcfg, *cfg, created, req.Key.prf(), req.OldKey.prf())
	if err != nil {
		return nil, err
	}
	s.pointer, s.store = pointer, asStore(pointer)
	s.opened = append(s.opened, s.store)
	return none{}, nil
}

// abandon drops the store as a crash would. It is stopped all the same, because its goroutines must not outlive the case;
// the harness has copied the directory by now, and what Stop still writes or reports is nobody's business.
func abandon(s *session, _ *request) (any, error) {
	if _, err := s.stream(); err != nil {
		return nil, err
	}
	_ = s.store.Stop()
	s.store, s.pointer, s.consumers = nil, nil, nil
	s.takeEvents()
	return none{}, nil
}

func updateConfig(st server.StreamStore, req *request) (any, error) {
	cfg, err := streamConfig(req.Stream)
	if err != nil {
		return nil, err
	}
	return none{}, st.UpdateConfig(cfg)
}

func (f *fileConfig) goConfig(dir string) (server.FileStoreConfig, error) {
	cfg := server.FileStoreConfig{
		StoreDir: dir, BlockSize: f.BlockSize,
		CacheExpire: time.Duration(f.CacheExpire), SubjectStateExpire: time.Duration(f.SubjectStateExpire),
		SyncInterval: time.Duration(f.SyncInterval), SyncAlways: f.SyncAlways, AsyncFlush: f.AsyncFlush,
	}
	switch f.Cipher {
	case "", "none":
		cfg.Cipher = server.NoCipher
	case "chacha":
		cfg.Cipher = server.ChaCha
	case "aes":
		cfg.Cipher = server.AES
	default:
		// A cipher that does not exist goes by its number: what the store says of it is behaviour.
		number, err := strconv.Atoi(f.Cipher)
		if err != nil {
			return cfg, invalid("cipher %q: expected none, chacha, aes or a number", f.Cipher)
		}
		cfg.Cipher = server.StoreCipher(number)
	}
	switch f.Compression {
	case "", "none":
		cfg.Compression = server.NoCompression
	case "s2":
		cfg.Compression = server.S2Compression
	default:
		number, err := strconv.ParseUint(f.Compression, 10, 8)
		if err != nil {
			return cfg, invalid("compression %q: expected none, s2 or a number", f.Compression)
		}
		cfg.Compression = server.StoreCompression(number)
	}
	return cfg, nil
}

// prf derives the key of a context; without key material the store opens without encryption.
func (k *keyMaterial) prf() keyGen {
	if k == nil {
		return nil
	}
	return func(context []byte) ([]byte, error) {
		h := hmac.New(sha256.New, k.Secret)
		h.Write([]byte(k.Prefix))
		h.Write(context)
		return h.Sum(nil), nil
	}
}

func streamConfig(raw json.RawMessage) (*server.StreamConfig, error) {
	cfg := &server.StreamConfig{Storage: server.FileStorage}
	if err := decodeConfig(raw, cfg); err != nil {
		return nil, err
	}
	return cfg, nil
}

// decodeConfig reads one of Go's configurations, whose own JSON has integers as numbers, from the protocol's, which has them
// as decimal strings.
func decodeConfig(raw json.RawMessage, into any) error {
	if len(raw) == 0 {
		return nil
	}
	var value any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return requestError(err)
	}
	if number := findNumber(value); number != "" {
		return invalid("a configuration with the JSON number %s: integers travel as decimal strings", number)
	}
	plain, err := json.Marshal(unquote(value, reflect.TypeOf(into).Elem()))
	if err != nil {
		return requestError(err)
	}
	if err := json.Unmarshal(plain, into); err != nil {
		return requestError(err)
	}
	return nil
}

// findNumber returns a JSON number in value, if there is one.
func findNumber(value any) string {
	switch v := value.(type) {
	case json.Number:
		return v.String()
	case map[string]any:
		for _, member := range v {
			if number := findNumber(member); number != "" {
				return number
			}
		}
	case []any:
		for _, element := range v {
			if number := findNumber(element); number != "" {
				return number
			}
		}
	}
	return ""
}

// unquote turns decimal strings into numbers wherever the Go type has an integer, and into RFC 3339 where it has a time.
func unquote(value any, t reflect.Type) any {
	if t.Kind() == reflect.Pointer {
		return unquote(value, t.Elem())
	}
	if text, ok := value.(string); ok {
		return unquoteText(text, t)
	}
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if t.Kind() == reflect.Map {
				v[name] = unquote(member, t.Elem())
			} else if m, ok := memberType(t, name); ok {
				v[name] = unquote(member, m)
			}
		}
	case []any:
		if t.Kind() == reflect.Slice {
			for i, element := range v {
				v[i] = unquote(element, t.Elem())
			}
		}
	}
	return value
}

func unquoteText(text string, t reflect.Type) any {
	if t == reflect.TypeFor[time.Time]() {
		if ns, err := strconv.ParseInt(text, 10, 64); err == nil {
			return time.Unix(0, ns).UTC()
		}
		return text
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return text
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int32, reflect.Int64:
		if _, err := strconv.ParseInt(text, 10, 64); err == nil {
			return json.Number(text)
		}
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		if _, err := strconv.ParseUint(text, 10, 64); err == nil {
			return json.Number(text)
		}
	}
	return text
}

func memberType(t reflect.Type, name string) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct {
		return nil, false
	}
	for i := range t.NumField() {
		tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if tag == name {
			return t.Field(i).Type, true
		}
	}
	return nil, false
}
