using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Tests.Requests;

public sealed class ReassignmentRequestTests(RunningNode node) : IClassFixture<RunningNode>
{
    [Fact]
    public async Task A_reassignment_to_the_same_replicas_is_over_at_once()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("same");
        var self = (await client.Call<DescribeClusterResponse>(new DescribeClusterRequest(), 0)).Brokers[0].BrokerId;

        var altered = await Alter(client, "same", 0, [self]);
        var listed = await client.Call<ListPartitionReassignmentsResponse>(new ListPartitionReassignmentsRequest(), 0);

        Assert.Equal(ErrorCode.None, altered.ErrorCode);
        Assert.Empty(listed.Topics);
    }

    [Fact]
    public async Task What_cannot_be_reassigned_says_why()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("refused");

        var unknownBroker = await Alter(client, "refused", 0, [77]);
        var nothingToCancel = await Alter(client, "refused", 0, null);
        var unknownTopic = await Alter(client, "absent", 0, [1]);
        var unknownPartition = await Alter(client, "refused", 9, [1]);

        Assert.Equal(ErrorCode.InvalidReplicaAssignment, unknownBroker.ErrorCode);
        Assert.Contains("77", unknownBroker.ErrorMessage);
        Assert.Equal(ErrorCode.NoReassignmentInProgress, nothingToCancel.ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, unknownTopic.ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, unknownPartition.ErrorCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_election_that_is_not_needed_says_so(short version)
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic($"elected-{version}");
        var request = new ElectLeadersRequest { TopicPartitions = [new() { Topic = $"elected-{version}", Partitions = [0, 5] }] };

        var answer = await client.Call<ElectLeadersResponse>(request, version);

        Assert.Equal([ErrorCode.ElectionNotNeeded, ErrorCode.UnknownTopicOrPartition], answer.ReplicaElectionResults[0].PartitionResult.Select(result => result.ErrorCode));
    }

    [Fact]
    public async Task An_election_everywhere_leaves_out_what_needs_none()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("everywhere");

        var answer = await client.Call<ElectLeadersResponse>(new ElectLeadersRequest { TopicPartitions = null, ElectionType = 1 }, 2);

        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        Assert.Empty(answer.ReplicaElectionResults);
    }

    [Fact]
    public async Task An_unknown_kind_of_election_is_refused()
    {
        using var client = await WireClient.Connect(node.Address);

        var answer = await client.Call<ElectLeadersResponse>(new ElectLeadersRequest { TopicPartitions = null, ElectionType = 7 }, 1);

        Assert.Equal(ErrorCode.InvalidRequest, answer.ErrorCode);
    }

    [Fact]
    public async Task A_broker_that_is_not_registered_cannot_be_unregistered()
    {
        using var client = await WireClient.Connect(node.Address);

        var answer = await client.Call<UnregisterBrokerResponse>(new UnregisterBrokerRequest { BrokerId = 77 }, 0);

        Assert.Equal(ErrorCode.BrokerIdNotRegistered, answer.ErrorCode);
        Assert.Contains("77", answer.ErrorMessage);
    }

    private static async Task<AlterPartitionReassignmentsResponse.ReassignablePartitionResponse> Alter(WireClient client, string topic, int partition, List<int>? replicas)
    {
        var request = new AlterPartitionReassignmentsRequest
        {
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, Replicas = replicas }] }],
        };
        var answer = await client.Call<AlterPartitionReassignmentsResponse>(request, 0);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return Assert.Single(Assert.Single(answer.Responses).Partitions);
    }
}
