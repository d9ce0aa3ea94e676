using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

public sealed class RetentionTests
{
    private static readonly LogConfig Forever = new() { RetentionMs = -1, SegmentMs = 10_000, FileDeleteDelayMs = 500 };

    [Fact]
    public void Old_segments_go_by_their_newest_record()
    {
        var log = new LogFixture(Forever with { RetentionMs = 1000 });
        log.Append(Batches.Plain(timestamp: 1000));
        log.Log.Roll();
        log.Append(Batches.Plain(timestamp: 2500));
        log.Log.SetHighWatermark(new Offset(2));

        var result = log.Log.ApplyRetention(nowMs: 2600);

        Assert.Equal((1, new Offset(1)), (result.Segments, result.LogStartOffset));
    }

    [Fact]
    public void An_expired_active_segment_is_rolled_and_deleted()
    {
        var log = new LogFixture(Forever with { RetentionMs = 1000 });
        log.Append(Batches.Plain(timestamp: 1000));
        log.Log.SetHighWatermark(new Offset(1));

        log.Log.ApplyRetention(nowMs: 3000);

        Assert.Equal(new Offset(1), log.View.LogStartOffset);
        Assert.Equal(new Offset(1), log.View.LogEndOffset);
        Assert.Equal(0, log.View.SizeInBytes);
    }

    [Fact]
    public void Nothing_past_the_high_watermark_goes()
    {
        var log = new LogFixture(Forever with { RetentionBytes = 0 });
        log.Append(1);
        log.Log.Roll();
        log.Append(1);

        Assert.Equal(0, log.Log.ApplyRetention(log.NowMs).Segments);
        log.Log.SetHighWatermark(new Offset(1));
        Assert.Equal(1, log.Log.ApplyRetention(log.NowMs).Segments);
    }

    [Fact]
    public void Size_keeps_at_least_what_is_configured()
    {
        var log = new LogFixture(Forever with { RetentionBytes = 200 });
        for (var i = 0; i < 5; i++)
        {
            log.Append(1);
            log.Log.Roll();
        }
        log.Log.SetHighWatermark(new Offset(5));

        log.Log.ApplyRetention(log.NowMs);

        Assert.True(log.View.SizeInBytes >= 200);
        Assert.True(log.View.SizeInBytes < 300);
    }

    [Fact]
    public void A_compacted_log_deletes_only_below_its_start()
    {
        var log = new LogFixture(Forever with { RetentionMs = 1, CleanupPolicy = CleanupPolicy.Compact });
        log.Append(1);
        log.Log.Roll();
        log.Append(1);
        log.Log.Roll();
        log.Append(1);
        log.Log.SetHighWatermark(new Offset(3));
        log.Log.SetLogStartOffset(new Offset(1));

        Assert.Equal(1, log.Log.ApplyRetention(log.NowMs + 1_000_000_000).Segments);
        Assert.Equal(new Offset(1), log.View.LogStartOffset);
    }

    [Fact]
    public void Files_stay_for_the_delay_under_another_name()
    {
        var log = new LogFixture(Forever with { RetentionBytes = 0 });
        log.Append(1);
        log.Log.Roll();
        log.Append(1);
        log.Log.SetHighWatermark(new Offset(1));
        log.Log.ApplyRetention(log.NowMs);

        Assert.Contains(log.Disk.Paths, path => path.EndsWith("00000000000000000000.log.deleted"));
        log.State.Deletions.RunDue(log.NowMs + 499);
        Assert.Contains(log.Disk.Paths, path => path.EndsWith(".deleted"));
        log.State.Deletions.RunDue(log.NowMs + 500);
        Assert.DoesNotContain(log.Disk.Paths, path => path.EndsWith(".deleted"));
    }

    [Fact]
    public void A_disk_without_a_free_byte_does_not_stop_retention()
    {
        var log = new LogFixture(Forever with { RetentionMs = 1000 });
        for (var i = 0; i < 3; i++)
        {
            log.Append(Batches.Of(7, 0, i, timestamp: 1000));
            if (i < 2)
                log.Log.Roll();
        }
        log.Log.SetHighWatermark(new Offset(3));
        log.Disk.FreeBytes = 0;

        // Everything is expired. The active segment would have to be rolled first, and there is no room for that.
        var result = log.Log.ApplyRetention(nowMs: 100_000);

        Assert.Equal((2, new Offset(2)), (result.Segments, result.LogStartOffset));
        Assert.False(log.State.IsOffline);
        log.State.Deletions.RunDue(log.NowMs + 500);
        Assert.Single(log.Disk.Paths, path => path.Contains(".log"));

        log.Disk.FreeBytes = 10_000;
        Assert.Equal(new Offset(3), log.Log.ApplyRetention(nowMs: 100_000).LogStartOffset);
        Assert.Equal(AppendStatus.Duplicate, log.Append(Batches.Of(7, 0, 2, timestamp: 1000)).Status);
    }

    [Fact]
    public void A_segment_rolls_when_its_time_is_over()
    {
        var log = new LogFixture(Forever with { SegmentMs = 100 });
        log.Append(Batches.Plain(timestamp: 1000));
        log.Append(Batches.Plain(timestamp: 1100));
        Assert.Equal(1, log.View.SegmentCount);

        log.Append(Batches.Plain(timestamp: 1101));

        Assert.Equal(2, log.View.SegmentCount);
    }

    [Fact]
    public void A_segment_rolls_when_its_index_is_full()
    {
        var log = new LogFixture(Forever with { IndexIntervalBytes = 0, SegmentIndexBytes = 80 });

        log.Append(12);

        Assert.Equal(2, log.View.SegmentCount);
    }

    [Fact]
    public void A_deleted_log_disappears_after_the_delay()
    {
        var log = new LogFixture(Forever);
        log.Append(1);
        var slice = log.View.Read(new Offset(0), 1000, new Offset(1), true).Slice;

        log.Log.Delete();

        Assert.EndsWith("-delete", log.Directory);
        Assert.Equal(AppendStatus.StorageError, log.Append(Batches.Plain()).Status);
        log.State.Deletions.RunDue(log.NowMs + 500);
        Assert.DoesNotContain(log.Disk.Paths, path => path.Contains("topic-0"));
        Assert.Equal(slice.Length, slice.ToArray().Length);
        slice.Release();
    }
}
