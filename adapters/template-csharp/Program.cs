// Puts a port on stdin and stdout, as docs/protocol.md describes: one JSON object a line, each request answered once, in order.
//
// This file is the loop and needs no change. What the port is called and can do is in Port.cs; the marks `PORT:` say what to replace.
// No package is used, and nothing newer than C# 6, so that the same files compile with `dotnet build` and with Mono's mcs.

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Blkspec.Adapter
{
    public static class Program
    {
        public static int Main(string[] arguments)
        {
            // stdout belongs to the protocol: whoever writes to the console by accident writes to stderr.
            var utf8 = new UTF8Encoding(false);
            var input = new StreamReader(Console.OpenStandardInput(), utf8, false, 1 << 16);
            var output = new StreamWriter(Console.OpenStandardOutput(), utf8, 1 << 16) { NewLine = "\n" };
            Console.SetOut(Console.Error);
            var session = new Session(Port.Store(arguments));
            for (string line = input.ReadLine(); line != null; line = input.ReadLine())
            {
                output.WriteLine(Json.Write(Answer(session, line)));
                output.Flush();
            }
            return 0;
        }

        private static Dictionary<string, object> Answer(Session session, string line)
        {
            var answer = new Dictionary<string, object> { { "id", "" } };
            try
            {
                var request = Request.Parse(line);
                answer["id"] = request.Id;
                answer["result"] = session.Run(request);
                var events = session.TakeEvents();
                if (events.Count > 0)
                {
                    answer["events"] = events;
                }
            }
            catch (UnsupportedException error)
            {
                answer["unsupported"] = error.Message;
            }
            catch (PortException error)
            {
                answer["error"] = new Dictionary<string, object> { { "class", error.Class }, { "text", error.Message } };
            }
            catch (Exception error)
            {
                // A panic of the port is an answer, and costs one case.
                Console.Error.WriteLine(error);
                answer["error"] = new Dictionary<string, object> { { "class", "panic" }, { "text", error.Message } };
            }
            return answer;
        }
    }
}
