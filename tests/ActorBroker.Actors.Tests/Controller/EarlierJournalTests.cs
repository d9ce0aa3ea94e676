using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Model;

namespace ActorBroker.Actors.Tests.Controller;

/// <summary>
/// A data directory from before the controller was a persistent actor (<c>Fixtures/journal-0.1</c>, written by one node: four topics created, the second deleted again;
/// a snapshot at offset 12 and records after it).
/// </summary>
public sealed class EarlierJournalTests
{
    [Fact]
    public async Task A_directory_of_an_earlier_version_is_recovered_and_goes_on()
    {
        await using var quorum = GatedQuorum.Over(Copy());

        var registered = Assert.IsType<BrokerRegistration>(await quorum.Register(9));

        Assert.True(await quorum.Cluster.WhenAsync(image => image.Brokers.ContainsKey(new NodeId(9)), Eventually.Deadline, TimeProvider.System));
        var image = quorum.Cluster.Image;
        Assert.Equal(["old-1", "old-3", "old-4"], image.Topics.Values.Select(topic => topic.Name).Order());
        Assert.Equal(2, image.Topics.Values.Single(topic => topic.Name == "old-1").Partitions.Count);
        Assert.Equal("86400000", image.ConfigOf(ConfigResource.Topic("old-1"))["retention.ms"]);
        Assert.Equal([1, 9], image.Brokers.Keys.Select(broker => broker.Value).Order());
        // Up to 16 there was what is in the directory; then this controller's own first batch.
        Assert.True(registered.Version > 17);
    }

    [Fact]
    public void The_directory_is_one_with_a_snapshot_and_records_after_it()
    {
        var journal = Path.Combine(Fixture, "__cluster_metadata-0");

        Assert.NotEmpty(Directory.GetFiles(journal, "*.checkpoint"));
        Assert.True(new FileInfo(Directory.GetFiles(journal, "*.log").Single()).Length > 0);
    }

    private static string Fixture => Path.Combine(Checkout.Root, "tests", "ActorBroker.Actors.Tests", "Controller", "Fixtures", "journal-0.1");

    private static DirectoryInfo Copy()
    {
        var copy = Scratch.Create("earlier-journal-");
        foreach (var file in Directory.GetFiles(Fixture, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy.FullName, Path.GetRelativePath(Fixture, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        return copy;
    }
}
