using System.Buffers.Binary;
using System.Text;

namespace Akka.Persistence.Files;

/// <summary>An event as the file has it.</summary>
internal readonly record struct JournalEvent(
    long SequenceNr, long TimestampTicks, string WriterGuid, string Manifest, int SerializerId, string SerializerManifest, byte[] Payload);

/// <summary>What a record says.</summary>
internal enum JournalRecordKind : byte
{
    /// <summary>First record of every file: the persistence id.</summary>
    Start = 1,

    /// <summary>The events of an atomic write.</summary>
    Events = 2,

    /// <summary>Events up to a number are deleted; the highest number ever written.</summary>
    Deleted = 3,
}

/// <summary>
/// A record, little-endian: body length (int32), CRC-32C of the body, CRC-32C of these 8 bytes, body. The body is a kind (byte)
/// and its fields. The second CRC tells a length that is corrupt from a record that is incomplete.
/// <list type="bullet">
/// <item>Start: "ABJ1" (uint32), persistence id.</item>
/// <item>Events: first number, last number (int64), count (int32); each event: number, time (int64, ticks of UTC), writer,
/// manifest, serialiser id (int32), serialiser's manifest, payload length (int32), payload.</item>
/// <item>Deleted: last deleted number, highest number (int64).</item>
/// </list>
/// Strings are BinaryWriter's: UTF-8 with a variable-length prefix.
/// </summary>
internal sealed class JournalRecord
{
    public const int HeaderBytes = 12;

    private const uint Magic = 0x314A4241;

    private JournalRecord(byte[] bytes, long firstSequenceNr, long lastSequenceNr)
    {
        Bytes = bytes;
        FirstSequenceNr = firstSequenceNr;
        LastSequenceNr = lastSequenceNr;
    }

    /// <summary>Header and body.</summary>
    public byte[] Bytes { get; }

    public long FirstSequenceNr { get; }

    public long LastSequenceNr { get; }

    public static JournalRecord Of(JournalEvent[] events) => Make(events[0].SequenceNr, events[^1].SequenceNr, writer =>
    {
        writer.Write((byte)JournalRecordKind.Events);
        writer.Write(events[0].SequenceNr);
        writer.Write(events[^1].SequenceNr);
        writer.Write(events.Length);
        foreach (JournalEvent e in events)
        {
            writer.Write(e.SequenceNr);
            writer.Write(e.TimestampTicks);
            writer.Write(e.WriterGuid);
            writer.Write(e.Manifest);
            writer.Write(e.SerializerId);
            writer.Write(e.SerializerManifest);
            writer.Write(e.Payload.Length);
            writer.Write(e.Payload);
        }
    });

    public static JournalRecord Start(string persistenceId) => Make(0, 0, writer =>
    {
        writer.Write((byte)JournalRecordKind.Start);
        writer.Write(Magic);
        writer.Write(persistenceId);
    });

    public static JournalRecord Deleted(long toSequenceNr, long highestSequenceNr) => Make(0, 0, writer =>
    {
        writer.Write((byte)JournalRecordKind.Deleted);
        writer.Write(toSequenceNr);
        writer.Write(highestSequenceNr);
    });

    /// <summary>The persistence id of a start record's body; null if it is none.</summary>
    public static string? ReadStart(byte[] body)
    {
        using BinaryReader reader = Reader(body);
        return (JournalRecordKind)reader.ReadByte() == JournalRecordKind.Start && reader.ReadUInt32() == Magic ? reader.ReadString() : null;
    }

    public static (long First, long Last) ReadNumbers(byte[] body) =>
        (BinaryPrimitives.ReadInt64LittleEndian(body.AsSpan(1)), BinaryPrimitives.ReadInt64LittleEndian(body.AsSpan(9)));

    public static IEnumerable<JournalEvent> ReadEvents(byte[] body)
    {
        using BinaryReader reader = Reader(body);
        reader.BaseStream.Position = 17;
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            yield return new JournalEvent(
                reader.ReadInt64(), reader.ReadInt64(), reader.ReadString(), reader.ReadString(), reader.ReadInt32(), reader.ReadString(), reader.ReadBytes(reader.ReadInt32()));
        }
    }

    private static BinaryReader Reader(byte[] body) => new(new MemoryStream(body), Encoding.UTF8);

    private static JournalRecord Make(long first, long last, Action<BinaryWriter> body)
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(new byte[HeaderBytes]);
        body(writer);
        writer.Flush();
        var bytes = stream.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length - HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Crc32C.Of(bytes.AsSpan(HeaderBytes)));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Crc32C.Of(bytes.AsSpan(0, 8)));
        return new JournalRecord(bytes, first, last);
    }
}
