using ActorBroker.Model;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

public sealed class FaultTests
{
    private readonly LogFixture _log = new();

    [Fact]
    public void A_full_disk_refuses_the_append_and_leaves_no_trace()
    {
        _log.Append(3);
        var before = _log.Disk.Content(LogPath);
        _log.Disk.FreeBytes = 10;

        var result = _log.Append(Batches.Plain());

        Assert.Equal(AppendStatus.DiskFull, result.Status);
        Assert.Equal(before, _log.Disk.Content(LogPath));
        Assert.False(_log.State.IsOffline);
        _log.Disk.FreeBytes = long.MaxValue;
        Assert.Equal(3, _log.Append(Batches.Plain()).FirstOffset.Value);
    }

    [Fact]
    public void A_full_disk_refuses_all_appends_of_a_gathered_write()
    {
        var results = new AppendResult[2];
        _log.Append(1);
        _log.Disk.FreeBytes = 10;

        _log.Log.Append([new AppendRequest(Batches.Plain()), new AppendRequest(Batches.Plain())], results, LogFixture.Epoch, 0);

        Assert.All(results, result => Assert.Equal(AppendStatus.DiskFull, result.Status));
        Assert.Equal(1, _log.View.LogEndOffset.Value);
    }

    [Fact]
    public void A_write_error_takes_the_directory_offline_once()
    {
        var failures = 0;
        _log.State.WentOffline += (_, _) => failures++;
        _log.Append(1);
        _log.Disk.Fault = (operation, _) => operation == "write" ? new IOException("broken") : null;

        Assert.Equal(AppendStatus.StorageError, _log.Append(Batches.Plain()).Status);
        _log.Disk.Fault = null;

        Assert.Equal(AppendStatus.StorageError, _log.Append(Batches.Plain()).Status);
        Assert.True(_log.State.IsOffline);
        Assert.Equal(1, failures);
        Assert.Throws<DirectoryOfflineException>(() => _log.Log.Roll());
    }

    [Fact]
    public void A_failed_sync_is_not_tried_again()
    {
        _log.Append(1);
        _log.Disk.Fault = (operation, _) => operation == "fsync" ? new IOException("broken") : null;

        Assert.Throws<DirectoryOfflineException>(() => _log.Log.Flush());
        _log.Disk.Fault = null;

        Assert.Throws<DirectoryOfflineException>(() => _log.Log.Flush());
        Assert.Equal(0, _log.Log.RecoveryPoint.Value);
    }

    [Fact]
    public void Old_records_are_still_read_from_an_offline_directory()
    {
        _log.Append(1);
        _log.State.MarkOffline(new IOException("broken"));

        Assert.NotEmpty(_log.ReadAll(0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(61)]
    [InlineData(70)]
    public void A_torn_tail_is_cut_and_reported(int keptBytes)
    {
        _log.Append(2);
        var content = _log.Disk.Content(LogPath);
        var batch = content.Length / 2;
        _log.Disk.Overwrite(LogPath, content[..(batch + keptBytes)]);

        _log.Reopen(default);

        Assert.Equal(1, _log.View.LogEndOffset.Value);
        Assert.NotNull(_log.Report);
        Assert.Equal(keptBytes, _log.Report.CutBytes);
        Assert.Equal(1, _log.Report.CutFrom.Value);
        Assert.NotNull(_log.Report.Reason);
        Assert.Equal(batch, _log.Disk.Content(LogPath).Length);
        Assert.Equal(1, _log.Append(Batches.Plain()).FirstOffset.Value);
    }

    [Fact]
    public void A_flipped_bit_beyond_the_recovery_point_cuts_the_log_there()
    {
        _log.Append(3);
        var content = _log.Disk.Content(LogPath);
        content[content.Length / 3 + 65] ^= 1;
        _log.Disk.Overwrite(LogPath, content);

        _log.Reopen(default);

        Assert.Equal(1, _log.View.LogEndOffset.Value);
        Assert.Contains("checksum", _log.Report!.Reason);
    }

    [Fact]
    public void What_was_flushed_is_not_read_again()
    {
        _log.Append(3);
        var point = _log.Log.Flush();

        _log.Reopen(new OpenState(false, point, default, default));

        Assert.Equal(3, _log.View.LogEndOffset.Value);
        Assert.Equal(0, _log.Report?.ScannedBytes ?? 0);
    }

    [Fact]
    public void A_torn_segment_takes_the_segments_behind_it_along()
    {
        _log.Append(2);
        _log.Log.Roll();
        _log.Append(2);
        var content = _log.Disk.Content(LogPath);
        _log.Disk.Overwrite(LogPath, content[..^1]);

        _log.Reopen(default);

        Assert.Equal(1, _log.View.LogEndOffset.Value);
        Assert.Equal(1, _log.View.SegmentCount);
        Assert.DoesNotContain(_log.Disk.Paths, path => path.EndsWith("00000000000000000002.log"));
    }

    [Fact]
    public void Zeros_behind_the_last_batch_are_cut()
    {
        _log.Append(1);
        var content = _log.Disk.Content(LogPath);
        _log.Disk.Overwrite(LogPath, [.. content, .. new byte[4096]]);

        _log.Reopen(default);

        Assert.Equal(1, _log.View.LogEndOffset.Value);
        Assert.Equal(4096, _log.Report!.CutBytes);
    }

    [Theory]
    [InlineData(".index")]
    [InlineData(".timeindex")]
    public void A_corrupt_index_is_made_again(string suffix)
    {
        var log = new LogFixture(new LogConfig { IndexIntervalBytes = 100 });
        log.Append(20, valueSize: 50);
        log.Log.Close();
        var end = log.View.LogEndOffset;
        var path = log.Disk.Paths.Single(path => path.EndsWith(suffix));
        log.Disk.Overwrite(path, new byte[log.Disk.Content(path).Length]);

        log.Reopen(new OpenState(false, end, default, end));

        Assert.Equal(end, log.View.LogEndOffset);
        Assert.Equal(log.ReadAll(0), log.Disk.Content($"{log.Directory}/00000000000000000000.log"));
        Assert.Equal(new Offset(0), log.View.FindOffsetForTimestamp(1000)!.Value.Offset);
    }

    [Fact]
    public void Missing_indexes_are_made_again_after_a_clean_shutdown()
    {
        var log = new LogFixture(new LogConfig { IndexIntervalBytes = 100 });
        log.Append(20, valueSize: 50);
        log.Log.Roll();
        log.Append(1);
        log.Log.Close();
        foreach (var path in log.Disk.Paths.Where(path => path.EndsWith("index")).ToList())
            log.Disk.DeleteFile(path);

        log.Reopen(new OpenState(true, new Offset(21), default, default));

        Assert.Equal(2, log.Report!.RebuiltIndexes);
        Assert.Equal(21, log.View.LogEndOffset.Value);
        Assert.True(log.View.Content.OffsetIndexOf(0).Count > 0);
    }

    [Fact]
    public void A_lost_epoch_file_is_made_again_from_the_batches()
    {
        _log.Append(2);
        _log.Log.Append(Batches.Plain(), new LeaderEpoch(4), 0);
        _log.Log.Close();
        _log.Disk.DeleteFile($"{_log.Directory}/leader-epoch-checkpoint");

        _log.Reopen(new OpenState(true, new Offset(3), default, default));

        Assert.Equal(new LeaderEpoch(4), _log.View.LatestEpoch);
        Assert.Equal(2, _log.View.EndOffsetForEpoch(new LeaderEpoch(1)).EndOffset.Value);
    }

    [Fact]
    public void A_corrupt_batch_is_not_served()
    {
        _log.Append(5);
        _log.CloseAndReopen();
        var content = _log.Disk.Content(LogPath);
        content.AsSpan(content.Length / 5, 61).Clear();
        _log.Disk.Overwrite(LogPath, content);

        Assert.Equal(ReadStatus.Corrupt, _log.View.Read(new Offset(2), 1000, new Offset(5), true).Status);
    }

    private string LogPath => $"{_log.Directory}/00000000000000000000.log";
}
