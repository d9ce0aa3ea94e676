using System.Text;

namespace ActorBroker.Records.Tests;

/// <summary>Bytes made by Apache Kafka's own classes, embedded in this assembly.</summary>
internal static class Golden
{
    internal const long Timestamp = 1700000000000;

    private static readonly Lazy<Dictionary<string, byte[]>> Rows = new(() => Lines()
        .Where(cells => cells[0] is not ("varint" or "varlong"))
        .ToDictionary(cells => cells[0], cells => Convert.FromHexString(cells[1])));

    internal static IEnumerable<string[]> Lines() =>
        Encoding.UTF8.GetString(Fixture("golden.tsv")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split('\t'));

    internal static byte[] Bytes(string name) => Rows.Value[name].ToArray();

    internal static byte[] Fixture(string name)
    {
        using var stream = typeof(Golden).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"No fixture {name}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    internal static RecordBatchView View(byte[] batch)
    {
        Assert.True(RecordBatchView.TryRead(batch, out var view, out var problem), problem.ToString());
        return view;
    }

    /// <summary>The records of consecutive entries, in a form that compares.</summary>
    internal static List<RecordCopy> ReadAll(ReadOnlySpan<byte> entries)
    {
        List<RecordCopy> all = [];
        var walk = new BatchEntries(entries);
        while (walk.MoveNext())
        {
            Assert.Equal(RecordsProblem.None, BatchRecords.TryOpen(walk.Current, int.MaxValue, out var records));
            while (records.MoveNext())
                all.Add(RecordCopy.Of(records.Current));
            Assert.Equal(RecordsProblem.None, records.Problem);
            records.Dispose();
        }
        Assert.Equal(BatchProblem.None, walk.Problem);
        return all;
    }
}

/// <summary>A record taken out of its buffer, as text so that it compares and prints.</summary>
internal sealed record RecordCopy(long Offset, long Timestamp, string? Key, string? Value, string Headers)
{
    internal static RecordCopy Of(in Record record)
    {
        var headers = new StringBuilder();
        var count = 0;
        foreach (var header in record.Headers)
        {
            headers.Append(Encoding.Latin1.GetString(header.Key)).Append('=').Append(Text(header.Value) ?? "null").Append(';');
            count++;
        }
        Assert.Equal(record.HeaderCount, count);
        return new RecordCopy(record.Offset, record.Timestamp, Text(record.Key), Text(record.Value), headers.ToString());
    }

    private static string? Text(OptionalBytes bytes) => bytes.HasValue ? Encoding.Latin1.GetString(bytes.Bytes) : null;
}
