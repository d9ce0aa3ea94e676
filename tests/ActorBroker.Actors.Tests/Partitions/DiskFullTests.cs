using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Storage;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Partitions;

public sealed class DiskFullTests
{
    private readonly DiskSpace disk = new();

    [Fact]
    public async Task Appends_are_refused_below_the_reserve_while_everything_else_goes_on()
    {
        await using var node = TestNode.Start(WithReserve);
        var partition = await node.CreateTopic("t", ("segment.bytes", "200"), ("retention.bytes", "0"));
        await TestAppend.Send(partition, "a");
        await TestAppend.Send(partition, "b");

        disk.FreeBytes = 999;
        Tick(node);
        var refused = await TestAppend.Send(partition, "c");
        Assert.Equal(ErrorCode.KafkaStorageError, refused.Error);
        Assert.Contains("is full: less than the reserve of 1000 bytes is free", refused.Message);
        Assert.Equal(["a", "b"], TestAppend.ReadAll(partition));
        Assert.Equal(new DeletedRecords(ErrorCode.None, new Offset(1)), await partition.DeleteRecordsAsync(new Offset(1)));
        partition.Replica.Tell(ReplicaActor.Maintain.Instance);
        Assert.Equal(2, (await partition.DeleteRecordsAsync(new Offset(2))).LowWatermark.Value);
        Assert.Equal(0, partition.SizeInBytes);
        await node.CreateTopic("other");
        Assert.True((await node.Ask<DeleteTopicsReply>(new DeleteTopics([new TopicReference("other", default)]))).Topics[0].Verdict.IsOk);

        disk.FreeBytes = 2000;
        Tick(node);
        Assert.Equal(2, (await TestAppend.Send(partition, "d")).BaseOffset);
    }

    [Fact]
    public async Task A_node_starts_on_a_full_disk_and_takes_appends_when_there_is_room()
    {
        var node = TestNode.Start(WithReserve);
        await TestAppend.Send(await node.CreateTopic("t"), "kept");
        disk.FreeBytes = 0;

        node = await node.Restart(cleanly: false);
        await using var _ = node;
        await node.WhenServing("t");
        var partition = node.Partitions.Find("t", 0)!;
        Assert.Equal(["kept"], TestAppend.ReadAll(partition));
        Assert.Equal(ErrorCode.KafkaStorageError, (await TestAppend.Send(partition, "refused")).Error);
        await node.CreateTopic("metadata-is-still-written");

        disk.FreeBytes = 2000;
        Tick(node);
        Assert.Equal(1, (await TestAppend.Send(partition, "accepted")).BaseOffset);
    }

    [Fact]
    public async Task A_replica_that_finds_no_room_for_its_files_is_opened_later()
    {
        await using var node = TestNode.Start(WithReserve);
        disk.RefusesFiles = true;
        var partition = await node.CreateTopic("t");
        Assert.False(partition.IsServing);
        Assert.Equal(ErrorCode.KafkaStorageError, (await TestAppend.Send(partition, "refused")).Error);

        disk.RefusesFiles = false;
        await Eventually.Holds(() => partition.IsServing && partition.Failure is null);
        Assert.Equal(0, (await TestAppend.Send(partition, "accepted")).BaseOffset);
    }

    [Fact]
    public async Task Offset_commits_go_on_until_the_disk_itself_refuses()
    {
        await using var node = TestNode.Start(WithReserve);
        var offsets = await node.CreateTopic(TopicName.ConsumerOffsets, ("cleanup.policy", "compact"));
        var other = await node.CreateTopic("t");

        disk.FreeBytes = 999;
        Tick(node);

        Assert.Equal(ErrorCode.KafkaStorageError, (await TestAppend.Send(other, "refused")).Error);
        Assert.Equal(ErrorCode.None, (await TestAppend.Send(offsets, "committed")).Error);
        offsets.Replica.Tell(new ReplicaActor.Configure(offsets.Config));
        Assert.Equal(ErrorCode.None, (await TestAppend.Send(offsets, "committed")).Error);
    }

    private LogManagerOptions WithReserve(LogManagerOptions options) => options with { FileSystem = disk, MinFreeBytes = 1000 };

    private static void Tick(TestNode node) => node.Logs.Tick(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
}
