using ActorBroker.Harness;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Tests.Network;

namespace ActorBroker.Server.Tests.Cluster;

public sealed class FollowerReadTests : IAsyncLifetime
{
    private readonly ClusterNode _node = new(options => options with
    {
        Cluster = options.Cluster with { Replication = options.Cluster.Replication with { ReplicaSelector = ReplicaSelector.RackAware } },
    });

    private WireClient _client = null!;

    public async Task InitializeAsync() => _client = await _node.Connect();

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task A_leader_sends_a_consumer_to_the_in_sync_replica_in_its_rack()
    {
        await _node.CreateTopic("t", ClusterNode.Self, ClusterNode.Other, ClusterNode.Third);

        var elsewhere = await Fetch(rack: "b");
        var here = await Fetch(rack: "a");
        var nowhere = await Fetch(rack: "x");
        var unsaid = await Fetch(rack: "");

        Assert.Equal((ErrorCode.None, 2, 0), (elsewhere.ErrorCode, elsewhere.PreferredReadReplica, elsewhere.Records!.Size));
        Assert.All(new[] { here, nowhere, unsaid }, answer => Assert.Equal(-1, answer.PreferredReadReplica));
    }

    [Fact]
    public async Task A_consumer_that_waits_for_records_is_sent_away_at_once()
    {
        await _node.CreateTopic("t", ClusterNode.Self, ClusterNode.Other);

        var answer = (await _client.Fetch("t", 0, version: 11, rack: "b", maxWaitMs: 60_000)).Responses[0].Partitions[0];

        Assert.Equal(2, answer.PreferredReadReplica);
    }

    [Fact]
    public async Task Nobody_is_sent_to_a_replica_that_is_fenced_or_out_of_sync()
    {
        var id = await _node.CreateTopic("t", ClusterNode.Self, ClusterNode.Other, ClusterNode.Third);
        _node.Apply(
            new PartitionChanged(id, 0, Isr: [ClusterNode.Self, ClusterNode.Third]),
            new BrokerChanged(ClusterNode.Third, new BrokerEpoch(13), Fenced: true));

        Assert.Equal(-1, (await Fetch(rack: "b")).PreferredReadReplica);
        Assert.Equal(-1, (await Fetch(rack: "c")).PreferredReadReplica);
    }

    [Fact]
    public async Task Without_a_selector_the_leader_serves_everybody()
    {
        await using var node = new ClusterNode();
        using var client = await node.Connect();
        await node.CreateTopic("t", ClusterNode.Self, ClusterNode.Other);

        Assert.Equal(-1, (await client.Fetch("t", 0, rack: "b")).Responses[0].Partitions[0].PreferredReadReplica);
    }

    [Fact]
    public async Task A_follower_serves_consumers_that_know_of_it_up_to_its_high_watermark()
    {
        var id = await _node.CreateTopic("t", ClusterNode.Self);
        Assert.Equal(ErrorCode.None, (await _client.Produce("t")).Responses[0].PartitionResponses[0].ErrorCode);
        _node.Apply(new PartitionChanged(id, 0, Leader: ClusterNode.Other, Replicas: [ClusterNode.Other, ClusterNode.Self], Isr: [ClusterNode.Other, ClusterNode.Self]));
        await Eventually.Holds(() => _node.Partitions.Find("t", 0) is { IsLeader: false, IsDecided: true }, "the replica follows");

        var read = (await _client.Fetch("t", 0, version: 11)).Responses[0].Partitions[0];
        var beyond = (await _client.Fetch("t", 2, version: 11)).Responses[0].Partitions[0];
        var older = (await _client.Fetch("t", 0, version: 10)).Responses[0].Partitions[0];

        Assert.Equal((ErrorCode.None, 1L, -1), (read.ErrorCode, read.HighWatermark, read.PreferredReadReplica));
        Assert.True(read.Records!.Size > 0);
        Assert.Equal(ErrorCode.OffsetOutOfRange, beyond.ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, older.ErrorCode);
    }

    [Fact]
    public async Task A_parked_fetch_of_an_older_client_is_answered_when_another_node_is_elected()
    {
        var id = await _node.CreateTopic("t", ClusterNode.Self);
        var fetch = _client.Fetch("t", 0, version: 10, maxWaitMs: 60_000);
        await Eventually.Holds(() => _node.Partitions.Find("t", 0)!.IsWatched, "the fetch is parked");

        _node.Apply(new PartitionChanged(id, 0, Leader: ClusterNode.Other, Replicas: [ClusterNode.Other, ClusterNode.Self]));

        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await fetch).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task A_parked_fetch_that_knows_the_epoch_is_answered_when_another_node_is_elected()
    {
        var id = await _node.CreateTopic("t", ClusterNode.Self);
        var fetch = _client.Fetch("", 0, version: 16, maxWaitMs: 60_000, id: id.Value, epoch: 0);
        await Eventually.Holds(() => _node.Partitions.Find("t", 0)!.IsWatched, "the fetch is parked");

        _node.Apply(new PartitionChanged(id, 0, Leader: ClusterNode.Other, Replicas: [ClusterNode.Other, ClusterNode.Self]));

        var response = await fetch;
        Assert.Equal(ErrorCode.FencedLeaderEpoch, response.Responses[0].Partitions[0].ErrorCode);
        Assert.Equal((2, 1), (response.Responses[0].Partitions[0].CurrentLeader.LeaderId, response.Responses[0].Partitions[0].CurrentLeader.LeaderEpoch));
        Assert.Equal("host-2", response.NodeEndpoints.Single().Host);
    }

    [Fact]
    public async Task A_parked_fetch_is_answered_when_its_topic_is_deleted()
    {
        var id = await _node.CreateTopic("t", ClusterNode.Self);
        var fetch = _client.Fetch("", 0, version: 16, maxWaitMs: 60_000, id: id.Value);
        await Eventually.Holds(() => _node.Partitions.Find("t", 0)!.IsWatched, "the fetch is parked");

        _node.Apply(new TopicDeleted(id));

        Assert.Equal(ErrorCode.UnknownTopicId, (await fetch).Responses[0].Partitions[0].ErrorCode);
    }

    private async Task<FetchResponse.PartitionData> Fetch(string rack) => (await _client.Fetch("t", 0, version: 11, rack: rack)).Responses[0].Partitions[0];
}
