// The state of a consumer, the file `o.dat`: decodeConsumerState (1248) and checkConsumerHeader (1239).
//
// Two bytes of header (22, version), then varints: the ack floor and what was delivered, each as consumer and stream sequence; what
// is pending; what was redelivered. As in the Go store a failed read gives 0 from then on and is looked at only after the floors and
// inside the list of what is pending: a file cut off elsewhere is one whose lists are shorter.

using System;
using System.Collections.Generic;

namespace Blkspec.Adapter
{
    public struct SequencePair
    {
        public ulong Consumer;
        public ulong Stream;

        public Dictionary<string, object> ToResult()
        {
            return Result.Of("consumer", Result.Int(Consumer), "stream", Result.Int(Stream));
        }

        public static SequencePair Of(Request request)
        {
            return new SequencePair { Consumer = request.Unsigned("consumer"), Stream = request.Unsigned("stream") };
        }
    }

    public struct PendingDelivery
    {
        public ulong Sequence;
        public long TimestampNs;
    }

    public sealed class ConsumerState
    {
        private const byte Magic = 22;
        private const ulong HighBit = 1UL << 63;
        private const long SecondNs = 1000000000;

        public SequencePair Delivered;
        public SequencePair AckFloor;
        public readonly SortedDictionary<ulong, PendingDelivery> Pending = new SortedDictionary<ulong, PendingDelivery>();
        public readonly SortedDictionary<ulong, ulong> Redelivered = new SortedDictionary<ulong, ulong>();

        public static byte CheckHeader(byte[] bytes)
        {
            if (bytes.Length < 2 || bytes[0] != Magic)
            {
                throw Corrupt("no header of a consumer state");
            }
            if (bytes[1] != 1 && bytes[1] != 2)
            {
                throw new PortException("bad_version", "version " + bytes[1]);
            }
            return bytes[1];
        }

        public static ConsumerState Decode(byte[] bytes)
        {
            byte version = CheckHeader(bytes);
            var reader = new VarintReader(bytes, 2);
            var state = new ConsumerState();
            state.AckFloor.Consumer = reader.Unsigned();
            state.AckFloor.Stream = reader.Unsigned();
            state.Delivered.Consumer = reader.Unsigned();
            state.Delivered.Stream = reader.Unsigned();
            if (reader.Failed)
            {
                throw Corrupt("cut off in the floors");
            }
            unchecked
            {
                if (version == 1)
                {
                    // Which counted what was delivered from the message after the floor.
                    state.Delivered.Consumer += state.AckFloor.Consumer > 1 ? state.AckFloor.Consumer - 1 : 0;
                    state.Delivered.Stream += state.AckFloor.Stream > 1 ? state.AckFloor.Stream - 1 : 0;
                }
                if (((state.AckFloor.Stream | state.Delivered.Stream) & HighBit) != 0)
                {
                    throw Corrupt("a stream sequence with the highest bit set");
                }
                state.ReadPending(reader, version);
                state.ReadRedelivered(reader);
            }
            return state;
        }

        private void ReadPending(VarintReader reader, byte version)
        {
            ulong count = reader.Unsigned();
            if (count == 0)
            {
                return;
            }
            long start = reader.Signed();
            // A count beyond the signed range is none.
            for (long left = unchecked((long)count); left > 0; left--)
            {
                unchecked
                {
                    ulong stream = reader.Unsigned() + AckFloor.Stream;
                    ulong consumer = version == 2 ? reader.Unsigned() + AckFloor.Consumer : 0;
                    long seconds = reader.Signed();
                    if (reader.Failed || stream == 0)
                    {
                        throw Corrupt("cut off in what is pending, or a sequence 0");
                    }
                    long since = (version == 1 ? start + seconds : start - seconds) * SecondNs;
                    Pending[stream] = new PendingDelivery { Sequence = consumer, TimestampNs = since };
                }
            }
        }

        private void ReadRedelivered(VarintReader reader)
        {
            for (long left = unchecked((long)reader.Unsigned()); left > 0 && !reader.Failed; left--)
            {
                ulong stream = reader.Unsigned();
                ulong count = reader.Unsigned();
                if (stream > 0 && count > 0)
                {
                    Redelivered[unchecked(stream + AckFloor.Stream)] = count;
                }
            }
        }

        /// <summary>The state as the protocol writes it.</summary>
        public Dictionary<string, object> ToResult()
        {
            var pending = new Dictionary<string, object>();
            foreach (var entry in Pending)
            {
                var ts = Result.Int(entry.Value.TimestampNs);
                pending[Result.Int(entry.Key)] = Result.Of("sequence", Result.Int(entry.Value.Sequence), "ts", ts);
            }
            var redelivered = new Dictionary<string, object>();
            foreach (var entry in Redelivered)
            {
                redelivered[Result.Int(entry.Key)] = Result.Int(entry.Value);
            }
            return Result.Of(
                "delivered", Delivered.ToResult(), "ack_floor", AckFloor.ToResult(), "pending", pending, "redelivered", redelivered);
        }

        /// <summary>A state that came in a request.</summary>
        public static ConsumerState Of(Request request)
        {
            var state = new ConsumerState();
            state.Delivered = SequencePair.Of(request.Object("delivered"));
            state.AckFloor = SequencePair.Of(request.Object("ack_floor"));
            var pending = request.Object("pending");
            foreach (string stream in pending.Names)
            {
                var entry = pending.Object(stream);
                var delivery = new PendingDelivery { Sequence = entry.Unsigned("sequence"), TimestampNs = entry.Signed("ts") };
                state.Pending[Sequence(stream)] = delivery;
            }
            var redelivered = request.Object("redelivered");
            foreach (string stream in redelivered.Names)
            {
                state.Redelivered[Sequence(stream)] = redelivered.Unsigned(stream);
            }
            return state;
        }

        private static ulong Sequence(string text)
        {
            ulong value;
            if (!ulong.TryParse(text, out value))
            {
                throw Request.Invalid("a sequence must be an unsigned decimal string");
            }
            return value;
        }

        private static PortException Corrupt(string text)
        {
            return new PortException("corrupt_state", text);
        }
    }

    /// <summary>Varints: seven bits a byte, the lowest first. A read that fails gives 0, and so does every one after it.</summary>
    public sealed class VarintReader
    {
        private readonly byte[] bytes;
        private int at;

        public VarintReader(byte[] bytes, int at)
        {
            this.bytes = bytes;
            this.at = at;
        }

        public bool Failed { get; private set; }

        public ulong Unsigned()
        {
            ulong value = 0;
            for (int index = 0; index < 10 && !Failed && at + index < bytes.Length; index++)
            {
                byte next = bytes[at + index];
                if (index == 9 && next > 1)
                {
                    break;
                }
                value |= (ulong)(next & 0x7f) << (7 * index);
                if (next < 0x80)
                {
                    at += index + 1;
                    return value;
                }
            }
            Failed = true;
            return 0;
        }

        /// <summary>A signed number travels zigzag: 0, -1, 1, -2, .. as 0, 1, 2, 3, ..</summary>
        public long Signed()
        {
            ulong value = Unsigned();
            return unchecked((long)(value >> 1) ^ -(long)(value & 1));
        }
    }
}
