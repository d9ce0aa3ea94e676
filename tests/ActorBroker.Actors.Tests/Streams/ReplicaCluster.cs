using System.Collections.Concurrent;
using System.Collections.Immutable;
using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Streams;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Replication;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Streams;

/// <summary>Several nodes in one process with one topic "t" of one partition, and a controller that compares and sets.</summary>
internal sealed class ReplicaCluster : IAsyncDisposable
{
    private static readonly TopicId Topic = TopicId.NewRandom();

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<NodeId, ReplicaNode> nodes = new();
    private readonly Dictionary<NodeId, DirectoryInfo> directories = [];
    private readonly LeaderSettings leader;
    private readonly Func<ReplicaSettings, ReplicaSettings>? sharded;
    private readonly ReplicaRestarts restarts;
    private ClusterImage image = ClusterImage.Empty;

    public ReplicaCluster(int nodeCount, LeaderSettings? leader = null, params (string Name, string Value)[] configs)
        : this(nodeCount, null, leader, configs)
    {
    }

    public ReplicaCluster(int nodeCount, ReplicaRestarts restarts)
        : this(nodeCount, null, restarts, null, [])
    {
    }

    /// <param name="sharded">Gives the nodes regions, which no cluster and no coordinator ever sees.</param>
    public ReplicaCluster(int nodeCount, Func<ReplicaSettings, ReplicaSettings>? sharded, LeaderSettings? leader = null, params (string Name, string Value)[] configs)
        : this(nodeCount, sharded, ReplicaRestarts.Default, leader, configs)
    {
    }

    private ReplicaCluster(
        int nodeCount, Func<ReplicaSettings, ReplicaSettings>? sharded, ReplicaRestarts restarts, LeaderSettings? leader, (string Name, string Value)[] configs)
    {
        this.sharded = sharded;
        this.restarts = restarts;
        this.leader = leader ?? new LeaderSettings { LagTimeMaxMs = 60_000, ProbeRetryMs = 50 };
        var ids = Enumerable.Range(1, nodeCount).Select(id => new NodeId(id)).ToImmutableArray();
        foreach (var id in ids)
        {
            directories[id] = Scratch.Create($"replica-{id}-");
            Change(Registration(id, 1));
        }

        Change([new TopicCreated(Topic, "t"), .. configs.Select(config => new ConfigChanged(ConfigResource.Topic("t"), config.Name, config.Value))]);
        Change(new PartitionCreated(Topic, new PartitionImage(0, ids, ids, ids[0], new LeaderEpoch(0), new PartitionEpoch(0))));
        foreach (var id in ids)
        {
            StartProcess(id);
        }
    }

    public PartitionImage State => image.FindTopic(Topic)!.Partitions[0];

    public ReplicaNode this[int id] => nodes[new NodeId(id)];

    /// <summary>Commits events and tells every node.</summary>
    public void Change(params MetadataEvent[] events)
    {
        lock (gate)
        {
            image = events.Aggregate(image, (before, change) => before.Apply(change));
            foreach (var node in nodes.Values)
            {
                node.Apply(image, events);
            }
        }
    }

    /// <summary>Commits events that only some nodes are told of.</summary>
    public void ChangeFor(int[] told, params MetadataEvent[] events)
    {
        lock (gate)
        {
            image = events.Aggregate(image, (before, change) => before.Apply(change));
            foreach (var id in told)
            {
                this[id].Apply(image, events);
            }
        }
    }

    /// <summary>Tells a node what it was not told.</summary>
    public void TellLate(int id, params MetadataEvent[] events) => this[id].Apply(image, events);

    public void Elect(int node, params int[] isr) => Change(
        new PartitionChanged(Topic, 0, Leader: new NodeId(node), Isr: isr.Length == 0 ? null : [.. isr.Select(id => new NodeId(id))]));

    public void Fence(int id) => Change(new BrokerChanged(new NodeId(id), image.Brokers[new NodeId(id)].Epoch, Fenced: true));

    /// <summary>These nodes hold the partition from now on; of the ISR those that do.</summary>
    public void Assign(params int[] replicas) => Change(new PartitionChanged(
        Topic, 0, Replicas: [.. replicas.Select(id => new NodeId(id))], Isr: [.. State.Isr.Where(node => replicas.Contains(node.Value))]));

    /// <summary>The process ends without a word; its files stay.</summary>
    public async Task Kill(int id)
    {
        nodes.TryRemove(new NodeId(id), out var node);
        await node!.DisposeAsync();
    }

    /// <summary>A new process on the same files, which registers again.</summary>
    public void Start(int id)
    {
        var node = new NodeId(id);
        StartProcess(node);
        Change(Registration(node, image.Brokers[node].Epoch.Value + 1));
    }

    public Task HasOnAll(params string[] values) => Eventually.Holds(
        () => nodes.Values.All(node => node.Partition is { IsDecided: true } partition && TestAppend.ReadAll(partition).SequenceEqual(values)));

    public Task HasIsr(params int[] isr) => Eventually.Holds(() => State.Isr.Select(node => node.Value).Order().SequenceEqual(isr));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes.Values)
        {
            await node.DisposeAsync();
        }

        foreach (var directory in directories.Values)
        {
            directory.Delete(recursive: true);
        }
    }

    private static BrokerRegistered Registration(NodeId id, long epoch) =>
        new(new BrokerImage(id, new BrokerEpoch(epoch), Guid.NewGuid(), [], null, false));

    private void StartProcess(NodeId id)
    {
        lock (gate)
        {
            nodes[id] = new ReplicaNode(id, directories[id], system => system.ActorOf(Props.Create(() => new FakeController(this))), image, leader, restarts, sharded);
            var addresses = nodes.ToDictionary(static node => node.Key, static node => new HostPort("127.0.0.1", node.Value.Links.Port));
            foreach (var node in nodes.Values)
            {
                node.Links.SetPeers(addresses);
            }
        }
    }

    private IsrChangeResult Decide(IsrChange change)
    {
        lock (gate)
        {
            var error = change.LeaderEpoch != State.LeaderEpoch ? MetadataError.FencedLeaderEpoch
                : change.PartitionEpoch != State.Epoch ? MetadataError.InvalidUpdateVersion
                : change.NewIsr.Any(member => image.Brokers[member.Id].Epoch != member.Epoch) ? MetadataError.IneligibleReplica
                : MetadataError.None;
            if (error == MetadataError.None)
            {
                Change(new PartitionChanged(Topic, 0, Isr: [.. change.NewIsr.Select(member => member.Id)]));
            }

            return new IsrChangeResult(Topic, 0, new Verdict(error, null), State);
        }
    }

    private void Fail(NodeId broker)
    {
        lock (gate)
        {
            var isr = State.Isr.Remove(broker);
            Change(new PartitionChanged(Topic, 0, Leader: State.Leader == broker ? isr[0] : null, Isr: isr));
        }
    }

    private sealed class FakeController : ReceiveActor
    {
        public FakeController(ReplicaCluster cluster)
        {
            Receive<AlterPartition>(command => Sender.Tell(new AlterPartitionReply(Verdict.Ok, [.. command.Partitions.Select(cluster.Decide)]), Self));
            Receive<FailReplicas>(command =>
            {
                cluster.Fail(command.BrokerId);
                Sender.Tell(new VerdictReply(Verdict.Ok), Self);
            });
        }
    }
}
