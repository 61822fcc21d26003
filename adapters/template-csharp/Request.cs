// A request and its members, typed: integers are decimal strings, bytes are base64, and what is malformed is `invalid_argument`.

using System;
using System.Collections.Generic;
using System.Globalization;

namespace Blkspec.Adapter
{
    /// <summary>An error of the port: its class is compared with Go's, its text is for people.</summary>
    public sealed class PortException : Exception
    {
        public PortException(string errorClass, string text) : base(text)
        {
            Class = errorClass;
        }

        public string Class { get; private set; }
    }

    /// <summary>What the port does not have: the message names it.</summary>
    public sealed class UnsupportedException : Exception
    {
        public UnsupportedException(string what) : base(what)
        {
        }
    }

    public sealed class Request
    {
        private readonly Dictionary<string, object> members;

        public Request(Dictionary<string, object> members)
        {
            this.members = members;
        }

        public string Id { get { return Text("id"); } }

        public string Op { get { return Text("op"); } }

        public static Request Parse(string line)
        {
            object value;
            try
            {
                value = Json.Parse(line);
            }
            catch (FormatException error)
            {
                throw Invalid("not JSON: " + error.Message);
            }
            var members = value as Dictionary<string, object>;
            if (members == null)
            {
                throw Invalid("a request is a JSON object");
            }
            return new Request(members);
        }

        public static PortException Invalid(string text)
        {
            return new PortException("invalid_argument", text);
        }

        /// <summary>Whether the member is there and not null.</summary>
        public bool Has(string name)
        {
            object value;
            return members.TryGetValue(name, out value) && value != null;
        }

        public object Raw(string name)
        {
            object value;
            members.TryGetValue(name, out value);
            return value;
        }

        public string Text(string name)
        {
            var text = Raw(name) as string;
            if (text == null)
            {
                throw Invalid(name + " must be a string");
            }
            return text;
        }

        public string Text(string name, string otherwise)
        {
            return Has(name) ? Text(name) : otherwise;
        }

        public bool Flag(string name)
        {
            if (!Has(name))
            {
                return false;
            }
            object value = Raw(name);
            if (!(value is bool))
            {
                throw Invalid(name + " must be true or false");
            }
            return (bool)value;
        }

        /// <summary>An unsigned integer; 0 where it is absent.</summary>
        public ulong Unsigned(string name)
        {
            ulong value = 0;
            if (Has(name) && !ulong.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out value))
            {
                throw Invalid(name + " must be an unsigned decimal string");
            }
            return value;
        }

        /// <summary>A signed integer; 0 where it is absent.</summary>
        public long Signed(string name)
        {
            long value = 0;
            var style = NumberStyles.AllowLeadingSign;
            if (Has(name) && !long.TryParse(Text(name), style, CultureInfo.InvariantCulture, out value))
            {
                throw Invalid(name + " must be a decimal string");
            }
            return value;
        }

        /// <summary>A time in Unix nanoseconds; null is Go's zero time.</summary>
        public long? Time(string name)
        {
            return Has(name) ? (long?)Signed(name) : null;
        }

        /// <summary>Bytes; none where the member is absent.</summary>
        public byte[] Bytes(string name)
        {
            if (!Has(name))
            {
                return new byte[0];
            }
            try
            {
                return Convert.FromBase64String(Text(name));
            }
            catch (FormatException error)
            {
                throw Invalid(name + ": " + error.Message);
            }
        }

        /// <summary>A list of strings; null where it is absent, which is Go's nil.</summary>
        public List<string> Texts(string name)
        {
            if (!Has(name))
            {
                return null;
            }
            var items = Raw(name) as List<object>;
            if (items == null)
            {
                throw Invalid(name + " must be an array");
            }
            return items.ConvertAll(item =>
            {
                var text = item as string;
                if (text == null)
                {
                    throw Invalid(name + " must be an array of strings");
                }
                return text;
            });
        }

        /// <summary>An object, with the same access to its members; empty where it is absent.</summary>
        public Request Object(string name)
        {
            if (!Has(name))
            {
                return new Request(new Dictionary<string, object>());
            }
            var value = Raw(name) as Dictionary<string, object>;
            if (value == null)
            {
                throw Invalid(name + " must be an object");
            }
            return new Request(value);
        }

        public IEnumerable<string> Names { get { return members.Keys; } }
    }

    /// <summary>Members of results: integers as decimal strings, bytes as base64.</summary>
    public static class Result
    {
        /// <summary>An object from names and values in turn.</summary>
        public static Dictionary<string, object> Of(params object[] members)
        {
            var result = new Dictionary<string, object>();
            for (int at = 0; at < members.Length; at += 2)
            {
                result[(string)members[at]] = members[at + 1];
            }
            return result;
        }

        public static string Int(ulong value)
        {
            return value.ToString(CultureInfo.InvariantCulture);
        }

        public static string Int(long value)
        {
            return value.ToString(CultureInfo.InvariantCulture);
        }

        public static string Bytes(byte[] bytes)
        {
            return Convert.ToBase64String(bytes);
        }
    }
}
