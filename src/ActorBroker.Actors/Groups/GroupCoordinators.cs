using System.Collections.Concurrent;
using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Partitions;
using ActorBroker.Coordination;
using ActorBroker.Coordination.Groups;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using Akka.Actor;

namespace ActorBroker.Actors.Groups;

/// <summary>The way from request handlers to the groups of this node. Safe for any thread.</summary>
public sealed class GroupCoordinators(
    ClusterState cluster, PartitionDirectory partitions, NodeId self, GroupOptions options, TimeProvider time)
{
    private readonly GroupSettings _settings = new()
    {
        MinSessionTimeoutMs = options.MinSessionTimeoutMs,
        MaxSessionTimeoutMs = options.MaxSessionTimeoutMs,
        InitialRebalanceDelayMs = options.InitialRebalanceDelayMs,
        NewMemberJoinTimeoutMs = options.NewMemberJoinTimeoutMs,
        MaxSize = options.MaxSize,
        OffsetMetadataMaxBytes = options.OffsetMetadataMaxBytes,
        OffsetsRetentionMs = options.OffsetsRetentionMs,
        OffsetsCommitTimeoutMs = options.OffsetsCommitTimeoutMs,
    };

    private readonly ConcurrentDictionary<int, IActorRef> _byPartition = new();

    public GroupOptions Options { get; } = options;

    /// <summary>The groups that this node coordinates.</summary>
    public GroupDirectory Groups { get; } = new();

    internal ClusterState Cluster => cluster;

    internal NodeId Self => self;

    /// <summary>The partition of the offsets topic that a group belongs to; -1 while there is no such topic.</summary>
    public int PartitionOf(string groupId) => cluster.Image.FindTopic(TopicName.ConsumerOffsets) is { Partitions.Count: var count and > 0 }
        ? ConsumerOffsetsPartition.Of(groupId, count)
        : -1;

    /// <summary>Passes a call on, or refuses it at once; either way it is completed exactly once.</summary>
    public void Send(GroupCall call)
    {
        if (call.GroupId.Length == 0 && !AbsentGroup.MayBeNameless(call.Request))
        {
            call.Refuse(GroupError.InvalidGroupId);
            return;
        }

        var partition = PartitionOf(call.GroupId);
        if (partition < 0)
        {
            call.Refuse(GroupError.CoordinatorNotAvailable);
        }
        else if (EpochOf(partition) == LeaderEpoch.Unknown)
        {
            // Said at once: the coordinator hears of the change a moment later.
            call.Refuse(GroupError.NotCoordinator);
        }
        else if (_byPartition.TryGetValue(partition, out var coordinator))
        {
            coordinator.Tell(call, ActorRefs.NoSender);
        }
        else
        {
            // The leadership is so new that its coordinator is still being started.
            call.Complete(AbsentGroup.ReplyWhileLoading(call.Request));
        }
    }

    /// <inheritdoc cref="Send(GroupCall)"/>
    /// <param name="complete">Called on the group's thread, or at once: must be short and must not throw.</param>
    public void Send<TReply>(string groupId, GroupEvent.Request request, Action<TReply> complete)
        where TReply : GroupReply => Send(new GroupCall(groupId, request, reply => complete((TReply)reply)));

    /// <summary>Asks a group and awaits its reply.</summary>
    public Task<TReply> AskAsync<TReply>(string groupId, GroupEvent.Request request)
        where TReply : GroupReply
    {
        var completion = new TaskCompletionSource<TReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        Send<TReply>(groupId, request, completion.SetResult);
        return completion.Task;
    }

    internal Props CoordinatorOf(int partition) => GroupCoordinatorActor.Create(
        partition,
        () => EpochOf(partition),
        epoch => partitions.Find(TopicName.ConsumerOffsets, partition) is { IsServing: true } serving && serving.LeaderEpoch == epoch
            ? new PartitionCoordinatorLog(serving, epoch)
            : null,
        Groups, _settings, time);

    /// <summary>The epoch in which this node leads the partition by the latest image; unknown when it does not.</summary>
    private LeaderEpoch EpochOf(int partition) =>
        cluster.Image.FindTopic(TopicName.ConsumerOffsets) is { } topic && partition < topic.Partitions.Count
        && topic.Partitions[partition] is var led && led.Leader == self
            ? led.LeaderEpoch
            : LeaderEpoch.Unknown;

    internal void Register(int partition, IActorRef coordinator) => _byPartition[partition] = coordinator;

    internal void Unregister(int partition) => _byPartition.TryRemove(partition, out _);
}
