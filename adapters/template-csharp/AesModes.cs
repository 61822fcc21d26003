// AES in counter mode, the stream that encrypts blocks, and AES-GCM with nonces of 16 bytes, which seals keys: genBlockEncryptionKey
// (967) and genEncryptionKey (965) for the cipher `aes`.
//
// .NET's AesGcm takes nonces of 12 bytes only, and there is no counter mode, hence this, on top of the system's AES of one block.

using System;
using System.Security.Cryptography;

namespace Blkspec.Adapter
{
    public static class AesModes
    {
        public const int BlockLength = 16;

        /// <summary>The stream whose counter begins at the nonce and carries through all its bytes.</summary>
        public static byte[] KeyStream(byte[] key, byte[] nonce, int length)
        {
            var counter = Block(nonce, "a nonce of AES in counter mode has 16 bytes");
            return Stream(key, counter, length, BlockLength);
        }

        /// <summary>Encrypts and appends the tag, without further data.</summary>
        public static byte[] Seal(byte[] key, byte[] nonce, byte[] plain)
        {
            byte[] hashKey = Encrypt(key, new byte[BlockLength]);
            // A nonce that has not 12 bytes is hashed with its length in bits.
            var counter = Hash(hashKey, nonce, 0, nonce.Length);
            byte[] mask = Encrypt(key, counter);
            Increment(counter, 4);
            byte[] stream = Stream(key, counter, plain.Length, 4);
            var result = new byte[plain.Length + BlockLength];
            for (int at = 0; at < plain.Length; at++)
            {
                result[at] = (byte)(plain[at] ^ stream[at]);
            }
            byte[] tag = Hash(hashKey, result, 0, plain.Length);
            for (int at = 0; at < BlockLength; at++)
            {
                result[plain.Length + at] = (byte)(tag[at] ^ mask[at]);
            }
            return result;
        }

        private static byte[] Block(byte[] nonce, string text)
        {
            if (nonce.Length != BlockLength)
            {
                // The Go store panics.
                throw new PortException("panic", text);
            }
            return (byte[])nonce.Clone();
        }

        private static byte[] Stream(byte[] key, byte[] counter, int length, int counting)
        {
            var stream = new byte[length];
            for (int at = 0; at < length; at += BlockLength)
            {
                Array.Copy(Encrypt(key, counter), 0, stream, at, Math.Min(BlockLength, length - at));
                Increment(counter, counting);
            }
            if (length == 0)
            {
                Encrypt(key, counter);
            }
            return stream;
        }

        /// <summary>Adds one to the last `counting` bytes.</summary>
        private static void Increment(byte[] counter, int counting)
        {
            for (int at = BlockLength - 1; at >= BlockLength - counting; at--)
            {
                if (++counter[at] != 0)
                {
                    return;
                }
            }
        }

        private static byte[] Encrypt(byte[] key, byte[] block)
        {
            if (key.Length != 16 && key.Length != 24 && key.Length != 32)
            {
                throw new PortException("bad_key_size", "a key of AES has 16, 24 or 32 bytes");
            }
            using (var aes = Aes.Create())
            {
                aes.Mode = CipherMode.ECB;
                aes.Padding = PaddingMode.None;
                aes.Key = key;
                using (var transform = aes.CreateEncryptor())
                {
                    return transform.TransformFinalBlock(block, 0, BlockLength);
                }
            }
        }

        /// <summary>GHASH of bytes, filled up to whole blocks, and of their length.</summary>
        private static byte[] Hash(byte[] hashKey, byte[] bytes, int start, int length)
        {
            var sum = new byte[BlockLength];
            for (int at = 0; at < length; at += BlockLength)
            {
                for (int index = 0; index < BlockLength && at + index < length; index++)
                {
                    sum[index] ^= bytes[start + at + index];
                }
                sum = Multiply(sum, hashKey);
            }
            ulong bits = (ulong)length * 8;
            for (int index = 0; index < 8; index++)
            {
                sum[BlockLength - 1 - index] ^= (byte)(bits >> (8 * index));
            }
            return Multiply(sum, hashKey);
        }

        /// <summary>The product in GF(2^128), whose lowest coefficient is the highest bit of the first byte.</summary>
        private static byte[] Multiply(byte[] left, byte[] right)
        {
            var product = new byte[BlockLength];
            var shifted = (byte[])right.Clone();
            for (int bit = 0; bit < 128; bit++)
            {
                if ((left[bit / 8] >> (7 - bit % 8) & 1) == 1)
                {
                    for (int at = 0; at < BlockLength; at++)
                    {
                        product[at] ^= shifted[at];
                    }
                }
                bool carry = (shifted[BlockLength - 1] & 1) == 1;
                for (int at = BlockLength - 1; at > 0; at--)
                {
                    shifted[at] = (byte)(shifted[at] >> 1 | shifted[at - 1] << 7);
                }
                shifted[0] = (byte)(shifted[0] >> 1 ^ (carry ? 0xe1 : 0));
            }
            return product;
        }
    }
}
