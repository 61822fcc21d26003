// An example of a store behind the adapter: a list in memory, enough for the doctor, and no file store.
//
// PORT: a store of the port looks like this one, with the port's own calls in the bodies. Delete it then.

using System.Collections.Generic;

namespace Blkspec.Adapter
{
    public sealed class ListStore : StoreCalls
    {
        private List<Message> messages;
        private ulong firstSeq;

        public override string[] Capabilities { get { return new[] { "pure", "stream" }; } }

        public override void Begin()
        {
            messages = null;
        }

        public override void End()
        {
            messages = null;
        }

        public override void Open(string dir, Request file, Request stream, long? created, Request key, Request oldKey)
        {
            messages = new List<Message>();
            firstSeq = stream.Unsigned("first_seq");
        }

        public override void Stop()
        {
            messages = null;
        }

        public override Message StoreMsg(string subject, byte[] hdr, byte[] msg, long ttl)
        {
            ulong seq = NextSeq();
            Messages().Add(new Message { Subject = subject, Hdr = hdr, Msg = msg, Seq = seq, Ts = Clock() });
            return Messages()[Messages().Count - 1];
        }

        public override Message LoadMsg(ulong seq)
        {
            var message = Messages().Find(candidate => candidate.Seq == seq);
            if (message == null)
            {
                throw new PortException("msg_not_found", "no message " + seq);
            }
            return message;
        }

        public override StreamState State()
        {
            ulong next = NextSeq();
            var state = new StreamState { Msgs = (ulong)Messages().Count, FirstSeq = firstSeq, LastSeq = next - 1 };
            if (Messages().Count > 0)
            {
                state.FirstSeq = Messages()[0].Seq;
                state.FirstTime = Messages()[0].Ts;
                state.LastTime = Messages()[Messages().Count - 1].Ts;
            }
            return state;
        }

        private ulong NextSeq()
        {
            int count = Messages().Count;
            return count > 0 ? Messages()[count - 1].Seq + 1 : firstSeq > 0 ? firstSeq : 1;
        }

        private List<Message> Messages()
        {
            if (messages == null)
            {
                throw new PortException("no_store", "no store is open");
            }
            return messages;
        }
    }
}
