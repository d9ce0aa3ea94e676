using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

/// <summary>A controller with its image and a clock that only tests move.</summary>
internal sealed class TestController(ControllerOptions? options = null)
{
    public ControllerCore Core { get; } = new(options ?? Clusters.Options);

    public ClusterImage Image { get; private set; } = ClusterImage.Empty;

    public long NowMs { get; set; } = 1_000_000;

    public ImmutableArray<MetadataEvent> LastEvents { get; private set; } = [];

    /// <summary>Brokers 1 to <paramref name="brokers"/>, unfenced, and the topic "t" with one partition on all of them in that order.</summary>
    public static TestController With(int brokers, ControllerOptions? options = null, params (string, string?)[] configs)
    {
        var controller = new TestController(options);
        for (var id = 1; id <= brokers; id++)
        {
            controller.Start(id);
        }

        controller.Create("t", [[.. Enumerable.Range(1, brokers)]], configs);
        return controller;
    }

    public TReply Do<TReply>(ControllerCommand command)
        where TReply : ControllerReply
    {
        var decision = Core.Decide(Image, command, NowMs);
        LastEvents = decision.Events;
        Image = decision.Events.Aggregate(Image, (before, change) => before.Apply(change));
        return Assert.IsType<TReply>(decision.Reply);
    }

    public PartitionImage Partition(string topic = "t", int index = 0) => Image.FindTopic(topic)!.Partitions[index];

    public BrokerImage Broker(int id) => Image.Brokers[new NodeId(id)];

    public BrokerRegistration Register(int id, Guid? incarnation = null, long previousEpoch = -1, Guid? disk = null) =>
        Do<BrokerRegistration>(new RegisterBroker(new NodeId(id), incarnation ?? Guid.NewGuid(), [], null) 
        {
            PreviousEpoch = new BrokerEpoch(previousEpoch),
            LogDirs = disk is { } directory ? [directory] : [],
        });

    public BrokerHeartbeatReply Beat(int id, long? version = null, bool wantFence = false, bool wantShutdown = false, bool isFull = false) =>
        Do<BrokerHeartbeatReply>(new BrokerHeartbeat(new NodeId(id), Broker(id).Epoch, version ?? Image.Version, wantFence, wantShutdown, []) { IsFull = isFull });

    /// <summary>Registers a new incarnation that stopped cleanly before, and unfences it.</summary>
    public void Start(int id)
    {
        var previous = Image.Brokers.GetValueOrDefault(new NodeId(id))?.Epoch.Value ?? -1;
        Assert.True(Register(id, previousEpoch: previous).Verdict.IsOk);
        Beat(id);
    }

    public void Fence(int id) => Do<VerdictReply>(new FenceBroker(new NodeId(id), Broker(id).Epoch, "test"));

    public void Create(string topic, int[][] assignments, params (string, string?)[] configs)
    {
        var replicas = assignments.Select((ids, index) => KeyValuePair.Create(index, ids.Select(id => new NodeId(id)).ToImmutableArray()));
        var reply = Do<CreateTopicsReply>(new CreateTopics([Clusters.New(topic, -1, -1, configs) with { Assignments = replicas.ToImmutableSortedDictionary() }], false));
        Assert.True(reply.Topics[0].Verdict.IsOk, reply.Topics[0].Verdict.Message);
    }

    /// <summary>The present leader proposes an ISR.</summary>
    public IsrChangeResult ProposeIsr(int[] isr, Func<IsrChange, IsrChange>? change = null, int? from = null, string topic = "t")
    {
        var partition = Partition(topic);
        var proposal = new IsrChange(
            Image.FindTopic(topic)!.Id, 0, partition.LeaderEpoch, partition.Epoch, [.. isr.Select(id => new IsrMember(new NodeId(id), EpochOf(id)))]);
        var sender = from ?? partition.Leader.Value;
        var reply = Do<AlterPartitionReply>(new AlterPartition(new NodeId(sender), EpochOf(sender), [change is null ? proposal : change(proposal)]));
        return Assert.Single(reply.Partitions);
    }

    public Verdict Reassign(string topic, params int[]? replicas) =>
        Do<AlterPartitionReassignmentsReply>(new AlterPartitionReassignments([new Reassignment(
            new TopicPartition(topic, 0), replicas is null ? null : [.. replicas.Select(id => new NodeId(id))])])).Partitions[0].Verdict;

    public Verdict FailReplica(int broker, string topic = "t") => Do<VerdictReply>(new FailReplicas(
        new NodeId(broker), EpochOf(broker), [new TopicIdPartition(Image.FindTopic(topic)!.Id, 0)])).Verdict;

    public Verdict Elect(ElectionType type) =>
        Do<ElectLeadersReply>(new ElectLeaders(type, [new TopicPartition("t", 0)])).Partitions[0].Verdict;

    public void Configure(string name, string value) => Do<AlterConfigsReply>(new AlterConfigs(
        [new ResourceEdits(ConfigResource.Topic("t"), [new ConfigEdit(name, ConfigOperation.Set, value)], Replace: false)], false));

    private BrokerEpoch EpochOf(int id) => Image.Brokers.GetValueOrDefault(new NodeId(id))?.Epoch ?? new BrokerEpoch(-1);
}

/// <summary>Short forms of what tests look at.</summary>
internal static class PartitionForms
{
    /// <summary>For example <c>leader 1 isr 1,2 elr 3</c>; empty lists are left out.</summary>
    public static string Form(this PartitionImage partition)
    {
        var parts = new List<string> { $"leader {partition.Leader}" };
        Add("isr", partition.Isr);
        Add("elr", partition.Elr);
        Add("last", partition.LastKnownElr);
        Add("adding", partition.Adding);
        Add("removing", partition.Removing);
        return string.Join(' ', parts);

        void Add(string name, ImmutableArray<NodeId> ids)
        {
            if (!ids.IsEmpty)
            {
                parts.Add($"{name} {string.Join(',', ids)}");
            }
        }
    }
}
