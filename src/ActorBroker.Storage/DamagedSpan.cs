using ActorBroker.Model;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage;

/// <summary>Damaged bytes of a segment between two batch boundaries that are known to be right: what has to be put in their place is known by its offsets
/// and its length.</summary>
public sealed class DamagedSpan
{
    internal DamagedSpan(LogFile file, long position, int length, Offset from, Offset until)
    {
        Segment = file;
        File = file.Path;
        Position = position;
        Length = length;
        From = from;
        Until = until;
    }

    /// <summary>Path of the segment file.</summary>
    public string File { get; }

    /// <summary>Where the span starts in the file.</summary>
    public long Position { get; }

    /// <summary>Bytes.</summary>
    public int Length { get; }

    /// <summary>The first offset that can be in the span.</summary>
    public Offset From { get; }

    /// <summary>The offset behind the last one that can be in the span.</summary>
    public Offset Until { get; }

    internal LogFile Segment { get; }

    public override string ToString() => $"{File} at position {Position}, {Length} bytes, offsets {From} to {Until - 1}";
}
