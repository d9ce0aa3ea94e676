using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Server.Tests.Cluster;

public sealed class ClusterMetadataTests : IAsyncLifetime
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
    public async Task Fenced_brokers_are_hidden_and_their_replicas_offline()
    {
        await _node.CreateTopic("t", ClusterNode.Other, ClusterNode.Third);
        _node.Apply(new BrokerChanged(ClusterNode.Third, new BrokerEpoch(13), Fenced: true));

        var metadata = await Metadata(12);
        var described = await _client.Call<DescribeClusterResponse>(new DescribeClusterRequest { EndpointType = 1 }, 1);

        Assert.Equal([1, 2], metadata.Brokers.Select(broker => broker.NodeId));
        Assert.Equal(["a", "b"], metadata.Brokers.Select(broker => broker.Rack));
        Assert.Contains(metadata.ControllerId, new[] { 1, 2 });
        Assert.Equal([1, 2], described.Brokers.Select(broker => broker.BrokerId));
        Assert.Contains(described.ControllerId, new[] { 1, 2 });
        var partition = metadata.Topics[0].Partitions[0];
        Assert.Equal((ErrorCode.None, 2), (partition.ErrorCode, partition.LeaderId));
        Assert.Equal([2, 3], partition.ReplicaNodes);
        Assert.Equal([3], partition.OfflineReplicas);
    }

    [Fact]
    public async Task A_partition_without_a_leader_that_can_be_reached_has_none()
    {
        var id = await _node.CreateTopic("t", ClusterNode.Other, ClusterNode.Third);
        _node.Apply(new PartitionChanged(id, 0, Leader: NodeId.None));
        var without = (await Metadata(12)).Topics[0].Partitions[0];
        _node.Apply(new PartitionChanged(id, 0, Leader: ClusterNode.Third), new BrokerChanged(ClusterNode.Third, new BrokerEpoch(13), Fenced: true));
        var fenced = (await Metadata(12)).Topics[0].Partitions[0];

        Assert.Equal((ErrorCode.LeaderNotAvailable, -1, 1), (without.ErrorCode, without.LeaderId, without.LeaderEpoch));
        Assert.Equal((ErrorCode.LeaderNotAvailable, -1, 2), (fenced.ErrorCode, fenced.LeaderId, fenced.LeaderEpoch));
    }

    [Fact]
    public async Task A_leader_without_the_clients_listener_is_said_to_lack_it()
    {
        var other = ClusterNode.Broker(ClusterNode.Other, "b", 2002).Broker;
        _node.Apply(new BrokerRegistered(other with { Endpoints = [new BrokerEndpoint("INTERNAL", "host-2", 1)] }));
        await _node.CreateTopic("t", ClusterNode.Other, ClusterNode.Third);

        Assert.Equal(ErrorCode.ListenerNotFound, (await Metadata(6)).Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.LeaderNotAvailable, (await Metadata(5)).Topics[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task The_oldest_clients_see_only_replicas_that_they_can_reach()
    {
        await _node.CreateTopic("t", ClusterNode.Other, ClusterNode.Third);
        _node.Apply(new BrokerChanged(ClusterNode.Third, new BrokerEpoch(13), Fenced: true));

        var partition = (await Metadata(0)).Topics[0].Partitions[0];

        Assert.Equal((ErrorCode.ReplicaNotAvailable, 2), (partition.ErrorCode, partition.LeaderId));
        Assert.Equal([2], partition.ReplicaNodes);
        Assert.Equal([2], partition.IsrNodes);
    }

    [Fact]
    public async Task A_description_of_partitions_shows_who_may_lead_next()
    {
        var id = await _node.CreateTopic("t", ClusterNode.Other, ClusterNode.Third);
        _node.Apply(
            new PartitionChanged(id, 0, Isr: [ClusterNode.Other], Elr: [ClusterNode.Third]),
            new BrokerChanged(ClusterNode.Third, new BrokerEpoch(13), Fenced: true));

        var partition = (await Describe(new() { Topics = [new() { Name = "t" }] })).Topics[0].Partitions[0];

        Assert.Equal((ErrorCode.None, 2), (partition.ErrorCode, partition.LeaderId));
        Assert.Equal([3], partition.EligibleLeaderReplicas!);
        Assert.Equal([3], partition.OfflineReplicas);
    }

    [Fact]
    public async Task A_cursor_below_zero_is_refused()
    {
        await _node.CreateTopic("t", ClusterNode.Other);

        var response = await Describe(new() { Cursor = new() { TopicName = "t", PartitionIndex = -1 } });

        Assert.Equal(("t", ErrorCode.InvalidRequest), (response.Topics[0].Name, response.Topics[0].ErrorCode));
    }

    [Fact]
    public async Task Settings_of_another_broker_are_not_shown_here()
    {
        var response = await _client.Call<DescribeConfigsResponse>(
            new DescribeConfigsRequest { Resources = [new() { ResourceType = 4, ResourceName = "2" }, new() { ResourceType = 4, ResourceName = "1" }] }, 4);

        Assert.Equal(ErrorCode.InvalidRequest, response.Results[0].ErrorCode);
        Assert.Contains("expected 1", response.Results[0].ErrorMessage);
        Assert.Equal(ErrorCode.None, response.Results[1].ErrorCode);
    }

    private Task<MetadataResponse> Metadata(short version) =>
        _client.Call<MetadataResponse>(new MetadataRequest { Topics = version == 0 ? [] : null, AllowAutoTopicCreation = true }, version);

    private Task<DescribeTopicPartitionsResponse> Describe(DescribeTopicPartitionsRequest request) =>
        _client.Call<DescribeTopicPartitionsResponse>(request, 0);
}
