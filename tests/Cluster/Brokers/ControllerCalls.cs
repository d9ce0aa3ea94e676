using System.Net;
using ActorBroker.Harness;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Faults.Brokers;

/// <summary>What is asked of the controller. Metadata does not tell who that is: it names any broker, each of which passes on what is for the controller.</summary>
internal static class ControllerCalls
{
    private const short DescribeQuorumVersion = 0;
    private const short ElectLeadersVersion = 1;
    private const int PatienceMs = 2_000;
    private const string MetadataTopic = "__cluster_metadata";

    /// <summary>The leader of the metadata quorum, in the newest epoch that any of the nodes tells; -1 when none of them knows one.</summary>
    public static int Find(IEnumerable<IPEndPoint> nodes)
    {
        var (controller, newest) = (-1, -1);
        foreach (var node in nodes)
        {
            try
            {
                using var connection = new WireConnection(node, PatienceMs);
                var request = new DescribeQuorumRequest { Topics = [new() { TopicName = MetadataTopic, Partitions = [new() { PartitionIndex = 0 }] }] };
                var answer = connection.Call<DescribeQuorumResponse>(request, DescribeQuorumVersion);
                if (answer.Topics.Count > 0 && answer.Topics[0].Partitions[0] is { LeaderId: >= 0 } quorum && quorum.LeaderEpoch > newest)
                {
                    (controller, newest) = (quorum.LeaderId, quorum.LeaderEpoch);
                }
            }
            catch (IOException)
            {
                // The others are asked; who asks decides how often to ask again.
            }
        }

        return controller;
    }

    /// <summary>Asks for the preferred leader of each partition of a topic. Those that it leads already stay as they are.</summary>
    /// <exception cref="IOException">There is no answer.</exception>
    public static void ElectPreferred(IPEndPoint node, string topic, int partitions)
    {
        using var connection = new WireConnection(node, 30_000);
        connection.Call<ElectLeadersResponse>(
            new ElectLeadersRequest { TopicPartitions = [new() { Topic = topic, Partitions = [.. Enumerable.Range(0, partitions)] }], TimeoutMs = 30_000 }, ElectLeadersVersion);
    }
}
