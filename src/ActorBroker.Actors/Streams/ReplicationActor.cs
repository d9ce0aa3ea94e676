using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Replication;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;

namespace ActorBroker.Actors.Streams;

/// <summary>
/// The node's end of the replication streams, <c>/user/node/replication</c>: hands what other nodes' replicas say to the replicas here, and tells them
/// when a connection broke. One timer ticks the leaders that want it.
/// Supervision: restarted; streams notice what was lost.
/// </summary>
public sealed class ReplicationActor : UntypedActor, IWithTimers
{
    private readonly PartitionDirectory partitions;
    private readonly ReplicationSettings settings;

    public ReplicationActor(PartitionDirectory partitions, ReplicationSettings settings)
    {
        this.partitions = partitions;
        this.settings = settings;
    }

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, settings.TickInterval);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReplicationMessage replication:
                Dispatch(replication);
                break;
            case RepairMessage repair:
                partitions.Find(repair.Partition)?.Replica.Tell(repair, ActorRefs.NoSender);
                break;
            case Tick:
                settings.Ticks.TickAll(ReplicaActor.ReplicationTick.Instance);
                break;
            case DisassociatedEvent broken:
                OnBroken(broken.RemoteAddress);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Dispatch(ReplicationMessage message)
    {
        if (partitions.Find(message.Partition) is { } partition && !partition.Replica.IsNobody())
        {
            partition.Replica.Tell(message, ActorRefs.NoSender);
            return;
        }

        (message as PushMessage)?.Payload?.Dispose();
        if (message.IsForFollower)
        {
            var refusal = new Refusal(message.Stream, RefusalReason.NoReplica, LeaderEpoch.Unknown);
            settings.Streams.Tell(message.Stream.Leader, new RefusalMessage(message.Partition, refusal));
        }
    }

    private void OnBroken(Address address)
    {
        foreach (var node in settings.Streams.NodesAt(address))
        {
            Context.GetLogger().Info("the stream with node {0} at {1} broke", node, address);
            TellReplicasWith(node, new ReplicaActor.StreamLost(node));
        }
    }

    private void TellReplicasWith(NodeId node, ReplicaActor.StreamLost news)
    {
        foreach (var partition in partitions.All)
        {
            if (partition.HasReplicaOn(node))
            {
                partition.Replica.Tell(news, ActorRefs.NoSender);
            }
        }
    }
}
