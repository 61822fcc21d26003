// JSON, as much as the protocol needs: objects, arrays, strings, true, false, null, and numbers kept as text.
//
// A port on .NET alone may put System.Text.Json here; Mono does not have it. Objects are Dictionary<string, object>, arrays
// List<object>, numbers JsonNumber. Nothing goes through a double.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Blkspec.Adapter
{
    /// <summary>A number as it was written.</summary>
    public sealed class JsonNumber
    {
        public JsonNumber(string text)
        {
            Text = text;
        }

        public string Text { get; private set; }
    }

    public static class Json
    {
        public static object Parse(string text)
        {
            var reader = new Reader(text);
            object value = reader.Value(0);
            reader.Blanks();
            if (!reader.AtEnd)
            {
                throw reader.Fault("the end");
            }
            return value;
        }

        public static string Write(object value)
        {
            var builder = new StringBuilder();
            Write(builder, value);
            return builder.ToString();
        }

        private static void Write(StringBuilder builder, object value)
        {
            var text = value as string;
            var members = value as Dictionary<string, object>;
            var items = value as System.Collections.IEnumerable;
            if (value == null)
            {
                builder.Append("null");
            }
            else if (value is bool)
            {
                builder.Append((bool)value ? "true" : "false");
            }
            else if (text != null)
            {
                WriteText(builder, text);
            }
            else if (members != null)
            {
                string comma = "{";
                foreach (var member in members)
                {
                    builder.Append(comma);
                    WriteText(builder, member.Key);
                    builder.Append(':');
                    Write(builder, member.Value);
                    comma = ",";
                }
                builder.Append(members.Count == 0 ? "{}" : "}");
            }
            else if (items != null)
            {
                builder.Append('[');
                string comma = "";
                foreach (object item in items)
                {
                    builder.Append(comma);
                    Write(builder, item);
                    comma = ",";
                }
                builder.Append(']');
            }
            else
            {
                // A number here would be one that should have been a decimal string.
                throw new ArgumentException("no JSON for a " + value.GetType().Name);
            }
        }

        private static void WriteText(StringBuilder builder, string text)
        {
            builder.Append('"');
            foreach (char c in text)
            {
                if (c == '"' || c == '\\')
                {
                    builder.Append('\\').Append(c);
                }
                else if (c < ' ' || (c >= '\ud800' && c <= '\udfff'))
                {
                    builder.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                }
                else
                {
                    builder.Append(c);
                }
            }
            builder.Append('"');
        }

        private sealed class Reader
        {
            private const int DeepestNesting = 64;
            private readonly string text;
            private int at;

            public Reader(string text)
            {
                this.text = text;
            }

            public bool AtEnd { get { return at == text.Length; } }

            public FormatException Fault(string expected)
            {
                return new FormatException("expected " + expected + " at column " + (at + 1));
            }

            public void Blanks()
            {
                while (at < text.Length && " \t\r\n".IndexOf(text[at]) >= 0)
                {
                    at++;
                }
            }

            public object Value(int depth)
            {
                if (depth > DeepestNesting)
                {
                    throw Fault("less nesting");
                }
                Blanks();
                switch (AtEnd ? '\0' : text[at])
                {
                    case '{':
                        return Members(depth);
                    case '[':
                        return Items(depth);
                    case '"':
                        return Text();
                    case 't':
                        return Word("true", true);
                    case 'f':
                        return Word("false", false);
                    case 'n':
                        return Word("null", null);
                    default:
                        return Number();
                }
            }

            private bool Take(char wanted)
            {
                Blanks();
                if (AtEnd || text[at] != wanted)
                {
                    return false;
                }
                at++;
                return true;
            }

            private object Word(string word, object value)
            {
                if (string.CompareOrdinal(text, at, word, 0, word.Length) != 0)
                {
                    throw Fault("a value");
                }
                at += word.Length;
                return value;
            }

            private object Number()
            {
                int start = at;
                while (at < text.Length && "+-.0123456789eE".IndexOf(text[at]) >= 0)
                {
                    at++;
                }
                double ignored;
                string number = text.Substring(start, at - start);
                if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out ignored))
                {
                    throw Fault("a value");
                }
                return new JsonNumber(number);
            }

            private object Members(int depth)
            {
                var members = new Dictionary<string, object>();
                at++;
                if (Take('}'))
                {
                    return members;
                }
                do
                {
                    Blanks();
                    string name = Text();
                    if (!Take(':'))
                    {
                        throw Fault("a colon");
                    }
                    members[name] = Value(depth + 1);
                }
                while (Take(','));
                if (!Take('}'))
                {
                    throw Fault("a comma or a brace");
                }
                return members;
            }

            private object Items(int depth)
            {
                var items = new List<object>();
                at++;
                if (Take(']'))
                {
                    return items;
                }
                do
                {
                    items.Add(Value(depth + 1));
                }
                while (Take(','));
                if (!Take(']'))
                {
                    throw Fault("a comma or a bracket");
                }
                return items;
            }

            private string Text()
            {
                if (AtEnd || text[at] != '"')
                {
                    throw Fault("a string");
                }
                at++;
                var builder = new StringBuilder();
                while (true)
                {
                    if (AtEnd || text[at] < ' ')
                    {
                        throw Fault("the end of a string");
                    }
                    char c = text[at++];
                    if (c == '"')
                    {
                        return builder.ToString();
                    }
                    builder.Append(c == '\\' ? Escape() : c);
                }
            }

            private char Escape()
            {
                char c = AtEnd ? '\0' : text[at++];
                int known = "\"\\/bfnrt".IndexOf(c);
                if (known >= 0)
                {
                    return "\"\\/\b\f\n\r\t"[known];
                }
                ushort unit;
                bool fits = c == 'u' && at + 4 <= text.Length;
                var style = NumberStyles.AllowHexSpecifier;
                if (!fits || !ushort.TryParse(text.Substring(at, 4), style, CultureInfo.InvariantCulture, out unit))
                {
                    throw Fault("an escape");
                }
                at += 4;
                return (char)unit;
            }
        }
    }
}
