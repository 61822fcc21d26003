package main

// The access time service of the server (package ats), kept by the adapter inside the bubble.
//
// The original starts a goroutine when the first store opens, which notes the time every 100 ms, and stops it when the last
// store stops. It cannot be used as it is: its channel belongs to no bubble, and waiting for it would stop the virtual clock
// for ever. Besides, its ticks fall on the same instants as the store's own timers, and whether an age check sees the time of
// this tick or of the one before would be chance. Here each tick comes a nanosecond early and notes the instant that it stands
// for: the store always sees the new time. Everything else is as in the original, down to the phase of the ticks.

import (
	"time"

	"github.com/nats-io/nats-server/v2/server/ats"
)

// accessRefs is where the count of registered stores starts. It never comes near zero or one, where the original would start
// or stop its goroutine.
const accessRefs = 1 << 30

type accessTimes struct {
	quit chan struct{} // nil while no store is open
}

func (a *accessTimes) reset() {
	atsRefs.Store(accessRefs)
	atsTime.Store(0)
}

// startIfIdle comes before a store opens.
func (a *accessTimes) startIfIdle() {
	if a.quit != nil {
		return
	}
	a.quit = make(chan struct{})
	atsTime.Store(time.Now().UnixNano())
	go a.tick(a.quit)
}

// stopIfIdle comes after every operation; any of them may have stopped the last store.
func (a *accessTimes) stopIfIdle() {
	if atsRefs.Load() == accessRefs {
		a.stop()
	}
}

func (a *accessTimes) stop() {
	if a.quit != nil {
		close(a.quit)
		a.quit = nil
	}
}

func (a *accessTimes) tick(quit chan struct{}) {
	const early = time.Nanosecond
	timer := time.NewTimer(ats.TickInterval - early)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			atsTime.Store(time.Now().Add(early).UnixNano())
			timer.Reset(ats.TickInterval)
		case <-quit:
			return
		}
	}
}
