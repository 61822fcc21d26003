package main

// Recorded answers must come out the same twice. The store draws on chance in two places: key seeds and nonces, which come
// from crypto/rand, and the jitter of its sync and state-write timers, which comes from math/rand's global source. Both get
// deterministic sources here; --system-entropy leaves them alone.

import (
	"crypto/rand"
	"crypto/sha256"
	"debug/elf"
	"debug/macho"
	"errors"
	"fmt"
	mrand1 "math/rand"
	mrand2 "math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// seeded is a reader for crypto/rand whose bytes follow from the case's name.
type seeded struct {
	mu     sync.Mutex
	source *mrand2.ChaCha8
}

func (s *seeded) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.source.Read(p)
}

func seedEntropy(name string) {
	rand.Reader = &seeded{source: mrand2.NewChaCha8(sha256.Sum256([]byte(name)))}
}

// least makes every draw from a range its least value, so that each jittered timer fires at the earliest moment that the
// store allows. Zero itself would send math/rand/v2 into its rejection loop for ever.
type least struct{}

func (least) Uint64() uint64 { return 1 << 20 }
func (least) Int63() int64   { return 0 }
func (least) Seed(int64)     {}

// anchor is a variable whose address is known twice, to the symbol table and to the running program: the difference is where
// the loader put us.
var anchor byte

// fixJitter replaces the global sources of math/rand. The linker lets nobody name them, so they are found in the executable's
// own symbol table; without one (a stripped build, an unknown format) the jitter stays.
func fixJitter() error {
	symbols, err := ownSymbols("math/rand/v2.globalRand", "math/rand.globalRandGenerator", "main.anchor")
	if err != nil {
		return err
	}
	base, ok := symbols["main.anchor"]
	if !ok {
		return errors.New("the executable has no symbol table")
	}
	at := func(name string) unsafe.Pointer {
		address, ok := symbols[name]
		if !ok {
			return nil
		}
		return unsafe.Add(unsafe.Pointer(&anchor), int64(address)-int64(base))
	}
	found := false
	if p := at("math/rand/v2.globalRand"); p != nil {
		*(**mrand2.Rand)(p) = mrand2.New(least{})
		found = true
	}
	// Releases before v2.14.9 draw from the first math/rand.
	if p := at("math/rand.globalRandGenerator"); p != nil {
		(*atomic.Pointer[mrand1.Rand])(p).Store(mrand1.New(least{}))
		found = true
	}
	if !found {
		return errors.New("no global random source in the symbol table")
	}
	return nil
}

func ownSymbols(names ...string) (map[string]uint64, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	wanted := make(map[string]bool, len(names))
	for _, name := range names {
		wanted[name] = true
	}
	found := make(map[string]uint64, len(names))
	if file, err := elf.Open(path); err == nil {
		defer file.Close()
		symbols, err := file.Symbols()
		if err != nil {
			return nil, err
		}
		for _, s := range symbols {
			if wanted[s.Name] {
				found[s.Name] = s.Value
			}
		}
		return found, nil
	}
	file, err := macho.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s is neither ELF nor Mach-O", path)
	}
	defer file.Close()
	if file.Symtab == nil {
		return found, nil
	}
	for _, s := range file.Symtab.Syms {
		if name := strings.TrimPrefix(s.Name, "_"); wanted[name] {
			found[name] = s.Value
		}
	}
	return found, nil
}
