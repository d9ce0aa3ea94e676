using ActorBroker.Harness;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Records;
using ActorBroker.Storage.Compaction;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

/// <summary>Readers on other threads while the writer appends, rolls, retains, compacts and flushes, on real files with very few of them open.</summary>
public sealed class ConcurrentReadersTests : IDisposable
{
    private readonly string _root = Scratch.Create("actorbroker-readers-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(CleanupPolicy.Delete)]
    [InlineData(CleanupPolicy.Compact)]
    public async Task Readers_only_ever_see_whole_batches_in_order(CleanupPolicy policy)
    {
        using var manager = LogManager.Open(new LogManagerOptions { Directories = [_root], NodeId = new NodeId(1), MaxOpenFiles = 2 });
        var config = new LogConfig
        {
            SegmentBytes = 8000, IndexIntervalBytes = 400, RetentionBytes = 40_000, RetentionMs = -1, FileDeleteDelayMs = 0, CleanupPolicy = policy,
            SegmentMs = long.MaxValue,
        };
        var log = manager.GetOrCreate(new TopicPartition("stress", 0), TopicId.NewRandom(), config);
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(seed => Task.Run(() => Read(log, new Random(seed), done.Token))).ToArray();

        Write(manager, log, new Random(42));

        await done.CancelAsync();
        foreach (var batches in await Task.WhenAll(readers))
            Assert.True(batches > 0);
    }

    private static void Write(LogManager manager, PartitionLog log, Random random)
    {
        for (var i = 0; i < 4000; i++)
        {
            var batch = Batches.Keyed(1000 + i, ("k" + random.Next(50), new string('v', random.Next(200))), ("j" + random.Next(50), "w"));
            Assert.Equal(AppendStatus.Appended, log.Append(batch, new LeaderEpoch(1), 1000 + i).Status);
            log.SetHighWatermark(log.View.LogEndOffset);
            if (i % 50 == 0)
                log.ApplyRetention(1000 + i);
            if (i % 70 == 0)
                manager.Committer.RequestFlush(log, null);
            if (i % 100 == 0 && log.Config.CleanupPolicy == CleanupPolicy.Compact && log.TryBeginCompaction(new CompactionLimits(), 1000 + i) is { } job)
            {
                job.Run(default);
                Assert.NotNull(log.CompleteCompaction(job));
            }
            if (i % 60 == 0)
                manager.Tick(long.MaxValue);
        }
    }

    private static int Read(PartitionLog log, Random random, CancellationToken done)
    {
        var batches = 0;
        do
        {
            var view = log.View;
            var from = new Offset(random.NextInt64(view.LogStartOffset.Value, view.LogEndOffset.Value + 1));
            var result = view.Read(from, random.Next(1, 5000), view.HighWatermark, atLeastOneBatch: true);
            // Between taking the view and reading, retention may have passed the offset.
            if (result.Status == ReadStatus.OffsetOutOfRange && from < log.View.LogStartOffset)
                continue;
            Assert.Equal(ReadStatus.Ok, result.Status);
            var bytes = result.Slice.ToArray();
            Assert.Equal(result.Slice.Length, bytes.Length);
            result.Slice.Release();
            batches += Check(bytes, from);
            _ = log.View.FindOffsetForTimestamp(random.Next(1000, 5000));
        }
        while (!done.IsCancellationRequested);
        return batches;
    }

    private static int Check(byte[] bytes, Offset from)
    {
        var count = 0;
        var next = -1L;
        for (var at = 0; at < bytes.Length; count++)
        {
            Assert.True(RecordBatchView.TryRead(bytes.AsSpan(at), out var batch, out _));
            Assert.True(batch.IsCrcValid);
            Assert.True(batch.BaseOffset >= next);
            Assert.True(batch.LastOffset >= from.Value);
            next = batch.NextOffset;
            at += batch.SizeInBytes;
        }
        return count;
    }
}
