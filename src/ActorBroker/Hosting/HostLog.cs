using ActorBroker.Model;
using ActorBroker.Model.Options;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Hosting;

/// <summary>What the node as a whole has to say. Ids: 1 start and stop, 100 storage, 200 actors.</summary>
internal static partial class HostLog
{
    [LoggerMessage(1, LogLevel.Information, "node {Node} of cluster {Cluster} serves, {Milliseconds:F0} ms after its start")]
    public static partial void Ready(ILogger logger, NodeId node, string cluster, double milliseconds);

    [LoggerMessage(2, LogLevel.Information, "stopping: no new requests, then the logs are closed")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(3, LogLevel.Information, "stopped cleanly")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(4, LogLevel.Critical, "the node cannot run: {Reason}")]
    public static partial void CannotRun(ILogger logger, string reason);

    [LoggerMessage(5, LogLevel.Warning, "others did not take over what this node leads within {Milliseconds} ms; it stops all the same")]
    public static partial void LeftUncontrolled(ILogger logger, int milliseconds);

    [LoggerMessage(6, LogLevel.Warning, "the cluster could not reach this node and went on without it; the node starts anew")]
    public static partial void Expelled(ILogger logger);

    [LoggerMessage(7, LogLevel.Warning, "{Address}, where this node is to listen for the others as {Setting} says, has no address yet: {Problem}; the node waits up to {Seconds:F0} s for it")]
    public static partial void NoClusterAddressYet(ILogger logger, HostPort address, string setting, string problem, double seconds);

    [LoggerMessage(8, LogLevel.Information, "compression: {Implementations}")]
    public static partial void Codecs(ILogger logger, string implementations);

    [LoggerMessage(100, LogLevel.Information, "log directory {Directory}: opening {Count} logs after a clean stop")]
    public static partial void Opening(ILogger logger, string directory, int count);

    [LoggerMessage(101, LogLevel.Warning, "log directory {Directory}: the node did not stop cleanly; recovering {Count} logs")]
    public static partial void Recovering(ILogger logger, string directory, int count);

    [LoggerMessage(102, LogLevel.Information, "recovered {Loaded} of {Total} logs")]
    public static partial void Progress(ILogger logger, int loaded, int total);

    [LoggerMessage(103, LogLevel.Warning, "{Partition}: cut {Bytes} bytes from offset {Offset} on: {Reason}")]
    public static partial void TailCut(ILogger logger, TopicPartition partition, long bytes, Offset offset, string? reason);

    [LoggerMessage(104, LogLevel.Information, "{Partition}: verified {Bytes} bytes, rebuilt the indexes of {Indexes} segments")]
    public static partial void Recovered(ILogger logger, TopicPartition partition, long bytes, int indexes);

    [LoggerMessage(105, LogLevel.Error, "log directory {Directory} is offline until the node is restarted: {Reason}")]
    public static partial void DirectoryOffline(ILogger logger, string directory, string reason);

    [LoggerMessage(106, LogLevel.Warning, "{Message}")]
    public static partial void StorageWarning(ILogger logger, string message);

    [LoggerMessage(107, LogLevel.Error, "log directory {Directory} is full: {Bytes} bytes are free; produces are refused until there is room again")]
    public static partial void DiskFull(ILogger logger, string directory, long bytes);

    [LoggerMessage(108, LogLevel.Information, "log directory {Directory} has room again: {Bytes} bytes are free")]
    public static partial void DiskHasRoom(ILogger logger, string directory, long bytes);

    [LoggerMessage(109, LogLevel.Warning, "storage.max-open-files is {Configured}, but the process may open only {Limit} files; {Used} are used")]
    public static partial void FewFiles(ILogger logger, int configured, int limit, int used);

    [LoggerMessage(EventId = 200, Message = "{Actor}: {Message}")]
    public static partial void Actor(ILogger logger, LogLevel level, Exception? exception, string actor, object message);

    [LoggerMessage(201, LogLevel.Information, "the actors of this node:\n{Tree}")]
    public static partial void Tree(ILogger logger, string tree);
}
