using System.Globalization;
using System.Text;
using ActorBroker.Model;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Checkpoints;

/// <summary>A text file with one offset for each partition of a log directory: version, number of entries, then
/// <c>topic partition offset</c> lines. See docs/formats/checkpoints.md.</summary>
public static class OffsetCheckpointFile
{
    private const int Version = 0;

    /// <summary>Replaces the file; it survives a power failure when this returns.</summary>
    public static void Write(IFileSystem fileSystem, string path, IReadOnlyCollection<KeyValuePair<TopicPartition, Offset>> entries)
    {
        var text = new StringBuilder(16 + entries.Count * 32);
        text.Append(CultureInfo.InvariantCulture, $"{Version}\n{entries.Count}\n");
        foreach (var (partition, offset) in entries)
            text.Append(CultureInfo.InvariantCulture, $"{partition.Topic} {partition.Partition} {offset.Value}\n");
        AtomicFile.WriteText(fileSystem, path, text.ToString(), sync: true);
    }

    /// <summary>Reads the entries; an absent file has none. Throws <see cref="CorruptFileException"/> for anything else than the format.</summary>
    public static Dictionary<TopicPartition, Offset> Read(IFileSystem fileSystem, string path)
    {
        var entries = new Dictionary<TopicPartition, Offset>();
        if (CheckpointText.TryRead(fileSystem, path, Version) is not { } lines)
            return entries;
        foreach (var line in lines)
        {
            var words = line.Split(' ');
            if (words.Length != 3
                || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
                || !long.TryParse(words[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset))
                throw new CorruptFileException(path, $"'{line}' is not 'topic partition offset'");
            entries[new TopicPartition(words[0], partition)] = new Offset(offset);
        }
        return entries;
    }
}

/// <summary>A file of the log directory does not hold what its format says.</summary>
public sealed class CorruptFileException(string path, string reason) : Exception($"{path}: {reason}")
{
    public string Path => path;
}

/// <summary>What Kafka's checkpoint text files have in common: the version, the number of entries, one line an entry.</summary>
internal static class CheckpointText
{
    public static string[]? TryRead(IFileSystem fileSystem, string path, int version)
    {
        if (AtomicFile.TryReadText(fileSystem, path) is not { } text)
            return null;
        // Kafka creates its checkpoint files empty.
        if (text == "")
            return [];
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Length < 2
            || !int.TryParse(lines[0], NumberStyles.None, CultureInfo.InvariantCulture, out var found)
            || !int.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            throw new CorruptFileException(path, "it does not start with a version and a number of entries");
        if (found != version)
            throw new CorruptFileException(path, $"version {found} is unknown");
        if (lines.Length - 2 != count)
            throw new CorruptFileException(path, $"{count} entries announced, {lines.Length - 2} found");
        return lines[2..];
    }
}
