using System.Diagnostics;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using ActorBroker.Records;

namespace ActorBroker.Benchmarks;

/// <summary>The verb <c>codecs</c>: each codec and level in both directions, and the checksums of old formats, over JSON-like records of 100 bytes.
/// With <c>managed</c> as the first word native libraries are left alone. Best of several short rounds on one thread; a GB is one of uncompressed bytes.</summary>
internal static class CodecsBenchmark
{
    private const int Rounds = 12;
    private const int RoundMs = 40;
    private const int WarmMs = 1000;

    internal static int Run(ReadOnlySpan<string> words)
    {
        if (words is ["managed", ..])
        {
            AppContext.SetSwitch(CodecEngines.ManagedOnlySwitch, true);
            words = words[1..];
        }
        var only = words.IsEmpty ? null : words[0];
        Console.WriteLine(Compression.Implementations);
        foreach (var size in (int[])[16 << 10, 1 << 20])
        {
            var data = JsonRecords(size);
            foreach (var (codec, level) in Settings())
            {
                var name = $"{codec} {(level is { } value ? $"level {value}" : "default")}, {size >> 10} KiB";
                if ((only is null || name.Contains(only, StringComparison.OrdinalIgnoreCase)))
                    Both(name, codec, level, data);
            }
            if (only is not null)
                continue;
            Report($"xxhash32, {size >> 10} KiB", data.Length, () => XxHash32.HashToUInt32(data));
            Report($"crc32, {size >> 10} KiB", data.Length, () => Crc32.HashToUInt32(data));
        }
        return 0;
    }

    private static IEnumerable<(CompressionCodec Codec, int? Level)> Settings()
    {
        foreach (int? level in (int?[])[null, 1, 9, 19])
            yield return (CompressionCodec.Zstd, level);
        foreach (int? level in (int?[])[null, 1, 3, 12])
            yield return (CompressionCodec.Lz4, level);
        yield return (CompressionCodec.Snappy, null);
        yield return (CompressionCodec.Gzip, null);
    }

    private static void Both(string name, CompressionCodec codec, int? level, byte[] data)
    {
        using var compressed = new PooledBytes();
        using var output = new PooledBytes();
        Report("compress " + name, data.Length, () =>
        {
            compressed.Clear();
            Compression.Compress(codec, level, RecordBatch.CurrentMagic, data, compressed);
        }, () => $", {100.0 * compressed.Length / data.Length:F1} % of the size");
        Report("decompress " + name, data.Length, () =>
        {
            output.Clear();
            Compression.Decompress(codec, RecordBatch.CurrentMagic, compressed.Span, data.Length, output);
        });
        if (!output.Span.SequenceEqual(data))
            throw new InvalidOperationException($"{name} did not come back");
    }

    private static byte[] JsonRecords(int size)
    {
        var random = new Random(5);
        var text = new StringBuilder();
        string[] names = ["created", "paid", "packed", "sent", "returned"];
        for (var id = 1000; text.Length < size; id++)
        {
            var record = string.Create(CultureInfo.InvariantCulture,
                $"{{\"order\":{id},\"customer\":\"c{random.Next(100_000):D5}\",\"event\":\"{names[random.Next(names.Length)]}\",\"cents\":{random.Next(1_000_000)},\"token\":\"{random.Next():x8}\",\"at\":17{random.Next():D10}");
            text.Append(record).Append(' ', Math.Max(0, 98 - record.Length)).Append("}\n");
        }
        return Encoding.ASCII.GetBytes(text.ToString(0, size));
    }

    private static void Report(string what, int bytes, Action work, Func<string>? more = null)
    {
        // Long enough for the runtime's background compiler to finish.
        var iterations = 0L;
        for (var warmed = Stopwatch.StartNew(); warmed.ElapsedMilliseconds < WarmMs; iterations++)
            work();
        iterations = Math.Max(1, iterations * RoundMs / WarmMs);
        var (bestNs, bestCpuNs) = (double.MaxValue, double.MaxValue);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
        {
            var cpu = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            for (var i = 0L; i < iterations; i++)
                work();
            bestNs = Math.Min(bestNs, Stopwatch.GetElapsedTime(start).TotalNanoseconds / iterations);
            bestCpuNs = Math.Min(bestCpuNs, (Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / iterations);
        }
        var each = (GC.GetAllocatedBytesForCurrentThread() - allocated) / (Rounds * iterations);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what,-40} {bytes / bestNs * 1000,8:F0} MB/s {bestCpuNs / bytes,8:F3} CPU s/GB, {each} B allocated{more?.Invoke()}"));
    }
}
