using System.Collections.Immutable;
using ActorBroker.Harness;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Server.Tests.Cluster;

public sealed class CoordinatorTests : IAsyncLifetime
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
    public async Task The_coordinator_is_the_leader_of_the_groups_partition()
    {
        await _node.CreateTopic(TopicName.ConsumerOffsets, ClusterNode.Other, ClusterNode.Third);

        var batched = await _client.Call<FindCoordinatorResponse>(new FindCoordinatorRequest { CoordinatorKeys = ["g", "h"] }, 6);
        var single = await _client.Call<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = "g" }, 0);

        Assert.All(batched.Coordinators, found => Assert.Equal((ErrorCode.None, 2, "host-2", 2002), (found.ErrorCode, found.NodeId, found.Host, found.Port)));
        Assert.Equal(["g", "h"], batched.Coordinators.Select(found => found.Key));
        Assert.Equal((ErrorCode.None, 2, "host-2", 2002), (single.ErrorCode, single.NodeId, single.Host, single.Port));
    }

    [Fact]
    public async Task Without_a_leader_there_is_no_coordinator()
    {
        var id = await _node.CreateTopic(TopicName.ConsumerOffsets, ClusterNode.Other);
        _node.Apply(new PartitionChanged(id, 0, Leader: NodeId.None));

        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await Find());
    }

    [Fact]
    public async Task Until_there_are_brokers_enough_for_the_topic_there_is_no_coordinator()
    {
        var asked = new List<NewTopic>();
        _node.Controller = command =>
        {
            asked.AddRange(((CreateTopics)command).Topics);
            return new CreateTopicsReply([new CreatedTopic(asked[0].Name, TopicId.Zero, -1, -1, new Verdict(MetadataError.InvalidReplicationFactor, "too few"))]);
        };

        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await Find());
        Assert.Equal((TopicName.ConsumerOffsets, 1, (short)1), (asked[0].Name, asked[0].Partitions, asked[0].ReplicationFactor));
    }

    [Fact]
    public async Task Many_who_ask_at_once_create_the_topic_once()
    {
        var asked = ImmutableList<CreateTopics>.Empty;
        _node.Controller = command =>
        {
            ImmutableInterlocked.Update(ref asked, list => list.Add((CreateTopics)command));
            return null;
        };
        using var second = await _node.Connect();
        var finds = new[] { _client, second }.Select(client => client.Call<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = "g" }, 0)).ToList();
        await Eventually.Holds(() => asked.Count > 0, "the controller is asked");

        await _node.CreateTopic(TopicName.ConsumerOffsets, ClusterNode.Other);

        using var third = await _node.Connect();
        Assert.Equal(2, (await third.Call<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = "g" }, 0)).NodeId);
        Assert.Single(asked);
    }

    [Fact]
    public async Task Requests_to_groups_that_live_elsewhere_are_sent_away()
    {
        await _node.CreateTopic(TopicName.ConsumerOffsets, ClusterNode.Other, ClusterNode.Self);

        Assert.Equal(ErrorCode.NotCoordinator, (await _client.Call<HeartbeatResponse>(new HeartbeatRequest { GroupId = "g", MemberId = "m" }, 4)).ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, (await _client.Call<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = ["g"] }, 5)).Groups[0].ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, (await _client.Call<DeleteGroupsResponse>(new DeleteGroupsRequest { GroupsNames = ["g"] }, 2)).Results[0].ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, (await _client.Call<OffsetDeleteResponse>(new OffsetDeleteRequest { GroupId = "g" }, 0)).ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, (await _client.Call<OffsetFetchResponse>(new OffsetFetchRequest { Groups = [new() { GroupId = "g" }] }, 8)).Groups[0].ErrorCode);
        Assert.Empty((await _client.Call<ListGroupsResponse>(new ListGroupsRequest(), 4)).Groups);
    }

    [Fact]
    public async Task A_member_that_waits_is_sent_away_when_another_node_is_elected()
    {
        var id = await _node.CreateTopic(TopicName.ConsumerOffsets, ClusterNode.Self, ClusterNode.Other);
        var first = await Join(_client);
        using var waiting = await _node.Connect();
        // It waits for the member that is in the group already to join again.
        var join = Join(waiting);
        await Eventually.Holds(() => _node.GroupStates.SequenceEqual(["PreparingRebalance"]), "the group rebalances");

        _node.Apply(new PartitionChanged(id, 0, Leader: ClusterNode.Other));

        Assert.Equal(ErrorCode.None, first.ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, (await join).ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, (await Join(_client)).ErrorCode);
        await Eventually.Holds(() => !_node.GroupStates.Any(), "the groups are unloaded");
    }

    private static async Task<JoinGroupResponse> Join(WireClient client)
    {
        JoinGroupResponse response;
        do
        {
            response = await client.Call<JoinGroupResponse>(
                new JoinGroupRequest
                {
                    GroupId = "g",
                    SessionTimeoutMs = 10_000,
                    RebalanceTimeoutMs = 60_000,
                    ProtocolType = "consumer",
                    Protocols = [new() { Name = "range", Metadata = new byte[] { 1 } }],
                },
                3);
        }
        while (response.ErrorCode == ErrorCode.CoordinatorLoadInProgress);
        return response;
    }

    private async Task<ErrorCode> Find() => (await _client.Call<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = "g" }, 0)).ErrorCode;
}
