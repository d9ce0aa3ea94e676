#nullable disable
using System.Buffers;

namespace AkkaExtensions.Remoting;

/// <summary>
/// Optional, on a SerializerWithStringManifest: writes and reads a message without arrays in between. Remoting uses it
/// instead of ToBinary and FromBinary; everything else uses those. It is not part of Akka.NET's API.
/// </summary>
public interface IPayloadSerializer
{
    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    object Read(IPayloadReader reader, string manifest);

    /// <summary>Writes a message. It runs on the sender's thread and must not keep the writer.</summary>
    void Write(object message, IPayloadWriter writer);
}

/// <summary>Takes a message's bytes.</summary>
public interface IPayloadWriter : IBufferWriter<byte>
{
    /// <summary>Adds bytes that are sent from where they are: they must not change until <paramref name="owner"/> is disposed,
    /// which happens once, when they have been written to the socket or dropped. Small ones are copied and released at once.</summary>
    void WritePayload(ReadOnlyMemory<byte> payload, IDisposable owner = null);
}

/// <summary>Gives a message's bytes.</summary>
public interface IPayloadReader
{
    /// <summary>The bytes, valid only during the call.</summary>
    ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Keeps a part of the bytes until the result is disposed. They stay in the buffer that they were received into, and count
    /// against akka.remote.lanes.bulk.receive-window-bytes: what is kept for ever stops the connection.</summary>
    IMemoryOwner<byte> Keep(Range part);
}
