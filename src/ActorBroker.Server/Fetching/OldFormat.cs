using System.Buffers;
using ActorBroker.Protocol;
using ActorBroker.Records;

namespace ActorBroker.Server.Fetching;

/// <summary>Records for clients that know only message sets (Fetch 0 to 3). Costs a copy and a conversion, bounded by the fetch's limits.</summary>
internal static class OldFormat
{
    public static ErrorCode TryConvert(RecordsPayload records, byte magic, long fromOffset, int maxSize, out RecordsPayload converted)
    {
        var size = records.Size;
        var log = ArrayPool<byte>.Shared.Rent(size);
        using var messages = new PooledBytes(size);
        try
        {
            records.CopyTo(log);
            var problem = DownConversion.Convert(
                log.AsSpan(0, size), magic, fromOffset, int.MaxValue, ValidationOptions.DefaultMaxDecompressedBytes, messages, out _);
            converted = problem == RecordsProblem.None ? new MemoryRecords(messages.Span[..Math.Min(messages.Span.Length, maxSize)].ToArray()) : MemoryRecords.Empty;
            return problem switch
            {
                RecordsProblem.None => ErrorCode.None,
                RecordsProblem.UnsupportedCompression => ErrorCode.UnsupportedCompressionType,
                _ => ErrorCode.CorruptMessage,
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(log);
        }
    }
}
