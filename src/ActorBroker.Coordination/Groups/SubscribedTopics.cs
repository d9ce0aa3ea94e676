using System.Buffers.Binary;
using System.Text;

namespace ActorBroker.Coordination.Groups;

/// <summary>
/// Reads the topics out of a consumer's subscription, the only part of the members' metadata that a coordinator looks into.
/// Layout (ConsumerProtocolSubscription, all versions): int16 version, int32 count, then per topic int16 length and UTF-8 bytes.
/// </summary>
internal static class SubscribedTopics
{
    /// <summary>Adds the topics to <paramref name="topics"/>; false when the bytes are not a subscription.</summary>
    public static bool TryAddTo(HashSet<string> topics, ReadOnlySpan<byte> subscription)
    {
        if (subscription.Length < 6 || BinaryPrimitives.ReadInt16BigEndian(subscription) < 0)
        {
            return false;
        }

        var count = BinaryPrimitives.ReadInt32BigEndian(subscription[2..]);
        var rest = subscription[6..];
        if (count < 0 || count > rest.Length / 2)
        {
            return false;
        }

        for (var i = 0; i < count; i++)
        {
            if (rest.Length < 2)
            {
                return false;
            }

            var length = BinaryPrimitives.ReadInt16BigEndian(rest);
            if (length < 0 || length > rest.Length - 2)
            {
                return false;
            }

            topics.Add(Encoding.UTF8.GetString(rest.Slice(2, length)));
            rest = rest[(2 + length)..];
        }

        return true;
    }
}
