// A real nats-server on a directory: it makes streams and consumers, publishes and consumes through the official client,
// reports what it then knows, one JSON object a line on stdout, and stops.
//
//	blkspec-go-server fill   [flags] DIR    makes everything in an empty directory, reports, stops
//	blkspec-go-server look   [flags] DIR    starts on a directory, reports, stops
//	blkspec-go-server resume [flags] DIR    starts on a directory, reports; consumes, publishes, consumes; reports, stops
//
// With -hold it does not stop by itself after its last report: it waits for the end of stdin, or to be killed.
// Nothing here listens on a port; the client is connected in the process.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// How long the whole program may take.
const deadline = 4 * time.Minute

// A world is a server with a client.
type world struct {
	ctx    context.Context
	server *server.Server
	client *nats.Conn
	js     jetstream.JetStream
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "blkspec-go-server:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 || !slices.Contains([]string{"fill", "look", "resume"}, args[0]) {
		return fmt.Errorf("expected fill, look or resume")
	}
	flags := flag.NewFlagSet(args[0], flag.ExitOnError)
	cipher := flags.String("cipher", "none", "none, chacha or aes")
	key := flags.String("key", "", "the key of an encrypted server")
	compression := flags.String("compression", "none", "none or s2")
	hold := flags.Bool("hold", false, "wait for the end of stdin before stopping")
	_ = flags.Parse(args[1:])
	if flags.NArg() != 1 {
		return fmt.Errorf("expected one directory, got %d", flags.NArg())
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	world, err := start(ctx, flags.Arg(0), *cipher, *key)
	if err != nil {
		return err
	}
	defer world.stop()
	if args[0] == "fill" {
		if err := world.fill(*compression); err != nil {
			return err
		}
	}
	if err := world.print(nil); err != nil {
		return err
	}
	if args[0] == "resume" {
		if err := world.resume(); err != nil {
			return err
		}
	}
	if *hold {
		_, err = io.Copy(io.Discard, os.Stdin)
	}
	return err
}

func start(ctx context.Context, dir, cipher, key string) (*world, error) {
	options := &server.Options{
		ServerName: "blkspec",
		DontListen: true,
		NoSigs:     true,
		JetStream:  true,
		StoreDir:   dir,
	}
	switch cipher {
	case "none":
	case "chacha":
		options.JetStreamCipher, options.JetStreamKey = server.ChaCha, key
	case "aes":
		options.JetStreamCipher, options.JetStreamKey = server.AES, key
	default:
		return nil, fmt.Errorf("unknown cipher %q", cipher)
	}
	srv, err := server.NewServer(options)
	if err != nil {
		return nil, err
	}
	// What the server warns of is worth reading when a test fails.
	srv.SetLogger(stderrLog{}, false, false)
	srv.Start()
	if !srv.ReadyForConnections(30*time.Second) || !srv.JetStreamEnabled() {
		srv.Shutdown()
		return nil, fmt.Errorf("the server did not start with JetStream in %s", dir)
	}
	client, err := nats.Connect("", nats.InProcessServer(srv))
	if err != nil {
		srv.Shutdown()
		return nil, err
	}
	js, err := jetstream.New(client)
	if err != nil {
		client.Close()
		srv.Shutdown()
		return nil, err
	}
	return &world{ctx: ctx, server: srv, client: client, js: js}, nil
}

func (w *world) stop() {
	w.client.Close()
	w.server.Shutdown()
	w.server.WaitForShutdown()
}

// Everything that is pending is consumed, then everything is published and consumed once more.
func (w *world) resume() error {
	fetched, err := w.consumeAll()
	if err != nil {
		return err
	}
	if err := w.publishAgain(); err != nil {
		return err
	}
	more, err := w.consumeAll()
	if err != nil {
		return err
	}
	for name, messages := range more {
		fetched[name] = append(fetched[name], messages...)
	}
	return w.print(fetched)
}

func (w *world) print(fetched map[string][]delivery) error {
	report, err := w.settledReport()
	if err != nil {
		return err
	}
	report.Fetched = fetched
	line, err := json.Marshal(report)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(line, '\n'))
	return err
}

// Warnings and errors go to stderr.
type stderrLog struct{}

func (stderrLog) Noticef(string, ...any) {}
func (stderrLog) Debugf(string, ...any)  {}
func (stderrLog) Tracef(string, ...any)  {}
func (stderrLog) Warnf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "warning: "+format+"\n", args...)
}
func (stderrLog) Errorf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "error: "+format+"\n", args...)
}
func (stderrLog) Fatalf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "fatal: "+format+"\n", args...)
}
