package main

// Errors by class. The server's error variables decide first; texts only where Go's error is a text and nothing else.

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"reflect"
	"strings"
	"syscall"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server"
)

// classed is an error of the adapter itself, which knows its class.
type classed struct{ class, text string }

func (c classed) Error() string { return c.text }

func invalid(format string, args ...any) error {
	return classed{"invalid_argument", fmt.Sprintf(format, args...)}
}

// unsupported is what this release of the store does not have.
type unsupported string

func (u unsupported) Error() string { return string(u) }

type class struct {
	err  error
	name string
}

var classes = []class{
	{server.ErrStoreClosed, "closed"},
	{server.ErrStoreEOF, "eof"},
	{server.ErrStoreMsgNotFound, "msg_not_found"},
	{errDeletedMsg, "deleted_msg"},
	{server.ErrMaxMsgs, "max_msgs"},
	{server.ErrMaxBytes, "max_bytes"},
	{server.ErrMaxMsgsPerSubject, "max_msgs_per_subject"},
	{server.ErrMsgTooLarge, "msg_too_large"},
	{server.ErrSequenceMismatch, "sequence_mismatch"},
	{errFirstSequenceMismatch, "sequence_mismatch"},
	{server.ErrStoreWrongType, "wrong_type"},
	{server.ErrNoAckPolicy, "no_ack_policy"},
	{errNoMainKey, "no_main_key"},
	{errBadKeySize, "bad_key_size"},
	{errKeyInvalid, "bad_key"},
	{errNoEncryption, "no_encryption"},
	{errUnknownCipher, "unknown_cipher"},
	{server.ErrCorruptStreamState, "corrupt_state"},
	{server.ErrBadStreamStateEncoding, "corrupt_state"},
	{errCorruptState, "corrupt_state"},
	{errPriorState, "corrupt_state"},
	{errPartialCache, "partial_load"},
	{errPendingData, "pending_data"},
	{errNoPending, "no_pending"},
	{server.ErrStoreOldUpdate, "state_behind"},
	{server.ErrStoreSnapshotInProgress, "snapshot_in_progress"},
	{server.ErrTooManyResults, "too_many_results"},
	{errNoCache, "no_cache"},
	{errMsgBlkTooBig, "msg_blk_too_big"},
	{errStateTooBig, "state_too_big"},
	{errNoMsgBlk, "no_block"},
	{errNoBlkData, "no_block"},
	{errNotReadable, "permission"},
	{s2.ErrCorrupt, "corrupt_block"},
	{s2.ErrUnsupported, "corrupt_block"},
	{s2.ErrTooLarge, "corrupt_block"},
	{s2.ErrCRC, "corrupt_block"},
	{fs.ErrNotExist, "not_found"},
	{fs.ErrPermission, "permission"},
}

// texts are tried in order, after the variables.
var texts = []struct{ part, name string }{
	{"name required", "config_name"},
	{"fileStore requires file storage type", "config_storage"},
	{"filestore max block size", "config_block_size"},
	{"storage directory is not a directory", "not_a_directory"},
	{"storage directory is not writable", "not_writable"},
	{"bad consumer config", "consumer_name"},
	{"consumer already exists", "consumer_exists"},
	{"snapshot check", "snapshot_failed"},
	{"unsupported version", "bad_version"},
	{"unknown compression algorithm", "unknown_compression"},
	{"compression algorithm not known", "unknown_compression"},
	{"compressed buffer is too short", "corrupt_block"},
	{"metadata incomplete", "corrupt_block"},
	{"malformed or corrupt message", "corrupt_block"},
	{"message overrun", "corrupt_block"},
	{"sanity check failed", "corrupt_block"},
	{"cache load did not match", "corrupt_block"},
	{"bad ack floor", "bad_consumer_state"},
	{"bad pending entry", "bad_consumer_state"},
	{"message authentication failed", "bad_key"},
	{"invalid key size", "bad_key_size"},
	{"wrong key size", "bad_key_size"},
	{"bad key length", "bad_key_size"},
	{"permission denied", "permission"},
	{"no such file or directory", "not_found"},
	// These wrap the error of the file system as text alone.
	{"could not create storage directory", "io"},
	{"could not create message storage directory", "io"},
	{"could not create consumer storage directory", "io"},
	{"could not create consumer directory", "io"},
	{"error opening msg block file", "io"},
	{"Error creating msg block file", "io"},
}

func classOf(err error) string {
	if c, ok := errors.AsType[classed](err); ok {
		return c.class
	}
	for _, c := range classes {
		if c.err != nil && errors.Is(err, c.err) {
			return c.name
		}
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		if t := reflect.TypeOf(e); t.PkgPath() != "" && t.Name() == "errBadMsg" {
			return "corrupt_block"
		}
	}
	text := err.Error()
	for _, t := range texts {
		if strings.Contains(text, t.part) {
			return t.name
		}
	}
	if isIO(err) {
		return "io"
	}
	return "other"
}

func isIO(err error) bool {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*os.LinkError](err); ok {
		return true
	}
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrShortWrite) || errors.Is(err, io.EOF) ||
		errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, os.ErrClosed)
}

// requestError says what is wrong with a request that does not decode.
func requestError(err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return invalid("member %s: unexpected %s", t.Field, t.Value)
	}
	return invalid("%v", err)
}
