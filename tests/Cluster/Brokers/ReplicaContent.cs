using System.Net;
using ActorBroker.Faults.Machine;
using ActorBroker.Harness;
using ActorBroker.Protocol;

namespace ActorBroker.Faults.Brokers;

/// <summary>Compares what the followers of a partition have with what its leader has. Followers answer the fetches of consumers up to their own high watermark.</summary>
internal sealed class ReplicaContent(string topic, int partition)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>What is wrong with one follower, which is in sync, of a partition that nobody writes to any more; null if nothing is.</summary>
    /// <param name="node">The follower.</param>
    /// <param name="address">Where clients reach it.</param>
    /// <param name="log">Everything that the leader has.</param>
    public string? Compare(int node, IPEndPoint address, IReadOnlyList<(long Offset, byte[] Value)> log)
    {
        string? problem;
        try
        {
            problem = Difference(address, log);
        }
        catch (Exception error) when (error is FaultException or InvalidDataException or IOException)
        {
            problem = error.Message;
        }

        return problem is null ? null : $"{topic}-{partition}, replica of node {node}: {problem}";
    }

    private string? Difference(IPEndPoint address, IReadOnlyList<(long Offset, byte[] Value)> log)
    {
        using var connection = new WireConnection(address, 60_000);
        AwaitHighWatermark(connection, log.Count == 0 ? 0 : log[^1].Offset + 1);
        var place = 0;
        foreach (var (offset, value) in BrokerCalls.ReadToEnd(connection, topic, partition, 0))
        {
            if (place == log.Count)
            {
                return $"has offset {offset}, which the leader does not have";
            }

            if (offset != log[place].Offset)
            {
                return $"has offset {offset} where the leader has {log[place].Offset}";
            }

            if (!value.AsSpan().SequenceEqual(log[place].Value))
            {
                return $"has another value at offset {offset} than the leader";
            }

            place++;
        }

        return place == log.Count ? null : $"ends before offset {log[place].Offset}, which the leader has";
    }

    /// <summary>A follower learns the high watermark a little later than it has the records.</summary>
    private void AwaitHighWatermark(WireConnection connection, long end)
    {
        var seen = "";
        Patience.Await($"high watermark {end}, as the leader's", Limit, () =>
        {
            var answer = BrokerCalls.Fetch(connection, topic, partition, 0, 1);
            seen = $"{answer.ErrorCode}, high watermark {answer.HighWatermark}";
            return answer.ErrorCode == ErrorCode.None && answer.HighWatermark >= end;
        }, () => seen);
    }
}
