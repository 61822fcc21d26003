// The operations of a stream's store: members of requests in, calls of the port (StoreCalls), members of results out.
//
// This file needs no change. Nothing is judged here: what the port answers goes back as it is.

using System;
using System.Collections.Generic;

namespace Blkspec.Adapter
{
    public static class StreamOperations
    {
        public static void AddTo(Dictionary<string, Operation> operations, StoreCalls store)
        {
            AddLifecycle(operations, store);
            AddMessages(operations, store);
            AddLoads(operations, store);
            AddCounts(operations, store);
            AddRest(operations, store);
        }

        private static void AddLifecycle(Dictionary<string, Operation> operations, StoreCalls store)
        {
            operations["open"] = Nothing(r => store.Open(
                r.Text("dir"), r.Object("file"), r.Object("stream"), r.Time("created"), Key(r, "key"), Key(r, "old_key")));
            operations["stop"] = Nothing(r => store.Stop());
            operations["abandon"] = Nothing(r => store.Abandon());
            operations["delete"] = Nothing(r => store.Delete(r.Flag("inline")));
            operations["update_config"] = Nothing(r => store.UpdateConfig(r.Object("stream")));
        }

        private static void AddMessages(Dictionary<string, Operation> operations, StoreCalls store)
        {
            operations["store_msg"] = r =>
            {
                var stored = store.StoreMsg(r.Text("subject"), r.Bytes("hdr"), r.Bytes("msg"), r.Signed("ttl"));
                return Result.Of("seq", Result.Int(stored.Seq), "ts", Result.Int(stored.Ts));
            };
            operations["store_raw_msg"] = Nothing(r => store.StoreRawMsg(
                r.Text("subject"), r.Bytes("hdr"), r.Bytes("msg"), r.Unsigned("seq"), r.Signed("ts"), r.Signed("ttl"),
                r.Flag("discard_new_check")));
            operations["skip_msg"] = r => Result.Of("seq", Result.Int(store.SkipMsg(r.Unsigned("seq"))));
            operations["skip_msg_no_interest"] = r =>
                Result.Of("seq", Result.Int(store.SkipMsgNoInterest(r.Unsigned("seq"))));
            operations["skip_msgs"] = Nothing(r => store.SkipMsgs(r.Unsigned("seq"), r.Unsigned("num")));
            operations["flush_all_pending"] = Nothing(r => store.FlushAllPending());
            operations["remove_msg"] = r => Result.Of("removed", store.RemoveMsg(r.Unsigned("seq")));
            operations["erase_msg"] = r => Result.Of("removed", store.EraseMsg(r.Unsigned("seq")));
            operations["purge"] = r => Result.Of("purged", Result.Int(store.Purge()));
            operations["purge_ex"] = r => Result.Of("purged", Result.Int(
                store.PurgeEx(r.Text("subject"), r.Unsigned("seq"), r.Unsigned("keep"))));
            operations["compact"] = r => Result.Of("purged", Result.Int(store.Compact(r.Unsigned("seq"))));
            operations["truncate"] = Nothing(r => store.Truncate(r.Unsigned("seq")));
        }

        private static void AddLoads(Dictionary<string, Operation> operations, StoreCalls store)
        {
            operations["load_msg"] = r => Result.Of("msg", Loaded(store.LoadMsg(r.Unsigned("seq"))));
            operations["load_last_msg"] = r => Result.Of("msg", Loaded(store.LoadLastMsg(r.Text("subject"))));
            operations["load_next_msg"] = r =>
                Found(store.LoadNextMsg(r.Text("filter"), r.Flag("wc"), r.Unsigned("start")));
            operations["load_prev_msg"] = r =>
                Found(store.LoadPrevMsg(r.Text("filter"), r.Flag("wc"), r.Unsigned("start")));
            operations["load_next_msg_multi"] = r =>
                Found(store.LoadNextMsgMulti(r.Texts("filters"), r.Unsigned("start")));
            operations["load_prev_msg_multi"] = r =>
                Found(store.LoadPrevMsgMulti(r.Texts("filters"), r.Unsigned("start")));
            operations["subject_for_seq"] = r => Result.Of("subject", store.SubjectForSeq(r.Unsigned("seq")));
            operations["multi_last_msgs"] = r =>
            {
                var messages = new List<object>();
                bool stops = r.Has("stop_after");
                ulong most = r.Unsigned("stop_after");
                var totals = store.MultiLastMsgs(
                    r.Texts("filters"), r.Unsigned("min_seq"), r.Unsigned("max_seq"), r.Signed("max_allowed"),
                    (message, pending) =>
                    {
                        messages.Add(Result.Of("msg", Loaded(message), "pending", Result.Int(pending)));
                        return !stops || (ulong)messages.Count < most;
                    });
                var result = Totals(totals);
                result["msgs"] = messages;
                return result;
            };
        }

        private static void AddCounts(Dictionary<string, Operation> operations, StoreCalls store)
        {
            operations["get_seq_from_time"] = r => Result.Of("seq", Result.Int(store.GetSeqFromTime(r.Time("ts"))));
            operations["filtered_state"] = r => Simple(store.FilteredState(r.Unsigned("seq"), r.Text("subject")));
            operations["subjects_state"] = r =>
            {
                var subjects = new Dictionary<string, object>();
                foreach (var subject in store.SubjectsState(r.Text("filter")))
                {
                    subjects[subject.Key] = Simple(subject.Value);
                }
                return Result.Of("subjects", subjects);
            };
            operations["subjects_totals"] = r =>
            {
                var subjects = new Dictionary<string, object>();
                foreach (var subject in store.SubjectsTotals(r.Text("filter")))
                {
                    subjects[subject.Key] = Result.Int(subject.Value);
                }
                return Result.Of("subjects", subjects);
            };
            operations["all_last_seqs"] = r => Result.Of("seqs", Seqs(store.AllLastSeqs()));
            operations["multi_last_seqs"] = r => Result.Of("seqs", Seqs(
                store.MultiLastSeqs(r.Texts("filters"), r.Unsigned("max_seq"), r.Signed("max_allowed"))));
            operations["num_pending"] = r =>
                Totals(store.NumPending(r.Unsigned("seq"), r.Text("filter"), r.Flag("last_per_subject")));
            operations["num_pending_multi"] = r =>
                Totals(store.NumPendingMulti(r.Unsigned("seq"), r.Texts("filters"), r.Flag("last_per_subject")));
            operations["state"] = r => Result.Of("state", State(store.State(), true));
            operations["fast_state"] = r => Result.Of("state", State(store.FastState(), false));
        }

        private static void AddRest(Dictionary<string, Operation> operations, StoreCalls store)
        {
            operations["encoded_stream_state"] = r =>
                Result.Of("state", Result.Bytes(store.EncodedStreamState(r.Unsigned("failed"))));
            operations["sync_deleted"] = Nothing(r => store.SyncDeleted(r.Bytes("state")));
            operations["type"] = r => Result.Of("type", store.StorageType());
            operations["utilization"] = r =>
            {
                var bytes = store.Utilization();
                return Result.Of("total", Result.Int(bytes.Item1), "reported", Result.Int(bytes.Item2));
            };
            operations["reset_state"] = Nothing(r => store.ResetState());
            operations["register_updates"] = Nothing(r => store.RegisterUpdates());
            operations["register_removes"] = Nothing(r => store.RegisterRemoves());
            operations["register_process"] = Nothing(r => store.RegisterProcess());
            operations["snapshot"] = r =>
            {
                var taken = store.Snapshot(r.Signed("deadline"), r.Flag("include_consumers"), r.Flag("check_msgs"));
                return Result.Of("archive", Result.Bytes(taken.Item1), "errors", taken.Item2);
            };
            operations["restore"] = Nothing(r => store.Restore(r.Text("dir"), r.Bytes("archive")));
            operations["inspect"] = r => store.Inspect();
        }

        /// <summary>An operation whose result has no members.</summary>
        public static Operation Nothing(Action<Request> call)
        {
            return request =>
            {
                call(request);
                return Result.Of();
            };
        }

        private static Request Key(Request request, string name)
        {
            return request.Has(name) ? request.Object(name) : null;
        }

        private static Dictionary<string, object> Loaded(Message message)
        {
            var result = Result.Of(
                "subject", message.Subject, "seq", Result.Int(message.Seq), "ts", Result.Int(message.Ts));
            if (message.Hdr.Length > 0)
            {
                result["hdr"] = Result.Bytes(message.Hdr);
            }
            if (message.Msg.Length > 0)
            {
                result["msg"] = Result.Bytes(message.Msg);
            }
            return result;
        }

        private static Dictionary<string, object> Found(Found found)
        {
            return Result.Of("msg", Loaded(found.Message), "skip", Result.Int(found.Skip));
        }

        private static Dictionary<string, object> Simple(SimpleState state)
        {
            return Result.Of(
                "msgs", Result.Int(state.Msgs), "first", Result.Int(state.First), "last", Result.Int(state.Last));
        }

        private static Dictionary<string, object> Totals(Totals totals)
        {
            return Result.Of("total", Result.Int(totals.Total), "valid_through", Result.Int(totals.ValidThrough));
        }

        private static List<string> Seqs(List<ulong> seqs)
        {
            return seqs.ConvertAll(seq => Result.Int(seq));
        }

        private static Dictionary<string, object> State(StreamState state, bool whole)
        {
            var result = Result.Of(
                "msgs", Result.Int(state.Msgs),
                "bytes", Result.Int(state.Bytes),
                "first_seq", Result.Int(state.FirstSeq),
                "first_time", Time(state.FirstTime),
                "last_seq", Result.Int(state.LastSeq),
                "last_time", Time(state.LastTime),
                "num_subjects", Result.Int(state.NumSubjects),
                "num_deleted", Result.Int(state.NumDeleted),
                "consumers", Result.Int(state.Consumers));
            if (whole)
            {
                result["deleted"] = Seqs(state.Deleted);
            }
            if (whole && state.LostMsgs != null)
            {
                result["lost"] = Result.Of("msgs", Seqs(state.LostMsgs), "bytes", Result.Int(state.LostBytes));
            }
            return result;
        }

        private static string Time(long? time)
        {
            return time == null ? null : Result.Int(time.Value);
        }
    }
}
