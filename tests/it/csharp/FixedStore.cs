// A store for a test of adapters/template-csharp: every call answers a constant, and an event says which call came with what.
//
// It takes the place of Port.cs. No two constants of one answer are alike, so that members that were mixed up would show.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Blkspec.Adapter
{
    public static class Port
    {
        public const string Name = "fixed-store";
        public const string Version = "1";
        public static readonly bool Virtual = true;

        public static StoreCalls Store(string[] arguments)
        {
            return new FixedStore();
        }
    }

    public static class Call
    {
        /// <summary>A call as an event: its name and its arguments.</summary>
        public static object Of(string name, object[] arguments)
        {
            string words = string.Concat(arguments.Select(argument => " " + Text(argument)));
            return Result.Of("event", "process_msg", "subject", name + words);
        }

        private static string Text(object value)
        {
            var bytes = value as byte[];
            var texts = value as List<string>;
            var request = value as Request;
            var state = value as ConsumerState;
            if (value == null)
            {
                return "nil";
            }
            if (bytes != null)
            {
                return "<" + Encoding.UTF8.GetString(bytes).Replace("\r\n", "~") + ">";
            }
            if (texts != null)
            {
                return "[" + string.Join(",", texts) + "]";
            }
            if (request != null)
            {
                return "{" + string.Join(",", request.Names.Select(name => name + "=" + Json.Write(request.Raw(name)))) + "}";
            }
            return state != null ? Json.Write(state.ToResult()) : Convert.ToString(value, CultureInfo.InvariantCulture);
        }
    }

    public sealed class FixedStore : StoreCalls
    {
        public override string[] Capabilities { get { return new[] { "stream", "snapshot", "consumer", "pure", "inspect" }; } }

        public override string[] Settings { get { return new[] { "none/none", "aes/s2" }; } }

        private void Log(string name, params object[] arguments)
        {
            Events.Add(Call.Of(name, arguments));
        }

        private static Message Some(string subject)
        {
            return new Message { Subject = subject, Seq = 18446744073709551615, Ts = -7, Hdr = new byte[] { 1, 255 }, Msg = new byte[] { 2 } };
        }

        private static StreamState SomeState()
        {
            return new StreamState
            {
                Msgs = 1, Bytes = 2, FirstSeq = 3, FirstTime = 4, LastSeq = 5, LastTime = null, NumSubjects = 6, NumDeleted = 7,
                Deleted = new List<ulong> { 8, 9 }, LostMsgs = new List<ulong> { 10 }, LostBytes = 11, Consumers = 12,
            };
        }

        public override void Open(string dir, Request file, Request stream, long? created, Request key, Request oldKey) { Log("Open", "DIR", file, stream, created, key, oldKey); }

        public override void Stop() { Log("Stop"); }

        public override void Abandon() { Log("Abandon"); }

        public override void Delete(bool inline) { Log("Delete", inline); }

        public override void UpdateConfig(Request stream) { Log("UpdateConfig", stream); }

        public override Message StoreMsg(string subject, byte[] hdr, byte[] msg, long ttl) { Log("StoreMsg", subject, hdr, msg, ttl); return Some("x"); }

        public override void StoreRawMsg(string subject, byte[] hdr, byte[] msg, ulong seq, long ts, long ttl, bool discardNewCheck) { Log("StoreRawMsg", subject, hdr, msg, seq, ts, ttl, discardNewCheck); }

        public override ulong SkipMsg(ulong seq) { Log("SkipMsg", seq); return 21; }

        public override ulong SkipMsgNoInterest(ulong seq) { Log("SkipMsgNoInterest", seq); return 22; }

        public override void SkipMsgs(ulong seq, ulong num) { Log("SkipMsgs", seq, num); }

        public override void FlushAllPending() { Log("FlushAllPending"); }

        public override bool RemoveMsg(ulong seq) { Log("RemoveMsg", seq); return true; }

        public override bool EraseMsg(ulong seq) { Log("EraseMsg", seq); return false; }

        public override ulong Purge() { Log("Purge"); return 23; }

        public override ulong PurgeEx(string subject, ulong seq, ulong keep) { Log("PurgeEx", subject, seq, keep); return 24; }

        public override ulong Compact(ulong seq) { Log("Compact", seq); return 25; }

        public override void Truncate(ulong seq) { Log("Truncate", seq); }

        public override Message LoadMsg(ulong seq) { Log("LoadMsg", seq); return Some("load"); }

        public override Found LoadNextMsg(string filter, bool wc, ulong start) { Log("LoadNextMsg", filter, wc, start); return new Found { Message = Some("next"), Skip = 31 }; }

        public override Found LoadPrevMsg(string filter, bool wc, ulong start) { Log("LoadPrevMsg", filter, wc, start); return new Found { Message = Some("prev"), Skip = 32 }; }

        public override Found LoadNextMsgMulti(List<string> filters, ulong start) { Log("LoadNextMsgMulti", filters, start); return new Found { Message = Some("next"), Skip = 33 }; }

        public override Found LoadPrevMsgMulti(List<string> filters, ulong start) { Log("LoadPrevMsgMulti", filters, start); return new Found { Message = Some("prev"), Skip = 34 }; }

        public override Message LoadLastMsg(string subject) { Log("LoadLastMsg", subject); return new Message { Subject = "last", Seq = 5, Ts = 6 }; }

        public override ulong GetSeqFromTime(long? time) { Log("GetSeqFromTime", time); return 35; }

        public override SimpleState FilteredState(ulong seq, string subject) { Log("FilteredState", seq, subject); return new SimpleState { Msgs = 41, First = 42, Last = 43 }; }

        public override Dictionary<string, SimpleState> SubjectsState(string filter)
        {
            Log("SubjectsState", filter);
            return new Dictionary<string, SimpleState> { { "a.b", new SimpleState { Msgs = 44, First = 45, Last = 46 } } };
        }

        public override Dictionary<string, ulong> SubjectsTotals(string filter)
        {
            Log("SubjectsTotals", filter);
            return new Dictionary<string, ulong> { { "a.b", 47 } };
        }

        public override List<ulong> AllLastSeqs() { Log("AllLastSeqs"); return new List<ulong> { 51, 9223372036854775809 }; }

        public override List<ulong> MultiLastSeqs(List<string> filters, ulong maxSeq, long maxAllowed) { Log("MultiLastSeqs", filters, maxSeq, maxAllowed); return new List<ulong> { 52 }; }

        public override Totals MultiLastMsgs(List<string> filters, ulong minSeq, ulong maxSeq, long maxAllowed, Func<Message, ulong, bool> each)
        {
            ulong given = 0;
            for (bool more = true; more && given < 3;)
            {
                given++;
                more = each(Some("m" + given), 60 + given);
            }
            Log("MultiLastMsgs", filters, minSeq, maxSeq, maxAllowed, "gave " + given);
            return new Totals { Total = 61, ValidThrough = 62 };
        }

        public override string SubjectForSeq(ulong seq) { Log("SubjectForSeq", seq); return "a \u00e9\u20ac\ud83d\ude00\"\\\u0001"; }

        public override Totals NumPending(ulong seq, string filter, bool lastPerSubject) { Log("NumPending", seq, filter, lastPerSubject); return new Totals { Total = 63, ValidThrough = 64 }; }

        public override Totals NumPendingMulti(ulong seq, List<string> filters, bool lastPerSubject) { Log("NumPendingMulti", seq, filters, lastPerSubject); return new Totals { Total = 65, ValidThrough = 66 }; }

        public override StreamState State() { Log("State"); return SomeState(); }

        public override StreamState FastState() { Log("FastState"); return SomeState(); }

        public override byte[] EncodedStreamState(ulong failed) { Log("EncodedStreamState", failed); return new byte[] { 71 }; }

        public override void SyncDeleted(byte[] state) { Log("SyncDeleted", state.Length > 0); }

        public override string StorageType() { Log("StorageType"); return "file"; }

        public override Tuple<ulong, ulong> Utilization() { Log("Utilization"); return Tuple.Create(72UL, 73UL); }

        public override void ResetState() { Log("ResetState"); }

        public override void RegisterUpdates() { Log("RegisterUpdates"); }

        public override void RegisterRemoves() { Log("RegisterRemoves"); }

        public override void RegisterProcess() { Log("RegisterProcess"); }

        public override Tuple<byte[], List<string>> Snapshot(long deadline, bool includeConsumers, bool checkMsgs)
        {
            Log("Snapshot", deadline, includeConsumers, checkMsgs);
            return Tuple.Create(new byte[] { 74 }, new List<string> { "an error" });
        }

        public override void Restore(string dir, byte[] archive) { Log("Restore", "DIR", archive.Length > 0); }

        public override void ConsumerOpen(string name, long? created, Request config) { Log("ConsumerOpen", name, created, config); }

        public override ConsumerCalls Consumer(string name) { return new FixedConsumer(name, Events); }

        public override Dictionary<string, object> Inspect()
        {
            Log("Inspect");
            return Result.Of(
                "blocks", new List<object>(), "dirty", "81", "cache_loads", "82", "cache_size", "83", "dmap_entries", "84",
                "num_msg_blocks", "85");
        }
    }

    public sealed class FixedConsumer : ConsumerCalls
    {
        private readonly string name;
        private readonly List<object> events;

        public FixedConsumer(string name, List<object> events)
        {
            this.name = name;
            this.events = events;
        }

        private void Log(string call, params object[] arguments)
        {
            events.Add(Call.Of(name + "." + call, arguments));
        }

        private static ConsumerState Some()
        {
            var state = new ConsumerState
            {
                Delivered = new SequencePair { Consumer = 91, Stream = 92 },
                AckFloor = new SequencePair { Consumer = 93, Stream = 94 },
            };
            state.Pending[95] = new PendingDelivery { Sequence = 96, TimestampNs = -97 };
            state.Redelivered[98] = 99;
            return state;
        }

        public override void SetStarting(ulong seq) { Log("SetStarting", seq); }

        public override void UpdateStarting(ulong seq) { Log("UpdateStarting", seq); }

        public override void Reset(ulong seq) { Log("Reset", seq); }

        public override bool HasState() { Log("HasState"); return true; }

        public override void UpdateDelivered(ulong dseq, ulong sseq, ulong dc, long ts) { Log("UpdateDelivered", dseq, sseq, dc, ts); }

        public override void UpdateAcks(ulong dseq, ulong sseq) { Log("UpdateAcks", dseq, sseq); }

        public override void RemoveRedeliveredBelow(ulong seq) { Log("RemoveRedeliveredBelow", seq); }

        public override void UpdateConfig(Request config) { Log("UpdateConfig", config); }

        public override void Update(ConsumerState state) { Log("Update", state); }

        public override void ForceUpdate(ConsumerState state) { Log("ForceUpdate", state); }

        public override ConsumerState State() { Log("State"); return Some(); }

        public override ConsumerState BorrowState() { Log("BorrowState"); return Some(); }

        public override byte[] EncodedState() { Log("EncodedState"); return new byte[] { 75 }; }

        public override string StorageType() { Log("StorageType"); return "file"; }

        public override void Stop() { Log("Stop"); }

        public override void Delete() { Log("Delete"); }

        public override void StreamDelete() { Log("StreamDelete"); }

        public override void AddToStore() { Log("AddToStore"); }

        public override void RemoveFromStore() { Log("RemoveFromStore"); }
    }
}
