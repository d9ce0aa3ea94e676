using System.Buffers.Binary;
using System.IO.Compression;

namespace ActorBroker.Records;

/// <summary>gzip (RFC 1952) by the runtime's zlib.</summary>
internal static class GzipCodec
{
    internal const int DefaultLevel = -1;
    private const int FirstGuess = 512;
    private const int SmallestStream = 18;

    /// <summary>What the runtime does not write for no input at all: header, one empty block, checksum 0, length 0.</summary>
    private static ReadOnlySpan<byte> EmptyStream => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    internal static unsafe RecordsProblem Decompress(ReadOnlySpan<byte> source, int maxBytes, PooledBytes destination)
    {
        if (source.Length < SmallestStream)
            return RecordsProblem.CorruptCompression;
        fixed (byte* start = source)
        {
            using var input = new UnmanagedMemoryStream(start, source.Length);
            using var gzip = new GZipStream(input, CompressionMode.Decompress);
            long room = maxBytes;
            var guess = (int)Math.Clamp(source.Length * 4L, FirstGuess, Math.Max(FirstGuess, maxBytes));
            try
            {
                while (true)
                {
                    var read = gzip.Read(destination.Reserve(guess));
                    if (read == 0)
                        break;
                    room -= read;
                    if (room < 0)
                        return RecordsProblem.TooLarge;
                    destination.Commit(read);
                    guess = FirstGuess;
                }
            }
            catch (InvalidDataException)
            {
                return RecordsProblem.CorruptCompression;
            }
            // The runtime's stream takes a cut for an end. The length that the trailer gives tells them apart.
            return BinaryPrimitives.ReadUInt32LittleEndian(source[^4..]) == (uint)(maxBytes - room)
                ? RecordsProblem.None
                : RecordsProblem.CorruptCompression;
        }
    }

    internal static void Compress(ReadOnlySpan<byte> source, int level, PooledBytes destination)
    {
        if (source.IsEmpty)
        {
            destination.Append(EmptyStream);
            return;
        }
        using var output = new PooledBytesStream(destination);
        using var gzip = new GZipStream(output, new ZLibCompressionOptions { CompressionLevel = Math.Clamp(level, -1, 9) }, leaveOpen: true);
        gzip.Write(source);
    }
}
