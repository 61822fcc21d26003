package main

// The doors into the server package. Only names and signatures live here; a symbol that some release lacks must be a
// variable (a variable that nobody else defines is simply nil), because a missing function fails the link.

import (
	"crypto/cipher"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/nats-io/nats-server/v2/server"
)

type keyGen = func(context []byte) ([]byte, error)

//go:linkname newFileStoreWithCreated github.com/nats-io/nats-server/v2/server.newFileStoreWithCreated
func newFileStoreWithCreated(fcfg server.FileStoreConfig, cfg server.StreamConfig, created time.Time, prf, oldprf keyGen) (unsafe.Pointer, error)

//go:linkname addStream github.com/nats-io/nats-server/v2/server.(*Account).addStream
func addStream(account *server.Account, config *server.StreamConfig) (unsafe.Pointer, error)

//go:linkname dynBlkSize github.com/nats-io/nats-server/v2/server.dynBlkSize
func dynBlkSize(retention server.RetentionPolicy, maxBytes int64, encrypted bool) uint64

//go:linkname genEncryptionKey github.com/nats-io/nats-server/v2/server.genEncryptionKey
func genEncryptionKey(sc server.StoreCipher, seed []byte) (cipher.AEAD, error)

//go:linkname genBlockEncryptionKey github.com/nats-io/nats-server/v2/server.genBlockEncryptionKey
func genBlockEncryptionKey(sc server.StoreCipher, seed, nonce []byte) (cipher.Stream, error)

//go:linkname fileStoreMsgSize github.com/nats-io/nats-server/v2/server.fileStoreMsgSize
func fileStoreMsgSize(subj string, hdr, msg []byte) uint64

//go:linkname fileStoreMsgSizeRaw github.com/nats-io/nats-server/v2/server.fileStoreMsgSizeRaw
func fileStoreMsgSizeRaw(slen, hlen, mlen int) uint64

//go:linkname subjectsEqual github.com/nats-io/nats-server/v2/server.subjectsEqual
func subjectsEqual(a, b string) bool

//go:linkname subjectsAll github.com/nats-io/nats-server/v2/server.subjectsAll
func subjectsAll(a, b string) bool

//go:linkname timestampNormalized github.com/nats-io/nats-server/v2/server.timestampNormalized
func timestampNormalized(t time.Time) int64

//go:linkname checkConsumerHeader github.com/nats-io/nats-server/v2/server.checkConsumerHeader
func checkConsumerHeader(hdr []byte) (uint8, error)

//go:linkname decodeConsumerState github.com/nats-io/nats-server/v2/server.decodeConsumerState
func decodeConsumerState(buf []byte) (*server.ConsumerState, error)

//go:linkname newMsgScheduling github.com/nats-io/nats-server/v2/server.newMsgScheduling
func newMsgScheduling(run func()) *server.MsgScheduling

//go:linkname schedulingDecode github.com/nats-io/nats-server/v2/server.(*MsgScheduling).decode
func schedulingDecode(scheduling *server.MsgScheduling, b []byte) (uint64, error)

// The two writers take the disk semaphore as their first argument in most releases and not in v2.14.0. They are declared
// without arguments, so that nobody calls them by mistake; pure.go casts them to the shape that the release has.

//go:linkname writeFileWithSync github.com/nats-io/nats-server/v2/server.writeFileWithSync
func writeFileWithSync()

//go:linkname writeAtomically github.com/nats-io/nats-server/v2/server.writeAtomically
func writeAtomically()

//go:linkname storeCacheLoads github.com/nats-io/nats-server/v2/server.(*fileStore).cacheLoads
func storeCacheLoads(store unsafe.Pointer) uint64

//go:linkname storeCacheSize github.com/nats-io/nats-server/v2/server.(*fileStore).cacheSize
func storeCacheSize(store unsafe.Pointer) uint64

//go:linkname storeDmapEntries github.com/nats-io/nats-server/v2/server.(*fileStore).dmapEntries
func storeDmapEntries(store unsafe.Pointer) int

//go:linkname storeNumMsgBlocks github.com/nats-io/nats-server/v2/server.(*fileStore).numMsgBlocks
func storeNumMsgBlocks(store unsafe.Pointer) int

//go:linkname storeLostData github.com/nats-io/nats-server/v2/server.(*fileStore).lostData
func storeLostData(store unsafe.Pointer) *server.LostStreamData

// The state of the access time service, see access.go.

//go:linkname atsDone github.com/nats-io/nats-server/v2/server/ats.done
var atsDone chan struct{}

//go:linkname atsRefs github.com/nats-io/nats-server/v2/server/ats.refs
var atsRefs atomic.Int64

//go:linkname atsTime github.com/nats-io/nats-server/v2/server/ats.utime
var atsTime atomic.Int64

// Errors that the server package keeps to itself.

//go:linkname errNoCache github.com/nats-io/nats-server/v2/server.errNoCache
var errNoCache error

//go:linkname errDeletedMsg github.com/nats-io/nats-server/v2/server.errDeletedMsg
var errDeletedMsg error

//go:linkname errPartialCache github.com/nats-io/nats-server/v2/server.errPartialCache
var errPartialCache error

//go:linkname errNoPending github.com/nats-io/nats-server/v2/server.errNoPending
var errNoPending error

//go:linkname errNotReadable github.com/nats-io/nats-server/v2/server.errNotReadable
var errNotReadable error

//go:linkname errCorruptState github.com/nats-io/nats-server/v2/server.errCorruptState
var errCorruptState error

//go:linkname errPriorState github.com/nats-io/nats-server/v2/server.errPriorState
var errPriorState error

//go:linkname errPendingData github.com/nats-io/nats-server/v2/server.errPendingData
var errPendingData error

//go:linkname errNoEncryption github.com/nats-io/nats-server/v2/server.errNoEncryption
var errNoEncryption error

//go:linkname errBadKeySize github.com/nats-io/nats-server/v2/server.errBadKeySize
var errBadKeySize error

//go:linkname errKeyInvalid github.com/nats-io/nats-server/v2/server.errKeyInvalid
var errKeyInvalid error

//go:linkname errNoMsgBlk github.com/nats-io/nats-server/v2/server.errNoMsgBlk
var errNoMsgBlk error

//go:linkname errMsgBlkTooBig github.com/nats-io/nats-server/v2/server.errMsgBlkTooBig
var errMsgBlkTooBig error

//go:linkname errUnknownCipher github.com/nats-io/nats-server/v2/server.errUnknownCipher
var errUnknownCipher error

//go:linkname errNoMainKey github.com/nats-io/nats-server/v2/server.errNoMainKey
var errNoMainKey error

//go:linkname errNoBlkData github.com/nats-io/nats-server/v2/server.errNoBlkData
var errNoBlkData error

//go:linkname errStateTooBig github.com/nats-io/nats-server/v2/server.errStateTooBig
var errStateTooBig error

//go:linkname errFirstSequenceMismatch github.com/nats-io/nats-server/v2/server.errFirstSequenceMismatch
var errFirstSequenceMismatch error
