using Akka.Configuration;

namespace Akka.Tests.Configuration;

public sealed class ConfigTests
{
    private static Config Parse(string hocon) => ConfigurationFactory.ParseString(hocon);

    [Fact]
    public void Typed_readers_convert()
    {
        var config = Parse("i = -5, x = 0xff, l = 9223372036854775807, d = 2.5, f = 1e3, m = 1.1, y = yes, n = off, s = text, list = [1, 2], nan = NaN");

        Assert.Equal(-5, config.GetInt("i"));
        Assert.Equal(255, config.GetInt("x"));
        Assert.Equal(long.MaxValue, config.GetLong("l"));
        Assert.Equal(2.5, config.GetDouble("d"));
        Assert.Equal(1000f, config.GetFloat("f"));
        Assert.Equal(1.1m, config.GetDecimal("m", 0));
        Assert.True(config.GetBoolean("y"));
        Assert.False(config.GetBoolean("n", true));
        Assert.Equal("text", config.GetString("s"));
        Assert.Equal([1L, 2L], config.GetLongList("list"));
        Assert.Equal(["1", "2"], config.GetStringList("list"));
        Assert.Equal([(byte)1, (byte)2], config.GetByteList("list"));
    }

    [Theory]
    [InlineData("10", 10)]
    [InlineData("10ms", 10)]
    [InlineData("1.5 s", 1_500)]
    [InlineData("2 minutes", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("7 days", 604_800_000)]
    [InlineData("2w", 1_209_600_000)]
    [InlineData("250us", 0.25)]
    [InlineData("infinite", -1)]
    public void Durations_have_units(string text, double milliseconds) =>
        Assert.Equal(milliseconds, Parse($"a = {text}").GetTimeSpan("a").TotalMilliseconds);

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
    public void Sizes_have_units(string text, long bytes) => Assert.Equal(bytes, Parse($"a = {text}").GetByteSize("a"));

    [Theory]
    [InlineData("a = ten", "a: hocon:1:1: expected a whole number of 32 bits, found \"ten\".")]
    [InlineData("a = 3000000000", "a: hocon:1:1: expected a whole number of 32 bits, found \"3000000000\".")]
    [InlineData("\n a { }", "a: hocon:2:2: expected a whole number, found an object.")]
    [InlineData("a = [1]", "a: hocon:1:1: expected a whole number, found a list.")]
    public void A_value_of_another_type_is_an_error_with_its_place(string hocon, string expected) =>
        Assert.Equal(expected, Assert.Throws<ConfigurationException>(() => Parse(hocon).GetInt("a")).Message);

    [Fact]
    public void Huge_durations_and_sizes_are_errors()
    {
        Assert.Throws<ConfigurationException>(() => Parse("a = 99999999999999999999999 days").GetTimeSpan("a"));
        Assert.Throws<ConfigurationException>(() => Parse("a = 99999999999 TiB").GetByteSize("a"));
    }

    [Fact]
    public void What_is_missing_has_the_given_default()
    {
        Assert.Equal(3, Config.Empty.GetInt("a", 3));
        Assert.Null(Config.Empty.GetString("a"));
        Assert.Null(Config.Empty.GetByteSize("a"));
        Assert.Null(Config.Empty.GetConfig("a"));
        Assert.Empty(Config.Empty.GetStringList("a"));
        Assert.Equal(TimeSpan.FromSeconds(1), Config.Empty.GetTimeSpan("a", TimeSpan.FromSeconds(1)));
        Assert.True(Config.Empty.IsEmpty);
    }

    [Fact]
    public void A_fallback_answers_for_what_is_missing_and_objects_merge()
    {
        var config = Parse("a { x = 1 }").WithFallback(Parse("a { x = 2, y = 2 }, b = 2")).WithFallback(Parse("a.z = 3, b = 3, c = 3"));

        Assert.Equal(1, config.GetInt("a.x"));
        Assert.Equal(2, config.GetInt("a.y"));
        Assert.Equal(3, config.GetInt("a.z"));
        Assert.Equal(2, config.GetInt("b"));
        Assert.Equal(3, config.GetInt("c"));
        var section = config.GetConfig("a")!;
        Assert.Equal([("x", 1), ("y", 2), ("z", 3)], section.AsEnumerable().Select(item => (item.Key, item.Value.GetInt())).Order());
        Assert.Equal(["a", "b", "c"], config.AsEnumerable().Select(item => item.Key).Order());
    }

    [Fact]
    public void Null_hides_a_fallback() => Assert.False(Parse("a = null").WithFallback(Parse("a = 1")).HasPath("a"));

    [Fact]
    public void Plus_and_conversion_take_text()
    {
        Config config = "a = 1";

        Assert.Equal(2, (config + "b = 2").GetInt("b"));
        Assert.Equal(1, ("b = 2" + config).GetInt("a"));
        Assert.Same(config, ((Config?)null).SafeWithFallback(config));
        Assert.True(((Config?)null).IsNullOrEmpty());
    }

    [Fact]
    public void Objects_become_sections()
    {
        var config = ConfigurationFactory.FromObject(new { akka = new { loglevel = "INFO", timeout = TimeSpan.FromSeconds(2), seeds = new[] { "a", "b" } } });

        Assert.Equal("INFO", config.GetString("akka.loglevel"));
        Assert.Equal(TimeSpan.FromSeconds(2), config.GetTimeSpan("akka.timeout"));
        Assert.Equal(["a", "b"], config.GetStringList("akka.seeds"));
    }
}
