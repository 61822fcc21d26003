// ChaCha20 (RFC 8439), the stream that encrypts blocks, and XChaCha20-Poly1305, which seals keys: genBlockEncryptionKey (967) and
// genEncryptionKey (965) for the cipher `chacha`.
//
// .NET's ChaCha20Poly1305 takes nonces of 12 bytes only and has no bare stream, hence this. The arithmetic of Poly1305 is that of
// BigInteger: right, slow, and not in constant time. A port uses a library for it.

using System;
using System.Numerics;

namespace Blkspec.Adapter
{
    public static class ChaCha20
    {
        public const int KeyLength = 32;
        public const int NonceLength = 12;
        public const int ExtendedNonceLength = 24;
        private const int BlockLength = 64;
        private const int TagLength = 16;

        /// <summary>The stream of a key and a nonce of 12 bytes, or of 24, from the block with the number `counter` on.</summary>
        public static byte[] KeyStream(byte[] key, byte[] nonce, uint counter, int length)
        {
            if (key.Length != KeyLength)
            {
                throw new PortException("bad_key_size", "a key of ChaCha20 has 32 bytes");
            }
            if (nonce.Length == ExtendedNonceLength)
            {
                key = SubKey(key, nonce);
                var rest = new byte[NonceLength];
                Array.Copy(nonce, 16, rest, 4, 8);
                nonce = rest;
            }
            if (nonce.Length != NonceLength)
            {
                throw new PortException("other", "a nonce of ChaCha20 has 12 or 24 bytes");
            }
            var stream = new byte[length];
            for (int at = 0; at < length; at += BlockLength, counter++)
            {
                uint[] start = State(key, BitConverter.GetBytes(counter), nonce);
                uint[] end = Rounds(start);
                var block = new byte[BlockLength];
                for (int word = 0; word < 16; word++)
                {
                    Store(block, 4 * word, unchecked(start[word] + end[word]));
                }
                Array.Copy(block, 0, stream, at, Math.Min(BlockLength, length - at));
            }
            return stream;
        }

        /// <summary>Encrypts and appends the tag, without further data: XChaCha20-Poly1305 with a nonce of 24 bytes.</summary>
        public static byte[] Seal(byte[] key, byte[] nonce, byte[] plain)
        {
            byte[] stream = KeyStream(key, nonce, 0, BlockLength + plain.Length);
            var result = new byte[plain.Length + TagLength];
            for (int at = 0; at < plain.Length; at++)
            {
                result[at] = (byte)(plain[at] ^ stream[BlockLength + at]);
            }
            // What is authenticated: the encrypted bytes up to a multiple of 16, then both lengths.
            int padded = (plain.Length + 15) / 16 * 16;
            var message = new byte[padded + 16];
            Array.Copy(result, message, plain.Length);
            Store(message, padded + 8, (uint)plain.Length);
            Array.Copy(Poly1305(stream, message), 0, result, plain.Length, TagLength);
            return result;
        }

        private static byte[] SubKey(byte[] key, byte[] nonce)
        {
            var head = new byte[4];
            var tail = new byte[NonceLength];
            Array.Copy(nonce, 0, head, 0, 4);
            Array.Copy(nonce, 4, tail, 0, NonceLength);
            uint[] end = Rounds(State(key, head, tail));
            var result = new byte[KeyLength];
            for (int word = 0; word < 4; word++)
            {
                Store(result, 4 * word, end[word]);
                Store(result, 16 + 4 * word, end[12 + word]);
            }
            return result;
        }

        private static uint[] State(byte[] key, byte[] counter, byte[] nonce)
        {
            var state = new uint[] { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
            for (int word = 0; word < 8; word++)
            {
                state[4 + word] = Load(key, 4 * word);
            }
            state[12] = Load(counter, 0);
            for (int word = 0; word < 3; word++)
            {
                state[13 + word] = Load(nonce, 4 * word);
            }
            return state;
        }

        private static uint[] Rounds(uint[] start)
        {
            var x = (uint[])start.Clone();
            for (int pair = 0; pair < 10; pair++)
            {
                for (int column = 0; column < 4; column++)
                {
                    Quarter(x, column, 4 + column, 8 + column, 12 + column);
                }
                for (int column = 0; column < 4; column++)
                {
                    Quarter(x, column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4);
                }
            }
            return x;
        }

        private static void Quarter(uint[] x, int a, int b, int c, int d)
        {
            unchecked
            {
                x[a] += x[b];
                x[d] = Rotate(x[d] ^ x[a], 16);
                x[c] += x[d];
                x[b] = Rotate(x[b] ^ x[c], 12);
                x[a] += x[b];
                x[d] = Rotate(x[d] ^ x[a], 8);
                x[c] += x[d];
                x[b] = Rotate(x[b] ^ x[c], 7);
            }
        }

        private static byte[] Poly1305(byte[] key, byte[] message)
        {
            var clamp = new byte[] { 255, 255, 255, 15, 252, 255, 255, 15, 252, 255, 255, 15, 252, 255, 255, 15 };
            var r = new byte[17];
            var s = new byte[17];
            for (int at = 0; at < 16; at++)
            {
                r[at] = (byte)(key[at] & clamp[at]);
                s[at] = key[16 + at];
            }
            BigInteger prime = (BigInteger.One << 130) - 5;
            BigInteger sum = BigInteger.Zero;
            for (int at = 0; at < message.Length; at += 16)
            {
                var block = new byte[18];
                int length = Math.Min(16, message.Length - at);
                Array.Copy(message, at, block, 0, length);
                block[length] = 1;
                sum = (sum + new BigInteger(block)) * new BigInteger(r) % prime;
            }
            byte[] number = (sum + new BigInteger(s)).ToByteArray();
            var tag = new byte[TagLength];
            Array.Copy(number, tag, Math.Min(TagLength, number.Length));
            return tag;
        }

        private static uint Rotate(uint value, int by)
        {
            return value << by | value >> (32 - by);
        }

        private static uint Load(byte[] bytes, int at)
        {
            return (uint)(bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24);
        }

        private static void Store(byte[] bytes, int at, uint value)
        {
            for (int index = 0; index < 4; index++)
            {
                bytes[at + index] = (byte)(value >> (8 * index));
            }
        }
    }
}
