using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Records;
using ActorBroker.Storage.Compaction;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

public sealed class RepairTests
{
    private readonly LogFixture _log = new(new LogConfig { IndexIntervalBytes = 100, FileDeleteDelayMs = 0 });
    private readonly LogFixture _other = new(new LogConfig { IndexIntervalBytes = 100, FileDeleteDelayMs = 0 });

    [Fact]
    public void A_flipped_bit_is_repaired_with_another_replicas_bytes_and_served_again()
    {
        var size = AppendToBoth(10);
        var before = _log.ReadAll(0);
        Damage(content => content[3 * size + 65] ^= 1);
        var span = Assert.Single(_log.Log.FindDamage());
        Assert.Equal((3L * size, size, 3L, 4L), (span.Position, span.Length, span.From.Value, span.Until.Value));

        var problem = _log.Log.TryRepair(span, Bytes(span));

        Assert.Null(problem);
        Assert.Empty(_log.Log.CorruptRanges);
        Assert.Equal(before, _log.ReadAll(0));
        Assert.Empty(new LogScrubber(BandwidthLimit.None).Scrub(_log.Log, default).Corrupt);
    }

    [Fact]
    public void A_repair_survives_a_power_failure()
    {
        var size = AppendToBoth(10);
        _log.Log.Flush();
        var before = _log.ReadAll(0);
        Damage(content => content[3 * size + 65] ^= 1);
        var span = Assert.Single(_log.Log.FindDamage());
        Assert.Null(_log.Log.TryRepair(span, Bytes(span)));

        _log.Disk.LosePower();
        _log.Reopen(new OpenState(false, _log.Log.RecoveryPoint, Offset.Zero, new Offset(10)));

        Assert.Equal(before, _log.ReadAll(0));
    }

    /// <summary>The batch length is part of what is damaged: where the following batches begin is then known from the index only.</summary>
    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(16)]
    [InlineData(0)]
    [InlineData(23)]
    public void Damage_in_any_field_of_a_header_is_repaired(int field)
    {
        var size = AppendToBoth(10);
        var before = _log.ReadAll(0);
        Damage(content =>
        {
            content[4 * size + field] ^= 0x15;
            content[4 * size + 70] ^= 1;
        });

        foreach (var span in _log.Log.FindDamage())
            Assert.Null(_log.Log.TryRepair(span, Bytes(span)));

        Assert.Empty(_log.Log.CorruptRanges);
        Assert.Equal(before, _log.ReadAll(0));
    }

    /// <summary>No checksum covers it, but memory still knows the offsets of what was just written.</summary>
    [Fact]
    public void A_flipped_bit_in_the_base_offset_of_a_just_written_batch_is_repaired()
    {
        var size = AppendToBoth(10);
        var before = _log.ReadAll(0);
        Damage(content =>
        {
            content[4 * size + 7] ^= 1;
            content[5 * size + 7] ^= 2;
        });
        var span = Assert.Single(_log.Log.FindDamage());
        Assert.Equal((4L * size, 2 * size, 4L, 6L), (span.Position, span.Length, span.From.Value, span.Until.Value));

        Assert.Null(_log.Log.TryRepair(span, Bytes(span)));

        Assert.Empty(_log.Log.CorruptRanges);
        Assert.Equal(before, _log.ReadAll(0));
    }

    [Fact]
    public void Each_place_of_damage_is_repaired_for_itself_in_closed_segments_too()
    {
        var size = AppendToBoth(10);
        _log.Log.Roll();
        AppendToBoth(10);
        var before = _log.ReadAll(0);
        Damage(content =>
        {
            content.AsSpan(2 * size, 61).Clear();
            content[7 * size + 70] ^= 1;
        });
        Damage(content => content[^1] ^= 1, segment: 10);
        var spans = _log.Log.FindDamage();
        Assert.Equal(3, spans.Count);

        foreach (var span in spans)
            Assert.Null(_log.Log.TryRepair(span, Bytes(span)));

        Assert.Equal(before, _log.ReadAll(0));
    }

    [Fact]
    public void Bytes_of_another_length_are_refused()
    {
        var size = AppendToBoth(5);
        Damage(content => content[2 * size + 65] ^= 1);
        var span = Assert.Single(_log.Log.FindDamage());

        Assert.NotNull(_log.Log.TryRepair(span, _other.ReadAll(0)));
        Assert.NotNull(_log.Log.TryRepair(span, default));

        Assert.Single(_log.Log.CorruptRanges);
    }

    [Fact]
    public void Bytes_that_are_damaged_themselves_are_refused()
    {
        var size = AppendToBoth(5);
        Damage(content => content[2 * size + 65] ^= 1);
        var span = Assert.Single(_log.Log.FindDamage());
        var bytes = Bytes(span);
        bytes[^1] ^= 1;

        Assert.Contains("checksum", _log.Log.TryRepair(span, bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_of_other_offsets_or_another_leader_epoch_is_refused()
    {
        var size = AppendToBoth(5);
        Damage(content => content[2 * size + 65] ^= 1);
        var span = Assert.Single(_log.Log.FindDamage());

        Assert.Contains("offsets 3 to 3", _log.Log.TryRepair(span, Batches.At(3, 1)), StringComparison.Ordinal);
        Assert.Contains("leader epoch 7", _log.Log.TryRepair(span, Batches.At(2, 7)), StringComparison.Ordinal);
        Assert.Single(_log.Log.CorruptRanges);
    }

    /// <summary>A replica that was compacted otherwise can have as many bytes there by chance. Where the index says that a batch begins, one has to.</summary>
    [Fact]
    public void Batches_that_begin_where_none_began_are_refused()
    {
        var (first, second) = (Batches.Plain(1, 100), Batches.Plain(1, 300));
        for (var i = 0; i < 4; i++)
        {
            _log.Append(first);
            _log.Append(second);
        }
        _log.Log.Roll();
        var pair = first.Length + second.Length;
        var whole = _log.ReadEntries();
        Damage(content => content.AsSpan(2 * pair, pair).Clear());
        var span = Assert.Single(_log.Log.FindDamage());

        byte[] swapped = [.. Batches.At(4, 1, 1, 300), .. Batches.At(5, 1, 1, 100), .. whole.AsSpan(3 * pair, span.Length - pair)];

        Assert.NotNull(_log.Log.TryRepair(span, swapped));
    }

    /// <summary>The other replica has dropped a record of the damaged batch: its bytes are not what was here. A batch that both have whole is the same.</summary>
    [Fact]
    public void Of_a_replica_that_was_compacted_only_what_it_has_unchanged_is_taken()
    {
        var compact = new LogConfig { CleanupPolicy = CleanupPolicy.Compact, MinCleanableDirtyRatio = 0, SegmentMs = 1L << 40, RetentionMs = -1 };
        var (log, other) = (new LogFixture(compact), new LogFixture(compact));
        foreach (var fixture in (LogFixture[])[log, other])
        {
            fixture.Append(Batches.Keyed(1000, ("a", "1"), ("b", "1")));
            fixture.Append(Batches.Keyed(1000, ("c", "1")));
            fixture.Append(Batches.Keyed(1000, ("a", "2")));
            fixture.Log.Roll();
            fixture.Append(Batches.Keyed(1000, ("x", "1")));
            fixture.Log.SetHighWatermark(fixture.View.LogEndOffset);
        }
        var job = other.Log.TryBeginCompaction(new CompactionLimits(), other.NowMs)!;
        job.Run(default);
        Assert.Equal(1, other.Log.CompleteCompaction(job)!.Value.RecordsDropped);
        var path = $"{log.Directory}/00000000000000000000.log";
        var content = log.Disk.Content(path);
        Assert.True(RecordBatchView.TryRead(content, out var first, out _));
        content[65] ^= 1;
        content[first.SizeInBytes + 65] ^= 1;
        log.Disk.Overwrite(path, content);
        new LogScrubber(BandwidthLimit.None).Scrub(log.Log, default);
        // Neighbours are one span: each is told by itself when the other is whole.
        var span = Assert.Single(log.Log.FindDamage());

        Assert.Contains("bytes", log.Log.TryRepair(span, other.Log.ReadWhole(span.From, span.Until, span.Length)), StringComparison.Ordinal);

        content[65] ^= 1;
        log.Disk.Overwrite(path, content);
        log.Log.ForgetCorrupt(span.Segment, 0, 1);
        span = Assert.Single(log.Log.FindDamage());
        Assert.Null(log.Log.TryRepair(span, other.Log.ReadWhole(span.From, span.Until, span.Length)));
    }

    [Fact]
    public void A_replica_that_is_damaged_at_the_same_place_gives_nothing()
    {
        var size = AppendToBoth(5);
        var path = $"{_other.Directory}/00000000000000000000.log";
        var content = _other.Disk.Content(path);
        content[2 * size + 65] ^= 1;
        _other.Disk.Overwrite(path, content);

        Assert.Empty(_other.Log.ReadWhole(new Offset(2), new Offset(3), 1 << 20));
        Assert.NotEmpty(_other.Log.ReadWhole(new Offset(3), new Offset(4), 1 << 20));
    }

    [Fact]
    public void What_is_asked_for_is_read_across_segments()
    {
        AppendToBoth(3);
        _other.Log.Roll();
        AppendToBoth(3);

        Assert.Equal(_log.ReadAll(0), _other.Log.ReadWhole(Offset.Zero, new Offset(6), 1 << 20));
    }

    [Fact]
    public void Damage_is_forgotten_with_what_is_truncated()
    {
        var size = AppendToBoth(5);
        Damage(content => content[3 * size + 65] ^= 1);

        _log.Log.TruncateTo(new Offset(3));
        _log.Append(2);

        Assert.Empty(_log.Log.CorruptRanges);
        Assert.Equal(5 * size, _log.ReadAll(0).Length);
    }

    [Fact]
    public void A_read_that_meets_damage_can_have_its_segment_looked_at()
    {
        var size = AppendToBoth(5);
        _log.Log.Roll();
        AppendToBoth(5);
        Corrupt(content => content[3 * size + 65] ^= 1, 0);
        Corrupt(content => content[^1] ^= 1, 5);

        var range = Assert.Single(new LogScrubber(BandwidthLimit.None).ScrubAt(_log.Log, new Offset(2), default).Corrupt);

        Assert.Equal(3, range.Offset.Value);
    }

    private byte[] Bytes(DamagedSpan span) => _other.Log.ReadWhole(span.From, span.Until, span.Length);

    /// <returns>Bytes of one batch.</returns>
    private int AppendToBoth(int count)
    {
        var before = _log.View.SizeInBytes;
        _log.Append(count);
        _other.Append(count);
        return (int)(_log.View.SizeInBytes - before) / count;
    }

    private void Damage(Action<byte[]> change, long segment = 0)
    {
        Corrupt(change, segment);
        Assert.NotEmpty(new LogScrubber(BandwidthLimit.None).Scrub(_log.Log, default).Corrupt);
    }

    private void Corrupt(Action<byte[]> change, long segment)
    {
        var path = $"{_log.Directory}/{segment:D20}.log";
        var content = _log.Disk.Content(path);
        change(content);
        _log.Disk.Overwrite(path, content);
    }
}
