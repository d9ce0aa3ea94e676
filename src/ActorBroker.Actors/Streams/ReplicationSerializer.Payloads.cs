using AkkaExtensions.Remoting;

namespace ActorBroker.Actors.Streams;

/// <summary>The way without copies; compiled where the actor runtime has it.</summary>
public sealed partial class ReplicationSerializer : IPayloadSerializer
{
    public void Write(object message, IPayloadWriter writer)
    {
        var size = SizeOf(message);
        WriteFields(message, writer.GetSpan(size)[..size]);
        writer.Advance(size);
        if (message is PushMessage { Payload: { } payload })
        {
            writer.WritePayload(payload.Bytes, payload);
        }
    }

    public object Read(IPayloadReader reader, string manifest)
    {
        var message = ReadFields(reader.Bytes.Span, manifest, out var payloadBytes);
        if (payloadBytes == 0)
        {
            return message;
        }

        var kept = reader.Keep(PushSize..);
        return (PushMessage)message with { Payload = new PushPayload(kept, payloadBytes) };
    }
}
