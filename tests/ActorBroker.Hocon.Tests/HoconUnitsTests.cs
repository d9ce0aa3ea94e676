namespace ActorBroker.Hocon.Tests;

public sealed class HoconUnitsTests
{
    [Theory]
    [InlineData("10", 10)]
    [InlineData("10ms", 10)]
    [InlineData("1.5 s", 1_500)]
    [InlineData("2 minutes", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("7 days", 604_800_000)]
    [InlineData("2w", 1_209_600_000)]
    [InlineData("250us", 0.25)]
    [InlineData("-1", -1)]
    public void Durations_have_units(string text, double milliseconds)
    {
        Assert.True(HoconUnits.TryDuration(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("10", 10)]
    [InlineData("10B", 10)]
    [InlineData("64k", 65_536)]
    [InlineData("64KiB", 65_536)]
    [InlineData("64 kB", 64_000)]
    [InlineData("1.5m", 1_572_864)]
    [InlineData("1GiB", 1_073_741_824)]
    [InlineData("1 GB", 1_000_000_000)]
    [InlineData("-1", -1)]
    public void Sizes_have_units(string text, long expected)
    {
        Assert.True(HoconUnits.TryBytes(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("99999999999999999999999 days")]
    [InlineData("3 parsecs")]
    [InlineData("ten")]
    [InlineData("")]
    public void What_is_no_duration_or_too_long_is_refused(string text) => Assert.False(HoconUnits.TryDuration(text, out _));

    [Theory]
    [InlineData("99999999999 TiB")]
    [InlineData("3 stones")]
    [InlineData("1e3")]
    [InlineData("")]
    public void What_is_no_size_or_too_large_is_refused(string text) => Assert.False(HoconUnits.TryBytes(text, out _));
}
