namespace ActorBroker.Records;

/// <summary>Why records could not be read, written or converted.</summary>
public enum RecordsProblem
{
    None = 0,

    /// <summary>The bytes break the format: a length that does not fit, a count that is wrong, bytes left over.</summary>
    Malformed,

    /// <summary>A checksum does not match.</summary>
    ChecksumMismatch,

    /// <summary>The compressed bytes are not what the codec writes.</summary>
    CorruptCompression,

    /// <summary>The codec is unknown or not allowed in this format.</summary>
    UnsupportedCompression,

    /// <summary>Decompressing would pass the limit on output bytes.</summary>
    TooLarge,

    /// <summary>A compressed message inside a compressed message (magic 0 and 1).</summary>
    NestedCompression,
}
