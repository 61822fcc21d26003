// The functions of batch 11 that need no store: names (955 to 958), sizes (964, 1153, 1154), subjects (1164, 1165), times (1200), keys
// (965, 967), the state of a consumer (1239, 1248) and files (1261, 1262).
//
// They are here in full, so that the adapter has something to show from the first minute. PORT: call the port's own functions from
// these operations, one after the other, and delete what stands here: it is the port that is to be judged.

using System;
using System.Collections.Generic;
using System.Text;

namespace Blkspec.Adapter
{
    public static class PureOperations
    {
        private const ulong ChaCha = 0;
        private const ulong Aes = 1;
        private const long SmallestBlock = 32 * 1000;
        private const long LargestBlock = 8 * 1024 * 1024;
        private const long MediumBlock = 4 * 1024 * 1024;
        private const long LargestEncryptedBlock = 2 * 1024 * 1024;

        public static void AddTo(Dictionary<string, Operation> operations)
        {
            operations["cipher_string"] = request => Result.Of("text", CipherString(request.Unsigned("cipher")));
            operations["compression_string"] = request => Result.Of("text", CompressionString(Compression(request)));
            operations["compression_marshal_json"] = request => Result.Of("json", CompressionToJson(Compression(request)));
            operations["compression_unmarshal_json"] = request =>
                Result.Of("compression", Result.Int((ulong)CompressionFromJson(request.Text("json"))));
            operations["dyn_blk_size"] = request => Size(DynBlkSize(
                IsLimits(request.Text("retention", "")), request.Signed("max_bytes"), request.Flag("encrypted")));
            operations["file_store_msg_size"] = request => Size(FileStoreMsgSizeRaw(
                Encoding.UTF8.GetByteCount(request.Text("subject")), request.Bytes("hdr").Length, request.Bytes("msg").Length));
            operations["file_store_msg_size_raw"] = request =>
                Size(FileStoreMsgSizeRaw(request.Signed("slen"), request.Signed("hlen"), request.Signed("mlen")));
            operations["subjects_equal"] = request =>
                Result.Of("match", string.Equals(request.Text("a"), request.Text("b"), StringComparison.Ordinal));
            operations["subjects_all"] = request => Result.Of("match", true);
            operations["timestamp_normalized"] = request => Result.Of("ts", Result.Int(request.Time("ts") ?? 0));
            operations["gen_encryption_key"] = GenEncryptionKey;
            operations["gen_block_encryption_key"] = GenBlockEncryptionKey;
            operations["check_consumer_header"] = request =>
                Result.Of("version", Result.Int((ulong)ConsumerState.CheckHeader(request.Bytes("bytes"))));
            operations["decode_consumer_state"] = request =>
                Result.Of("state", ConsumerState.Decode(request.Bytes("bytes")).ToResult());
            operations["write_file_with_sync"] = request =>
            {
                AtomicFile.Write(request.Text("path"), request.Bytes("bytes"), true);
                return Result.Of();
            };
            operations["write_atomically"] = request =>
            {
                AtomicFile.Write(request.Text("path"), request.Bytes("bytes"), request.Flag("sync"));
                return Result.Of();
            };
        }

        private static Dictionary<string, object> Size(ulong size)
        {
            return Result.Of("size", Result.Int(size));
        }

        private static string CipherString(ulong cipher)
        {
            switch (cipher)
            {
                case ChaCha:
                    return "ChaCha20-Poly1305";
                case Aes:
                    return "AES-GCM";
                case 2:
                    return "None";
                default:
                    return "Unknown StoreCipher";
            }
        }

        private static byte Compression(Request request)
        {
            ulong number = request.Unsigned("compression");
            if (number > byte.MaxValue)
            {
                throw Request.Invalid("compression " + number + " is not a byte");
            }
            return (byte)number;
        }

        private static string CompressionString(byte compression)
        {
            return compression == 0 ? "None" : compression == 1 ? "S2" : "Unknown StoreCompression";
        }

        private static string CompressionToJson(byte compression)
        {
            if (compression > 1)
            {
                throw new PortException("unknown_compression", "compression " + compression);
            }
            return compression == 0 ? "\"none\"" : "\"s2\"";
        }

        private static byte CompressionFromJson(string json)
        {
            object value;
            try
            {
                value = Json.Parse(json);
            }
            catch (FormatException error)
            {
                throw new PortException("other", error.Message);
            }
            var name = value as string;
            if (value != null && name == null)
            {
                throw new PortException("other", "not a JSON string");
            }
            if (name != "none" && name != "s2")
            {
                throw new PortException("unknown_compression", "compression " + json);
            }
            return (byte)(name == "none" ? 0 : 1);
        }

        /// <summary>A retention comes by its JSON name, or by its number.</summary>
        private static bool IsLimits(string retention)
        {
            long number;
            bool known = retention == "interest" || retention == "workqueue" || long.TryParse(retention, out number);
            bool limits = retention == "" || retention == "limits" || retention == "0";
            if (!known && !limits)
            {
                throw Request.Invalid("retention " + retention);
            }
            return limits;
        }

        private static ulong DynBlkSize(bool limits, long maxBytes, bool encrypted)
        {
            long size;
            if (maxBytes > 0)
            {
                // A quarter of the limit, in hundreds, decides between three sizes.
                long quarter = (maxBytes / 4 + 1 + 99) / 100 * 100;
                size = quarter <= SmallestBlock ? SmallestBlock : quarter >= LargestBlock ? LargestBlock : MediumBlock;
                size = encrypted ? Math.Min(size, LargestEncryptedBlock) : size;
            }
            else
            {
                size = encrypted ? LargestEncryptedBlock : limits ? LargestBlock : MediumBlock;
            }
            return (ulong)size;
        }

        private static ulong FileStoreMsgSizeRaw(long subject, long headers, long message)
        {
            // Length 4, sequence 8, timestamp 8, subject length 2, checksum 8; headers bring their own length of 4.
            const long Fixed = 4 + 8 + 8 + 2 + 8;
            return unchecked((ulong)(Fixed + subject + (headers == 0 ? 0 : 4 + headers) + message));
        }

        /// <summary>The cipher of keys, shown by what it makes of the bytes 0 to 15 under a nonce of zeros.</summary>
        private static Dictionary<string, object> GenEncryptionKey(Request request)
        {
            ulong cipher = request.Unsigned("cipher");
            byte[] seed = request.Bytes("seed");
            var plain = new byte[16];
            for (int at = 0; at < plain.Length; at++)
            {
                plain[at] = (byte)at;
            }
            byte[] sealedBytes;
            int nonceSize;
            if (cipher == ChaCha)
            {
                nonceSize = ChaCha20.ExtendedNonceLength;
                sealedBytes = ChaCha20.Seal(seed, new byte[nonceSize], plain);
            }
            else if (cipher == Aes)
            {
                nonceSize = AesModes.BlockLength;
                sealedBytes = AesModes.Seal(seed, new byte[nonceSize], plain);
            }
            else
            {
                throw new PortException("unknown_cipher", "cipher " + cipher);
            }
            return Result.Of(
                "nonce_size", Result.Int(nonceSize),
                "overhead", Result.Int(sealedBytes.Length - plain.Length),
                "sealed", Result.Bytes(sealedBytes));
        }

        /// <summary>The stream that encrypts blocks, shown by its first 64 bytes.</summary>
        private static Dictionary<string, object> GenBlockEncryptionKey(Request request)
        {
            ulong cipher = request.Unsigned("cipher");
            byte[] seed = request.Bytes("seed");
            byte[] nonce = request.Bytes("nonce");
            if (cipher == ChaCha)
            {
                return Result.Of("keystream", Result.Bytes(ChaCha20.KeyStream(seed, nonce, 0, 64)));
            }
            if (cipher == Aes)
            {
                return Result.Of("keystream", Result.Bytes(AesModes.KeyStream(seed, nonce, 64)));
            }
            throw new PortException("unknown_cipher", "cipher " + cipher);
        }
    }
}
