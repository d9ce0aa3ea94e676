using ActorBroker.Model;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

public sealed class LogReadTests
{
    private readonly LogFixture _log = new(new LogConfig { SegmentBytes = 10_000, IndexIntervalBytes = 500, FileDeleteDelayMs = 1000 });

    [Fact]
    public void Offsets_outside_the_log_are_out_of_range()
    {
        _log.Append(5);
        _log.Log.SetHighWatermark(new Offset(5));
        Assert.True(_log.Log.SetLogStartOffset(new Offset(2)));

        Assert.Equal(ReadStatus.OffsetOutOfRange, _log.View.Read(new Offset(1), 100, new Offset(5), true).Status);
        Assert.Equal(ReadStatus.OffsetOutOfRange, _log.View.Read(new Offset(6), 100, new Offset(9), true).Status);
        Assert.Equal(ReadStatus.Ok, _log.View.Read(new Offset(5), 100, new Offset(5), true).Status);
    }

    [Fact]
    public void A_large_first_batch_comes_only_when_asked_for()
    {
        _log.Append(1, valueSize: 1000);

        Assert.True(_log.View.Read(new Offset(0), 10, new Offset(1), atLeastOneBatch: false).Slice.IsEmpty);
        Assert.Equal(_log.ReadAll(0).Length, _log.View.Read(new Offset(0), 10, new Offset(1), atLeastOneBatch: true).Slice.Length);
    }

    [Fact]
    public void A_read_at_the_end_of_the_log_touches_no_file()
    {
        _log.Append(50);
        var opens = _log.Disk.Opens;
        _log.Disk.Fault = (operation, path) => operation == "read" ? new IOException("a file was read") : null;

        var result = _log.View.Read(new Offset(45), 150, new Offset(50), true);

        Assert.Equal(ReadStatus.Ok, result.Status);
        Assert.False(result.Slice.IsEmpty);
        Assert.Equal(opens, _log.Disk.Opens);
    }

    /// <summary>In the base offset, the length, the magic and the last offset's delta.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(11)]
    [InlineData(16)]
    [InlineData(26)]
    public void A_just_written_batch_with_a_broken_header_is_not_handed_on(int field)
    {
        _log.Append(5);
        var size = (int)_log.View.SizeInBytes / 5;
        Corrupt(content => content[(2 * size) + field] ^= 1);

        Assert.Equal(ReadStatus.Corrupt, Checked(2).Status);
        Assert.Equal(2 * size, Checked(0).Slice.Length);
        Assert.Equal(2 * size, Checked(3).Slice.Length);
    }

    [Fact]
    public void A_just_written_batch_that_the_file_has_lost_is_not_handed_on()
    {
        _log.Append(5);
        Corrupt(content => content.AsSpan().Clear());

        Assert.Equal(ReadStatus.Corrupt, Checked(0).Status);

        // Nor is the file held open for it.
        _log.Log.Close();
        Assert.Equal(0, _log.Disk.OpenFiles);
    }

    [Fact]
    public void A_view_from_before_a_truncation_hands_on_what_is_there_now()
    {
        _log.Append(5);
        var old = _log.View;
        _log.Log.TruncateTo(new Offset(2));
        _log.Append(Batches.Plain(3, valueSize: 70));

        var read = old.ReadChecked(new Offset(2), 1 << 20, new Offset(5), atLeastOneBatch: true);

        Assert.Equal((ReadStatus.Ok, 4L), (read.Status, LogFixture.LastOffset(read.Slice.ToArray())));
    }

    [Fact]
    public void A_slice_stays_readable_after_its_segment_was_deleted()
    {
        _log.Append(1);
        var slice = _log.View.Read(new Offset(0), 1000, new Offset(1), true).Slice;
        _log.Log.Roll();
        _log.Log.SetHighWatermark(new Offset(1));
        _log.Log.SetLogStartOffset(new Offset(1));
        Assert.Equal(1, _log.Log.ApplyRetention(_log.NowMs).Segments);
        _log.State.Deletions.RunDue(long.MaxValue);

        Assert.Equal(slice.Length, slice.ToArray().Length);
        var open = _log.Disk.OpenFiles;
        slice.Release();
        Assert.Equal(open - 1, _log.Disk.OpenFiles);
    }

    [Fact]
    public void An_old_view_says_that_a_deleted_segment_is_gone()
    {
        _log.Append(1);
        _log.Log.Roll();
        _log.Append(1);
        var old = _log.View;
        _log.Log.SetHighWatermark(new Offset(2));
        _log.Log.SetLogStartOffset(new Offset(1));
        _log.Log.ApplyRetention(_log.NowMs);
        _log.State.Deletions.RunDue(long.MaxValue);

        Assert.Equal(ReadStatus.OffsetOutOfRange, old.Read(new Offset(0), 1000, new Offset(1), true).Status);
    }

    [Fact]
    public void Idle_logs_hold_few_files_open()
    {
        var log = new LogFixture(new LogConfig { SegmentBytes = 500, IndexIntervalBytes = 100 }, maxOpenFiles: 3);
        log.Append(60, valueSize: 50);

        Assert.NotEmpty(log.ReadAll(0, maxBytes: 200));

        Assert.InRange(log.Disk.OpenFiles, 0, 3);
    }

    [Fact]
    public void The_largest_timestamp_is_found()
    {
        _log.Append(Batches.Plain(3, timestamp: 1000));
        _log.Append(Batches.Plain(3, timestamp: 5000));
        _log.Append(Batches.Plain(3, timestamp: 2000));

        Assert.Equal(new OffsetAtTime(new Offset(5), 5002, LogFixture.Epoch), _log.View.FindMaxTimestamp());
    }

    [Fact]
    public void An_empty_log_has_no_timestamps()
    {
        Assert.Null(_log.View.FindMaxTimestamp());
        Assert.Null(_log.View.FindOffsetForTimestamp(0));
    }

    [Fact]
    public void Epochs_end_where_the_next_one_starts()
    {
        _log.Log.Append(Batches.Plain(2), new LeaderEpoch(3), 0);
        _log.Log.Append(Batches.Plain(2), new LeaderEpoch(5), 0);

        Assert.Equal(new Offset(2), _log.View.EndOffsetForEpoch(new LeaderEpoch(3)).EndOffset);
        Assert.Equal(new Storage.Epochs.EpochEnd(new LeaderEpoch(3), new Offset(2)), _log.View.EndOffsetForEpoch(new LeaderEpoch(4)));
        Assert.Equal(new Offset(4), _log.View.EndOffsetForEpoch(new LeaderEpoch(5)).EndOffset);
        Assert.Equal(Storage.Epochs.EpochEnd.Unknown, _log.View.EndOffsetForEpoch(new LeaderEpoch(6)));
        Assert.Equal(new Storage.Epochs.EpochEnd(new LeaderEpoch(1), new Offset(0)), _log.View.EndOffsetForEpoch(new LeaderEpoch(1)));
    }

    private ReadResult Checked(long from) => _log.View.ReadChecked(new Offset(from), 1 << 20, _log.View.LogEndOffset, atLeastOneBatch: true);

    private void Corrupt(Action<byte[]> change)
    {
        var path = $"{_log.Directory}/00000000000000000000.log";
        var content = _log.Disk.Content(path);
        change(content);
        _log.Disk.Overwrite(path, content);
    }
}

public sealed class FollowerTests
{
    private readonly LogFixture _log = new();

    [Fact]
    public void Offsets_and_epochs_are_kept()
    {
        var batch = Batches.At(5, leaderEpoch: 3, records: 2);

        var result = _log.Log.AppendAsFollower(batch, 0);

        Assert.Equal((AppendStatus.Appended, 5L, 6L), (result.Status, result.FirstOffset.Value, result.LastOffset.Value));
        Assert.Equal(batch, _log.ReadAll(0));
        Assert.Equal(new LeaderEpoch(3), _log.View.LatestEpoch);
    }

    [Fact]
    public void Offsets_below_the_log_end_are_refused()
    {
        _log.Append(3);

        Assert.Equal(AppendStatus.InvalidBatches, _log.Log.AppendAsFollower(Batches.At(2, 3), 0).Status);
        Assert.Equal(3, _log.View.LogEndOffset.Value);
    }

    [Fact]
    public void An_empty_log_takes_the_batch_that_holds_the_offset_at_which_it_starts()
    {
        _log.Log.TruncateFullyAndStartAt(new Offset(7));

        Assert.Equal(AppendStatus.InvalidBatches, _log.Log.AppendAsFollower(Batches.At(0, leaderEpoch: 1, records: 7), 0).Status);
        Assert.Equal(AppendStatus.Appended, _log.Log.AppendAsFollower([Batches.At(0, leaderEpoch: 1, records: 20), Batches.At(20, leaderEpoch: 1, records: 2)], 0).Status);
        Assert.Equal(AppendStatus.InvalidBatches, _log.Log.AppendAsFollower(Batches.At(0, leaderEpoch: 1, records: 30), 0).Status);

        Assert.Equal((7L, 22L, 7L), (_log.View.LogStartOffset.Value, _log.View.LogEndOffset.Value, _log.View.HighWatermark.Value));
        Assert.Equal([.. Batches.At(0, leaderEpoch: 1, records: 20), .. Batches.At(20, leaderEpoch: 1, records: 2)], _log.ReadAll(7));
        _log.Reopen(new OpenState(false, _log.Log.RecoveryPoint, _log.View.LogStartOffset, _log.View.HighWatermark));
        Assert.Equal((7L, 22L), (_log.View.LogStartOffset.Value, _log.View.LogEndOffset.Value));
    }

    [Fact]
    public void An_offset_that_the_segment_cannot_hold_starts_a_new_one()
    {
        _log.Append(1);

        Assert.Equal(AppendStatus.Appended, _log.Log.AppendAsFollower(Batches.At(5_000_000_000, 3), 0).Status);

        Assert.Equal(2, _log.View.SegmentCount);
        Assert.Equal(5_000_000_001, _log.View.LogEndOffset.Value);
    }

    [Fact]
    public void Several_pieces_are_written_together()
    {
        byte[] first = Batches.At(0, leaderEpoch: 1, records: 2);
        byte[] second = Batches.At(2, leaderEpoch: 4, records: 3);

        var result = _log.Log.AppendAsFollower([first, second], 0);

        Assert.Equal((AppendStatus.Appended, 0L, 4L), (result.Status, result.FirstOffset.Value, result.LastOffset.Value));
        Assert.Equal([.. first, .. second], _log.ReadAll(0));
        Assert.Equal(new Offset(2), _log.View.EndOffsetForEpoch(new LeaderEpoch(1)).EndOffset);
    }

    [Fact]
    public void Pieces_before_a_refused_one_are_in_the_log()
    {
        byte[] first = Batches.At(0, leaderEpoch: 1, records: 2);

        var result = _log.Log.AppendAsFollower([first, first], 0);

        Assert.Equal(AppendStatus.InvalidBatches, result.Status);
        Assert.Equal(2, _log.View.LogEndOffset.Value);
        Assert.Equal(first, _log.ReadAll(0));
    }

    [Fact]
    public void An_epoch_that_wrote_nothing_goes_with_a_truncation_at_the_log_end()
    {
        _log.Log.AppendAsFollower(Batches.At(0, leaderEpoch: 1, records: 2), 0);
        _log.Log.AssignEpoch(new LeaderEpoch(3));

        _log.Log.TruncateTo(new Offset(2));
        _log.Log.AppendAsFollower(Batches.At(2, leaderEpoch: 1, records: 1), 0);

        Assert.Equal(new LeaderEpoch(1), _log.View.LatestEpoch);
        Assert.Equal(new LeaderEpoch(1), _log.View.LeaderEpochs.EpochOf(new Offset(0)));
    }

    [Fact]
    public void A_log_can_be_emptied_and_start_elsewhere()
    {
        _log.Append(3);

        _log.Log.TruncateFullyAndStartAt(new Offset(100));

        Assert.Equal(new Offset(100), _log.View.LogStartOffset);
        Assert.Equal(AppendStatus.Appended, _log.Log.AppendAsFollower(Batches.At(100, 9), 0).Status);
        _log.CloseAndReopen();
        Assert.Equal(101, _log.View.LogEndOffset.Value);
        Assert.Equal(new LeaderEpoch(9), _log.View.LatestEpoch);
    }
}
