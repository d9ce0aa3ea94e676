using System.Collections.Immutable;
using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Node;

/// <summary>
/// Tells the controller of replicas that failed here, so that others lead and nobody waits for them (KIP-112): those of a log directory that went offline, and
/// those that could not be opened. It compares what failed with the image until the image agrees: nothing is lost with a message or a controller.
/// Supervision: restarted; it finds what failed again in the partitions.
/// </summary>
public sealed class FailureActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ControllerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Akka.NET's Self is only there while the actor handles a message.</summary>
    private readonly IActorRef self = Context.Self;
    private readonly BrokerIdentity identity;
    private readonly ClusterState cluster;
    private readonly IActorRef controller;
    private readonly PartitionDirectory partitions;
    private readonly LogManager logs;
    private readonly HashSet<Partition> failed = [];
    private bool isAsking;

    public FailureActor(BrokerIdentity identity, ClusterState cluster, IActorRef controller, PartitionDirectory partitions, LogManager logs)
    {
        this.identity = identity;
        this.cluster = cluster;
        this.controller = controller;
        this.partitions = partitions;
        this.logs = logs;
        Receive<DirectoryState>(OnOffline);
        Receive<ReplicaActor.Failed>(failure => OnFailed(failure.Partition));
        Receive<MetadataChanged>(_ => Compare());
        Receive<Retry>(_ => Compare());
        Receive<Answer>(OnAnswer);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Answer(Verdict? Verdict);

    private sealed record Retry
    {
        public static Retry Instance { get; } = new();
    }

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ReplicaActor.Failed));
        Context.System.EventStream.Subscribe(Self, typeof(MetadataChanged));
        foreach (var directory in logs.Directories)
        {
            directory.State.WentOffline += Tell;
        }

        foreach (var partition in partitions.All.Where(partition => partition.IsLost))
        {
            failed.Add(partition);
        }

        Compare();
    }

    protected override void PostStop()
    {
        foreach (var directory in logs.Directories)
        {
            directory.State.WentOffline -= Tell;
        }
    }

    /// <summary>On the thread that met the error.</summary>
    private void Tell(DirectoryState directory, Exception error) => self.Tell(directory, ActorRefs.NoSender);

    private void OnOffline(DirectoryState directory)
    {
        foreach (var partition in partitions.All)
        {
            partition.Replica.Tell(ReplicaActor.DirectoryFailed.Instance, Self);
        }
    }

    private void OnFailed(Partition partition)
    {
        // A replica that waits for room on a full disk is opened when there is some.
        if (partition.IsLost)
        {
            failed.Add(partition);
            Compare();
        }
    }

    private void Compare()
    {
        failed.RemoveWhere(partition => !partition.IsLost || partitions.Find(partition.Id.Topic, partition.Id.Partition) != partition);
        if (isAsking || failed.Count == 0 || cluster.Image.Brokers.GetValueOrDefault(identity.Id) is not { } broker || broker.IncarnationId != identity.IncarnationId)
        {
            return;
        }

        ImmutableArray<TopicIdPartition> counted = [.. failed.Select(Named).Where(IsCounted)];
        if (!counted.IsEmpty)
        {
            isAsking = true;
            controller.Ask<VerdictReply>(new FailReplicas(identity.Id, broker.Epoch, counted), ControllerTimeout)
                .PipeTo(Self, Self, reply => new Answer(reply.Verdict), _ => new Answer(null));
        }
    }

    private void OnAnswer(Answer answer)
    {
        isAsking = false;
        if (answer.Verdict is not { IsOk: true })
        {
            Context.GetLogger().Warning("the controller was not told yet of {0} replicas that failed here: {1}", failed.Count, answer.Verdict?.Message ?? "it did not answer");
        }

        // The answer may be here before the image that shows it.
        Timers.StartSingleTimer(nameof(Retry), Retry.Instance, RetryInterval);
    }

    private static TopicIdPartition Named(Partition partition) => new(partition.TopicId, partition.Id.Partition);

    /// <summary>Whether the image counts on the replica.</summary>
    private bool IsCounted(TopicIdPartition id) =>
        cluster.Image.FindTopic(id.TopicId) is { } topic
        && topic.Partitions[id.Partition] is var partition
        && (partition.Leader == identity.Id || partition.Isr.Contains(identity.Id));
}
