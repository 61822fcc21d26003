package main

// Functions of filestore.go that need no store. They work outside a case too.

import (
	"encoding/json"
	"io/fs"
	"os"
	"unsafe"

	"github.com/nats-io/nats-server/v2/server"
)

const filePerms = os.FileMode(0o600)

type compressionResult struct {
	Compression uint64 `json:"compression,string"`
}

type jsonResult struct {
	JSON string `json:"json"`
}

type tsResult struct {
	TS int64 `json:"ts,string"`
}

type versionResult struct {
	Version uint64 `json:"version,string"`
}

type encryptionKeyResult struct {
	NonceSize int    `json:"nonce_size,string"`
	Overhead  int    `json:"overhead,string"`
	Sealed    []byte `json:"sealed"`
}

type keystreamResult struct {
	Keystream []byte `json:"keystream"`
}

var pureOps = map[string]func(*request) (any, error){
	"cipher_string": func(req *request) (any, error) {
		return textResult{server.StoreCipher(req.Cipher).String()}, nil
	},
	"compression_string": func(req *request) (any, error) {
		alg, err := req.compression()
		return textResult{alg.String()}, err
	},
	"compression_marshal_json": func(req *request) (any, error) {
		alg, err := req.compression()
		if err != nil {
			return nil, err
		}
		text, err := alg.MarshalJSON()
		return jsonResult{string(text)}, err
	},
	"compression_unmarshal_json": func(req *request) (any, error) {
		var text string
		if err := json.Unmarshal(req.JSON, &text); err != nil {
			return nil, requestError(err)
		}
		var alg server.StoreCompression
		err := alg.UnmarshalJSON([]byte(text))
		return compressionResult{uint64(alg)}, err
	},
	"dyn_blk_size": func(req *request) (any, error) {
		retention, err := req.retention()
		if err != nil {
			return nil, err
		}
		return sizeResult{dynBlkSize(retention, req.MaxBytes, req.Encrypted)}, nil
	},
	"file_store_msg_size": func(req *request) (any, error) {
		return sizeResult{fileStoreMsgSize(req.Subject, req.Hdr, req.Msg)}, nil
	},
	"file_store_msg_size_raw": func(req *request) (any, error) {
		return sizeResult{fileStoreMsgSizeRaw(req.SLen, req.HLen, req.MLen)}, nil
	},
	"subjects_equal": func(req *request) (any, error) {
		return matchResult{subjectsEqual(req.A, req.B)}, nil
	},
	"subjects_all": func(req *request) (any, error) {
		return matchResult{subjectsAll(req.A, req.B)}, nil
	},
	"timestamp_normalized": func(req *request) (any, error) {
		return tsResult{timestampNormalized(timeOf(req.TS))}, nil
	},
	"check_consumer_header": func(req *request) (any, error) {
		version, err := checkConsumerHeader(req.Bytes)
		return versionResult{uint64(version)}, err
	},
	"decode_consumer_state": func(req *request) (any, error) {
		return stateOf(decodeConsumerState(req.Bytes))
	},
	"decode_stream_state":   decodeStreamState,
	"decode_sequence_set":   decodeSequenceSet,
	"decode_hash_wheel":     decodeHashWheel,
	"decode_msg_scheduling": decodeScheduling,
	"unmarshal_metadata":    unmarshalMetadata,
	"decompress":            decompress,
	"gen_encryption_key": func(req *request) (any, error) {
		aead, err := genEncryptionKey(server.StoreCipher(req.Cipher), req.Seed)
		if err != nil {
			return nil, err
		}
		var plain [16]byte
		for i := range plain {
			plain[i] = byte(i)
		}
		sealed := aead.Seal(nil, make([]byte, aead.NonceSize()), plain[:], nil)
		return encryptionKeyResult{aead.NonceSize(), aead.Overhead(), sealed}, nil
	},
	"gen_block_encryption_key": func(req *request) (any, error) {
		stream, err := genBlockEncryptionKey(server.StoreCipher(req.Cipher), req.Seed, req.Nonce)
		if err != nil {
			return nil, err
		}
		keystream := make([]byte, 64)
		stream.XORKeyStream(keystream, keystream)
		return keystreamResult{keystream}, nil
	},
	"write_file_with_sync": func(req *request) (any, error) {
		return none{}, callWriteFileWithSync(req.Path, req.Bytes)
	},
	"write_atomically": func(req *request) (any, error) {
		return none{}, callWriteAtomically(req.Path, req.Bytes, req.Sync)
	},
}

func (req *request) compression() (server.StoreCompression, error) {
	if req.Compression < 0 || req.Compression > 255 {
		return 0, invalid("compression %d is not a byte", req.Compression)
	}
	return server.StoreCompression(req.Compression), nil
}

// retention comes by the JSON name that a stream's configuration uses, or by its number.
func (req *request) retention() (server.RetentionPolicy, error) {
	var policy server.RetentionPolicy
	if len(req.Retention) == 0 || policy.UnmarshalJSON(req.Retention) == nil {
		return policy, nil
	}
	var number enumNumber
	if err := json.Unmarshal(req.Retention, &number); err != nil {
		return 0, invalid("retention %s", req.Retention)
	}
	return server.RetentionPolicy(number), nil
}

func callWriteFileWithSync(path string, data []byte) error {
	door := writeFileWithSync
	if proto.hasDios {
		write := *(*func(unsafe.Pointer, string, []byte, fs.FileMode) error)(unsafe.Pointer(&door))
		return write(proto.dios, path, data, filePerms)
	}
	write := *(*func(string, []byte, fs.FileMode) error)(unsafe.Pointer(&door))
	return write(path, data, filePerms)
}

func callWriteAtomically(path string, data []byte, sync bool) error {
	door := writeAtomically
	if proto.hasDios {
		write := *(*func(unsafe.Pointer, string, []byte, fs.FileMode, bool) error)(unsafe.Pointer(&door))
		return write(proto.dios, path, data, filePerms, sync)
	}
	write := *(*func(string, []byte, fs.FileMode, bool) error)(unsafe.Pointer(&door))
	return write(path, data, filePerms, sync)
}
