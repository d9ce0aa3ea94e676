using System.Buffers.Binary;
using System.IO.Hashing;

namespace ActorBroker.Records.Tests;

/// <summary>Mutated batches with right checksums: whatever they say, the answer is one of the declared errors or records that are readable.</summary>
public sealed class HostileBytesTests
{
    [Theory]
    [InlineData("batch-v2-none")]
    [InlineData("batch-v2-gzip")]
    [InlineData("batch-v2-lz4")]
    [InlineData("batch-v2-snappy")]
    [InlineData("batch-v2-zstd")]
    public void Mutated_batches_are_refused_or_readable(string name)
    {
        var random = new Random(name.Length);
        var options = new ValidationOptions { NowMs = Golden.Timestamp, MaxDecompressedBytes = 100_000 };
        var original = Golden.Bytes(name);
        BatchPatch.SetBaseOffset(original, 0);
        for (var i = 0; i < 20_000; i++)
        {
            var mutant = Mutate(original, random, RecordBatch.AttributesAt + 1);
            if (mutant.Length >= RecordBatch.HeaderSize)
            {
                BinaryPrimitives.WriteInt32BigEndian(mutant.AsSpan(RecordBatch.BatchLengthAt), mutant.Length - RecordBatch.LogOverhead);
                mutant[RecordBatch.MagicAt] = 2;
                BatchPatch.RenewCrc(mutant);
            }
            using var result = BatchValidator.Validate(mutant, options);
            if (result.IsValid)
                Assert.Equal(result.RecordCount, Golden.ReadAll(result.Batches.Span).Count);
        }
    }

    [Theory]
    [InlineData("message-v0-none")]
    [InlineData("message-v0-gzip")]
    [InlineData("message-v0-lz4")]
    [InlineData("message-v1-none")]
    [InlineData("message-v1-gzip")]
    [InlineData("message-v1-lz4")]
    public void Mutated_message_sets_are_refused_or_readable(string name)
    {
        var random = new Random(name.Length);
        var options = new ValidationOptions { NowMs = Golden.Timestamp, MaxDecompressedBytes = 100_000 };
        for (var i = 0; i < 10_000; i++)
        {
            var mutant = Mutate(Golden.Bytes(name), random, RecordBatch.MagicAt);
            if (BatchEntry.TryRead(mutant, out var entry, out _) && entry.Magic < 2)
                BinaryPrimitives.WriteUInt32BigEndian(mutant.AsSpan(MessageView.CrcAt), Crc32.HashToUInt32(mutant.AsSpan(RecordBatch.MagicAt, entry.SizeInBytes - RecordBatch.MagicAt)));
            using var result = BatchValidator.Validate(mutant, options);
            if (result.IsValid)
                Assert.Equal(result.RecordCount, Golden.ReadAll(result.Batches.Span).Count);
        }
    }

    [Fact]
    public void Noise_never_makes_a_reader_throw()
    {
        var random = new Random(99);
        for (var i = 0; i < 20_000; i++)
        {
            var noise = new byte[random.Next(0, 200)];
            random.NextBytes(noise);
            if (noise.Length > RecordBatch.MagicAt)
            {
                noise[RecordBatch.MagicAt] = (byte)random.Next(0, 4);
                BinaryPrimitives.WriteInt32BigEndian(noise.AsSpan(RecordBatch.BatchLengthAt), noise.Length - RecordBatch.LogOverhead - random.Next(3));
            }
            foreach (var entry in new BatchEntries(noise))
            {
                if (BatchRecords.TryOpen(entry, 10_000, out var records) != RecordsProblem.None)
                    continue;
                while (records.MoveNext())
                    _ = RecordCopy.Of(records.Current);
                records.Dispose();
            }
            BatchValidator.Validate(noise, new ValidationOptions { Origin = (AppendOrigin)random.Next(3) }).Dispose();
            using var old = new PooledBytes();
            DownConversion.Convert(noise, (byte)random.Next(2), 0, 1000, 10_000, old, out _);
        }
    }

    [Fact]
    public void The_scan_and_the_enumerator_agree_on_what_is_well_formed()
    {
        var random = new Random(5);
        var batch = Golden.Fixture("kafka-v2-none.bin");
        var accepted = 0;
        for (var i = 0; i < 30_000; i++)
        {
            var mutant = Mutate(batch, random, RecordBatch.HeaderSize);
            if (mutant.Length < RecordBatch.HeaderSize)
                continue;
            BinaryPrimitives.WriteInt32BigEndian(mutant.AsSpan(RecordBatch.BatchLengthAt), mutant.Length - RecordBatch.LogOverhead);
            var view = Golden.View(mutant);
            var isScanned = RecordScan.TryRun(view.Payload, view.RecordCount, out var scan, out _);
            var records = new RecordEnumerator(view.Payload, view);
            long min = long.MaxValue, max = long.MinValue, next = view.BaseOffset;
            bool isSequential = true, hasNullKey = false;
            while (records.MoveNext())
            {
                var record = records.Current;
                min = Math.Min(min, record.Timestamp - view.BaseTimestamp);
                max = Math.Max(max, record.Timestamp - view.BaseTimestamp);
                isSequential &= record.Offset == next++;
                hasNullKey |= !record.Key.HasValue;
            }
            Assert.Equal(records.Problem == RecordsProblem.None, isScanned);
            if (!isScanned)
                continue;
            accepted++;
            Assert.Equal((min, max, isSequential, hasNullKey), (scan.MinTimestampDelta, scan.MaxTimestampDelta, scan.IsSequential, scan.HasNullKey));
        }
        Assert.True(accepted > 1000);
    }

    private static byte[] Mutate(byte[] original, Random random, int from)
    {
        List<byte> bytes = [.. original];
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(from, bytes.Count);
            switch (random.Next(8))
            {
                case 0 when bytes.Count > from + 1:
                    bytes.RemoveAt(at);
                    break;
                case 1:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 2:
                    bytes[at] = (byte)(random.Next(2) == 0 ? 0xFF : 0x80);
                    break;
                default:
                    bytes[at] = (byte)random.Next(256);
                    break;
            }
        }
        return [.. bytes];
    }
}
