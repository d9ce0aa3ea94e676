using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ActorBroker.Links;

/// <summary>
/// Frames that leave with one write: <c>int32 length, byte kind, fields, payload</c>. Fields and small payloads are gathered in pooled blocks, large payloads are sent from where they are.
/// Not for several threads.
/// </summary>
internal sealed class OutgoingFrames
{
    public const byte CreditKind = (byte)'C';
    public const byte KeepAliveKind = (byte)'K';

    /// <summary>Length and kind.</summary>
    public const int HeadBytes = 5;

    private const int BlockBytes = 16 * 1024;
    private const int SmallPayloadBytes = 1024;

    private readonly List<LinkMessage> holders = [];
    private readonly List<byte[]> full = [];
    private byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
    private int used;
    private int segmentStart;

    public List<ArraySegment<byte>> Segments { get; } = [];

    /// <summary>Bytes that were added.</summary>
    public long Bytes { get; private set; }

    public int Messages { get; private set; }

    public bool IsEmpty => Bytes == 0;

    public void Add(LinkMessage message)
    {
        var kind = LinkCodec.KindOf(message);
        var payload = LinkCodec.PayloadOf(message);
        var fields = LinkCodec.FieldBytes(kind);
        LinkCodec.WriteFields(message, Head(kind, fields, payload.Length));
        Messages++;
        if (payload.IsEmpty)
        {
            (message as PushMessage)?.Payload?.Dispose();
            return;
        }

        Bytes += payload.Length;
        if (payload.Length <= Math.Min(SmallPayloadBytes, block.Length - used))
        {
            payload.Span.CopyTo(block.AsSpan(used));
            used += payload.Length;
            (message as PushMessage)?.Payload?.Dispose();
            return;
        }

        CloseSegment();
        Segments.Add(MemoryMarshal.TryGetArray(payload, out var array) ? array : payload.ToArray());
        holders.Add(message);
    }

    /// <summary>The other end may send so many more bytes of payload.</summary>
    public void AddCredit(long bytes) => BinaryPrimitives.WriteInt64LittleEndian(Head(CreditKind, sizeof(long), 0), bytes);

    public void AddKeepAlive() => Head(KeepAliveKind, 0, 0);

    /// <summary>What is in the block becomes part of what is sent.</summary>
    public void CloseSegment()
    {
        if (used > segmentStart)
        {
            Segments.Add(new ArraySegment<byte>(block, segmentStart, used - segmentStart));
        }

        segmentStart = used;
    }

    /// <summary>All was sent, or none will be.</summary>
    public void Clear()
    {
        foreach (var holder in holders)
        {
            (holder as PushMessage)?.Payload?.Dispose();
        }

        foreach (var other in full)
        {
            ArrayPool<byte>.Shared.Return(other);
        }

        holders.Clear();
        full.Clear();
        Segments.Clear();
        (Bytes, Messages, used, segmentStart) = (0, 0, 0, 0);
    }

    /// <summary>Begins a frame.</summary>
    /// <returns>Where its fields go.</returns>
    private Span<byte> Head(byte kind, int fields, int payload)
    {
        if (block.Length - used < HeadBytes + fields)
        {
            CloseSegment();
            full.Add(block);
            block = ArrayPool<byte>.Shared.Rent(BlockBytes);
            used = segmentStart = 0;
        }

        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(used), 1 + fields + payload);
        block[used + 4] = kind;
        var at = used + HeadBytes;
        used = at + fields;
        Bytes += HeadBytes + fields;
        return block.AsSpan(at, fields);
    }
}
