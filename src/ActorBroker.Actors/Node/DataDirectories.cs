using ActorBroker.Protocol;
using ActorBroker.Storage;
using Akka.Actor;

namespace ActorBroker.Actors.Node;

/// <summary>The node's data directories, as requests see them.</summary>
/// <param name="configured">Their absolute paths; one that could not be opened is among them.</param>
/// <param name="mover">The <see cref="MoverActor"/>.</param>
public sealed class DataDirectories(IReadOnlyList<string> configured, LogManager logs, IActorRef mover)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public IReadOnlyList<string> Paths => configured;

    /// <summary>Whether the directory failed, at start or since.</summary>
    public bool IsOffline(string path) => !logs.Directories.Any(directory => directory.Path == path && !directory.State.IsOffline);

    /// <summary>Asks for a replica to be moved into a directory; the answer does not wait for the move's end.</summary>
    /// <returns>LOG_DIR_NOT_FOUND; KAFKA_STORAGE_ERROR when the directory or the replica is offline; REPLICA_NOT_AVAILABLE when there is no
    /// replica yet, whose log is then created in that directory when it comes.</returns>
    public async Task<ErrorCode> MoveAsync(string topic, int index, string path)
    {
        if (!configured.Contains(path))
        {
            return ErrorCode.LogDirNotFound;
        }

        if (IsOffline(path))
        {
            return ErrorCode.KafkaStorageError;
        }

        var accepted = await mover.Ask<MoverActor.MoveAccepted>(new MoverActor.Move(topic, index, path), Patience).ConfigureAwait(false);
        return accepted.Error;
    }
}
