using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Tests.Hosting;

public sealed class ReplicaMovesTests : IAsyncLifetime
{
    private const string Topic = "moved";

    private readonly RunningNode node = new() { SubDirectories = ["a", "b"] };

    public Task InitializeAsync() => node.InitializeAsync();

    public Task DisposeAsync() => node.DisposeAsync();

    [Fact]
    public async Task A_replica_is_moved_to_another_data_directory()
    {
        BrokerCalls.CreateTopic(node.EndPoint, Topic, 1, new Dictionary<string, string>());
        using var connection = new WireConnection(node.EndPoint, 30_000);
        connection.Call<ProduceResponse>(BrokerCalls.Produce(Topic, 0, TestBatch.Build([[1], [2]], -1, -1, -1, 1), acks: 1), BrokerCalls.ProduceVersion);
        var from = Assert.Single(Where());
        var to = node.SubDirectories.Select(name => Path.Combine(node.DataDirectory, name)).Single(path => path != from.Path);
        Assert.Equal((0L, false), (from.OffsetLag, from.IsFuture));

        Assert.Equal([ErrorCode.LogDirNotFound], Move("/nowhere", 0));
        Assert.Equal([ErrorCode.None, ErrorCode.ReplicaNotAvailable], Move(to, 0, 7));

        await Eventually.Holds(() => Where() is [var only] && only.Path == to);

        Assert.Equal([(0L, (byte)1), (1L, (byte)2)], BrokerCalls.ReadToEnd(connection, Topic, 0, 0).Select(record => (record.Offset, record.Value[0])));

        IEnumerable<ErrorCode> Move(string path, params int[] partitions)
        {
            var request = new AlterReplicaLogDirsRequest { Dirs = [new() { Path = path, Topics = [new() { Name = Topic, Partitions = [.. partitions] }] }] };
            return connection.Call<AlterReplicaLogDirsResponse>(request, 2).Results.Single().Partitions.Select(partition => partition.ErrorCode);
        }

        List<(string Path, long OffsetLag, bool IsFuture)> Where() =>
        [
            .. connection.Call<DescribeLogDirsResponse>(new DescribeLogDirsRequest { Topics = null }, 4).Results
                .SelectMany(directory => directory.Topics.Where(topic => topic.Name == Topic).SelectMany(topic => topic.Partitions)
                    .Select(partition => (directory.LogDir, partition.OffsetLag, partition.IsFutureKey))),
        ];
    }
}
