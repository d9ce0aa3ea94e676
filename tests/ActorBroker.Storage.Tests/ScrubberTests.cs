using ActorBroker.Model;
using ActorBroker.Storage.Tests.Fixtures;

namespace ActorBroker.Storage.Tests;

public sealed class ScrubberTests
{
    private readonly LogFixture _log = new(new LogConfig { IndexIntervalBytes = 100, FileDeleteDelayMs = 0 });
    private readonly LogScrubber _scrubber = new(BandwidthLimit.None);

    [Fact]
    public void A_healthy_log_is_read_whole()
    {
        _log.Append(10);
        _log.Log.Roll();
        _log.Append(5);

        var result = _scrubber.Scrub(_log.Log, default);

        Assert.Equal(_log.View.SizeInBytes, result.BytesChecked);
        Assert.Empty(result.Corrupt);
    }

    [Fact]
    public void A_flipped_bit_is_reported_with_its_place_and_not_served()
    {
        _log.Append(10);
        var size = (int)_log.View.SizeInBytes / 10;
        Corrupt(content => content[3 * size + 65] ^= 1);

        var range = Assert.Single(_scrubber.Scrub(_log.Log, default).Corrupt);

        Assert.Equal((3L * size, (long)size, 3L), (range.Position, range.Length, range.Offset.Value));
        Assert.EndsWith("00000000000000000000.log", range.File);
        Assert.Equal([range], _log.Log.CorruptRanges);
        Assert.Equal(ReadStatus.Corrupt, Read(3).Status);
        Assert.Equal(3 * size, Read(0).Slice.Length);
        Assert.Equal(6 * size, Read(4).Slice.Length);
    }

    [Fact]
    public void Damage_is_reported_once()
    {
        _log.Append(3);
        Corrupt(content => content[^1] ^= 1);

        _scrubber.Scrub(_log.Log, default);
        _scrubber.Scrub(_log.Log, default);

        Assert.Single(_log.Log.CorruptRanges);
    }

    [Fact]
    public void The_walk_goes_on_behind_a_destroyed_header()
    {
        _log.Append(10, valueSize: 200);
        var size = (int)_log.View.SizeInBytes / 10;
        Corrupt(content =>
        {
            content.AsSpan(2 * size, 61).Clear();
            content[7 * size + 70] ^= 1;
        });

        var found = _scrubber.Scrub(_log.Log, default).Corrupt;

        Assert.Equal([2, 7], found.Select(range => range.Offset.Value));
    }

    [Fact]
    public void Damage_is_forgotten_with_its_segment()
    {
        _log.Append(3);
        Corrupt(content => content[^1] ^= 1);
        _scrubber.Scrub(_log.Log, default);
        _log.Log.Roll();
        _log.Log.SetHighWatermark(new Offset(3));
        _log.Log.SetLogStartOffset(new Offset(3));

        _log.Log.ApplyRetention(_log.NowMs);

        Assert.Empty(_log.Log.CorruptRanges);
    }

    [Fact]
    public void The_rate_is_bounded()
    {
        var time = new ManualTime();
        var limit = new BandwidthLimit(bytesPerSecond: 1000, time);

        Assert.Equal(TimeSpan.Zero, limit.Charge(300));
        Assert.Equal(TimeSpan.FromSeconds(1), limit.Charge(1000));
        time.Now += TimeSpan.FromSeconds(10);
        Assert.Equal(TimeSpan.FromSeconds(0.7), limit.Charge(1000));
    }

    private ReadResult Read(long from) => _log.View.Read(new Offset(from), 1 << 20, _log.View.LogEndOffset, atLeastOneBatch: true);

    private void Corrupt(Action<byte[]> change)
    {
        var path = $"{_log.Directory}/00000000000000000000.log";
        var content = _log.Disk.Content(path);
        change(content);
        _log.Disk.Overwrite(path, content);
    }

    private sealed class ManualTime : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromHours(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
