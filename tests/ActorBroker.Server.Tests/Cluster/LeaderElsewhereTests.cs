using ActorBroker.Harness;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Server.Tests.Cluster;

public sealed class LeaderElsewhereTests : IAsyncLifetime
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
    public async Task A_produce_answer_names_the_leader_and_its_address_from_version_10_on()
    {
        await _node.CreateTopic("t", ClusterNode.Other);

        var response = await _client.Produce("t", version: 10);

        var answer = response.Responses[0].PartitionResponses[0];
        Assert.Equal(ErrorCode.NotLeaderOrFollower, answer.ErrorCode);
        Assert.Equal((2, 0), (answer.CurrentLeader.LeaderId, answer.CurrentLeader.LeaderEpoch));
        var endpoint = Assert.Single(response.NodeEndpoints);
        Assert.Equal((2, "host-2", 2002, "b"), (endpoint.NodeId, endpoint.Host, endpoint.Port, endpoint.Rack));
        var older = await _client.Produce("t", version: 9);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, older.Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Fact]
    public async Task A_fetch_answer_names_the_leader_and_its_address_from_version_16_on()
    {
        var id = await _node.CreateTopic("t", ClusterNode.Third);
        _node.Apply(new PartitionChanged(id, 0, Leader: ClusterNode.Third));

        var response = await _client.Fetch("", 0, version: 16, id: id.Value);
        var older = await _client.Fetch("", 0, version: 15, id: id.Value);

        var answer = response.Responses[0].Partitions[0];
        Assert.Equal(ErrorCode.NotLeaderOrFollower, answer.ErrorCode);
        Assert.Equal((3, 1), (answer.CurrentLeader.LeaderId, answer.CurrentLeader.LeaderEpoch));
        Assert.Equal((3, "host-3"), (response.NodeEndpoints[0].NodeId, response.NodeEndpoints[0].Host));
        Assert.Equal((ErrorCode.NotLeaderOrFollower, -1), (older.Responses[0].Partitions[0].ErrorCode, older.Responses[0].Partitions[0].CurrentLeader.LeaderId));
    }

    [Fact]
    public async Task A_fetch_with_an_older_epoch_learns_the_newer_one()
    {
        var id = await _node.CreateTopic("t", ClusterNode.Self);
        _node.Apply(new TopicDeleted(id));
        var again = TopicId.NewRandom();
        _node.Apply(
            new TopicCreated(again, "t"),
            new PartitionCreated(again, new PartitionImage(0, [ClusterNode.Self], [ClusterNode.Self], ClusterNode.Self, new LeaderEpoch(7), default)));
        await Eventually.Holds(() => _node.Partitions.Find("t", 0) is { IsServing: true, LeaderEpoch.Value: 7 }, "the new replica serves");

        var response = await _client.Fetch("", 0, version: 16, id: again.Value, epoch: 6);

        var answer = response.Responses[0].Partitions[0];
        Assert.Equal(ErrorCode.FencedLeaderEpoch, answer.ErrorCode);
        Assert.Equal((1, 7, 1), (answer.CurrentLeader.LeaderId, answer.CurrentLeader.LeaderEpoch, response.NodeEndpoints.Single().NodeId));
    }

    [Fact]
    public async Task A_leader_that_is_fenced_is_named_without_an_address()
    {
        await _node.CreateTopic("t", ClusterNode.Other);
        _node.Apply(new BrokerChanged(ClusterNode.Other, new BrokerEpoch(12), Fenced: true));

        var response = await _client.Produce("t");

        Assert.Equal(2, response.Responses[0].PartitionResponses[0].CurrentLeader.LeaderId);
        Assert.Empty(response.NodeEndpoints);
    }

    [Fact]
    public async Task What_only_a_leader_answers_is_refused()
    {
        await _node.CreateTopic("t", ClusterNode.Other, ClusterNode.Self);

        var offsets = await _client.Call<ListOffsetsResponse>(
            new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = "t", Partitions = [new() { Timestamp = -1 }] }] }, 7);
        var epochs = await _client.Call<OffsetForLeaderEpochResponse>(
            new OffsetForLeaderEpochRequest { ReplicaId = -1, Topics = [new() { Topic = "t", Partitions = [new() { CurrentLeaderEpoch = -1 }] }] }, 4);
        var deleted = await _client.Call<DeleteRecordsResponse>(
            new DeleteRecordsRequest { Topics = [new() { Name = "t", Partitions = [new()] }], TimeoutMs = 1000 }, 2);
        var fetched = await _client.Fetch("t", 0, version: 10);

        Assert.Equal(ErrorCode.NotLeaderOrFollower, offsets.Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, epochs.Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, deleted.Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, fetched.Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task A_replica_that_fetches_is_refused()
    {
        var id = await _node.CreateTopic("t", ClusterNode.Self, ClusterNode.Other);

        var response = await _client.Fetch("", 0, version: 17, id: id.Value, replicaId: 2);
        var older = await _client.Fetch("t", 0, version: 5, replicaId: 2);

        Assert.Equal((ErrorCode.InvalidRequest, ErrorCode.InvalidRequest), (response.ErrorCode, response.Responses[0].Partitions[0].ErrorCode));
        Assert.Equal(ErrorCode.InvalidRequest, older.Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task A_topic_that_is_made_again_at_once_is_served()
    {
        var id = await _node.CreateTopic("again", ClusterNode.Self);
        for (var i = 0; i < 50; i++)
        {
            var next = TopicId.NewRandom();
            _node.Apply(
                new TopicDeleted(id),
                new TopicCreated(next, "again"),
                new PartitionCreated(next, new PartitionImage(0, [ClusterNode.Self], [ClusterNode.Self], ClusterNode.Self, default, default)));
            id = next;
        }

        await Eventually.Holds(() => _node.Partitions.Find("again", 0) is { IsServing: true } served && served.TopicId == id, "the newest replica serves");
        Assert.Equal(ErrorCode.None, (await _client.Produce("again")).Responses[0].PartitionResponses[0].ErrorCode);
    }
}
