using System.Text;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Records;
using ActorBroker.Storage.Compaction;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

public sealed partial class CompactionTests
{
    private const long Day = 24L * 60 * 60 * 1000;

    private static readonly LogConfig Compact = new()
    {
        CleanupPolicy = CleanupPolicy.Compact, SegmentMs = 365 * Day, RetentionMs = -1, MinCleanableDirtyRatio = 0, DeleteRetentionMs = Day,
    };

    private readonly LogFixture _log = new(Compact);

    [Fact]
    public void The_last_record_of_each_key_stays_at_its_offset()
    {
        Append(("a", "1"), ("b", "1"), ("a", "2"));
        Append(("c", "1"), ("a", "3"));
        Roll();

        var result = Run();

        Assert.Equal([(1, "b", "1"), (3, "c", "1"), (4, "a", "3")], Records());
        Assert.Equal(2, result.RecordsDropped);
        Assert.Equal(new Offset(5), _log.Log.FirstDirtyOffset);
        Assert.Equal(new Offset(0), _log.View.LogStartOffset);
    }

    [Fact]
    public void The_active_segment_is_left_alone()
    {
        Append(("a", "1"));
        Roll();
        Append(("a", "2"));

        Run();

        Assert.Equal([(0, "a", "1"), (1, "a", "2")], Records());
    }

    [Fact]
    public void A_tombstone_deletes_and_goes_after_delete_retention()
    {
        Append(("a", "1"), ("b", "1"));
        Append(("a", null));
        Roll();

        Run();
        Assert.Equal([(1, "b", "1"), (2, "a", null)], Records());

        _log.NowMs += Day - 1;
        Append(("x", "1"));
        Roll();
        Run();
        Assert.Contains((2, "a", null), Records());

        _log.NowMs += 1;
        Append(("y", "1"));
        Roll();
        Run();
        Assert.DoesNotContain((2, "a", null), Records());
    }

    [Fact]
    public void Small_segments_are_merged()
    {
        for (var i = 0; i < 5; i++)
        {
            Append(("k" + i, "1"));
            Roll();
        }

        var result = Run();

        Assert.Equal((5, 1), (result.SegmentsBefore, result.SegmentsAfter));
        Assert.Equal(2, _log.View.SegmentCount);
        Assert.Equal(5, Records().Count);
    }

    [Fact]
    public void Records_without_key_are_dropped()
    {
        Append(("a", "1"));
        _log.Append(Batches.Plain());
        Append(("b", "1"));
        Roll();

        Run();

        Assert.Equal([(0, "a", "1"), (2, "b", "1")], Records());
    }

    [Fact]
    public void Readers_of_the_old_view_go_on()
    {
        Append(("a", "1"));
        Append(("a", "2"));
        Roll();
        var old = _log.View;
        Run();
        _log.State.Deletions.RunDue(long.MaxValue);

        var result = old.Read(new Offset(0), 1 << 20, old.LogEndOffset, atLeastOneBatch: true);

        Assert.Equal(ReadStatus.Ok, result.Status);
        Assert.False(result.Slice.IsEmpty);
        result.Slice.Release();
    }

    [Fact]
    public void A_log_that_was_truncated_meanwhile_stays_as_it_is()
    {
        Append(("a", "1"));
        Append(("a", "2"));
        Roll();
        var job = _log.Log.TryBeginCompaction(new CompactionLimits(), _log.NowMs)!;
        job.Run(default);
        _log.Log.TruncateTo(new Offset(1));

        Assert.Null(_log.Log.CompleteCompaction(job));

        Assert.Equal([(0, "a", "1")], Records());
        Assert.DoesNotContain(_log.Disk.Paths, path => path.EndsWith(".cleaned"));
    }

    [Fact]
    public void A_small_offset_map_takes_several_rounds()
    {
        for (var i = 0; i < 40; i++)
            Append(("k" + i % 20, i.ToString()));
        Roll();

        RunInRounds(new CompactionLimits { OffsetMapBytes = 20 * OffsetMap.EntrySize });

        Assert.Equal(20, Records().Count);
        Assert.All(Records(), record => Assert.True(int.Parse(record.Value!) >= 20));
    }

    [Fact]
    public void A_corrupt_batch_makes_the_log_uncleanable()
    {
        Append(("a", "1"));
        Append(("a", "2"));
        Roll();
        var path = $"{_log.Directory}/00000000000000000000.log";
        var content = _log.Disk.Content(path);
        content[^1] ^= 1;
        _log.Disk.Overwrite(path, content);
        var job = _log.Log.TryBeginCompaction(new CompactionLimits(), _log.NowMs)!;

        var error = Assert.Throws<UncleanableLogException>(() => job.Run(default));
        _log.Log.AbandonCompaction(job, error.Message);

        Assert.Equal(content, _log.Disk.Content(path));
        Assert.NotNull(_log.Log.CompactionProblem);
        Assert.False(_log.Log.WantsCompaction(_log.NowMs, out _));
    }

    [Fact]
    public void Young_segments_wait_for_the_lag()
    {
        _log.Log.UpdateConfig(Compact with { MinCompactionLagMs = 1000 });
        Append(("a", "1"));
        Roll();

        Assert.False(_log.Log.WantsCompaction(_log.NowMs + 999, out _));
        Assert.True(_log.Log.WantsCompaction(_log.NowMs + 1000, out _));
    }

    [Fact]
    public void An_overdue_log_is_compacted_whatever_its_ratio_is()
    {
        _log.Log.UpdateConfig(Compact with { MinCleanableDirtyRatio = 1.1, MaxCompactionLagMs = 5000 });
        Append(("a", "1"));
        Roll();

        Assert.False(_log.Log.WantsCompaction(_log.NowMs + 5000, out _));
        Assert.True(_log.Log.WantsCompaction(_log.NowMs + 5001, out var estimate));
        Assert.True(estimate.IsOverdue);
    }

    [Fact]
    public void Aborted_data_goes_first_and_its_marker_later()
    {
        Transactional(7, 0, ("a", "aborted"));
        _log.Append(Batches.Marker(7, 0, commit: false, timestamp: _log.NowMs));
        Transactional(8, 0, ("b", "committed"));
        _log.Append(Batches.Marker(8, 0, commit: true, timestamp: _log.NowMs));
        Transactional(7, 1, ("c", "1"));
        _log.Append(Batches.Marker(7, 0, commit: true, timestamp: _log.NowMs));
        Roll();

        Run();
        Assert.Equal([(2, "b", "committed"), (4, "c", "1")], Records());
        Assert.Equal([0L], _log.View.AbortedTransactions(new Offset(0), new Offset(6)).Select(transaction => transaction.FirstOffset));
        Assert.Contains(1, ControlOffsets());

        // The marker has no data any more: it gets its horizon, and goes when that has passed.
        Append(("x", "1"));
        Roll();
        Run();
        Assert.Contains(1, ControlOffsets());
        Assert.Empty(_log.View.AbortedTransactions(new Offset(0), new Offset(6)));
        _log.NowMs += Day;
        Append(("y", "1"));
        Roll();
        Run();
        Assert.DoesNotContain(1, ControlOffsets());
        Assert.Contains(3, ControlOffsets());
    }

    [Fact]
    public void Undecided_transactions_are_not_touched()
    {
        Append(("a", "1"), ("a", "2"));
        Roll();
        Transactional(7, 0, ("a", "open"));
        Roll();

        Run();

        Assert.Equal(new Offset(2), _log.Log.FirstDirtyOffset);
    }

    [Fact]
    public void The_sequence_of_a_producer_survives_without_its_records()
    {
        _log.Append(KeyedBy(7, 0, ("a", "1")));
        Append(("a", "2"));
        Roll();
        Run();
        foreach (var snapshot in _log.Disk.Paths.Where(path => path.EndsWith(".snapshot")).ToList())
            _log.Disk.DeleteFile(snapshot);

        _log.Reopen(default);

        Assert.Equal([(1, "a", "2")], Records());
        Assert.Equal(AppendStatus.Duplicate, _log.Append(KeyedBy(7, 0, ("a", "1"))).Status);
    }

    private static byte[] KeyedBy(long producer, int sequence, params (string Key, string? Value)[] records) =>
        Keyed(new BatchProperties { ProducerId = producer, ProducerEpoch = 0, BaseSequence = sequence }, 1000, records);

    private static byte[] Keyed(BatchProperties properties, long timestamp, (string Key, string? Value)[] records)
    {
        using var builder = new RecordBatchBuilder(properties);
        foreach (var (key, value) in records)
            builder.Append(timestamp, Encoding.UTF8.GetBytes(key), value is null ? null : Encoding.UTF8.GetBytes(value));
        return builder.BuildArray();
    }

    private void Append(params (string Key, string? Value)[] records) =>
        Assert.Equal(AppendStatus.Appended, _log.Append(Keyed(BatchProperties.Default, _log.NowMs, records)).Status);

    private void Transactional(long producer, int sequence, params (string Key, string? Value)[] records)
    {
        var properties = new BatchProperties { ProducerId = producer, ProducerEpoch = 0, BaseSequence = sequence, IsTransactional = true };
        Assert.Equal(AppendStatus.Appended, _log.Append(Keyed(properties, _log.NowMs, records)).Status);
    }

    private void Roll()
    {
        _log.Log.SetHighWatermark(_log.View.LogEndOffset);
        _log.Log.Roll();
    }

    private CompactionResult Run(CompactionLimits? limits = null, int? segmentBytes = null)
    {
        if (segmentBytes is { } bytes)
            _log.Log.UpdateConfig(_log.Log.Config with { SegmentBytes = bytes });
        var job = _log.Log.TryBeginCompaction(limits ?? new CompactionLimits(), _log.NowMs);
        Assert.NotNull(job);
        job.Run(default);
        var result = _log.Log.CompleteCompaction(job);
        _log.Log.UpdateConfig(_log.Log.Config with { SegmentBytes = Compact.SegmentBytes });
        Assert.NotNull(result);
        return result.Value;
    }

    private void RunInRounds(CompactionLimits limits)
    {
        var rounds = 0;
        while (_log.Log.EstimateCompaction(_log.NowMs).DirtyBytes > 0 && rounds++ < 20)
            Run(limits);

        Assert.InRange(rounds, 2, 10);
    }

    private List<(long Offset, string Key, string? Value)> Records() => LogContents.Records(_log);

    private List<long> ControlOffsets() => LogContents.ControlOffsets(_log);
}
