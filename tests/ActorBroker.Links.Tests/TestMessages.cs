using ActorBroker.Model;
using ActorBroker.Replication;

namespace ActorBroker.Links.Tests;

/// <summary>Numbered messages: the partition says who sent it, the offset its number.</summary>
internal static class TestMessages
{
    private static readonly TopicId Topic = new(new Guid("11111111-2222-3333-4444-555555555555"));
    private static readonly StreamKey Key = new(new(3), new(1), new(10), new(2), new(20), 5);

    /// <summary>A small message that goes the way of pushes.</summary>
    public static TruncateMessage Small(int sender, long number) => new(new TopicIdPartition(Topic, sender), new Truncate(Key, new Offset(number), false));

    /// <summary>A small message that goes the way of answers.</summary>
    public static PushAckMessage Answer(int sender, long number) =>
        new(new TopicIdPartition(Topic, sender), new PushAck(Key, new Offset(number), new Offset(0), PushVerdict.Written));

    public static PushMessage Push(int sender, long number, PushPayload payload) => new(
        new TopicIdPartition(Topic, sender),
        new Push(Key, new Offset(number), new Offset(number + 1), new(2), new(3), new(1), new(0), payload.Bytes.Length, true),
        payload);

    public static long NumberOf(LinkMessage message) => message switch
    {
        TruncateMessage small => small.Truncate.To.Value,
        PushAckMessage answer => answer.Ack.LogEndOffset.Value,
        PushMessage push => push.Push.From.Value,
        _ => throw new ArgumentException($"{message.GetType().Name} has no number"),
    };

    /// <summary>What the payload of a push has to be.</summary>
    public static byte[] Contents(int sender, long number, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = ContentAt(sender, number, i);
        }

        return bytes;
    }

    public static bool HasItsContents(PushMessage push)
    {
        var (sender, number) = (push.Partition.Partition, push.Push.From.Value);
        var bytes = push.Payload!.Bytes.Span;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != ContentAt(sender, number, i))
            {
                return false;
            }
        }

        return true;
    }

    private static byte ContentAt(int sender, long number, int at) => (byte)((sender * 7) + (number * 13) + (at * 31) + (at >> 8));
}
