using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Runtime;
using Akka.Actor;

namespace ActorBroker.Actors.Streams;

/// <summary>
/// The node's end of the replication streams, <c>/user/node/replication</c>: hands what other nodes' replicas say to the replicas here, on the thread that
/// received it. Everything else is its child's, <see cref="StreamWatchActor"/>.
/// Supervision: restarted; streams notice what was lost.
/// </summary>
public sealed class ReplicationActor : UntypedActor
{
    private readonly PartitionDirectory partitions;
    private readonly ReplicationSettings settings;
    private IActorRef watch = ActorRefs.Nobody;

    public ReplicationActor(PartitionDirectory partitions, ReplicationSettings settings)
    {
        this.partitions = partitions;
        this.settings = settings;
    }

    /// <summary>Needs <see cref="ReplicationSerializer.Configuration"/>.</summary>
    public static Props Create(PartitionDirectory partitions, ReplicationSettings settings) =>
        ActorProps.Of(() => new ReplicationActor(partitions, settings)).WithDispatcher(CallingThreadExecutor.DispatcherId);

    protected override void PreStart() => watch = Context.ActorOf(ActorProps.Of(() => new StreamWatchActor(partitions, settings)), "watch");

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReplicationMessage replication:
                if (partitions.Find(replication.Partition) is { } partition && !partition.Replica.IsNobody())
                {
                    partition.Replica.Tell(replication, ActorRefs.NoSender);
                }
                else if (replication is FetchStateMessage question && settings.Region is { } region && !Context.System.IsLeaving())
                {
                    // The image that makes it a follower may not be here yet: the entity starts, and waits for its task.
                    region.Tell(new ReplicaEnvelope(ReplicaId.Of(question.Partition, question.Stream.Follower), question), ActorRefs.NoSender);
                }
                else
                {
                    watch.Tell(replication, ActorRefs.NoSender);
                }

                break;
            case RepairMessage repair:
                partitions.Find(repair.Partition)?.Replica.Tell(repair, ActorRefs.NoSender);
                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
