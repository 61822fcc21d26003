package main

// The adapter held to a session that uses every operation: what it answered when it was recorded, it answers again, and two
// runs leave the same files.

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/session.out anew")

const sessionFile, answersFile = "testdata/session.in", "testdata/session.out"

// build makes the real program: the adapter takes stdout over and finds variables in its own symbol table, and a test binary
// has neither.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "adapter")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// replay runs the session in a fresh directory and returns the answers, with $DIR back in them.
func replay(t *testing.T, program string) (out, dir string) {
	t.Helper()
	requests, err := os.ReadFile(sessionFile)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	cmd := exec.Command(program)
	cmd.Stdin = strings.NewReader(strings.ReplaceAll(string(requests), "$DIR", dir))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("the adapter: %v\n%s", err, stderr.String())
	}
	return strings.ReplaceAll(string(raw), dir, "$DIR"), dir
}

func TestSessionAnswersAsRecorded(t *testing.T) {
	out, _ := replay(t, build(t))
	if *update {
		if err := os.WriteFile(answersFile, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	recorded, err := os.ReadFile(answersFile)
	if err != nil {
		t.Fatal(err)
	}
	got, want := strings.Split(out, "\n"), strings.Split(string(recorded), "\n")
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("line %d\n got %s\nwant %s", i+1, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d answers, recorded %d", len(got), len(want))
	}
}

func TestTwoRunsLeaveTheSameBytes(t *testing.T) {
	program := build(t)
	_, one := replay(t, program)
	_, two := replay(t, program)
	if a, b := digest(t, one), digest(t, two); a != b {
		t.Errorf("first run\n%ssecond run\n%s", a, b)
	}
}

func TestSessionUsesEveryOperation(t *testing.T) {
	requests, err := os.ReadFile(sessionFile)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for line := range strings.Lines(string(requests)) {
		var req struct{ Op string }
		if json.Unmarshal([]byte(line), &req) == nil {
			used[req.Op] = true
		}
	}
	for name := range ops {
		if !used[name] {
			t.Errorf("%s does not use %s", sessionFile, name)
		}
	}
}

// digest lists every file below dir with its checksum.
func digest(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		fmt.Fprintf(&list, "%x %s\n", sha256.Sum256(content), strings.TrimPrefix(path, dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}
