using ActorBroker.Protocol;

namespace ActorBroker.Server.Network;

/// <summary>Response writers for reuse: few, and none with a large buffer.</summary>
internal static class WriterPool
{
    private const int MaxWriters = 64;
    private const long LargestKeptBytes = 16 * 1024;

    private static readonly Stack<ProtocolWriter> Writers = new(MaxWriters);
    private static readonly Lock Gate = new();

    public static ProtocolWriter Rent()
    {
        lock (Gate)
        {
            if (Writers.TryPop(out var writer))
            {
                return writer;
            }
        }

        return new ProtocolWriter();
    }

    /// <summary>Releases the writer's payloads and keeps it, or not.</summary>
    public static void Return(ProtocolWriter writer)
    {
        var ownBytes = writer.IsContiguous ? writer.Length : 0;
        writer.Reset();
        lock (Gate)
        {
            if (ownBytes <= LargestKeptBytes && Writers.Count < MaxWriters)
            {
                Writers.Push(writer);
                return;
            }
        }

        writer.Dispose();
    }
}
