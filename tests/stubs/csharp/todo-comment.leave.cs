using System;

public class FileStore
{
    // The placeholder of a parameter is a question mark.
    public string Placeholder(string text) => text + "?";

    // Thrown where the server says "not implemented".
    public string Text() => "TODO: that is a text and no comment";

    /// <summary>Throws <see cref="NotImplementedException"/> where a member is missing.</summary>
    public int Todos(int count)
    {
        // A todo list has as many entries as it has.
        return count + 1;
    }

    /// It makes instances of classes that implement this interface.
    public int Make(int count) => count + 3;

    // Todos and mastodons are left alone.
    public int Mastodon(int count) => count * 2;
}
