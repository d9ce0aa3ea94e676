using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Records;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Tests.Controller;

public sealed class ImageFileTests : IAsyncLifetime
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private static readonly ClusterImage Image = ClusterImage.Empty
        .Apply(new TopicCreated(TopicId.NewRandom(), "orders"))
        .Apply(new ConfigChanged(ConfigResource.Topic("orders"), "retention.ms", "7"))
        .Apply(new ProducerIdsAllocated(new(1), new(5), 1000));

    private readonly DirectoryInfo directory = Scratch.Create("image-file-test-");
    private readonly ActorSystem system = ActorSystem.Create("images");
    private readonly Clock clock = new();

    private string Images => Path.Combine(directory.FullName, "cluster-image");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await system.Terminate();
        directory.Delete(recursive: true);
    }

    [Fact]
    public void A_node_without_a_file_starts_with_an_empty_image() => Assert.Equal(ClusterImage.Empty, Load());

    [Fact]
    public void An_image_that_was_stored_is_there_after_a_restart()
    {
        Store(Image);

        Same(Image, Load());
    }

    [Fact]
    public void A_newer_image_takes_the_place_of_an_older_one()
    {
        var newer = Image.Apply(new TopicCreated(TopicId.NewRandom(), "payments"));

        Store(Image);
        Store(newer);

        Same(newer, Load());
        Assert.Single(Directory.GetFiles(Images));
    }

    [Fact]
    public void Images_that_follow_each_other_soon_are_not_stored_each()
    {
        using var logs = OpenLogs();
        var file = ImageFile.Open(logs, clock, Interval, out _);
        file.MaybeStore(Image, system.Log);
        var newer = Image.Apply(new TopicCreated(TopicId.NewRandom(), "payments"));

        clock.Now += Interval - TimeSpan.FromMilliseconds(1);
        file.MaybeStore(newer, system.Log);
        Same(Image, Load(logs));

        clock.Now += TimeSpan.FromMilliseconds(1);
        file.MaybeStore(newer, system.Log);
        Same(newer, Load(logs));
    }

    [Fact]
    public void The_last_image_of_a_node_that_stops_is_stored_however_soon_it_follows()
    {
        using var logs = OpenLogs();
        var file = ImageFile.Open(logs, clock, Interval, out _);
        file.MaybeStore(Image, system.Log);
        var newer = Image.Apply(new TopicCreated(TopicId.NewRandom(), "payments"));

        file.StoreLast(newer, system.Log);

        Same(newer, Load(logs));
    }

    [Fact]
    public void A_file_that_is_cut_anywhere_between_its_batches_or_in_them_is_deleted_and_nothing_of_it_believed()
    {
        Store(Image);
        var path = Directory.GetFiles(Images).Single();
        var whole = File.ReadAllBytes(path);

        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Equal(ClusterImage.Empty, Load());
            Assert.Empty(Directory.GetFiles(Images));
        }
    }

    [Fact]
    public void A_file_with_a_flipped_bit_is_deleted_and_nothing_of_it_believed()
    {
        Store(Image);
        var path = Directory.GetFiles(Images).Single();
        var whole = File.ReadAllBytes(path);

        foreach (var at in RecordsOf(whole))
        {
            var bytes = whole.ToArray();
            bytes[at] ^= 0x10;
            File.WriteAllBytes(path, bytes);
            Assert.Equal(ClusterImage.Empty, Load());
        }
    }

    [Fact]
    public void What_a_crash_left_half_written_is_removed()
    {
        Store(Image);
        var part = Path.Combine(Images, "00000000000000000099-0000000000.checkpoint.part");
        File.WriteAllText(part, "half");

        Same(Image, Load());
        Assert.False(File.Exists(part));
    }

    [Theory]
    [InlineData(2u, 2u, 0u)] // a frame of the future
    [InlineData(1u, 999u, 0u)] // a record of the future
    [InlineData(1u, 2u, 99u)] // a version of the future of a record that is known
    public void A_file_of_a_version_that_is_not_known_is_not_believed(uint frame, uint type, uint version)
    {
        Store(Image);
        var path = Directory.GetFiles(Images).Single();
        using var value = new ProtocolWriter();
        value.WriteUVarint(frame);
        value.WriteUVarint(type);
        value.WriteUVarint(version);
        using var builder = new RecordBatchBuilder(new BatchProperties { BaseOffset = 1 });
        builder.Append(0, default, value.ToArray());
        var header = JournalRecords.OfControl(Offset.Zero, ControllerEpoch.None, 0, (ControlRecordType.SnapshotHeader, new SnapshotHeaderRecord()));
        var footer = JournalRecords.OfControl(new(2), ControllerEpoch.None, 0, (ControlRecordType.SnapshotFooter, new SnapshotFooterRecord()));
        File.WriteAllBytes(path, [.. header, .. builder.BuildArray(), .. footer]);

        Assert.Equal(ClusterImage.Empty, Load());
        Assert.Empty(Directory.GetFiles(Images));
    }

    private static void Same(ClusterImage expected, ClusterImage actual)
    {
        Assert.Equal(expected.Version, actual.Version);
        Assert.Equal(ImageEvents.Of(expected), ImageEvents.Of(actual));
    }

    /// <summary>The positions that a batch's CRC covers.</summary>
    private static IEnumerable<int> RecordsOf(byte[] bytes)
    {
        const int sizeAt = 8;
        const int coveredFrom = 21;
        for (var start = 0; start < bytes.Length;)
        {
            var end = start + 12 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(start + sizeAt));
            for (var at = start + coveredFrom; at < end; at++)
            {
                yield return at;
            }

            start = end;
        }
    }

    private void Store(ClusterImage image)
    {
        using var logs = OpenLogs();
        ImageFile.Open(logs, clock, Interval, out _).MaybeStore(image, system.Log);
        clock.Now += Interval;
    }

    private ClusterImage Load()
    {
        using var logs = OpenLogs();
        return Load(logs);
    }

    private ClusterImage Load(LogManager logs)
    {
        ImageFile.Open(logs, clock, Interval, out var image);
        return image;
    }

    private LogManager OpenLogs() => LogManager.Open(new LogManagerOptions { Directories = [directory.FullName], NodeId = new(1), ConfigOf = _ => LogConfig.Default });

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch + TimeSpan.FromDays(20_000);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Now.UtcTicks;
    }
}
