package main

// Snapshots: a tar under S2. Restoring is the upper layer's work in nats-server (Account.RestoreStream); only its unpacking
// belongs here, and it keeps that function's checks.

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server"
)

var snapshotOps = map[string]opFunc{
	"snapshot": onStore(snapshot),
	"restore":  restore,
}

func snapshot(st server.StreamStore, req *request) (any, error) {
	// The interface names the two booleans the other way round than the implementation and its callers do.
	result, err := st.Snapshot(time.Duration(req.Deadline), req.CheckMsgs, req.IncludeConsumers)
	if err != nil {
		return nil, err
	}
	archive, err := io.ReadAll(result.Reader)
	if closeErr := result.Reader.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	errs := []string{}
	for text := range *(*chan string)(field(reflect.ValueOf(result).Elem(), "errCh").Addr().UnsafePointer()) {
		errs = append(errs, text)
	}
	return snapshotResult{archive, errs}, nil
}

func restore(_ *session, req *request) (any, error) {
	if req.Dir == "" {
		return nil, invalid("restore without dir")
	}
	// Files written before a bad entry stay: the directory is the harness's to judge and to remove.
	archive := tar.NewReader(s2.NewReader(bytes.NewReader(req.Archive)))
	for {
		hdr, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return none{}, nil
		}
		if err != nil {
			return nil, err
		}
		path := filepath.Join(req.Dir, filepath.Clean(hdr.Name))
		if hdr.Typeflag != tar.TypeReg || !strings.HasPrefix(path, filepath.Clean(req.Dir)+string(os.PathSeparator)) {
			return nil, classed{"corrupt_state", "unexpected content: " + hdr.Name}
		}
		if err := unpack(path, archive); err != nil {
			return nil, err
		}
	}
}

func unpack(path string, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}
