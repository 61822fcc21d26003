package main

// What only reflection can tell: the type behind newFileStoreWithCreated's pointer, and the fields of unexported structs.
// An embedded server that never listens gives up the type: one file stream is made in a temporary directory, and both are
// gone again before the first request is read.

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"time"
	"unsafe"

	"github.com/nats-io/nats-server/v2/server"
)

// prototype holds what the embedded server taught us about this release.
type prototype struct {
	storeType reflect.Type   // fileStore
	dios      unsafe.Pointer // a disk semaphore for the file writers; nil where the release has none to pass
	hasDios   bool
}

var proto prototype

// storeMsg mirrors server.StoreMsg, whose fields are unexported; checkStoreMsg compares the two before anything relies on it.
type storeMsg struct {
	subj string
	hdr  []byte
	msg  []byte
	buf  []byte
	seq  uint64
	ts   int64
}

func learnPrototype() error {
	if err := checkStoreMsg(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "blkspec-go-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	srv, err := server.NewServer(&server.Options{
		DontListen: true, JetStream: true, StoreDir: dir, NoLog: true, NoSigs: true,
		JetStreamMaxMemory: 1 << 20, JetStreamMaxStore: 1 << 30,
	})
	if err != nil {
		return err
	}
	srv.Start()
	defer func() {
		srv.Shutdown()
		srv.WaitForShutdown()
		waitForAccessTimes()
	}()
	for deadline := time.Now().Add(10 * time.Second); !srv.JetStreamEnabled(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return errors.New("the embedded server did not enable JetStream")
		}
	}
	const name = "prototype"
	mset, err := addStream(srv.GlobalAccount(), &server.StreamConfig{
		Name: name, Subjects: []string{name}, Storage: server.FileStorage, Retention: server.LimitsPolicy, Replicas: 1,
	})
	if err != nil {
		return err
	}
	if mset == nil {
		return errors.New("the embedded server gave no stream")
	}
	store, err := storeOf(srv.GlobalAccount(), name)
	if err != nil {
		return err
	}
	if store.Kind() != reflect.Pointer || store.Type().Elem().Name() != "fileStore" {
		return fmt.Errorf("the stream's store is a %s, not a *fileStore", store.Type())
	}
	proto.storeType = store.Type().Elem()
	if field := store.Elem().FieldByName("dios"); field.IsValid() {
		proto.hasDios = true
		proto.dios = field.UnsafePointer()
	}
	return nil
}

// storeOf walks account.js.streams[name].store.
func storeOf(account *server.Account, name string) (store reflect.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("this release keeps its streams elsewhere: %v", r)
		}
	}()
	streams := reflect.ValueOf(account).Elem().FieldByName("js").Elem().FieldByName("streams")
	stream := streams.MapIndex(reflect.ValueOf(name))
	return stream.Elem().FieldByName("store").Elem(), nil
}

// waitForAccessTimes returns when the embedded server's access time goroutine has taken its stop signal, because the channel
// that it arrives on is about to be replaced.
func waitForAccessTimes() {
	for deadline := time.Now().Add(time.Second); len(atsDone) > 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
}

func checkStoreMsg() error {
	theirs, ours := reflect.TypeFor[server.StoreMsg](), reflect.TypeFor[storeMsg]()
	if theirs.NumField() != ours.NumField() {
		return fmt.Errorf("StoreMsg has %d fields, expected %d", theirs.NumField(), ours.NumField())
	}
	for i := range ours.NumField() {
		t, o := theirs.Field(i), ours.Field(i)
		if t.Name != o.Name || t.Type != o.Type || t.Offset != o.Offset {
			return fmt.Errorf("StoreMsg's field %d is %s %s, expected %s %s", i, t.Name, t.Type, o.Name, o.Type)
		}
	}
	return nil
}

func fieldsOf(sm *server.StoreMsg) *storeMsg { return (*storeMsg)(unsafe.Pointer(sm)) }

// asStore gives the pointer its type, and with it its methods.
func asStore(pointer unsafe.Pointer) server.StreamStore {
	return reflect.NewAt(proto.storeType, pointer).Interface().(server.StreamStore)
}

// field is a struct's field without the lock that reflection puts on unexported ones.
func field(structure reflect.Value, name string) reflect.Value {
	f := structure.FieldByName(name)
	if !f.IsValid() {
		panic("no field " + name)
	}
	return reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem()
}
