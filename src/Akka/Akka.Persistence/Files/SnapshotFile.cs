using System.Buffers.Binary;
using System.Text;

namespace Akka.Persistence.Files;

/// <summary>
/// A snapshot file, little-endian: "ABS1", CRC-32C of all that follows, sequence number (int64), time (int64, ticks of UTC),
/// serialiser id (int32), persistence id and manifest (BinaryWriter strings), then the payload to the end.
/// </summary>
internal readonly record struct SnapshotFile(string PersistenceId, long SequenceNr, long TimestampTicks, int SerializerId, string Manifest, byte[] Payload)
{
    public const string Extension = ".snapshot";

    private const uint Magic = 0x31534241;
    private const int HeaderBytes = 8;

    /// <exception cref="InvalidDataException">The file is not what was written.</exception>
    public static SnapshotFile Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic) throw new InvalidDataException($"{path} is no snapshot file.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) != Crc32C.Of(bytes.AsSpan(HeaderBytes)))
            throw new InvalidDataException($"The snapshot file {path} is corrupt: its CRC-32C does not fit.");
        using var reader = new BinaryReader(new MemoryStream(bytes, HeaderBytes, bytes.Length - HeaderBytes), Encoding.UTF8);
        var sequenceNr = reader.ReadInt64();
        var ticks = reader.ReadInt64();
        var serializerId = reader.ReadInt32();
        var persistenceId = reader.ReadString();
        var manifest = reader.ReadString();
        return new SnapshotFile(persistenceId, sequenceNr, ticks, serializerId, manifest, reader.ReadBytes(bytes.Length));
    }

    public void Write(string path)
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Magic);
        writer.Write(0u);
        writer.Write(SequenceNr);
        writer.Write(TimestampTicks);
        writer.Write(SerializerId);
        writer.Write(PersistenceId);
        writer.Write(Manifest);
        writer.Write(Payload);
        writer.Flush();
        Span<byte> bytes = stream.GetBuffer().AsSpan(0, (int)stream.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Crc32C.Of(bytes[HeaderBytes..]));
        DurableDirectory.Replace(path, bytes, fsync: true);
    }
}
