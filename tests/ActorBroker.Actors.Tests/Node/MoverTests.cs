using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model.Options;
using ActorBroker.Protocol;
using ActorBroker.Storage;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Node;

public sealed class MoverTests
{
    [Theory]
    [InlineData("os")]
    [InlineData("group-commit")]
    public async Task A_replica_is_moved_while_it_is_written(string flushMode)
    {
        await using var node = TestNode.Start(TwoDirectories);
        var directories = Directories(node);
        var partition = await node.CreateTopic("t", ("segment.bytes", "5000"), ("flush.mode", flushMode));
        var appends = Enumerable.Range(0, 300).Select(i => TestAppend.Send(partition, $"v{i}")).ToList();
        await appends[20];

        var to = Other(directories, partition);
        Assert.Equal(ErrorCode.None, await directories.MoveAsync("t", 0, to));
        for (var i = 300; partition.DataDirectory != to; i++)
        {
            appends.Add(TestAppend.Send(partition, $"v{i}"));
            await appends[^1];
        }

        appends.Add(TestAppend.Send(partition, $"v{appends.Count}"));
        var outcomes = await Task.WhenAll(appends);
        Assert.All(outcomes, outcome => Assert.Equal(ErrorCode.None, outcome.Error));
        Assert.Equal(Enumerable.Range(0, appends.Count).Select(i => $"v{i}"), TestAppend.ReadAll(partition));
        Assert.Null(partition.Moving);
        Assert.True(Directory.Exists(Path.Combine(to, "t-0")));
    }

    [Fact]
    public async Task A_move_that_a_stop_interrupted_goes_on()
    {
        var node = TestNode.Start(TwoDirectories);
        var directories = Directories(node);
        var partition = await node.CreateTopic("t");
        await TestAppend.Send(partition, "a");
        var to = Other(directories, partition);
        Assert.NotNull(node.Logs.BeginMove(node.Logs.Find(partition.Id)!, to));

        node = await node.Restart(cleanly: true);
        await using var _ = node;
        await node.WhenServing("t");
        Directories(node);
        partition = node.Partitions.Find("t", 0)!;
        await Eventually.Holds(() => partition.DataDirectory == to);

        Assert.Equal(["a"], TestAppend.ReadAll(partition));
    }

    [Fact]
    public async Task Several_replicas_are_moved_at_once_and_share_the_rate()
    {
        await using var node = TestNode.Start(TwoDirectories);
        // A clock that stands still never gives credit: whoever copied once waits.
        var directories = Directories(node, new MoverOptions { Threads = 2, MaxBytesPerSecond = 1 }, new FrozenTime());
        var moved = new List<Partition>();
        for (var i = 0; i < 3; i++)
        {
            moved.Add(await node.CreateTopic($"t{i}"));
            await TestAppend.Send(moved[i], new string('v', 1000));
            await TestAppend.Send(moved[i], "behind");
            Assert.Equal(ErrorCode.None, await directories.MoveAsync($"t{i}", 0, Other(directories, moved[i])));
        }

        await Eventually.Holds(() => moved.Count(partition => partition.Moving is { SizeInBytes: > 0 }) == 2);
        Assert.All(moved, partition => Assert.Equal(2, TestAppend.ReadAll(partition).Count));

        // One that is deleted meanwhile makes room for the next.
        var deleted = moved.First(partition => partition.Moving is not null);
        var waiting = moved.Single(partition => partition.Moving is null);
        Assert.True((await node.Ask<DeleteTopicsReply>(new DeleteTopics([new TopicReference(deleted.Id.Topic, default)]))).Topics[0].Verdict.IsOk);
        Assert.Equal(ErrorCode.None, await directories.MoveAsync(waiting.Id.Topic, 0, Other(directories, waiting)));
        await Eventually.Holds(() => waiting.Moving is { SizeInBytes: > 0 });
        Assert.DoesNotContain(node.Logs.Directories, directory => directory.State.IsOffline);
    }

    [Fact]
    public async Task What_cannot_be_moved_is_refused_as_kafka_does()
    {
        await using var node = TestNode.Start(TwoDirectories);
        var directories = Directories(node);
        var partition = await node.CreateTopic("t");
        var to = Other(directories, partition);

        Assert.Equal(ErrorCode.LogDirNotFound, await directories.MoveAsync("t", 0, "/nowhere"));
        Assert.Equal(ErrorCode.ReplicaNotAvailable, await directories.MoveAsync("later", 0, directories.Paths[1]));
        Assert.Equal(directories.Paths[1], (await node.CreateTopic("later")).DataDirectory);
        Assert.Equal(ErrorCode.None, await directories.MoveAsync("t", 0, partition.DataDirectory!));
        node.Logs.Directories.Single(directory => directory.Path == to).State.MarkOffline(new IOException("broken"));
        Assert.Equal(ErrorCode.KafkaStorageError, await directories.MoveAsync("t", 0, to));
        Assert.True(directories.IsOffline(to));
    }

    private static LogManagerOptions TwoDirectories(LogManagerOptions options) =>
        options with { Directories = [.. new[] { "a", "b" }.Select(name => Path.Combine(options.Directories[0], name))] };

    private static DataDirectories Directories(TestNode node, MoverOptions? options = null, TimeProvider? time = null) => new(
        [.. node.Logs.Directories.Select(directory => directory.Path)],
        node.Logs,
        node.Part(Props.Create(() => new MoverActor(() => options ?? new MoverOptions(), node.Logs, node.Partitions, time ?? TimeProvider.System)), "mover"));

    private sealed class FrozenTime : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    private static string Other(DataDirectories directories, Partition partition) => directories.Paths.Single(path => path != partition.DataDirectory);
}
