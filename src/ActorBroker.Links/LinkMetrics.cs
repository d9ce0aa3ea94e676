using System.Diagnostics.Metrics;

namespace ActorBroker.Links;

/// <summary>The meter <c>ActorBroker.Links</c>.</summary>
internal static class LinkMetrics
{
    private static readonly Meter Meter = new("ActorBroker.Links");
    private static readonly Counter<long> SentBytes = Meter.CreateCounter<long>("actorbroker.links.sent", "By", "Written to links");
    private static readonly Counter<long> SentMessages = Meter.CreateCounter<long>("actorbroker.links.messages.sent", "{message}", "Messages written to links");
    private static readonly Counter<long> ReceivedBytes = Meter.CreateCounter<long>("actorbroker.links.received", "By", "Read from links");
    private static readonly Counter<long> BrokenLinks = Meter.CreateCounter<long>("actorbroker.links.broken", "{link}", "Links that were there and broke");
    private static readonly Counter<long> RefusedLinks = Meter.CreateCounter<long>("actorbroker.links.refused", "{link}", "Connections that one end did not accept");
    private static readonly Counter<long> DroppedMessages = Meter.CreateCounter<long>("actorbroker.links.dropped", "{message}", "Messages dropped because too much waited, or no link was there");

    public static void Sent(OutgoingFrames frames)
    {
        SentBytes.Add(frames.Bytes);
        SentMessages.Add(frames.Messages);
    }

    public static void Received(int bytes) => ReceivedBytes.Add(bytes);

    public static void Broken() => BrokenLinks.Add(1);

    public static void Refused() => RefusedLinks.Add(1);

    public static void Dropped() => DroppedMessages.Add(1);
}
