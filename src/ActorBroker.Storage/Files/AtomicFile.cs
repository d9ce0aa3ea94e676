using System.Text;

namespace ActorBroker.Storage.Files;

/// <summary>Small files that are replaced whole: written under another name, optionally synced, renamed over the old one.</summary>
internal static class AtomicFile
{
    public const string TemporarySuffix = ".tmp";

    public static void WriteText(IFileSystem fileSystem, string path, string text, bool sync) =>
        Write(fileSystem, path, Encoding.UTF8.GetBytes(text), sync);

    /// <param name="sync">Whether the content and the name survive a power failure when this returns.</param>
    public static void Write(IFileSystem fileSystem, string path, ReadOnlySpan<byte> content, bool sync)
    {
        var temporary = path + TemporarySuffix;
        using (var file = fileSystem.Open(temporary, FileOpenMode.CreateEmpty))
        {
            if (content.Length > 0)
                file.Write(content, 0);
            if (sync)
                file.Sync();
        }
        fileSystem.MoveFile(temporary, path);
        if (sync)
            fileSystem.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>The whole content; null when there is no such file.</summary>
    public static byte[]? TryRead(IFileSystem fileSystem, string path)
    {
        try
        {
            using var file = fileSystem.Open(path, FileOpenMode.Existing);
            var bytes = new byte[checked((int)file.Length)];
            var count = file.Read(bytes, 0);
            return count == bytes.Length ? bytes : bytes[..count];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public static string? TryReadText(IFileSystem fileSystem, string path) =>
        TryRead(fileSystem, path) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
}
