#nullable disable
using System.Buffers.Binary;
using System.Text;
using Akka.Actor;

namespace Akka.Remote.Transport;

/// <summary>Writes the frames of one connection into batches. Paths and manifests are written once and abbreviated after that; the table is the connection's.</summary>
internal sealed class FrameEncoder
{
    private readonly Dictionary<object, int> _table = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, int> _manifests = [];
    private readonly int _maxEntries;
    private int _entries;

    public FrameEncoder(int maxEntries) => _maxEntries = maxEntries;

    public static void AddBarrier(FrameBatch batch, long number)
    {
        Span<byte> frame = batch.GetSpan(13);
        BinaryPrimitives.WriteInt32LittleEndian(frame, 9);
        frame[4] = FrameType.Barrier;
        BinaryPrimitives.WriteInt64LittleEndian(frame[5..], number);
        batch.Advance(13);
        batch.Frames++;
    }

    /// <summary>Acknowledges the system messages of an incarnation of the peer.</summary>
    public static void AddAck(FrameBatch batch, int uid, long sequence)
    {
        Span<byte> frame = batch.GetSpan(17);
        BinaryPrimitives.WriteInt32LittleEndian(frame, 13);
        frame[4] = FrameType.Ack;
        BinaryPrimitives.WriteInt32LittleEndian(frame[5..], uid);
        BinaryPrimitives.WriteInt64LittleEndian(frame[9..], sequence);
        batch.Advance(17);
        batch.Frames++;
    }

    /// <summary>Adds a frame that is written already.</summary>
    public static void Add(FrameBatch batch, byte[] frame)
    {
        batch.Copy(frame);
        batch.Frames++;
    }

    public void AddMessage(FrameBatch batch, RemoteActorRef recipient, IActorRef sender, int serializerId, string manifest, PayloadBuffer payload)
    {
        if (_entries + 3 > _maxEntries)
        {
            Clear();
            Add(batch, [1, 0, 0, 0, FrameType.ResetTable]);
        }

        var recipientText = recipient.IsTemporary || !_table.TryGetValue(recipient, out var recipientId) ? recipient.Serialized : null;
        recipientId = recipientText is null ? _table[recipient] : -1;
        var keepSender = sender is LocalActorRef;
        var senderId = -1;
        string senderText = null;
        if (sender is not null && (!keepSender || !_table.TryGetValue(sender, out senderId)))
        {
            senderId = -1;
            senderText = sender is RemoteActorRef remote ? remote.Serialized : sender.Path.ToSerializationFormatWithAddress(recipient.LocalAddressToUse);
        }

        var manifestId = -1;
        var manifestIsNew = manifest.Length > 0 && !_manifests.TryGetValue(manifest, out manifestId);
        if (manifestIsNew) manifestId = -1;
        var most = 32 + Most(recipientText) + Most(senderText) + (manifestIsNew ? Most(manifest) : 5);
        Span<byte> head = batch.GetSpan(most);
        head[4] = FrameType.Message;
        var at = 5;
        at = WriteName(head, at, recipientId, recipientText, recipient.IsTemporary ? null : recipient);
        at = sender is null ? WriteVarint(head, at, 0) : WriteName(head, at, senderId, senderText, keepSender ? sender : null);
        BinaryPrimitives.WriteInt32LittleEndian(head[at..], serializerId);
        at = WriteManifest(head, at + 4, manifest, manifestId);
        BinaryPrimitives.WriteInt32LittleEndian(head, checked((int)(at - 4 + payload.Length)));
        batch.Advance(at);
        payload.MoveTo(batch);
        batch.Frames++;
    }

    /// <summary>Forgets the abbreviations: another connection begins.</summary>
    public void Clear()
    {
        _table.Clear();
        _manifests.Clear();
        _entries = 0;
    }

    private int WriteManifest(Span<byte> head, int at, string manifest, int id)
    {
        if (manifest.Length == 0) return WriteVarint(head, at, 0);
        if (id >= 0) return WriteVarint(head, at, (uint)id + 3);
        _manifests[manifest] = _entries++;
        return WriteText(head, WriteVarint(head, at, 2), manifest);
    }

    /// <summary>0 nothing, 1 a text, 2 a text that becomes the next entry, 3 and more an entry.</summary>
    private int WriteName(Span<byte> head, int at, int id, string text, object key)
    {
        if (id >= 0) return WriteVarint(head, at, (uint)id + 3);
        if (key is null) return WriteText(head, WriteVarint(head, at, 1), text);
        _table[key] = _entries++;
        return WriteText(head, WriteVarint(head, at, 2), text);
    }

    private static int Most(string text) => text is null ? 5 : 10 + Encoding.UTF8.GetMaxByteCount(text.Length);

    private static int WriteText(Span<byte> head, int at, string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        at = WriteVarint(head, at, (uint)bytes);
        Encoding.UTF8.GetBytes(text, head[at..]);
        return at + bytes;
    }

    private static int WriteVarint(Span<byte> head, int at, uint value)
    {
        while (value >= 0x80)
        {
            head[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        head[at++] = (byte)value;
        return at;
    }
}
