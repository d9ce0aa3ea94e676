using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Protocol;
using ActorBroker.Records;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Streams;

/// <summary>Bits that flip in real files of one replica, and the other replicas that have them whole.</summary>
public sealed class RepairTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_the_scrubber_finds_is_repaired_on_the_leader_and_on_a_follower(int damaged)
    {
        await using var cluster = await Filled();
        Flip(cluster, damaged, offset: 1);

        await Scrub(cluster[damaged]);

        await Eventually.Holds(() => cluster[damaged].Repaired == 1);
        await cluster.HasOnAll("a", "b", "c");
        Assert.Equal(File.ReadAllBytes(LogOf(cluster, 3)), File.ReadAllBytes(LogOf(cluster, damaged)));
    }

    [Fact]
    public async Task Replicas_of_shards_are_repaired_by_each_other()
    {
        await using var cluster = await Filled(sharded: settings => settings);
        Flip(cluster, 1, offset: 1);

        await Scrub(cluster[1]);

        await Eventually.Holds(() => cluster[1].Repaired == 1);
        await cluster.HasOnAll("a", "b", "c");
    }

    [Fact]
    public async Task A_read_that_meets_damage_has_it_repaired_and_is_served_then()
    {
        await using var cluster = await Filled();
        var leader = cluster[1].Partition;
        leader.Log!.Roll();
        Overwrite(cluster, 1, bytes => bytes.AsSpan(PositionOf(bytes, 1), 61).Clear());

        var first = leader.Read(new Offset(1), int.MaxValue, ReadIsolation.HighWatermark, true, LeaderEpoch.Unknown);

        Assert.Equal(ErrorCode.KafkaStorageError, first.Error);
        await Eventually.Holds(() => cluster[1].Repaired == 1);
        await cluster.HasOnAll("a", "b", "c");
    }

    /// <summary>Where batches lie that were just written is known without a look at the file. The length is broken, as in the file of a disk that wrote
    /// something else. Readers get what is in front, and come to the broken batch with their next read.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_read_of_a_just_written_segment_that_meets_damage_has_it_repaired_and_is_served_then(int damaged)
    {
        await using var cluster = await Filled();
        var leader = cluster[1].Partition;
        Overwrite(cluster, 1, bytes => bytes.AsSpan(PositionOf(bytes, damaged) + RecordBatch.BatchLengthAt, sizeof(int)).Fill(0xff));
        for (var offset = 0; offset < damaged; offset++)
        {
            var whole = leader.Read(new Offset(offset), int.MaxValue, ReadIsolation.HighWatermark, true, LeaderEpoch.Unknown);
            Assert.Equal(ErrorCode.None, whole.Error);
            Assert.Equal(PositionOf(File.ReadAllBytes(LogOf(cluster, 3)), damaged) - PositionOf(File.ReadAllBytes(LogOf(cluster, 3)), offset), whole.Records!.Size);
            whole.Records.Release();
        }

        var first = leader.Read(new Offset(damaged), int.MaxValue, ReadIsolation.HighWatermark, true, LeaderEpoch.Unknown);

        Assert.Equal(ErrorCode.KafkaStorageError, first.Error);
        await Eventually.Holds(() => cluster[1].Repaired == 1);
        await cluster.HasOnAll("a", "b", "c");
        Assert.Equal(File.ReadAllBytes(LogOf(cluster, 3)), File.ReadAllBytes(LogOf(cluster, 1)));
    }

    [Fact]
    public async Task A_leader_that_feeds_a_follower_from_disk_repairs_what_it_meets()
    {
        await using var cluster = await Filled();
        Flip(cluster, 1, offset: 1);
        var lost = Path.GetDirectoryName(LogOf(cluster, 3))!;
        await cluster.Kill(3);
        Directory.Delete(lost, recursive: true);

        cluster.Start(3);

        await Eventually.Holds(() => cluster[1].Repaired == 1);
        await cluster.HasOnAll("a", "b", "c");
    }

    [Fact]
    public async Task What_is_damaged_on_one_other_is_taken_from_the_third()
    {
        await using var cluster = await Filled();
        Flip(cluster, 1, offset: 1);
        Flip(cluster, 2, offset: 1);

        await Scrub(cluster[1]);

        await Eventually.Holds(() => cluster[1].Repaired == 1);
        Assert.Equal(["a", "b", "c"], TestAppend.ReadAll(cluster[1].Partition));
    }

    [Fact]
    public async Task What_nobody_has_whole_stays_damaged_and_is_not_served()
    {
        await using var cluster = await Filled();
        foreach (var node in (int[])[1, 2, 3])
        {
            Flip(cluster, node, offset: 1);
        }

        await Scrub(cluster[1]);

        await Eventually.Holds(() => cluster[1].Unrepaired == 1);
        Assert.Equal(ErrorCode.KafkaStorageError, cluster[1].Partition.Read(new Offset(1), int.MaxValue, ReadIsolation.HighWatermark, true, LeaderEpoch.Unknown).Error);
        Assert.Single(cluster[1].Partition.Log!.CorruptRanges);
    }

    private static async Task<ReplicaCluster> Filled(Func<ReplicaSettings, ReplicaSettings>? sharded = null)
    {
        var cluster = new ReplicaCluster(3, sharded);
        foreach (var value in (string[])["a", "b", "c"])
        {
            await TestAppend.Send(cluster[1].Partition, value);
        }

        await cluster.HasOnAll("a", "b", "c");
        return cluster;
    }

    private static Task Scrub(ReplicaNode node)
    {
        var (logs, metrics, partitions) = (node.Logs, node.Metrics, node.Partitions);
        var options = new ScrubOptions { IntervalMs = 1 };
        return node.Parts.Ask<IActorRef>(new NodeActor.Start(Props.Create(() => new ScrubberActor(options, logs, metrics, partitions)), "scrubber"));
    }

    private static void Flip(ReplicaCluster cluster, int node, long offset) => Overwrite(cluster, node, bytes => bytes[PositionOf(bytes, offset) + 65] ^= 1);

    private static int PositionOf(ReadOnlySpan<byte> bytes, long offset)
    {
        var entries = new BatchEntries(bytes);
        while (entries.MoveNext())
        {
            if (entries.Current.LastOffset >= offset)
            {
                return entries.CurrentPosition;
            }
        }

        throw new ArgumentException($"offset {offset} is not in the file");
    }

    private static void Overwrite(ReplicaCluster cluster, int node, Action<byte[]> change)
    {
        using var file = new FileStream(LogOf(cluster, node), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        change(bytes);
        file.Position = 0;
        file.Write(bytes);
    }

    private static string LogOf(ReplicaCluster cluster, int node) => Path.Combine(cluster[node].Directory.FullName, "t-0", "00000000000000000000.log");
}
