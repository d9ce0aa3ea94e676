using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Controller;

/// <summary>Journal and snapshots share a connection with heartbeats: no message of theirs is large.</summary>
public sealed class MessageSizeTests
{
    private const int MaxMessageBytes = 128 * 1024;

    [Fact]
    public async Task A_part_of_a_snapshot_fits_a_message()
    {
        var part = SnapshotDownload.Cut(new JournalPosition(new Offset(long.MaxValue), new ControllerEpoch(int.MaxValue)), new byte[10 * MaxMessageBytes], 0);

        Assert.True(await SizeOf(part) <= MaxMessageBytes);
        Assert.True(part.Bytes.Length > MaxMessageBytes / 2);
    }

    [Fact]
    public async Task Recent_batches_of_the_journal_fit_a_message()
    {
        var recent = new RecentBatches(QuorumJournal.RecentBytes);
        for (var offset = 0; offset < 400; offset++)
        {
            recent.Add(new JournalBatch(new ControllerEpoch(1), new Offset(offset), 1), new byte[1000], Offset.Zero);
        }

        var slice = recent.Read(Offset.Zero, new Offset(400), JournalReplicaActor.MessageBytes)!;

        Assert.True(await SizeOf(new JournalAppend(new ControllerEpoch(1), default, Offset.Zero, slice.Bytes)) <= MaxMessageBytes);
        Assert.True(slice.Bytes.Length > MaxMessageBytes / 2);
    }

    [Fact]
    public async Task Batches_that_are_read_from_the_disk_fit_a_message()
    {
        await using var quorum = GatedQuorum.Start(count: 1, change: setup => setup with { MaxEventsOfBatch = 10 });
        var replies = await Task.WhenAll(Enumerable.Range(1, 2000).Select(quorum.Register));
        Assert.All(replies, reply => Assert.IsType<BrokerRegistration>(reply));

        var slice = quorum.Journal.Read(Offset.Zero, new Offset(long.MaxValue), JournalReplicaActor.MessageBytes);

        Assert.True(await SizeOf(new JournalAppend(new ControllerEpoch(1), default, Offset.Zero, slice.Bytes)) <= MaxMessageBytes);
        Assert.True(slice.Batches[^1].NextOffset.Value < replies.Max(reply => reply.Version));
    }

    private static async Task<int> SizeOf(object message)
    {
        using var system = ActorSystem.Create("sizes");
        try
        {
            return new QuorumMessageSerializer((ExtendedActorSystem)system).ToBinary(message).Length;
        }
        finally
        {
            await system.Terminate();
        }
    }
}
