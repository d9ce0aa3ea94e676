using System.Collections.Immutable;
using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Storage;

namespace ActorBroker.Actors.Tests.Controller;

public sealed class EarlierReplicasTests : IDisposable
{
    private static readonly NodeId Self = new(1);
    private static readonly NodeId Other = new(2);
    private static readonly TopicId Known = TopicId.NewRandom();
    private static readonly TopicPartition First = new("t", 0);

    private readonly DirectoryInfo directory = Scratch.Create("earlier-replicas-test-");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public void The_records_of_the_journal_on_disk_tell_which_replicas_were_there()
    {
        var earlier = AfterJournal([new ProducerIdsAllocated(Self, new(1), 9), new TopicCreated(Known, "t"), Created(0, Self), Created(1, Other)], First, new("t", 1), new("t", 7));

        Assert.True(earlier.Had(Known, First, before: 3));
        Assert.False(earlier.Had(Known, First, before: 2));
        Assert.False(earlier.Had(Known, new("t", 1), before: 9)); // another node's
        Assert.False(earlier.Had(Known, new("t", 7), before: 9)); // nobody's
        Assert.False(earlier.Had(TopicId.NewRandom(), First, before: 9));
    }

    [Fact]
    public void A_replica_that_the_journal_on_disk_gave_up_before_its_end_is_not_known()
    {
        var moved = new PartitionChanged(Known, 0, Replicas: [Other]);
        MetadataEvent[] created = [new TopicCreated(Known, "t"), Created(0, Self)];

        Assert.False(AfterJournal([.. created, moved], First).Had(Known, First, before: 9));
        Assert.False(AfterJournal([.. created, new TopicDeleted(Known)], First).Had(Known, First, before: 9));
        Assert.True(AfterJournal([.. created, moved, new PartitionChanged(Known, 0, Replicas: [Other, Self])], First).Had(Known, First, before: 9));
    }

    [Fact]
    public void A_snapshot_tells_what_its_journal_has_no_records_of_any_more()
    {
        var image = Image(Created(0, Self), Created(1, Other));
        using (var before = OpenLogs())
        {
            var position = new JournalPosition(new Offset(image.Version), new ControllerEpoch(1));
            MetadataJournal.Open(before, Self, TimeProvider.System).StoreSnapshot(position, null, MetadataSnapshot.Encode(image, position, null, 0));
            before.GetOrCreate(First, Known, LogConfig.Default);
            before.GetOrCreate(new("t", 1), Known, LogConfig.Default);
        }

        using var logs = OpenLogs();
        var earlier = MetadataJournal.Open(logs, Self, TimeProvider.System).Earlier;

        Assert.True(earlier.Had(Known, First, image.Version + 1));
        Assert.False(earlier.Had(Known, new("t", 1), image.Version + 1));
    }

    [Fact]
    public void An_image_tells_of_logs_that_were_replicas_of_this_node_and_of_no_others()
    {
        using var logs = OpenLogs(First, new("t", 1), new("t", 7));
        var earlier = EarlierReplicas.Of(logs, Self);
        Assert.True(earlier.WantsOwn);

        var version = NoteImage(earlier, Image(Created(0, Self), Created(1, Other), Created(2, Self)));

        Assert.False(earlier.WantsOwn);
        Assert.True(earlier.Had(Known, First, version + 1));
        Assert.False(earlier.Had(Known, First, version)); // the same version says nothing
        Assert.False(earlier.Had(Known, new("t", 1), version + 1));
        Assert.False(earlier.Had(Known, new("t", 2), version + 1)); // no log
        Assert.False(earlier.Had(Known, new("t", 7), version + 1));
    }

    [Fact]
    public void A_log_that_was_copied_to_the_name_of_another_topic_is_not_known()
    {
        using var logs = OpenLogs(First, new("copy", 0));
        var earlier = EarlierReplicas.Of(logs, Self);

        var version = NoteImage(earlier, Image(Created(0, Self)));

        Assert.True(earlier.Had(Known, First, version + 1));
        Assert.False(earlier.Had(Known, new("copy", 0), version + 1));
    }

    [Fact]
    public void Changes_that_were_missed_tell_of_replicas_that_came_and_went()
    {
        using var logs = OpenLogs(First, new("t", 1), new("t", 2));
        var earlier = EarlierReplicas.Of(logs, Self);
        earlier.EndOwn(5);

        earlier.NoteMissed(new TopicCreated(Known, "t"), 5);
        earlier.NoteMissed(Created(0, Self), 6);
        earlier.NoteMissed(Created(1, Other), 7);
        earlier.NoteMissed(Created(2, Other), 8);
        earlier.NoteMissed(new PartitionChanged(Known, 2, Replicas: [Other, Self]), 9);
        earlier.NoteMissed(new PartitionChanged(Known, 2, Replicas: [Other]), 10);
        earlier.NoteMissed(new TopicDeleted(Known), 11);

        Assert.True(earlier.Had(Known, First, before: 12));
        Assert.False(earlier.Had(Known, new("t", 1), before: 12));
        Assert.True(earlier.Had(Known, new("t", 2), before: 12));
    }

    [Fact]
    public void Changes_that_the_disk_told_already_do_not_count_again_as_missed()
    {
        using var logs = OpenLogs(First);
        var earlier = EarlierReplicas.Of(logs, Self);
        MetadataEvent[] changes = [new TopicCreated(Known, "t"), Created(0, Self), new TopicDeleted(Known)];
        for (var i = 0; i < changes.Length; i++)
        {
            earlier.NoteOwn(changes[i], i);
        }

        earlier.EndOwn(changes.Length);
        for (var i = 0; i < changes.Length; i++)
        {
            earlier.NoteMissed(changes[i], i);
        }

        Assert.False(earlier.Had(Known, First, before: 9));
    }

    [Fact]
    public void A_node_without_any_metadata_of_its_own_knows_nothing()
    {
        using var logs = OpenLogs(First);
        var earlier = EarlierReplicas.Of(logs, Self);
        NoteImage(earlier, ClusterImage.Empty);

        earlier.NoteMissed(new TopicCreated(Known, "t"), 0);
        earlier.NoteMissed(Created(0, Self), 1);
        earlier.NoteMissed(new TopicDeleted(Known), 2);

        Assert.False(earlier.Had(Known, First, before: 3));
    }

    private static PartitionCreated Created(int index, NodeId replica) =>
        new(Known, new PartitionImage(index, [replica], [replica], replica, new LeaderEpoch(0), new PartitionEpoch(0)));

    private static ClusterImage Image(params ImmutableArray<PartitionCreated> partitions) =>
        partitions.Aggregate(ClusterImage.Empty.Apply(new TopicCreated(Known, "t")), (image, created) => image.Apply(created));

    private static long NoteImage(EarlierReplicas earlier, ClusterImage image)
    {
        earlier.NoteOwn(image);
        earlier.EndOwn(image.Version);
        return image.Version;
    }

    /// <summary>Of a node with these logs, whose journal holds these changes when it starts.</summary>
    private EarlierReplicas AfterJournal(MetadataEvent[] changes, params TopicPartition[] partitions)
    {
        foreach (var old in directory.GetDirectories())
        {
            old.Delete(recursive: true);
        }

        using (var before = OpenLogs(partitions))
        {
            var journal = MetadataJournal.Open(before, Self, TimeProvider.System);
            Assert.False(journal.Earlier.Had(Known, First, before: long.MaxValue));
            journal.Write(JournalRecords.OfEvents(Offset.Zero, new ControllerEpoch(1), changes, 0));
            journal.Flush();
        }

        using var logs = OpenLogs();
        return MetadataJournal.Open(logs, Self, TimeProvider.System).Earlier;
    }

    private LogManager OpenLogs(params TopicPartition[] partitions)
    {
        var logs = LogManager.Open(new LogManagerOptions { Directories = [directory.FullName], NodeId = Self, ConfigOf = _ => LogConfig.Default });
        foreach (var partition in partitions)
        {
            logs.GetOrCreate(partition, Known, LogConfig.Default);
        }

        return logs;
    }
}
