using System.Globalization;
using System.Net;
using System.Text;
using ActorBroker.Harness;

namespace ActorBroker.Faults.Brokers;

/// <summary>Compares what a partition's leader has with what was acknowledged to the producers and shown to the reader.</summary>
internal sealed class ReplicatedHistory(string topic)
{
    /// <summary>Everything that a partition's leader has, up to the high watermark.</summary>
    public List<(long Offset, byte[] Value)> Read(IPEndPoint leader, int partition)
    {
        using var connection = new WireConnection(leader, 60_000);
        return [.. BrokerCalls.ReadToEnd(connection, topic, partition, 0)];
    }

    /// <summary>Everything that is wrong in one partition; empty if nothing is.</summary>
    /// <param name="log">What its leader has.</param>
    /// <param name="partition">Which.</param>
    /// <param name="producers">Those that wrote to it; they have stopped.</param>
    /// <param name="reader">The one that read it; it has stopped.</param>
    public IEnumerable<string> Judge(List<(long Offset, byte[] Value)> log, int partition, IEnumerable<ReplicatedProducer> producers, LiveReader reader)
    {
        var where = $"{topic}-{partition}";
        for (var i = 0; i < log.Count; i++)
        {
            if (log[i].Offset != i)
            {
                yield return $"{where}: offset {log[i].Offset} in place {i}";
                break;
            }
        }

        var offsets = Offsets(log, out var strange);
        if (strange is not null)
        {
            yield return $"{where}: {strange}";
        }

        foreach (var problem in producers.SelectMany(producer => Compare(where, producer, offsets.GetValueOrDefault(producer.Id) ?? [])))
        {
            yield return problem;
        }

        for (var offset = 0; offset < reader.Seen.Count; offset++)
        {
            if (offset >= log.Count || LiveReader.Fingerprint(log[offset].Value) != reader.Seen[offset])
            {
                yield return $"{where}: the reader was shown something at offset {offset} that is not there any more ({reader.Seen.Count} shown, {log.Count} in the log)";
                break;
            }
        }
    }

    /// <summary>Where each number of each producer is, in the order of the log.</summary>
    private static Dictionary<int, List<(int Number, long Offset)>> Offsets(List<(long Offset, byte[] Value)> log, out string? strange)
    {
        Dictionary<int, List<(int, long)>> found = [];
        strange = null;
        foreach (var (offset, value) in log)
        {
            var words = Encoding.ASCII.GetString(value).Split(' ');
            if (words.Length == 3 && int.TryParse(words[0], CultureInfo.InvariantCulture, out var producer) && int.TryParse(words[1], CultureInfo.InvariantCulture, out var number)
                && value.AsSpan().SequenceEqual(ReplicatedProducer.Value(producer, number)))
            {
                if (!found.TryGetValue(producer, out var numbers))
                {
                    found[producer] = numbers = [];
                }

                numbers.Add((number, offset));
            }
            else
            {
                strange ??= $"offset {offset} holds what nobody sent";
            }
        }

        return found;
    }

    private static IEnumerable<string> Compare(string where, ReplicatedProducer producer, List<(int Number, long Offset)> found)
    {
        var who = $"{where}, producer {producer.Id}";
        for (var i = 1; i < found.Count; i++)
        {
            if (found[i].Number <= found[i - 1].Number)
            {
                yield return $"{who}: number {found[i].Number} at offset {found[i].Offset} follows {found[i - 1].Number}";
                break;
            }
        }

        var offsets = new Dictionary<int, long>();
        foreach (var (number, offset) in found)
        {
            if (!offsets.TryAdd(number, offset))
            {
                yield return $"{who}: number {number} is at offsets {offsets[number]} and {offset}";
                break;
            }
        }

        var lost = producer.Promises.SelectMany(static promise => Enumerable.Range(promise.First, promise.Count)).Where(number => !offsets.ContainsKey(number)).ToList();
        if (lost.Count > 0)
        {
            yield return $"{who}: {lost.Count} acknowledged records are missing, the first is number {lost[0]}";
        }

        foreach (var promise in producer.Promises)
        {
            if (promise.BaseOffset is { } at && offsets.TryGetValue(promise.First, out var real) && real != at)
            {
                yield return $"{who}: number {promise.First} was acknowledged at offset {at} and is at {real}";
                break;
            }
        }
    }
}
