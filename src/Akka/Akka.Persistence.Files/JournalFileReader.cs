using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Akka.Persistence.Files;

/// <summary>Reads the records of a journal file one after the other, and believes none that does not fit its CRCs.</summary>
internal sealed class JournalFileReader(SafeFileHandle file, string path, long position, long end)
{
    private readonly byte[] header = new byte[JournalRecord.HeaderBytes];

    /// <summary>Where the next record starts.</summary>
    public long Position { get; private set; } = position;

    /// <summary>The next record's body; null at the end, and where a crash tore the file (then <see cref="Position"/> is before the end).</summary>
    /// <exception cref="InvalidDataException">The record is corrupt; the message has file and position.</exception>
    public byte[]? Next()
    {
        var left = end - Position;
        if (left < JournalRecord.HeaderBytes) return null;
        ReadFully(header, Position);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8)) != Crc32C.Of(header.AsSpan(0, 8)))
            return IsZero(Position) ? null : throw Corrupt("the CRC-32C of its header does not fit");

        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (length <= 0) throw Corrupt($"its length is {length}");
        if (length > left - JournalRecord.HeaderBytes) return null;
        var body = new byte[length];
        ReadFully(body, Position + JournalRecord.HeaderBytes);
        var next = Position + JournalRecord.HeaderBytes + length;
        if (BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)) != Crc32C.Of(body))
        {
            // Only the last write can be incomplete: pages of it may be missing although the file has its length.
            return next == end || IsZero(next) ? null : throw Corrupt("the CRC-32C of its body does not fit");
        }

        Position = next;
        return body;
    }

    public InvalidDataException Corrupt(string why) => new($"Journal file {path} is corrupt: in the record at position {Position} {why}.");

    private bool IsZero(long from)
    {
        var buffer = new byte[4096];
        while (from < end)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - from)), from);
            if (read == 0) return true;
            if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0)) return false;
            from += read;
        }

        return true;
    }

    private void ReadFully(Span<byte> into, long at)
    {
        while (into.Length > 0)
        {
            var read = RandomAccess.Read(file, into, at);
            if (read == 0) throw new EndOfStreamException($"Journal file {path} ended at position {at} while it was read.");
            into = into[read..];
            at += read;
        }
    }
}
