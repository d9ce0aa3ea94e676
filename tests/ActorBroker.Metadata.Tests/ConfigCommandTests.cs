using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

public sealed class ConfigCommandTests
{
    private static readonly ConfigResource Topic = ConfigResource.Topic("t");

    [Fact]
    public void Edits_set_and_delete_single_settings()
    {
        var image = Clusters.Of(1).After(Clusters.Create("t", 1, 1, ("retention.ms", "1"), ("cleanup.policy", "compact")), out _);

        var after = Edit(image, new ConfigEdit("retention.ms", ConfigOperation.Delete, null), out _);

        Assert.Equal(["cleanup.policy"], after.ConfigOf(Topic).Keys);
    }

    [Fact]
    public void Appending_starts_from_the_default()
    {
        var after = Edit(Clusters.Of(1).WithTopic("t"), new ConfigEdit("cleanup.policy", ConfigOperation.Append, "compact"), out _);

        Assert.Equal("delete,compact", after.ConfigOf(Topic)["cleanup.policy"]);
    }

    [Fact]
    public void Replacing_removes_what_is_not_named()
    {
        var image = Clusters.Of(1).After(Clusters.Create("t", 1, 1, ("cleanup.policy", "compact")), out _);
        var replace = new ResourceEdits(Topic, [new ConfigEdit("retention.ms", ConfigOperation.Set, "5")], Replace: true);

        var after = image.After(new AlterConfigs([replace], false), out _);

        Assert.Equal(["retention.ms"], after.ConfigOf(Topic).Keys);
    }

    [Theory]
    [InlineData("retention.ms", ConfigOperation.Set, "soon", MetadataError.InvalidConfig)]
    [InlineData("no.such", ConfigOperation.Set, "1", MetadataError.InvalidConfig)]
    [InlineData("retention.ms", ConfigOperation.Append, "1", MetadataError.InvalidConfig)]
    [InlineData("retention.ms", ConfigOperation.Set, null, MetadataError.InvalidRequest)]
    public void A_bad_edit_changes_nothing(string name, ConfigOperation operation, string? value, MetadataError expected)
    {
        var before = Clusters.Of(1).WithTopic("t");

        var after = Edit(before, new ConfigEdit(name, operation, value), out var verdict);

        Assert.Equal(expected, verdict.Error);
        Assert.Same(before, after);
    }

    [Fact]
    public void An_unknown_topic_has_no_settings_to_change()
    {
        Edit(Clusters.Of(1), new ConfigEdit("retention.ms", ConfigOperation.Set, "1"), out var verdict);

        Assert.Equal(MetadataError.UnknownTopic, verdict.Error);
    }

    private static ClusterImage Edit(ClusterImage image, ConfigEdit edit, out Verdict verdict)
    {
        var after = image.After(new AlterConfigs([new ResourceEdits(Topic, [edit], Replace: false)], false), out var reply);
        verdict = ((AlterConfigsReply)reply).Resources[0].Verdict;
        return after;
    }
}
