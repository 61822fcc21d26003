// Command blkspec-go-adapter puts the file store of nats-server on stdin and stdout, as docs/protocol.md describes.
//
// It is the oracle: what it answers is what the Go store did. Each case runs in a testing/synctest bubble, so time is virtual
// and passes only where an operation says so. Requests are read outside the bubble and handed in; a goroutine of the bubble
// that waits for one is not durably blocked, and so the bubble's clock stands still meanwhile.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	protocolVersion = 1
	serverModule    = "github.com/nats-io/nats-server/v2"
	// A wedged store must not hold up the next case; its bubble is left behind after this long in real time.
	endPatience = 5 * time.Second
	// The heap is collected between cases, never within one (see main), once this many have run.
	casesPerCollection = 64
)

// What a build for measuring does around each case, see covered.go.
var atCaseStart, atCaseEnd = func() {}, func() {}

type options struct {
	settle        bool
	systemEntropy bool
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "bench" {
		if err := benchMain(); err != nil {
			fmt.Fprintln(os.Stderr, "blkspec-go-adapter:", err)
			os.Exit(1)
		}
		return
	}
	var opts options
	noSettle := flag.Bool("no-settle", false, "do not wait for background work after each operation (to hunt races)")
	flag.BoolVar(&opts.systemEntropy, "system-entropy", false, "draw keys, nonces and timer jitter from the system")
	flag.Parse()
	opts.settle = !*noSettle
	os.Args = os.Args[:1]

	// The testing package reports on stdout, which belongs to the protocol.
	out := os.Stdout
	os.Stdout = os.Stderr

	// The store keeps caches behind weak pointers. A collection in the middle of a case would drop some of them at a moment
	// that nobody can repeat, so it happens between cases or when memory runs short.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 30)

	// With one processor, what comes due at the same instant runs in the same order every time.
	if opts.settle {
		runtime.GOMAXPROCS(1)
	}

	if err := learnPrototype(); err != nil {
		fmt.Fprintln(os.Stderr, "blkspec-go-adapter:", err)
		os.Exit(1)
	}
	if !opts.systemEntropy {
		if err := fixJitter(); err != nil {
			fmt.Fprintln(os.Stderr, "blkspec-go-adapter: timer jitter stays random:", err)
		}
	}
	go dieWithParent(os.Getppid())

	serve := func(t *testing.T) {
		a := &adapter{t: t, opts: opts, in: bufio.NewReaderSize(os.Stdin, 1<<16), out: bufio.NewWriterSize(out, 1<<16)}
		if err := a.run(); err != nil {
			fmt.Fprintln(os.Stderr, "blkspec-go-adapter:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	testing.Main(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "adapter", F: serve}}, nil, nil)
}

// dieWithParent ends the process when the harness is gone. The end of standard input says so too, but nobody reads it while
// the store runs in an endless loop.
func dieWithParent(parent int) {
	for os.Getppid() == parent {
		time.Sleep(time.Second)
	}
	os.Exit(1)
}

// adapter is the session outside every bubble.
type adapter struct {
	t     *testing.T
	opts  options
	in    *bufio.Reader
	out   *bufio.Writer
	enc   *json.Encoder
	cur   *bubble
	cases int
}

func (a *adapter) run() error {
	a.enc = json.NewEncoder(a.out)
	a.enc.SetEscapeHTML(false)
	for {
		line, err := readLine(a.in)
		if len(bytes.TrimSpace(line)) > 0 {
			if err := a.enc.Encode(a.answer(line)); err != nil {
				return err
			}
		}
		if err != nil {
			if flushErr := a.out.Flush(); flushErr != nil {
				return flushErr
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		// More requests in the buffer mean that the harness is pipelining: their answers share one write.
		if a.in.Buffered() == 0 {
			if err := a.out.Flush(); err != nil {
				return err
			}
		}
	}
}

// readLine returns a line of any length; it is valid until the next call.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		line, err = in.ReadSlice('\n')
		long = append(long, line...)
	}
	return long, err
}

func (a *adapter) answer(line []byte) *response {
	req := new(request)
	if err := json.Unmarshal(line, req); err != nil {
		// The id may still be there, and an answer without one helps nobody.
		var envelope struct {
			ID json.RawMessage `json:"id"`
		}
		if json.Unmarshal(line, &envelope) != nil || len(envelope.ID) == 0 {
			envelope.ID = json.RawMessage(`""`)
		}
		return &response{ID: envelope.ID, Error: wireErrorOf(requestError(err))}
	}
	switch req.Op {
	case "start":
		return respond(req, a.start, req)
	case "begin":
		return a.begin(req)
	case "end":
		return respond(req, a.end, req)
	}
	if a.cur != nil {
		return a.do(req)
	}
	if op, ok := pureOps[req.Op]; ok {
		return respond(req, op, req)
	}
	if _, ok := ops[req.Op]; ok {
		return &response{ID: req.ID, Error: wireErrorOf(invalid("%s outside a case: begin one first", req.Op))}
	}
	return &response{ID: req.ID, Unsupported: req.Op}
}

// respond runs an operation and turns whatever comes of it, a panic included, into a response.
func respond[T any](req *request, op func(T) (any, error), arg T) (resp *response) {
	resp = &response{ID: req.ID}
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(os.Stderr, "panic in %s: %v\n%s\n", req.Op, r, debug.Stack())
			resp.Result, resp.Error = nil, &wireError{Class: "panic", Text: fmt.Sprint(r)}
		}
	}()
	result, err := op(arg)
	if u, ok := errors.AsType[unsupported](err); ok {
		resp.Unsupported = string(u)
	} else if err != nil {
		resp.Error = wireErrorOf(err)
	} else {
		resp.Result = result
	}
	return resp
}

func wireErrorOf(err error) *wireError { return &wireError{Class: classOf(err), Text: err.Error()} }

func (a *adapter) start(req *request) (any, error) {
	if req.Version != protocolVersion {
		return nil, invalid("protocol version %d; this adapter speaks %d", req.Version, protocolVersion)
	}
	return &startResult{
		Adapter: "blkspec-go", Port: "nats-server", PortVersion: portVersion(), Language: "go", Clock: "virtual",
		Capabilities: []string{"stream", "consumer", "snapshot", "pure", "inspect"},
		Settings:     []string{"none/none", "none/s2", "chacha/none", "chacha/s2", "aes/none", "aes/s2"},
	}, nil
}

// portVersion is the release that was linked in, as the module system knows it.
func portVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path != serverModule {
				continue
			}
			for dep.Replace != nil {
				dep = dep.Replace
			}
			if dep.Version != "" {
				return dep.Version
			}
		}
	}
	return "v" + strings.TrimPrefix(server.VERSION, "v")
}

func (a *adapter) begin(req *request) *response {
	a.finish()
	if !a.opts.systemEntropy {
		seedEntropy(req.Case)
	}
	atCaseStart()
	a.cur = newBubble(a.t, a.opts.settle, 0)
	return a.do(req)
}

// do carries out an operation of the current case. A panic would have been the end of a server's process, and it is the end
// of everything that the case has open: the store may hold its locks for ever, so its bubble is left behind as it stands, its
// clock stopped, and the case goes on in a new one at the same time.
func (a *adapter) do(req *request) *response {
	resp, alive := a.cur.do(req)
	if !alive {
		a.cur = newBubble(a.t, a.opts.settle, a.cur.elapsed)
	}
	return resp
}

func (a *adapter) end(*request) (any, error) {
	if a.cur == nil {
		return nil, invalid("end outside a case")
	}
	a.finish()
	return none{}, nil
}

func (a *adapter) finish() {
	if a.cur == nil {
		return
	}
	a.cur.close()
	a.cur = nil
	atCaseEnd()
	if a.cases++; a.cases%casesPerCollection == 0 {
		runtime.GC()
	}
}
