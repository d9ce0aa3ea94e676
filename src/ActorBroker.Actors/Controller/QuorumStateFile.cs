using System.Text.Json;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Storage.Files;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// The acceptor's promise on disk: <c>quorum-state</c> beside the journal, with the names of Kafka's file of that name (QuorumStateData 1, JSON). The file is
/// replaced whole, and on disk before the promise is given. A directory id of its own tells this disk from another of the same node.
/// </summary>
internal static class QuorumStateFile
{
    public const string Name = "quorum-state";

    private const string LeaderEpoch = "leaderEpoch";
    private const string VotedId = "votedId";
    private const string VotedDirectoryId = "votedDirectoryId";
    private const string DataVersion = "data_version";

    /// <summary>The promised epoch; <see cref="ControllerEpoch.None"/> when none was ever given.</summary>
    /// <exception cref="InvalidDataException">The file is damaged: the promise is unknown, and the replica must not take part.</exception>
    public static ControllerEpoch Read(IFileSystem files, string directory)
    {
        var path = Path.Combine(directory, Name);
        if (!files.FileExists(path))
        {
            return ControllerEpoch.None;
        }

        try
        {
            using var file = files.Open(path, FileOpenMode.Existing);
            var bytes = new byte[checked((int)file.Length)];
            file.Read(bytes, 0);
            using var json = JsonDocument.Parse(bytes);
            return new ControllerEpoch(json.RootElement.GetProperty(LeaderEpoch).GetInt32());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} is damaged: {e.Message}. Without it this node does not know what it promised; "
                + "remove the node's metadata directory, and it joins again with an empty one", e);
        }
    }

    /// <summary>Replaces the file; it survives a power failure when this returns.</summary>
    public static void Write(IFileSystem files, string directory, ControllerEpoch epoch, NodeId proposer, JournalReplica self)
    {
        var path = Path.Combine(directory, Name);
        var temporary = path + ".tmp";
        using (var file = files.Open(temporary, FileOpenMode.CreateEmpty))
        {
            file.Write(Encode(epoch, proposer, self), 0);
            file.Sync();
        }

        files.MoveFile(temporary, path);
        files.SyncDirectory(directory);
    }

    private static byte[] Encode(ControllerEpoch epoch, NodeId proposer, JournalReplica self)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("leaderId", -1);
            json.WriteNumber(LeaderEpoch, epoch.Value);
            json.WriteNumber(VotedId, proposer.Value);
            json.WriteString(VotedDirectoryId, new TopicId(self.DirectoryId).ToString());
            json.WriteNumber(DataVersion, 1);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }
}
