using System.Diagnostics;
using System.Globalization;
using ActorBroker.Records;

namespace ActorBroker.Benchmarks;

/// <summary>The verb <c>records</c>: checksum speed, validation by record, codecs. Best of thirty short rounds on one thread, because what disturbs a round only ever makes it longer.</summary>
internal static class RecordsBenchmark
{
    private const int Rounds = 30;
    private const int RoundMs = 10;
    private const int WarmMs = 300;

    internal static int Run()
    {
        foreach (var size in (int[])[100, 1024, 16 << 10, 64 << 10, 1 << 20])
        {
            var data = new byte[size];
            Random.Shared.NextBytes(data);
            var ns = Measure(() => Crc32C.Compute(data));
            Print($"crc-32c of {size} B", ns, $"{size / ns:F1} GB/s");
        }
        foreach (var recordSize in (int[])[100, 1024])
        {
            foreach (var batchSize in (int[])[recordSize + 128, 16 << 10, 64 << 10])
            {
                var batch = Batch(recordSize, batchSize, CompressionCodec.None, out var count, out _);
                var options = Options();
                Check(batch, options);
                var ns = Measure(() => Check(batch, options));
                var crc = Measure(() => Crc32C.Compute(batch.AsSpan(RecordBatch.AttributesAt)));
                Print($"validate {batch.Length} B of {recordSize} B records", ns, $"{(ns - crc) / count:F1} ns/record beside the checksum, {batch.Length / ns:F1} GB/s");
            }
        }
        {
            var batch = MixedBatch(16 << 10, out var count);
            var options = Options();
            var ns = Measure(() => Check(batch, options));
            var crc = Measure(() => Crc32C.Compute(batch.AsSpan(RecordBatch.AttributesAt)));
            Print($"validate {batch.Length} B of mixed records with keys", ns, $"{(ns - crc) / count:F1} ns/record beside the checksum, {batch.Length / ns:F1} GB/s");
        }
        foreach (var codec in (CompressionCodec[])[CompressionCodec.Gzip, CompressionCodec.Snappy, CompressionCodec.Lz4, CompressionCodec.Zstd])
        {
            var batch = Batch(100, 64 << 10, codec, out var count, out var plainSize);
            var options = Options();
            var ns = Measure(() => Check(batch, options));
            Print($"validate {codec}, 64 KiB of 100 B records", ns, $"{ns / count:F1} ns/record, stored {batch.Length} B");

            var plain = Batch(100, 64 << 10, CompressionCodec.None, out _, out _).AsMemory(RecordBatch.HeaderSize);
            using var compressed = new PooledBytes();
            ns = Measure(() =>
            {
                compressed.Clear();
                Compression.Compress(codec, null, RecordBatch.CurrentMagic, plain.Span, compressed);
            });
            Print($"compress {codec}", ns, $"{plainSize / ns * 1000:F0} MB/s");
            using var output = new PooledBytes();
            ns = Measure(() =>
            {
                output.Clear();
                Compression.Decompress(codec, RecordBatch.CurrentMagic, compressed.Span, int.MaxValue, output);
            });
            Print($"decompress {codec}", ns, $"{plainSize / ns * 1000:F0} MB/s");
        }
        return 0;
    }

    private static ValidationOptions Options() => new() { NowMs = 1700000000000 };

    private static void Check(byte[] batch, in ValidationOptions options)
    {
        using var result = BatchValidator.Validate(batch, options);
        if (!result.IsValid)
            throw new InvalidOperationException(result.Message);
    }

    private static byte[] Batch(int recordSize, int batchSize, CompressionCodec codec, out int count, out int plainSize)
    {
        using var builder = new RecordBatchBuilder(new BatchProperties { Codec = codec });
        var random = new Random(5);
        for (count = 0; builder.UncompressedSize + recordSize + 12 <= batchSize; count++)
        {
            var value = new byte[recordSize];
            for (var i = 0; i < value.Length; i++)
                value[i] = (byte)"abcdefghijklmnop"[random.Next(16) & random.Next(16)];
            builder.Append(1700000000000 + (count / 4), default, value);
        }
        plainSize = builder.UncompressedSize - RecordBatch.HeaderSize;
        return builder.BuildArray();
    }

    private static byte[] MixedBatch(int batchSize, out int count)
    {
        using var builder = new RecordBatchBuilder();
        var random = new Random(6);
        for (count = 0; builder.UncompressedSize + 250 <= batchSize; count++)
            builder.Append(1700000000000 + (count / 4), new byte[random.Next(4, 20)], new byte[random.Next(10, 200)]);
        return builder.BuildArray();
    }

    private static double Measure(Action work)
    {
        var samples = new double[Rounds];
        var iterations = 1L;
        // Long enough for the runtime's background compiler to finish.
        for (var warmed = Stopwatch.StartNew(); warmed.ElapsedMilliseconds < WarmMs;)
            work();
        while (true)
        {
            var ns = Time(work, iterations);
            if (ns > RoundMs * 1e6 / 4)
            {
                iterations = Math.Max(1, (long)(iterations * RoundMs * 1e6 / ns));
                break;
            }
            iterations *= 2;
        }
        for (var i = 0; i < Rounds; i++)
            samples[i] = Time(work, iterations) / iterations;
        Array.Sort(samples);
        return samples[0];
    }

    private static double Time(Action work, long iterations)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0L; i < iterations; i++)
            work();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    private static void Print(string what, double ns, string rate) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-48} {ns,12:F0} ns  {rate}"));
}
