using K4os.Compression.LZ4;

namespace ActorBroker.Records;

/// <summary>LZ4 blocks by K4os.Compression.LZ4, a port of liblz4.</summary>
internal sealed class Lz4Managed : Lz4Engine
{
    internal override string Name => "K4os.Compression.LZ4";

    internal override int Decode(ReadOnlySpan<byte> source, Span<byte> destination) =>
        source.IsEmpty || destination.IsEmpty ? -1 : LZ4Codec.Decode(source, destination);

    // Below 3 the port would take its fast compressor, from 13 on none; liblz4 takes its nearest tight one.
    internal override int Encode(ReadOnlySpan<byte> source, Span<byte> destination, int level) =>
        LZ4Codec.Encode(source, destination, level == Lz4Frame.DefaultLevel ? LZ4Level.L00_FAST : (LZ4Level)Math.Clamp(level, 3, 12));
}
