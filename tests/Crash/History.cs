using System.Globalization;
using System.Net;
using System.Text;
using ActorBroker.Harness;

namespace ActorBroker.Crash;

/// <summary>Compares what is in the log with what the producers sent and what was acknowledged to them.</summary>
internal sealed class History(string topic, int partitions, IReadOnlyList<Producer> producers)
{
    /// <summary>Reads everything and gives one line for each law: its name, what breaks it, and a summary.</summary>
    public IEnumerable<(string Check, List<string> Problems, string Detail)> Judge(IPEndPoint address)
    {
        List<string> missing = [], doubled = [], disordered = [], wrongOffsets = [], strange = [];
        long records = 0, acknowledged = 0;
        using var connection = new WireConnection(address, 60_000);
        for (var partition = 0; partition < partitions; partition++)
        {
            var log = BrokerCalls.ReadToEnd(connection, topic, partition, 0).ToList();
            records += log.Count;
            for (var i = 0; i < log.Count; i++)
            {
                if (log[i].Offset != i)
                {
                    strange.Add($"{topic}-{partition}: offset {log[i].Offset} in place {i}");
                    break;
                }
            }

            foreach (var producer in producers)
            {
                var found = Numbers(log, producer.Id, strange);
                Compare(producer, partition, found, missing, doubled, disordered);
                foreach (var promise in producer.Acknowledgements.Where(promise => promise.Partition == partition))
                {
                    acknowledged += promise.Count;
                    if (promise.BaseOffset is { } offset && !Holds(log, offset, producer.Id, promise))
                    {
                        wrongOffsets.Add($"{topic}-{partition} does not have number {promise.First} of producer {producer.Id} at the acknowledged offset {offset}");
                    }
                }
            }
        }

        yield return ("no producer was refused", [.. producers.Select(producer => producer.Failure).OfType<string>()], $"{producers.Count} producers");
        yield return ("nothing acknowledged is missing", missing, $"{acknowledged} records acknowledged, {records} in the log");
        yield return ("nothing is doubled", doubled, "");
        yield return ("order is kept in each partition", disordered, "");
        yield return ("acknowledged offsets hold", wrongOffsets, "");
        yield return ("offsets have no gap, values are whole", strange, "");
    }

    private static void Compare(Producer producer, int partition, List<int> found, List<string> missing, List<string> doubled, List<string> disordered)
    {
        var where = $"producer {producer.Id} in partition {partition}";
        var there = new HashSet<int>(found);
        if (there.Count < found.Count)
        {
            doubled.Add($"{where}: {found.Count - there.Count} numbers twice");
        }

        var lost = producer.Acknowledgements.Where(promise => promise.Partition == partition)
            .SelectMany(promise => Enumerable.Range(promise.First, promise.Count)).Count(number => !there.Contains(number));
        if (lost > 0)
        {
            missing.Add($"{where}: {lost} acknowledged records");
        }

        for (var i = 1; i < found.Count; i++)
        {
            if (found[i] < found[i - 1])
            {
                disordered.Add($"{where}: {found[i]} after {found[i - 1]}");
                break;
            }
        }
    }

    private static List<int> Numbers(List<(long Offset, byte[] Value)> log, int producer, List<string> strange)
    {
        List<int> found = [];
        foreach (var (offset, value) in log)
        {
            var words = Encoding.ASCII.GetString(value).Split(' ');
            if (words.Length != 3 || !int.TryParse(words[0], CultureInfo.InvariantCulture, out var owner) || !int.TryParse(words[1], CultureInfo.InvariantCulture, out var number)
                || !value.AsSpan().SequenceEqual(Producer.Value(owner, number)))
            {
                strange.Add($"offset {offset} holds what nobody sent");
            }
            else if (owner == producer)
            {
                found.Add(number);
            }
        }

        return found;
    }

    private static bool Holds(List<(long Offset, byte[] Value)> log, long offset, int producer, Acknowledgement promise) =>
        offset >= 0 && offset + promise.Count <= log.Count
        && log[(int)offset].Value.AsSpan().SequenceEqual(Producer.Value(producer, promise.First))
        && log[(int)offset + promise.Count - 1].Value.AsSpan().SequenceEqual(Producer.Value(producer, promise.First + promise.Count - 1));
}
