// PORT: the port's calls. Each member is an operation of docs/protocol.md, named as in Go's StreamStore and ConsumerStore, with the
// arguments already read and the result as a value; a store of the port derives from this class and overrides what it has. What is
// not overridden answers `unsupported` with the operation's name, which fails nothing and is counted.
//
// A failure is a PortException with a class of docs/protocol.md; any other exception becomes `panic`. Integers are Go's widths,
// times are Unix nanoseconds, and null is Go's zero time.

using System;
using System.Collections.Generic;

namespace Blkspec.Adapter
{
    public sealed class Message
    {
        public string Subject;
        public ulong Seq;
        public long Ts;
        public byte[] Hdr = new byte[0];
        public byte[] Msg = new byte[0];
    }

    /// <summary>A message and how many sequences were passed over on the way; the message may be null.</summary>
    public sealed class Found
    {
        public Message Message;
        public ulong Skip;
    }

    /// <summary>Count, first and last sequence.</summary>
    public struct SimpleState
    {
        public ulong Msgs;
        public ulong First;
        public ulong Last;
    }

    public sealed class StreamState
    {
        public ulong Msgs;
        public ulong Bytes;
        public ulong FirstSeq;
        public long? FirstTime;
        public ulong LastSeq;
        public long? LastTime;
        public long NumSubjects;
        public long NumDeleted;
        public List<ulong> Deleted = new List<ulong>();
        public List<ulong> LostMsgs;
        public ulong LostBytes;
        public long Consumers;
    }

    /// <summary>Two numbers that Go returns together: of messages, and up to which sequence that holds.</summary>
    public struct Totals
    {
        public ulong Total;
        public ulong ValidThrough;
    }

    public class StoreCalls
    {
        // PORT: the capabilities that are there, of stream, snapshot, consumer, pure, inspect, and the settings, such as aes/s2.
        public virtual string[] Capabilities { get { return new[] { "pure" }; } }

        public virtual string[] Settings { get { return new[] { "none/none" }; } }

        /// <summary>The time of the case, in Unix nanoseconds: the only clock that a port should ask.</summary>
        public Func<long> Clock;

        /// <summary>The callbacks that fired during the operation, as docs/protocol.md writes them.</summary>
        public List<object> Events = new List<object>();

        // The session. A case begins with nothing open, and at its end everything is dropped without a write.
        public virtual void Begin() { }

        public virtual void End() { }

        /// <summary>Waits until no work in the background is left.</summary>
        public virtual void Settle() { }

        /// <summary>When the next timer is due; null when there is none.</summary>
        public virtual long? NextDeadline() { return null; }

        /// <summary>Runs what is due now. Must move NextDeadline on.</summary>
        public virtual void RunDue() { }

        // Lifecycle. `file`, `stream` and the keys are read as the request has them: absent members are Go's zero values.
        public virtual void Open(string dir, Request file, Request stream, long? created, Request key, Request oldKey) { throw Missing("open"); }

        public virtual void Stop() { throw Missing("stop"); }

        public virtual void Abandon() { throw Missing("abandon"); }

        public virtual void Delete(bool inline) { throw Missing("delete"); }

        public virtual void UpdateConfig(Request stream) { throw Missing("update_config"); }

        // Messages. StoreMsg gives the sequence and the time in a Message.
        public virtual Message StoreMsg(string subject, byte[] hdr, byte[] msg, long ttl) { throw Missing("store_msg"); }

        public virtual void StoreRawMsg(string subject, byte[] hdr, byte[] msg, ulong seq, long ts, long ttl, bool discardNewCheck) { throw Missing("store_raw_msg"); }

        public virtual ulong SkipMsg(ulong seq) { throw Missing("skip_msg"); }

        public virtual ulong SkipMsgNoInterest(ulong seq) { throw Missing("skip_msg_no_interest"); }

        public virtual void SkipMsgs(ulong seq, ulong num) { throw Missing("skip_msgs"); }

        public virtual void FlushAllPending() { throw Missing("flush_all_pending"); }

        public virtual bool RemoveMsg(ulong seq) { throw Missing("remove_msg"); }

        public virtual bool EraseMsg(ulong seq) { throw Missing("erase_msg"); }

        public virtual ulong Purge() { throw Missing("purge"); }

        public virtual ulong PurgeEx(string subject, ulong seq, ulong keep) { throw Missing("purge_ex"); }

        public virtual ulong Compact(ulong seq) { throw Missing("compact"); }

        public virtual void Truncate(ulong seq) { throw Missing("truncate"); }

        // Queries. Filters that are null are Go's nil.
        public virtual Message LoadMsg(ulong seq) { throw Missing("load_msg"); }

        public virtual Found LoadNextMsg(string filter, bool wc, ulong start) { throw Missing("load_next_msg"); }

        public virtual Found LoadPrevMsg(string filter, bool wc, ulong start) { throw Missing("load_prev_msg"); }

        public virtual Found LoadNextMsgMulti(List<string> filters, ulong start) { throw Missing("load_next_msg_multi"); }

        public virtual Found LoadPrevMsgMulti(List<string> filters, ulong start) { throw Missing("load_prev_msg_multi"); }

        public virtual Message LoadLastMsg(string subject) { throw Missing("load_last_msg"); }

        public virtual ulong GetSeqFromTime(long? time) { throw Missing("get_seq_from_time"); }

        public virtual SimpleState FilteredState(ulong seq, string subject) { throw Missing("filtered_state"); }

        public virtual Dictionary<string, SimpleState> SubjectsState(string filter) { throw Missing("subjects_state"); }

        public virtual Dictionary<string, ulong> SubjectsTotals(string filter) { throw Missing("subjects_totals"); }

        public virtual List<ulong> AllLastSeqs() { throw Missing("all_last_seqs"); }

        public virtual List<ulong> MultiLastSeqs(List<string> filters, ulong maxSeq, long maxAllowed) { throw Missing("multi_last_seqs"); }

        /// <summary>Calls back for each message with what is pending behind it, until that answers false.</summary>
        public virtual Totals MultiLastMsgs(List<string> filters, ulong minSeq, ulong maxSeq, long maxAllowed, Func<Message, ulong, bool> each) { throw Missing("multi_last_msgs"); }

        public virtual string SubjectForSeq(ulong seq) { throw Missing("subject_for_seq"); }

        public virtual Totals NumPending(ulong seq, string filter, bool lastPerSubject) { throw Missing("num_pending"); }

        public virtual Totals NumPendingMulti(ulong seq, List<string> filters, bool lastPerSubject) { throw Missing("num_pending_multi"); }

        public virtual StreamState State() { throw Missing("state"); }

        public virtual StreamState FastState() { throw Missing("fast_state"); }

        public virtual byte[] EncodedStreamState(ulong failed) { throw Missing("encoded_stream_state"); }

        public virtual void SyncDeleted(byte[] state) { throw Missing("sync_deleted"); }

        public virtual string StorageType() { throw Missing("type"); }

        /// <summary>Bytes on disk, and bytes reported.</summary>
        public virtual Tuple<ulong, ulong> Utilization() { throw Missing("utilization"); }

        public virtual void ResetState() { throw Missing("reset_state"); }

        public virtual void RegisterUpdates() { throw Missing("register_updates"); }

        public virtual void RegisterRemoves() { throw Missing("register_removes"); }

        public virtual void RegisterProcess() { throw Missing("register_process"); }

        /// <summary>The archive, and the errors that were met while it was made.</summary>
        public virtual Tuple<byte[], List<string>> Snapshot(long deadline, bool includeConsumers, bool checkMsgs) { throw Missing("snapshot"); }

        public virtual void Restore(string dir, byte[] archive) { throw Missing("restore"); }

        // Consumers. Consumer gives the one that was opened by this name, or an error of class no_consumer.
        public virtual void ConsumerOpen(string name, long? created, Request config) { throw Missing("consumer_open"); }

        public virtual ConsumerCalls Consumer(string name) { throw Missing("consumer"); }

        /// <summary>The result of `inspect`, as docs/protocol.md describes it.</summary>
        public virtual Dictionary<string, object> Inspect() { throw Missing("inspect"); }

        protected static UnsupportedException Missing(string operation)
        {
            return new UnsupportedException(operation);
        }
    }

    /// <summary>PORT: the calls of one consumer's store.</summary>
    public class ConsumerCalls
    {
        public virtual void SetStarting(ulong seq) { throw Missing("consumer_set_starting"); }

        public virtual void UpdateStarting(ulong seq) { throw Missing("consumer_update_starting"); }

        public virtual void Reset(ulong seq) { throw Missing("consumer_reset"); }

        public virtual bool HasState() { throw Missing("consumer_has_state"); }

        public virtual void UpdateDelivered(ulong dseq, ulong sseq, ulong dc, long ts) { throw Missing("consumer_update_delivered"); }

        public virtual void UpdateAcks(ulong dseq, ulong sseq) { throw Missing("consumer_update_acks"); }

        public virtual void RemoveRedeliveredBelow(ulong seq) { throw Missing("consumer_remove_redelivered_below"); }

        public virtual void UpdateConfig(Request config) { throw Missing("consumer_update_config"); }

        public virtual void Update(ConsumerState state) { throw Missing("consumer_update"); }

        public virtual void ForceUpdate(ConsumerState state) { throw Missing("consumer_force_update"); }

        public virtual ConsumerState State() { throw Missing("consumer_state"); }

        public virtual ConsumerState BorrowState() { throw Missing("consumer_borrow_state"); }

        public virtual byte[] EncodedState() { throw Missing("consumer_encoded_state"); }

        public virtual string StorageType() { throw Missing("consumer_type"); }

        public virtual void Stop() { throw Missing("consumer_stop"); }

        public virtual void Delete() { throw Missing("consumer_delete"); }

        public virtual void StreamDelete() { throw Missing("consumer_stream_delete"); }

        public virtual void AddToStore() { throw Missing("add_consumer"); }

        public virtual void RemoveFromStore() { throw Missing("remove_consumer"); }

        protected static UnsupportedException Missing(string operation)
        {
            return new UnsupportedException(operation);
        }
    }
}
