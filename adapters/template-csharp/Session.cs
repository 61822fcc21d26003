// The session: who is there, a case begins and ends, time passes. It finds the operation that a request names and runs it.
//
// The clock is virtual: it stands where `begin` put it and moves by `advance`, so that days pass at once and timers always fire in
// the same order. A port on the real clock says so in Port.Clock; then `now` is the system's and `advance` waits.

using System;
using System.Collections.Generic;
using System.Threading;

namespace Blkspec.Adapter
{
    public delegate Dictionary<string, object> Operation(Request request);

    public sealed class Session
    {
        // 2000-01-01T00:00:00Z, where the clock of every case begins.
        private const long EpochNs = 946684800000000000;
        private const long NsPerTick = 100;
        private static readonly DateTime UnixEpoch = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

        private readonly Dictionary<string, Operation> operations = new Dictionary<string, Operation>();
        private readonly StoreCalls store;
        private long nowNs = EpochNs;

        public Session(StoreCalls store)
        {
            this.store = store;
            store.Clock = () => NowNs;
            operations["start"] = Start;
            operations["begin"] = Begin;
            operations["advance"] = Advance;
            operations["settle"] = request => { store.Settle(); return Result.Of(); };
            operations["now"] = request => Now();
            operations["end"] = request => { store.End(); return Result.Of(); };
            PureOperations.AddTo(operations);
            StreamOperations.AddTo(operations, store);
            ConsumerOperations.AddTo(operations, store);
        }

        public Dictionary<string, object> Run(Request request)
        {
            Operation operation;
            if (!operations.TryGetValue(request.Op, out operation))
            {
                throw new UnsupportedException(request.Op);
            }
            return operation(request);
        }

        /// <summary>The callbacks that fired since the last answer, in order.</summary>
        public List<object> TakeEvents()
        {
            var events = store.Events;
            store.Events = new List<object>();
            return events;
        }

        private long NowNs
        {
            get { return Port.Virtual ? nowNs : (DateTime.UtcNow - UnixEpoch).Ticks * NsPerTick; }
        }

        private Dictionary<string, object> Start(Request request)
        {
            var version = request.Raw("version") as JsonNumber;
            if (version == null || version.Text != "1")
            {
                throw Request.Invalid("this adapter speaks version 1 of the protocol");
            }
            return Result.Of(
                "adapter", "blkspec-csharp-template",
                "port", Port.Name,
                "port_version", Port.Version,
                "language", "csharp",
                "clock", Port.Virtual ? "virtual" : "real",
                "capabilities", store.Capabilities,
                "settings", store.Settings);
        }

        private Dictionary<string, object> Begin(Request request)
        {
            nowNs = EpochNs;
            store.Begin();
            return Now();
        }

        private Dictionary<string, object> Advance(Request request)
        {
            long ns = request.Signed("ns");
            if (Port.Virtual)
            {
                long until = nowNs + ns;
                // Whatever comes due on the way runs at its own moment, in order.
                for (long? due = store.NextDeadline(); due != null && due.Value <= until; due = store.NextDeadline())
                {
                    nowNs = Math.Max(nowNs, due.Value);
                    store.RunDue();
                }
                nowNs = until;
            }
            else
            {
                Thread.Sleep(TimeSpan.FromTicks(ns / NsPerTick));
            }
            store.Settle();
            return Now();
        }

        private Dictionary<string, object> Now()
        {
            return Result.Of("now", Result.Int(NowNs));
        }
    }
}
