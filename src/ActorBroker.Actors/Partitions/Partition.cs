using ActorBroker.Actors.Hosting;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Protocol;
using ActorBroker.Records;
using ActorBroker.Storage;
using Akka.Actor;

namespace ActorBroker.Actors.Partitions;

/// <summary>A replica on its way into another data directory.</summary>
/// <param name="DataDirectory">Where it goes.</param>
/// <param name="SizeInBytes">Of the copy so far.</param>
/// <param name="OffsetLag">Records that the copy is behind.</param>
public sealed record PartitionMove(string DataDirectory, long SizeInBytes, long OffsetLag);

/// <summary>
/// A partition with a replica on this node, as everybody but its replica actor sees it: appends go to the actor, reads go
/// straight to the log's published view and never wait in a mailbox.
/// </summary>
public sealed partial class Partition
{
    private readonly Lock watchersGate = new();
    private IPartitionWatcher[] watchers = [];
    private volatile Standing standing;
    private volatile PartitionLog? log;
    private volatile IActorRef replica = ActorRefs.Nobody;
    private readonly string entityId;
    private volatile FollowerEnds? followers;

    internal Partition(TopicPartition id, TopicId topicId, PartitionImage image, TopicConfig config, NodeId self)
    {
        Id = id;
        TopicId = topicId;
        Self = self;
        entityId = ReplicaId.Of(new TopicIdPartition(topicId, id.Partition), self);
        standing = new Standing(image, config, ValidationConfigs.From(config));
    }

    public TopicPartition Id { get; }

    public TopicId TopicId { get; }

    /// <summary>The replica's actor; the only writer of the log. Nobody until it runs.</summary>
    public IActorRef Replica
    {
        get => replica;
        internal set => replica = value;
    }

    /// <summary>Where the replica is an entity: a region, or a shard of the node's own.</summary>
    internal IActorRef Region { get; set; } = ActorRefs.Nobody;

    public NodeId Leader => standing.Image.Leader;

    public LeaderEpoch LeaderEpoch => standing.Image.LeaderEpoch;

    public TopicConfig Config => standing.Config;

    /// <summary>How batches of producers are checked; the caller adds its request's part.</summary>
    public ValidationOptions Validation => standing.Validation;

    /// <summary>Whether the topic stores zstd, which old consumers cannot read.</summary>
    public bool IsZstdTopic => standing.Config.CompressionType == TopicCompression.Zstd;

    /// <summary>Whether this node leads the partition and its log is open.</summary>
    public bool IsServing => IsLeader && log is not null;

    public bool IsLeader => standing.Image.Leader == Self;

    /// <summary>Whether it is known if the replica serves: it does, or it failed.</summary>
    public bool IsDecided => log is not null || Failure is not null;

    /// <summary>Why the replica cannot serve although it should; null while all is well.</summary>
    public string? Failure { get; internal set; }

    /// <summary>Whether the replica will not serve again before the node is restarted.</summary>
    internal bool IsLost { get; set; }

    /// <summary>The copy that is made to move the replica into another data directory; null when it stays.</summary>
    public PartitionMove? Moving => Move is { } move
        ? new PartitionMove(move.Target.Directory.Path, move.Target.View.SizeInBytes, move.OffsetLag)
        : null;

    internal ReplicaMove? Move { get; set; }

    /// <summary>Whether the partition was created while this node ran: only then may its log be begun while a data directory is missing.</summary>
    internal bool IsNew { get; init; }

    internal NodeId Self { get; }

    /// <summary>The log end of the replica on another node, as this node knows while it leads; unknown before the node has told.</summary>
    public Offset FollowerEndOf(NodeId node) => followers?.Of(node) ?? Offset.Unknown;

    internal FollowerEnds? Followers
    {
        get => followers;
        set => followers = value;
    }

    internal PartitionImage Image => standing.Image;

    internal bool HasReplicaOn(NodeId node) => standing.Image.Replicas.Contains(node);

    internal PartitionLog? Log
    {
        get => log;
        set => log = value;
    }

    /// <summary>Sends validated batches to the replica; the request is completed exactly once.</summary>
    public void Append(Append append)
    {
        if (replica.IsNobody())
        {
            // It has not begun: nobody was told yet that it serves.
            append.Complete(AppendOutcome.Failed(ErrorCode.NotLeaderOrFollower, Failure));
            return;
        }

        replica.Tell(append, ActorRefs.NoSender);
    }

    /// <summary>Moves the log start offset up; -1 means to the high watermark.</summary>
    public Task<DeletedRecords> DeleteRecordsAsync(Offset before) =>
        Replica.Ask<DeletedRecords>(new ReplicaActor.DeleteRecords(before), TimeSpan.FromSeconds(30));

    /// <summary>Done when the replica has heard everything that the replica manager told it before. Throws <see cref="AskTimeoutException"/>.</summary>
    public Task WhenHeardAsync(TimeSpan wait) => Region.Ask<ActorIdentity>(new ReplicaEnvelope(entityId, new Identify(null)), wait);

    /// <summary>Tells the replica by its name: started by it when it does not run, and in order with all that is told so.</summary>
    internal void TellEntity(object message, IActorRef sender) => Region.Tell(new ReplicaEnvelope(entityId, message), sender);

    /// <summary>From now on tells the watcher of progress. Progress between an earlier look at the partition and this call is not told.</summary>
    public void Watch(IPartitionWatcher watcher)
    {
        lock (watchersGate)
        {
            watchers = [.. watchers, watcher];
        }
    }

    /// <summary>Whether somebody waits for progress.</summary>
    public bool IsWatched => Volatile.Read(ref watchers).Length > 0;

    public void Unwatch(IPartitionWatcher watcher)
    {
        lock (watchersGate)
        {
            watchers = [.. watchers.Where(other => !ReferenceEquals(other, watcher))];
        }
    }

    /// <summary>The controller has changed who holds and leads the partition.</summary>
    internal void Assign(PartitionImage image) => standing = standing with { Image = image };

    internal void Reconfigure(TopicConfig config) =>
        standing = standing with { Config = config, Validation = ValidationConfigs.From(config) };

    internal void NotifyWatchers()
    {
        foreach (var watcher in Volatile.Read(ref watchers))
        {
            watcher.OnProgress(this);
        }
    }

    private sealed record Standing(PartitionImage Image, TopicConfig Config, ValidationOptions Validation);
}
