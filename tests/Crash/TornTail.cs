using ActorBroker.Harness;

namespace ActorBroker.Crash;

/// <summary>Does to a dead broker's newest segment what a power failure does: leaves half a batch, or garbage, at its end.</summary>
internal static class TornTail
{
    /// <summary>Appends to the last segment of a random partition; the result says what, for the report.</summary>
    public static string Append(string dataDirectory, string topic, Random random)
    {
        var partitions = Directory.GetDirectories(dataDirectory, topic + "-*").Order(StringComparer.Ordinal).ToList();
        var partition = partitions[random.Next(partitions.Count)];
        var segment = Directory.GetFiles(partition, "*.log").Order(StringComparer.Ordinal).Last();
        byte[] tail;
        if (random.Next(2) == 0)
        {
            var batch = TestBatch.Build([.. Enumerable.Range(0, 20).Select(number => Producer.Value(99, number))], -1, -1, -1, 0);
            tail = batch[..random.Next(1, batch.Length)];
        }
        else
        {
            tail = new byte[random.Next(1, 4000)];
            random.NextBytes(tail);
        }

        using var file = new FileStream(segment, FileMode.Append);
        file.Write(tail);
        return $", tore {Path.GetFileName(partition)} with {tail.Length} bytes";
    }
}
