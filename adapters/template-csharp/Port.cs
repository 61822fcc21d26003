// PORT: what the adapter says of the port, and which store it calls.
//
// This is the file to begin with. Without arguments the adapter has the pure functions and no store: everything that needs one is
// answered `unsupported`. With `--list` it has ListStore.cs behind it, a list in memory that shows how a store is wired and that the
// doctor can work with; it is no file store.

using System;

namespace Blkspec.Adapter
{
    public static class Port
    {
        // PORT: the name and the version of the port.
        public const string Name = "csharp-template";
        public const string Version = "0";

        // PORT: whether the port takes the time from the adapter. StoreCalls.Clock gives it; a port on .NET 8 or newer derives a
        // TimeProvider whose GetUtcNow is that clock, and runs its timers in StoreCalls.RunDue.
        public static readonly bool Virtual = true;

        // PORT: the store of the port, in place of the one that has nothing.
        public static StoreCalls Store(string[] arguments)
        {
            return Array.IndexOf(arguments, "--list") >= 0 ? new ListStore() : new StoreCalls();
        }
    }
}
