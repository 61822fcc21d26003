// Records what nats-server answers about subjects, subject trees and sublists, for src/index/testdata.
//
// Run it here as `go run . trees >../../../src/index/testdata/trees.txt`, and the same with `subjects`. The
// histories come from a linear congruential generator; src/index/tests.rs walks the same ones and hashes
// the same answers in the same order. Change both or neither.
package main

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
	"os"
	"strings"
	_ "unsafe"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-server/v2/server/gsl"
	"github.com/nats-io/nats-server/v2/server/stree"
)

//go:linkname matchLiteral github.com/nats-io/nats-server/v2/server.matchLiteral
func matchLiteral(literal, subject string) bool

//go:linkname subjectHasWildcard github.com/nats-io/nats-server/v2/server.subjectHasWildcard
func subjectHasWildcard(subject string) bool

//go:linkname subjectIsLiteral github.com/nats-io/nats-server/v2/server.subjectIsLiteral
func subjectIsLiteral(subject string) bool

//go:linkname compareFn github.com/nats-io/nats-server/v2/server.compareFn
func compareFn(subject string) func(string, string) bool

// lcg is Knuth's MMIX generator, its upper 31 bits.
type lcg uint64

func (g *lcg) below(n uint64) uint64 {
	*g = *g*6364136223846793005 + 1442695040888963407
	return (uint64(*g) >> 33) % n
}

var treeTokens = []string{"a", "b", "aa", "ab", "abc", "foo", "bar", "*", ">", ""}

// treeSubject makes a subject of one of four families.
func treeSubject(g *lcg, family uint64) []byte {
	switch family {
	case 0:
		var tokens []string
		for range 1 + g.below(4) {
			tokens = append(tokens, treeTokens[g.below(uint64(len(treeTokens)))])
		}
		return []byte(strings.Join(tokens, "."))
	case 1:
		number := g.below(400)
		return fmt.Appendf(nil, "orders.%d.%s", number, treeTokens[g.below(7)])
	case 2:
		var subject []byte
		for range g.below(4) {
			subject = append(subject, byte(g.below(256)))
		}
		return subject
	default:
		subject := []byte("long.prefix.that.needs.the.heap.")
		subject = subject[:g.below(uint64(len(subject)))]
		for range g.below(12) {
			subject = append(subject, "ab."[g.below(3)])
		}
		return subject
	}
}

var fixedFilters = []string{
	">", "*", "*.*", "*.*.*", "a.>", "a.*", "*.b", "orders.*.foo", "orders.>", "orders.1*.a", "a*.b",
	"*.", ".>", ".*", "foo.*.", "", ".", "..", ">a", ">.a", "a.>.b", "*a", "*.>", "a.*.>", "*.*.>", "long.*.that.>",
	"a.*b", "**", "*.**", "a..b",
}

// nestedFilters are filters on one another's way.
var nestedFilters = []string{"a", "a.b", "a.b.c", "a.*", "a.>", "*", ">", "a.", "a.>.b"}

// treeFilter takes a subject and puts wildcards into it, sound and unsound ones.
func treeFilter(g *lcg, subject []byte) []byte {
	tokens := strings.Split(string(subject), ".")
	for i := range tokens {
		switch g.below(8) {
		case 0, 1:
			tokens[i] = "*"
		case 2:
			tokens = append(tokens[:i:i], ">")
			return []byte(strings.Join(tokens, "."))
		case 3:
			tokens[i] += "*"
		}
	}
	return []byte(strings.Join(tokens, "."))
}

type digest struct{ hash.Hash64 }

func (d digest) number(n uint64) { d.Write(binary.LittleEndian.AppendUint64(nil, n)) }
func (d digest) flag(b bool) {
	if b {
		d.number(1)
	} else {
		d.number(0)
	}
}
func (d digest) bytes(b []byte) { d.number(uint64(len(b))); d.Write(b) }
func (d digest) result(value *uint64, ok bool) {
	d.flag(ok)
	if ok {
		d.number(*value)
	}
}

type history struct {
	g      lcg
	family uint64
	tree   *stree.SubjectTree[uint64]
	known  [][]byte
	clock  uint64
	d      digest
}

func (h *history) subject() []byte {
	if len(h.known) > 0 && h.g.below(5) > 0 {
		return h.known[h.g.below(uint64(len(h.known)))]
	}
	return treeSubject(&h.g, h.family)
}

func (h *history) change(steps, deletions uint64) {
	for range steps {
		h.clock++
		if h.g.below(100) < deletions {
			h.d.result(h.tree.Delete(h.subject()))
		} else {
			subject := treeSubject(&h.g, h.family)
			h.known = append(h.known, subject)
			h.d.result(h.tree.Insert(subject, h.clock))
		}
		if h.g.below(4) == 0 {
			h.d.result(h.tree.Find(h.subject()))
		}
	}
}

func (h *history) check() {
	h.d.number(uint64(h.tree.Size()))
	each := func(subject []byte, value *uint64) bool {
		h.d.bytes(subject)
		h.d.number(*value)
		return true
	}
	h.tree.IterFast(each)
	h.tree.IterOrdered(each)
	var filters [][]byte
	for _, filter := range fixedFilters {
		filters = append(filters, []byte(filter))
	}
	for range 16 {
		filters = append(filters, treeFilter(&h.g, h.subject()))
	}
	for _, filter := range filters {
		h.d.bytes(filter)
		h.tree.Match(filter, func(subject []byte, value *uint64) { each(subject, value) })
		left := 1 + h.g.below(5)
		h.d.flag(h.tree.MatchUntil(filter, func(subject []byte, value *uint64) bool {
			left--
			return each(subject, value) && left > 0
		}))
	}
	h.intersect()
	h.sublist()
}

func (h *history) intersect() {
	other := stree.NewSubjectTree[uint64]()
	for i := range h.g.below(120) {
		other.Insert(h.subject(), i)
	}
	stree.LazyIntersect(h.tree, other, func(subject []byte, left, right *uint64) {
		h.d.bytes(subject)
		h.d.number(*left)
		h.d.number(*right)
	})
}

func (h *history) sublist() {
	list := gsl.NewSimpleSublist()
	var filters []string
	for range 1 + h.g.below(5) {
		filter := nestedFilters[h.g.below(uint64(len(nestedFilters)))]
		if h.g.below(3) > 0 {
			filter = string(treeFilter(&h.g, h.subject()))
		}
		filters = append(filters, filter)
		h.d.flag(list.Insert(filter, struct{}{}) == nil)
		h.ask(list)
	}
	for range 3 {
		filter := filters[h.g.below(uint64(len(filters)))]
		switch list.Remove(filter, struct{}{}) {
		case nil:
			h.d.number(0)
		case gsl.ErrNotFound:
			h.d.number(1)
		default:
			h.d.number(2)
		}
		h.ask(list)
	}
}

func (h *history) ask(list *gsl.SimpleSublist) {
	h.d.number(uint64(list.Count()))
	h.d.flag(list.MatchesFullWildcard())
	single, ok := list.MatchesSingleFilter()
	h.d.flag(ok)
	h.d.bytes([]byte(single))
	for range 6 {
		subject := string(h.subject())
		h.d.flag(list.HasInterest(subject))
		h.d.flag(list.HasInterestStartingIn(subject))
	}
	left := 1 + h.g.below(60)
	stree.IntersectGSL(h.tree, list, func(subject []byte, value *uint64) bool {
		h.d.bytes(subject)
		h.d.number(*value)
		left--
		return left > 0
	})
}

func recordTrees() {
	fmt.Println("# nats-server v2.14.9, server/stree and server/gsl; recorded by tests/recorders/index.")
	fmt.Println("# seed, FNV-1a over all answers after each of four phases (growing, shrinking, growing again, mixed), and the final size.")
	for seed := range uint64(280) {
		h := &history{g: lcg(seed), family: seed % 4, tree: stree.NewSubjectTree[uint64](), d: digest{fnv.New64a()}}
		fmt.Printf("%d", seed)
		steps := 20 + h.g.below(400)
		for _, phase := range [][2]uint64{{steps, 10}, {3 * steps, 90}, {steps, 40}, {60, 50}} {
			h.change(phase[0], phase[1])
			h.check()
			fmt.Printf(" %016x", h.d.Sum64())
		}
		fmt.Printf(" %d\n", h.tree.Size())
	}
}

var subjectTokens = []string{"a", "b", "ab", "*", "*", ">", "", "*a", "a*", ">a", "a>", "**", " ", "a b", "\t", "foo"}

func pairSubject(g *lcg) string {
	var tokens []string
	for range 1 + g.below(4) {
		tokens = append(tokens, subjectTokens[g.below(uint64(len(subjectTokens)))])
	}
	return strings.Join(tokens, ".")
}

// pairFilter is the subject itself with tokens exchanged, so that matches are not rare.
func pairFilter(g *lcg, subject string) string {
	tokens := strings.Split(subject, ".")
	for i := range tokens {
		if g.below(3) == 0 {
			tokens[i] = subjectTokens[g.below(uint64(len(subjectTokens)))]
		}
	}
	switch g.below(6) {
	case 0:
		tokens = append(tokens, subjectTokens[g.below(uint64(len(subjectTokens)))])
	case 1:
		tokens = tokens[:1+g.below(uint64(len(tokens)))]
	}
	return strings.Join(tokens, ".")
}

func answers(subject, filter string) string {
	var bits strings.Builder
	for _, answer := range []bool{
		server.SubjectMatchesFilter(subject, filter), matchLiteral(subject, filter), compareFn(filter)(subject, filter),
		subjectHasWildcard(subject), subjectIsLiteral(subject),
		server.IsValidSubject(subject), server.IsValidPublishSubject(subject), server.IsValidLiteralSubject(subject),
	} {
		if answer {
			bits.WriteByte('1')
		} else {
			bits.WriteByte('0')
		}
	}
	return bits.String()
}

func recordSubjects() {
	fmt.Println("# nats-server v2.14.9, server/sublist.go and compareFn; recorded by tests/recorders/index.")
	fmt.Println("# subject|filter|SubjectMatchesFilter matchLiteral compareFn(filter) of both,")
	fmt.Println("# then subjectHasWildcard subjectIsLiteral IsValidSubject IsValidPublishSubject IsValidLiteralSubject of the subject.")
	for _, pair := range [][2]string{
		{"foo", "foo"}, {"foo.bar", "foo.*"}, {"foo.bar", "*.*"}, {"foo.bar", "*"}, {"foo.bar", ">"}, {"foo", "foo.>"},
		{"foo.*", "foo.bar"}, {"foo.*", "foo.*"}, {"foo.*", "foo.>"}, {"foo.>", "foo.*"}, {"foo.>", ">"}, {"foo.>", "foo.>"},
		{"foo..bar", "foo.*.bar"}, {"foo..bar", "foo.>"}, {"foo.", "foo.*"}, {"foo.", "foo.>"}, {"", ""}, {"", "*"}, {"", ">"}, {"a", ""},
		{"foo.bar", "foo.*x"}, {"foo.bar", "*x.bar"}, {"foo.x*", "foo.x*"}, {"foo.bar", "foo.b*"}, {"foo>", "foo>"}, {"a.b", "a.>.b"},
		{"foo bar", "foo bar"}, {" ", " "}, {"a.b.c", "a.*.c"}, {"a.b.c", "a.*"}, {"a.b.c", "*.b"}, {"a.b", "a.b."}, {"a.b.", "a.b"}, {".", "*.*"},
	} {
		fmt.Printf("%s|%s|%s\n", pair[0], pair[1], answers(pair[0], pair[1]))
	}
	fmt.Println("# FNV-1a over 1000 generated pairs each: subject, filter, answers.")
	g := lcg(0)
	for range 10 {
		d := digest{fnv.New64a()}
		for range 1000 {
			subject := pairSubject(&g)
			filter := pairFilter(&g, subject)
			for _, field := range []string{subject, filter, answers(subject, filter)} {
				d.bytes([]byte(field))
			}
		}
		fmt.Printf("%016x\n", d.Sum64())
	}
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "trees" {
		recordTrees()
	} else if len(os.Args) == 2 && os.Args[1] == "subjects" {
		recordSubjects()
	} else {
		fmt.Fprintln(os.Stderr, "usage: go run . trees|subjects")
		os.Exit(2)
	}
}
