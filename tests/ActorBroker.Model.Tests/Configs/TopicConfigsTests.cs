using ActorBroker.Model.Configs;

namespace ActorBroker.Model.Tests.Configs;

public sealed class TopicConfigsTests
{
    private static readonly Dictionary<string, string> None = [];

    [Theory]
    [InlineData("retention.ms", "-1", null)]
    [InlineData("retention.ms", "-2", "Invalid value -2 for configuration retention.ms: Value must be at least -1")]
    [InlineData("retention.ms", "soon", "Invalid value soon for configuration retention.ms: Not a number of type LONG")]
    [InlineData("segment.bytes", "3000000000", "Invalid value 3000000000 for configuration segment.bytes: Not a number of type INT")]
    [InlineData("min.cleanable.dirty.ratio", "1.5", "Invalid value 1.5 for configuration min.cleanable.dirty.ratio: Value must be no more than 1")]
    [InlineData("cleanup.policy", "compact, delete", null)]
    [InlineData("cleanup.policy", "shred", "Invalid value shred for configuration cleanup.policy: String must be one of: compact, delete")]
    [InlineData("compression.type", "none", "Invalid value none for configuration compression.type: String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer")]
    [InlineData("compression.gzip.level", "-1", null)]
    [InlineData("compression.gzip.level", "0", "Invalid value 0 for configuration compression.gzip.level: Value must be at least 1")]
    [InlineData("preallocate", "yes", "Invalid value yes for configuration preallocate: Expected value to be either true or false")]
    [InlineData("flush.mode", "group-commit", null)]
    [InlineData("retention.ms", null, "Invalid value null for configuration retention.ms: entry must not be null")]
    [InlineData("retension.ms", "1", "Unknown topic config name: retension.ms")]
    public void Values_are_checked_with_kafkas_words(string name, string? value, string? problem) => Assert.Equal(problem, TopicConfigs.Problem(name, value));

    [Fact]
    public void Settings_that_contradict_each_other_are_refused()
    {
        var lag = new Dictionary<string, string> { ["min.compaction.lag.ms"] = "10", ["max.compaction.lag.ms"] = "5" };
        var local = new Dictionary<string, string> { ["retention.ms"] = "10", ["local.retention.ms"] = "20" };

        Assert.Contains("min.compaction.lag.ms (10) > max.compaction.lag.ms (5)", TopicConfigs.Problem(lag, None));
        Assert.Contains("local.retention.ms", TopicConfigs.Problem(local, None));
        Assert.Null(TopicConfigs.Problem(new Dictionary<string, string> { ["local.retention.ms"] = "20" }, None));
    }

    [Fact]
    public void A_topics_own_setting_wins_over_the_brokers_which_wins_over_kafkas()
    {
        var overrides = new Dictionary<string, string> { ["retention.ms"] = "1" };
        var defaults = new Dictionary<string, string> { ["retention.ms"] = "2", ["segment.bytes"] = "100" };

        var config = TopicConfig.From(overrides, defaults);

        Assert.Equal(1, config.RetentionMs);
        Assert.Equal(100, config.SegmentBytes);
        Assert.Equal(604_800_000, config.SegmentMs);
    }

    [Fact]
    public void Flushing_by_time_or_count_is_interval_mode()
    {
        Assert.Equal(FlushMode.Os, TopicConfig.Default.FlushMode);
        Assert.Equal(FlushMode.Interval, Of("flush.messages", "10").FlushMode);
        Assert.Equal(long.MaxValue, Of("flush.messages", "10").FlushMs);
        Assert.Equal(1_000, Of("flush.mode", "interval").FlushMs);
        Assert.Equal(FlushMode.GroupCommit, Of("flush.mode", "group-commit").FlushMode);
    }

    [Fact]
    public void The_older_timestamp_limit_counts_for_both_directions()
    {
        var config = Of("message.timestamp.difference.max.ms", "5");

        Assert.Equal((5, 5), (config.MessageTimestampBeforeMaxMs, config.MessageTimestampAfterMaxMs));
    }

    [Fact]
    public void A_description_names_where_each_value_comes_from()
    {
        var all = DescribedConfig.OfTopic(new Dictionary<string, string> { ["retention.ms"] = "1" }, new Dictionary<string, string> { ["retention.ms"] = "2", ["segment.bytes"] = "100" }, new Dictionary<string, string> { ["segment.ms"] = "3" }, new Dictionary<string, string> { ["segment.ms"] = "4", ["retention.ms"] = "5" })
            .ToDictionary(config => config.Name);

        Assert.Equal(TopicConfigs.All.Count, all.Count);
        Assert.Equal(("1", ConfigSource.DynamicTopic), (all["retention.ms"].Value, all["retention.ms"].Source));
        Assert.Equal(
            [new("retention.ms", "1", ConfigSource.DynamicTopic), new("log.retention.ms", "5", ConfigSource.DynamicDefaultBroker), new("log.retention.ms", "2", ConfigSource.StaticBroker), new("log.retention.ms", "604800000", ConfigSource.Default)],
            all["retention.ms"].Synonyms);
        Assert.Equal(("100", ConfigSource.StaticBroker), (all["segment.bytes"].Value, all["segment.bytes"].Source));
        Assert.Equal(("3", ConfigSource.DynamicBroker), (all["segment.ms"].Value, all["segment.ms"].Source));
        Assert.Equal(ConfigSource.Default, all["flush.ms"].Source);
    }

    [KafkaFacts]
    public void Names_types_defaults_and_synonyms_are_kafkas()
    {
        var rows = KafkaFactsAttribute.Rows("topic-configs.tsv").ToList();

        Assert.Equal(rows.Select(row => row[0]).Append("flush.mode").Order(StringComparer.Ordinal), TopicConfigs.All.Select(config => config.Name));
        Assert.All(rows, row =>
        {
            var config = TopicConfigs.Find(row[0])!;
            Assert.Equal(row[1], config.Type.ToString().ToUpperInvariant());
            Assert.Equal(row[2], config.Default == "" ? "\"\"" : config.Default);
            Assert.Equal(row[5], string.Join(',', config.Synonyms.Select(synonym => synonym.Name + synonym.Factor switch { 60_000 => " (minutes to ms)", 3_600_000 => " (hours to ms)", _ => "" })));
        });
    }

    private static TopicConfig Of(string name, string value) => TopicConfig.From(new Dictionary<string, string> { [name] = value }, None);
}
