namespace ActorBroker.Cli.Dump;

/// <summary>What is printed of the files.</summary>
internal sealed record DumpSettings
{
    /// <summary>Each record, not only each batch.</summary>
    public bool PrintsRecords { get; init; }

    /// <summary>Keys and values.</summary>
    public bool PrintsData { get; init; }

    /// <summary>Only keys and values.</summary>
    public bool SkipsMetadata { get; init; }

    /// <summary>Keys and values are those of __consumer_offsets.</summary>
    public bool DecodesOffsets { get; init; }

    /// <summary>Largest batch that is read.</summary>
    public int MaxBatchBytes { get; init; } = int.MaxValue;

    /// <summary>How much of a log is read.</summary>
    public long MaxBytes { get; init; } = long.MaxValue;

    public bool AsJson { get; init; }
}
