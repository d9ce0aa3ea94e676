using System.Buffers.Binary;
using System.Diagnostics;
using ActorBroker.Harness;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Records;
using ActorBroker.Storage;
using ActorBroker.Storage.Compaction;

namespace ActorBroker.Benchmarks;

/// <summary>The journal alone: append, read, recovery, many partitions. Everything stays in the page cache (flush mode os), as in the
/// measurements beside Apache Kafka.</summary>
internal static class StorageBenchmark
{
    private const long MB = 1_000_000;
    private static readonly TopicId Id = TopicId.NewRandom();

    /// <param name="root">A directory on the disk to measure; null for the temporary directory.</param>
    public static int Run(string? root)
    {
        var path = root is null ? Scratch.Create("storage-").FullName : Path.Combine(root, "actorbroker-bench");
        Console.WriteLine($"{"measure",-46} {"MB/s",10} {"CPU s/GB",10}");
        try
        {
            foreach (var size in new[] { 1024, 16 * 1024, 64 * 1024 })
                Append(path, size, group: 1);
            Append(path, 16 * 1024, group: 8);
            Append(path, 64 * 1024, group: 8);
            TailReads(path, 1024, reads: 100_000);
            TailReads(path, 16 * 1024, reads: 100_000);
            Recover(path, partitions: 100, bytes: 1024L * 1024 * 1024);
            Compact(path, records: 2_000_000, keys: 200_000);
            Partitions(path, 1000);
            Partitions(path, 10_000);
            return 0;
        }
        finally
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
    }

    private static void Append(string path, int batchSize, int group)
    {
        using var manager = Fresh(path);
        var log = manager.GetOrCreate(new TopicPartition("bench", 0), Id, LogConfig.Default);
        var requests = Enumerable.Range(0, group).Select(_ => new AppendRequest(Batch(batchSize))).ToArray();
        var results = new AppendResult[group];
        var total = batchSize < 16_000 ? 200 * MB : 2000 * MB;
        var perCall = requests.Sum(request => (long)request.Batches.Length);
        AppendAll(MB * 50);
        GC.Collect();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        Measure($"append {batchSize / 1024} KiB x{group}", () => AppendAll(total));
        Console.WriteLine($"{"  allocated per append, bytes",-46} {(GC.GetAllocatedBytesForCurrentThread() - allocated) / (total / perCall * group),10:N0}");

        var buffer = new byte[1 << 20];
        Measure($"read {batchSize / 1024} KiB batches by 1 MiB, copied", () => ReadAll(log, buffer));
        Measure($"read {batchSize / 1024} KiB batches by 1 MiB, ranges only", () => ReadAll(log, null));

        long AppendAll(long bytes)
        {
            long done = 0;
            for (; done < bytes; done += perCall)
            {
                log.Append(requests, results, new LeaderEpoch(1), 0);
                log.SetHighWatermark(log.View.LogEndOffset);
            }
            return done;
        }
    }

    private static long ReadAll(PartitionLog log, byte[]? buffer)
    {
        long done = 0;
        var header = new byte[RecordBatch.HeaderSize];
        var next = log.View.LogStartOffset;
        while (next < log.View.LogEndOffset)
        {
            var slice = log.View.Read(next, 1 << 20, log.View.HighWatermark, atLeastOneBatch: true).Slice;
            if (buffer is not null)
                slice.Read(buffer);
            // All batches are alike: the first tells how many records the range holds.
            slice.Read(header);
            var records = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(RecordBatch.RecordCountAt));
            var batchSize = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(RecordBatch.BatchLengthAt)) + RecordBatch.LogOverhead;
            next = new Offset(BinaryPrimitives.ReadInt64BigEndian(header)) + slice.Length / batchSize * records;
            done += slice.Length;
            slice.Release();
        }
        return done;
    }

    /// <summary>What a consumer that keeps up costs: each read finds the newest batches, whose places are in memory.</summary>
    private static void TailReads(string path, int batchSize, int reads)
    {
        using var manager = Fresh(path);
        var log = manager.GetOrCreate(new TopicPartition("bench", 0), Id, LogConfig.Default);
        for (var i = 0; i < 128; i++)
            log.Append(Batch(batchSize), new LeaderEpoch(1), 0);
        var view = log.View;
        var newest = view.LogEndOffset - 1;
        for (var round = 0; round < 3; round++)
        {
            Time($"read of the newest of 128 x {batchSize} B, CPU ns", () => view.Read(newest, 1 << 20, view.LogEndOffset, atLeastOneBatch: true));
            Time("  with a look at its header, CPU ns", () => view.ReadChecked(newest, 1 << 20, view.LogEndOffset, atLeastOneBatch: true));
        }
        var recent = new Offset(newest.Value / 2);
        Time($"read of the newest 64 x {batchSize} B, CPU ns", () => view.Read(recent, 1 << 20, view.LogEndOffset, atLeastOneBatch: true));
        Time("  with a look at all headers, CPU ns", () => view.ReadChecked(recent, 1 << 20, view.LogEndOffset, atLeastOneBatch: true));

        void Time(string name, Func<ReadResult> read)
        {
            var cpu = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < reads; i++)
                read().Slice.Release();
            Console.WriteLine($"{name,-46} {(Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / reads,10:N0}");
        }
    }

    private static void Recover(string path, int partitions, long bytes)
    {
        using (var manager = Fresh(path))
        {
            var batch = Batch(16 * 1024);
            for (var i = 0; i < partitions; i++)
            {
                var log = manager.GetOrCreate(new TopicPartition("bench", i), Id, LogConfig.Default);
                for (long done = 0; done < bytes / partitions; done += batch.Length)
                    log.Append(batch, new LeaderEpoch(1), 0);
            }
            manager.WriteCheckpoints();
        }
        Measure($"recovery of 1 GiB in {partitions} partitions", () =>
        {
            using var manager = Open(path);
            return manager.Logs.Sum(log => log.View.SizeInBytes);
        });
    }

    private static void Compact(string path, int records, int keys)
    {
        using var manager = Fresh(path);
        var log = manager.GetOrCreate(
            new TopicPartition("bench", 0), Id, LogConfig.Default with { CleanupPolicy = CleanupPolicy.Compact, SegmentBytes = 64 << 20 });
        var value = new byte[100];
        Span<byte> key = stackalloc byte[sizeof(int)];
        for (var i = 0; i < records;)
        {
            using var builder = new RecordBatchBuilder(new BatchProperties());
            for (var end = i + 100; i < end; i++)
            {
                BinaryPrimitives.WriteInt32BigEndian(key, Random.Shared.Next(keys));
                builder.Append(1_700_000_000_000, (ReadOnlySpan<byte>)key, value);
            }
            log.Append(builder.BuildArray(), new LeaderEpoch(1), 0);
        }
        log.SetHighWatermark(log.View.LogEndOffset);
        log.Roll();
        log.Flush();
        var size = log.View.SizeInBytes;
        Measure($"compact {records / 1000}k records of {keys / 1000}k keys", () =>
        {
            var job = log.TryBeginCompaction(new CompactionLimits(), 0)!;
            job.Run(default);
            log.CompleteCompaction(job);
            return size;
        });
    }

    private static void Partitions(string path, int count)
    {
        using var manager = Fresh(path);
        var before = Resident();
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
            manager.GetOrCreate(new TopicPartition("bench", i), Id, LogConfig.Default);
        Console.WriteLine($"{$"create {count} partitions, ms",-46} {watch.ElapsedMilliseconds,10:N0}");
        var batch = Batch(1024);
        foreach (var log in manager.Logs)
            log.Append(batch, new LeaderEpoch(1), 0);
        var after = Resident();
        Console.WriteLine($"{$"  memory of {count} partitions with a batch, MiB",-46} {(after - before) / 1048576.0,10:N1}   open files {manager.OpenFiles}");
        watch.Restart();
        manager.Close();
        Console.WriteLine($"{"  close, ms",-46} {watch.ElapsedMilliseconds,10:N0}");
        watch.Restart();
        using var again = Open(path);
        Console.WriteLine($"{"  open again, ms",-46} {watch.ElapsedMilliseconds,10:N0}");
    }

    private static long Resident()
    {
        GC.Collect();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static void Measure(string name, Func<long> run)
    {
        var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        var bytes = run();
        var seconds = watch.Elapsed.TotalSeconds;
        process.Refresh();
        var cpuSeconds = (process.TotalProcessorTime - cpu).TotalSeconds;
        Console.WriteLine($"{name,-46} {bytes / seconds / MB,10:N0} {cpuSeconds / (bytes / 1e9),10:N3}   ({seconds:N2} s)");
    }

    private static byte[] Batch(int size)
    {
        using var builder = new RecordBatchBuilder(new BatchProperties());
        var value = new byte[Math.Min(1000, size - 100)];
        Random.Shared.NextBytes(value);
        for (var used = 100; used + value.Length <= size; used += value.Length + 20)
            builder.Append(1_700_000_000_000, default, value);
        return builder.BuildArray();
    }

    private static LogManager Fresh(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        return Open(path);
    }

    private static LogManager Open(string path) =>
        LogManager.Open(new LogManagerOptions { Directories = [path], NodeId = new NodeId(1) });
}
