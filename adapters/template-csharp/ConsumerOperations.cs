// The operations of consumers' stores: members of requests in, calls of the port (ConsumerCalls), members of results out.
//
// This file needs no change. Every operation but `consumer_open` names its consumer in `consumer`.

using System;
using System.Collections.Generic;

namespace Blkspec.Adapter
{
    public static class ConsumerOperations
    {
        public static void AddTo(Dictionary<string, Operation> operations, StoreCalls store)
        {
            operations["consumer_open"] = StreamOperations.Nothing(r =>
                store.ConsumerOpen(r.Text("name"), r.Time("created"), r.Object("config")));
            AddUpdates(operations, store);
            AddQueries(operations, store);
        }

        private static void AddUpdates(Dictionary<string, Operation> operations, StoreCalls store)
        {
            Add(operations, store, "consumer_set_starting", (c, r) => c.SetStarting(r.Unsigned("seq")));
            Add(operations, store, "consumer_update_starting", (c, r) => c.UpdateStarting(r.Unsigned("seq")));
            Add(operations, store, "consumer_reset", (c, r) => c.Reset(r.Unsigned("seq")));
            Add(operations, store, "consumer_update_delivered", (c, r) =>
                c.UpdateDelivered(r.Unsigned("dseq"), r.Unsigned("sseq"), r.Unsigned("dc"), r.Signed("ts")));
            Add(operations, store, "consumer_update_acks", (c, r) => c.UpdateAcks(r.Unsigned("dseq"), r.Unsigned("sseq")));
            Add(operations, store, "consumer_remove_redelivered_below", (c, r) =>
                c.RemoveRedeliveredBelow(r.Unsigned("seq")));
            Add(operations, store, "consumer_update_config", (c, r) => c.UpdateConfig(r.Object("config")));
            Add(operations, store, "consumer_update", (c, r) => c.Update(ConsumerState.Of(r.Object("state"))));
            Add(operations, store, "consumer_force_update", (c, r) => c.ForceUpdate(ConsumerState.Of(r.Object("state"))));
            Add(operations, store, "consumer_stop", (c, r) => c.Stop());
            Add(operations, store, "consumer_delete", (c, r) => c.Delete());
            Add(operations, store, "consumer_stream_delete", (c, r) => c.StreamDelete());
            Add(operations, store, "add_consumer", (c, r) => c.AddToStore());
            Add(operations, store, "remove_consumer", (c, r) => c.RemoveFromStore());
        }

        private static void AddQueries(Dictionary<string, Operation> operations, StoreCalls store)
        {
            operations["consumer_has_state"] = r => Result.Of("has_state", Of(store, r).HasState());
            operations["consumer_state"] = r => Result.Of("state", Of(store, r).State().ToResult());
            operations["consumer_borrow_state"] = r => Result.Of("state", Of(store, r).BorrowState().ToResult());
            operations["consumer_encoded_state"] = r => Result.Of("state", Result.Bytes(Of(store, r).EncodedState()));
            operations["consumer_type"] = r => Result.Of("type", Of(store, r).StorageType());
        }

        private static void Add(
            Dictionary<string, Operation> operations, StoreCalls store, string name, Action<ConsumerCalls, Request> call)
        {
            operations[name] = StreamOperations.Nothing(request => call(Of(store, request), request));
        }

        private static ConsumerCalls Of(StoreCalls store, Request request)
        {
            return store.Consumer(request.Text("consumer"));
        }
    }
}
