using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Protocol;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Tests.Node;

public sealed class ScrubberTests
{
    [Fact]
    public async Task A_batch_that_rots_on_disk_is_reported_and_not_served()
    {
        await using var node = TestNode.Start();
        var partition = await node.CreateTopic("t");
        await TestAppend.Send(partition, "whole");
        var size = partition.SizeInBytes;
        await TestAppend.Send(partition, "rotten");
        var path = Path.Combine(partition.DataDirectory!, "t-0", "00000000000000000000.log");
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = file.Length - 2;
            var value = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(value ^ 1));
        }

        using var inbox = Inbox.Create(node.Actors);
        node.Actors.EventStream.Subscribe(inbox.Receiver, typeof(Error));
        var options = new ScrubOptions { IntervalMs = 1 };
        node.Part(Props.Create(() => new ScrubberActor(options, node.Logs, node.Metrics, node.Partitions)), "scrubber");

        var error = (Error)await inbox.ReceiveAsync(Eventually.Deadline);
        Assert.StartsWith($"t-0 is damaged: {path} at position {size}, {partition.SizeInBytes - size} bytes from offset 1 on: ", error.Message.ToString());
        var read = partition.Read(Offset.Zero, int.MaxValue, ReadIsolation.HighWatermark, true, LeaderEpoch.Unknown);
        Assert.Equal(size, read.Records!.Size);
        read.Records.Release();
        Assert.Equal(ErrorCode.KafkaStorageError, partition.Read(new Offset(1), int.MaxValue, ReadIsolation.HighWatermark, true, LeaderEpoch.Unknown).Error);
    }
}
