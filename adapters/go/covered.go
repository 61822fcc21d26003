//go:build covered

package main

// Coverage by case, for `blkspec trace`: a build with -cover and the tag `covered` writes, at the end of each case, the counters
// of what the case executed into the directory of -coverage-dir, and the description of the blocks once.

import (
	"flag"
	"fmt"
	"os"
	"runtime/coverage"
)

func init() {
	dir := flag.String("coverage-dir", "", "write the coverage counters of each case into this directory")
	described := false
	atCaseStart = func() {
		if !described {
			described = true
			orExit(coverage.WriteMetaDir(*dir))
		}
		// What the adapter itself needed of the store until now belongs to no case.
		orExit(coverage.ClearCounters())
	}
	atCaseEnd = func() { orExit(coverage.WriteCountersDir(*dir)) }
}

// orExit ends the adapter: a measurement with a hole in it is none.
func orExit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "blkspec-go-adapter: coverage:", err)
		os.Exit(1)
	}
}
