// writeFileWithSync (1261) and writeAtomically (1262): a file is there as a whole or not at all.
//
// The bytes go to a temporary file beside the place, which then takes the place. The directory is not forced to disk here: neither
// .NET nor Mono offers that, and a port that needs it calls fsync of the system. No case can see the difference.

using System;
using System.IO;

namespace Blkspec.Adapter
{
    public static class AtomicFile
    {
        public static void Write(string path, byte[] bytes, bool sync)
        {
            string temporary = path + ".tmp";
            bool created = false;
            try
            {
                using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
                {
                    created = true;
                    file.Write(bytes, 0, bytes.Length);
                    file.Flush(sync);
                }
                Replace(temporary, path);
            }
            catch (Exception error)
            {
                if (created)
                {
                    File.Delete(temporary);
                }
                throw Classed(error, path);
            }
        }

        private static void Replace(string temporary, string path)
        {
            if (Directory.Exists(path))
            {
                throw new IOException(path + " is a directory");
            }
            if (File.Exists(path))
            {
                File.Replace(temporary, path, null);
            }
            else
            {
                File.Move(temporary, path);
            }
        }

        private static Exception Classed(Exception error, string path)
        {
            if (error is DirectoryNotFoundException || error is FileNotFoundException)
            {
                // A file where a directory should be is another fault than a directory that is missing.
                bool belowAFile = File.Exists(Path.GetDirectoryName(path));
                return new PortException(belowAFile ? "io" : "not_found", error.Message);
            }
            if (error is IOException || error is UnauthorizedAccessException)
            {
                return new PortException("io", error.Message);
            }
            return error;
        }
    }
}
