using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Storage;

namespace ActorBroker.Actors.Tests.Controller;

public sealed class EarlierTopicsTests : IDisposable
{
    private static readonly TopicId Known = TopicId.NewRandom();

    private readonly DirectoryInfo directory = Scratch.Create("earlier-topics-test-");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public void The_records_of_the_journal_on_disk_tell_which_topics_were_there()
    {
        using (var before = OpenLogs())
        {
            before.GetOrCreate(new TopicPartition("t", 0), Known, LogConfig.Default);
            var journal = MetadataJournal.Open(before, new(1), TimeProvider.System);
            Assert.False(journal.Earlier.Had(Known, before: long.MaxValue));
            journal.Write(JournalRecords.OfEvents(Offset.Zero, new ControllerEpoch(1), [new ProducerIdsAllocated(new(1), new(1), 9), new TopicCreated(Known, "t")], 0));
            journal.Flush();
        }

        using var logs = OpenLogs();
        var earlier = MetadataJournal.Open(logs, new(1), TimeProvider.System).Earlier;

        Assert.True(earlier.Had(Known, before: 2));
        Assert.False(earlier.Had(Known, before: 1));
        Assert.False(earlier.Had(TopicId.NewRandom(), before: 2));
    }

    [Fact]
    public void An_image_tells_of_topics_that_have_logs_here_and_of_no_others()
    {
        var other = TopicId.NewRandom();
        using var logs = OpenLogs();
        logs.GetOrCreate(new TopicPartition("t", 0), Known, LogConfig.Default);
        var earlier = EarlierTopics.Of(logs);
        Assert.False(earlier.IsComplete);

        earlier.Note(ClusterImage.Empty.Apply(new TopicCreated(Known, "t")).Apply(new TopicCreated(other, "u")));

        Assert.True(earlier.IsComplete);
        Assert.True(earlier.Had(Known, before: 3));
        Assert.False(earlier.Had(Known, before: 2)); // the same version says nothing
        Assert.False(earlier.Had(other, before: 3));
    }

    [Fact]
    public void A_deletion_that_was_missed_tells_that_the_topic_was_there()
    {
        using var logs = OpenLogs();
        logs.GetOrCreate(new TopicPartition("t", 0), Known, LogConfig.Default);
        var earlier = EarlierTopics.Of(logs);

        earlier.Note(new TopicDeleted(Known), version: 7);

        Assert.True(earlier.Had(Known, before: 8));
    }

    private LogManager OpenLogs() => LogManager.Open(new LogManagerOptions { Directories = [directory.FullName], NodeId = new(1), ConfigOf = _ => LogConfig.Default });
}
