using ActorBroker.Model;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Checkpoints;

/// <summary>partition.metadata: the id of the topic that a partition's directory belongs to. See docs/formats/log-directory.md.</summary>
internal static class PartitionMetadataFile
{
    public static void Write(IFileSystem fileSystem, string path, TopicId id) =>
        AtomicFile.WriteText(fileSystem, path, $"version: 0\ntopic_id: {id}", sync: false);

    /// <summary>Zero when the file is absent or empty, as after a power failure right after the partition was created.</summary>
    public static TopicId Read(IFileSystem fileSystem, string path)
    {
        var text = AtomicFile.TryReadText(fileSystem, path);
        if (string.IsNullOrWhiteSpace(text))
            return TopicId.Zero;
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':');
            if (colon > 0 && line[..colon].Trim() == "topic_id")
            {
                if (TopicId.TryParse(line[(colon + 1)..].Trim(), out var id))
                    return id;
                break;
            }
        }
        throw new CorruptFileException(path, "no topic_id with a legal id");
    }
}
