using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Akka.Persistence.Files;

/// <summary>Files whose appearance survives a power failure, and names for them.</summary>
internal static partial class DurableDirectory
{
    private const int LongestName = 150;

    /// <summary>A file name for a persistence id. Long ones are cut and told apart by a hash.</summary>
    public static string NameOf(string persistenceId)
    {
        var name = Uri.EscapeDataString(persistenceId);
        return name.Length <= LongestName
            ? name
            : $"{name[..80]}~{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(persistenceId)))}";
    }

    /// <summary>Puts a whole file in place of another, or of none: readers find the old or the new one, also after a power failure.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool fsync)
    {
        var temporary = path + ".tmp";
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            RandomAccess.Write(file, content, 0);
            if (fsync) RandomAccess.FlushToDisk(file);
        }

        File.Move(temporary, path, overwrite: true);
        if (fsync) Sync(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes the names in a directory durable; POSIX needs that, Windows does not.</summary>
    public static void Sync(string directory)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Native.Open(directory, 0);
        if (descriptor < 0) throw new IOException($"Cannot open directory {directory}: error {Marshal.GetLastPInvokeError()}");
        try
        {
            if (Native.Fsync(descriptor) != 0) throw new IOException($"Cannot sync directory {directory}: error {Marshal.GetLastPInvokeError()}");
        }
        finally
        {
            _ = Native.Close(descriptor);
        }
    }

    private static partial class Native
    {
        [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        public static partial int Open(string path, int flags);

        [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static partial int Fsync(int descriptor);

        [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
        public static partial int Close(int descriptor);
    }
}
