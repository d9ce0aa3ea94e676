using System.Globalization;
using System.Text;
using ActorBroker.Storage.Epochs;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Checkpoints;

/// <summary>The leader epochs of a partition with the offsets at which they started: version, number of entries, then
/// <c>epoch offset</c> lines. See docs/formats/checkpoints.md.</summary>
internal static class LeaderEpochCheckpointFile
{
    private const int Version = 0;

    public static void Write(IFileSystem fileSystem, string path, ReadOnlySpan<EpochStart> entries)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Version}\n{entries.Length}\n");
        foreach (var entry in entries)
            text.Append(CultureInfo.InvariantCulture, $"{entry.Epoch} {entry.StartOffset}\n");
        // Not synced: the epochs are also in the batches, from which recovery takes them.
        AtomicFile.WriteText(fileSystem, path, text.ToString(), sync: false);
    }

    /// <summary>Null when there is no file; throws <see cref="CorruptFileException"/> when it is not in the format.</summary>
    public static List<EpochStart>? TryRead(IFileSystem fileSystem, string path)
    {
        if (CheckpointText.TryRead(fileSystem, path, Version) is not { } lines)
            return null;
        var entries = new List<EpochStart>(lines.Length);
        foreach (var line in lines)
        {
            var words = line.Split(' ');
            if (words.Length != 2
                || !int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
                || !long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
                throw new CorruptFileException(path, $"'{line}' is not 'epoch offset'");
            entries.Add(new EpochStart(epoch, offset));
        }
        return entries;
    }
}
