using System.Text;

namespace ActorBroker.Records.Tests;

/// <summary>Builds the batches that tests need.</summary>
internal static class Batches
{
    internal const long Now = 1_700_000_000_000;

    internal static byte[] Of(BatchProperties properties, params (long Timestamp, string? Key, string? Value)[] records)
    {
        using var builder = new RecordBatchBuilder(properties);
        foreach (var (timestamp, key, value) in records)
            builder.Append(timestamp, Bytes(key), Bytes(value));
        return builder.BuildArray();
    }

    internal static byte[] Simple(int count = 3, CompressionCodec codec = CompressionCodec.None, BatchProperties? properties = null) =>
        Of((properties ?? BatchProperties.Default) with { Codec = codec },
            [.. Enumerable.Range(0, count).Select(i => (Now + i, (string?)$"key-{i}", (string?)$"the value of record {i}"))]);

    internal static byte[] MessageSet(byte magic, CompressionCodec codec, params (long Timestamp, string? Key, string? Value)[] records)
    {
        using var set = new PooledBytes();
        for (var i = 0; i < records.Length; i++)
            MessageSetWriter.Append(set, magic, i, CompressionCodec.None, TimestampType.CreateTime, records[i].Timestamp, Bytes(records[i].Key), Bytes(records[i].Value));
        return codec == CompressionCodec.None ? set.Span.ToArray() : Wrap(magic, codec, records.Length - 1, set.Span);
    }

    internal static byte[] Wrap(byte magic, CompressionCodec codec, long offset, ReadOnlySpan<byte> set)
    {
        using var compressed = new PooledBytes();
        using var wrapper = new PooledBytes();
        Assert.Equal(RecordsProblem.None, Compression.Compress(codec, null, magic, set, compressed));
        MessageSetWriter.Append(wrapper, magic, offset, codec, TimestampType.CreateTime, Now, default, (ReadOnlySpan<byte>)compressed.Span);
        return wrapper.Span.ToArray();
    }

    /// <summary>Changes bytes of a batch and makes its checksum right again.</summary>
    internal static byte[] Patched(byte[] batch, Action<byte[]> patch)
    {
        var copy = batch.ToArray();
        patch(copy);
        BatchPatch.RenewCrc(copy);
        return copy;
    }

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.Latin1.GetBytes(text);
}
