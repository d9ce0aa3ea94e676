using ActorBroker.Harness;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Server.Tests.Cluster;

public sealed class ForwardingTests : IAsyncLifetime
{
    private readonly ClusterNode _node = new();
    private WireClient _client = null!;

    public async Task InitializeAsync() => _client = await _node.Connect();

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task A_controller_that_is_silent_times_out_and_the_connection_goes_on()
    {
        var created = await _client.Call<CreateTopicsResponse>(Create("t", timeoutMs: 50), 7);
        var deleted = await _client.Call<DeleteTopicsResponse>(new DeleteTopicsRequest { TopicNames = ["t"], TimeoutMs = 50 }, 4);
        var grown = await _client.Call<CreatePartitionsResponse>(
            new CreatePartitionsRequest { Topics = [new() { Name = "t", Count = 2 }], TimeoutMs = 50 }, 3);

        Assert.Equal(("t", ErrorCode.RequestTimedOut), (created.Topics[0].Name, created.Topics[0].ErrorCode));
        Assert.Equal(("t", ErrorCode.RequestTimedOut), (deleted.Responses[0].Name, deleted.Responses[0].ErrorCode));
        Assert.Equal(("t", ErrorCode.RequestTimedOut), (grown.Results[0].Name, grown.Results[0].ErrorCode));
    }

    [Fact]
    public async Task When_a_node_is_not_the_controller_any_more_the_next_one_is_asked_with_the_same_ids()
    {
        var asked = new List<TopicId>();
        _node.Controller = command =>
        {
            asked.Add(((CreateTopics)command).Topics[0].Id);
            return asked.Count < 3
                ? new VerdictReply(new Verdict(MetadataError.NotController, "Another node is."))
                : new CreateTopicsReply([new CreatedTopic("t", asked[0], 1, 1, new Verdict(MetadataError.PolicyViolation, "No."))]);
        };

        var created = await _client.Call<CreateTopicsResponse>(Create("t"), 7);

        Assert.Equal(ErrorCode.PolicyViolation, created.Topics[0].ErrorCode);
        Assert.Equal(3, asked.Count);
        Assert.Single(asked.Distinct());
    }

    [Fact]
    public async Task A_node_that_is_not_the_controller_for_too_long_says_so()
    {
        _node.Controller = _ => new VerdictReply(new Verdict(MetadataError.NotController, "Another node is."));

        var created = await _client.Call<CreateTopicsResponse>(Create("t", timeoutMs: 100), 7);

        Assert.Equal((ErrorCode.NotController, "Another node is."), (created.Topics[0].ErrorCode, created.Topics[0].ErrorMessage));
    }

    [Fact]
    public async Task A_topic_is_there_when_its_creation_is_answered_though_the_controllers_answer_came_first()
    {
        CreateTopics? asked = null;
        _node.Controller = command =>
        {
            asked = (CreateTopics)command;
            return new CreateTopicsReply([new CreatedTopic("t", asked.Topics[0].Id, 1, 1, Verdict.Ok)]);
        };

        var creation = _client.Call<CreateTopicsResponse>(Create("t"), 7);
        await Eventually.Holds(() => asked is not null, "the controller is asked");
        Assert.False(creation.IsCompleted);
        var id = asked!.Topics[0].Id;
        _node.Apply(
            new TopicCreated(id, "t"),
            new PartitionCreated(id, new PartitionImage(0, [ClusterNode.Self], [ClusterNode.Self], ClusterNode.Self, default, default)));

        Assert.Equal(ErrorCode.None, (await creation).Topics[0].ErrorCode);
        Assert.True(_node.Partitions.Find("t", 0)!.IsServing);
    }

    [Fact]
    public async Task A_partition_assigned_twice_is_refused()
    {
        var request = Create("t");
        request.Topics[0].NumPartitions = -1;
        request.Topics[0].ReplicationFactor = -1;
        request.Topics[0].Assignments = [new() { PartitionIndex = 0, BrokerIds = [1] }, new() { PartitionIndex = 0, BrokerIds = [2] }];
        _node.Controller = _ => new CreateTopicsReply([]);

        var response = await _client.Call<CreateTopicsResponse>(request, 7);

        Assert.Equal(("t", ErrorCode.InvalidReplicaAssignment), (response.Topics[0].Name, response.Topics[0].ErrorCode));
    }

    [Fact]
    public async Task Producer_ids_are_asked_for_with_the_epoch_of_the_latest_registration()
    {
        var epochs = new List<long>();
        _node.Controller = command =>
        {
            var asked = (AllocateProducerIds)command;
            epochs.Add(asked.BrokerEpoch.Value);
            return asked.BrokerEpoch == _node.Image.Brokers[ClusterNode.Self].Epoch
                ? new ProducerIdBlock(epochs.Count * 1000, 1)
                : new VerdictReply(new Verdict(MetadataError.StaleBrokerEpoch, null));
        };

        var first = await InitProducerId();
        var self = _node.Image.Brokers[ClusterNode.Self];
        _node.Apply(new BrokerRegistered(self with { Epoch = new BrokerEpoch(99) }));
        var second = await InitProducerId();

        Assert.Equal((1000L, 2000L), (first.ProducerId, second.ProducerId));
        Assert.Equal([11, 99], epochs);
    }

    [Fact]
    public async Task Without_producer_ids_producers_try_again()
    {
        _node.Controller = _ => new VerdictReply(new Verdict(MetadataError.StaleBrokerEpoch, null));

        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (await InitProducerId()).ErrorCode);
    }

    private Task<InitProducerIdResponse> InitProducerId() =>
        _client.Call<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 1, ProducerId = -1, ProducerEpoch = -1 }, 4);

    private static CreateTopicsRequest Create(string name, int timeoutMs = 10_000) =>
        new() { Topics = [new() { Name = name, NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = timeoutMs };
}
