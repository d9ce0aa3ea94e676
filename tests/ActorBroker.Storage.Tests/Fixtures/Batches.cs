using ActorBroker.Records;

namespace ActorBroker.Storage.Tests.Fixtures;

/// <summary>Makes record batches as producers send them.</summary>
internal static class Batches
{
    public static byte[] Plain(int records = 1, int valueSize = 10, long timestamp = 1000, CompressionCodec codec = CompressionCodec.None) =>
        Build(new BatchProperties { Codec = codec }, records, valueSize, timestamp);

    public static byte[] Of(long producerId, short epoch, int sequence, int records = 1, bool transactional = false, long timestamp = 1000) =>
        Build(
            new BatchProperties { ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = sequence, IsTransactional = transactional },
            records,
            10,
            timestamp);

    public static byte[] At(long baseOffset, int leaderEpoch, int records = 1, int valueSize = 10, long timestamp = 1000) =>
        Build(new BatchProperties { BaseOffset = baseOffset, LeaderEpoch = leaderEpoch }, records, valueSize, timestamp);

    public static byte[] Marker(long producerId, short epoch, bool commit, int coordinatorEpoch = 0, long timestamp = 1000) =>
        new TransactionMarker(commit, coordinatorEpoch).ToBatch(producerId, epoch, timestamp);

    /// <summary>One record per key; a null value is a tombstone.</summary>
    public static byte[] Keyed(long timestamp, params (string Key, string? Value)[] records)
    {
        using var builder = new RecordBatchBuilder(new BatchProperties());
        foreach (var (key, value) in records)
        {
            var keyBytes = System.Text.Encoding.UTF8.GetBytes(key);
            var valueBytes = value is null ? null : System.Text.Encoding.UTF8.GetBytes(value);
            builder.Append(timestamp, keyBytes, valueBytes);
        }
        return builder.BuildArray();
    }

    private static byte[] Build(BatchProperties properties, int records, int valueSize, long timestamp)
    {
        using var builder = new RecordBatchBuilder(properties);
        var value = new byte[valueSize];
        for (var i = 0; i < records; i++)
        {
            value.AsSpan().Fill((byte)i);
            builder.Append(timestamp + i, default, value);
        }
        return builder.BuildArray();
    }
}
