package main

// What the benchmarks store and ask for, made from a seed as src/harness/bench/data.rs makes it, and the memory that the
// process needed.

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// benchPool is how many different payloads a seed gives.
const benchPool = 1 << 18

type benchData struct {
	seed     uint64
	size     uint64
	subjects []string
	pool     []byte
}

func newBenchData(seed, subjects, size uint64) *benchData {
	d := &benchData{seed: seed, size: size, subjects: make([]string, 0, subjects)}
	for k := range subjects {
		d.subjects = append(d.subjects, fmt.Sprintf("orders.r%d.c%d", k%10, k))
	}
	// Words of a small vocabulary, which compress about as well as JSON does.
	for word := uint64(0); uint64(len(d.pool)) < benchPool+size; word++ {
		letters := mix(seed + 1 + mix(seed+word)%512)
		for range 3 + letters%7 {
			d.pool = append(d.pool, 'a'+byte((letters>>8)%26))
			letters = mix(letters)
		}
		d.pool = append(d.pool, ' ')
	}
	return d
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// number is the i-th of the seed's random numbers.
func (d *benchData) number(i uint64) uint64 { return mix(d.seed ^ mix(i)) }

// subject is that of message i. The factor is prime, so that neighbours differ and all subjects come in turn.
func (d *benchData) subject(i uint64) string { return d.subjects[i*7919%uint64(len(d.subjects))] }

func (d *benchData) payload(i uint64) []byte {
	at := d.number(i) % benchPool
	return d.pool[at : at+d.size : at+d.size]
}

// shuffled is the sequences from 1 to count in a random order.
func (d *benchData) shuffled(count uint64) []uint64 {
	order := make([]uint64, count)
	for i := range order {
		order[i] = uint64(i) + 1
	}
	for i := count; i > 1; i-- {
		j := d.number(i) % i
		order[i-1], order[j] = order[j], order[i-1]
	}
	return order
}

// processTime is the processor time that this process has used so far.
func processTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// resetPeakMemory makes the kernel forget how large the process was.
func resetPeakMemory() error { return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peakMemory is the largest that the resident memory was, in bytes.
func peakMemory() (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			kib, err := strconv.ParseUint(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(rest), []byte("kB")))), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/self/status does not say the peak memory")
}
