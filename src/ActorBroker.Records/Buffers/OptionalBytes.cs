namespace ActorBroker.Records;

/// <summary>Bytes that may be absent, which is not the same as empty: the shape of a record's key and value.
/// <c>default</c> and a null array are absent; any span or memory is present.</summary>
public readonly ref struct OptionalBytes
{
    private OptionalBytes(ReadOnlySpan<byte> bytes)
    {
        Bytes = bytes;
        HasValue = true;
    }

    public bool HasValue { get; }

    /// <summary>The bytes; empty when absent.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The length as records write it: -1 when absent.</summary>
    public int EncodedLength => HasValue ? Bytes.Length : -1;

    public static implicit operator OptionalBytes(byte[]? bytes) => bytes is null ? default : new OptionalBytes(bytes);

    public static implicit operator OptionalBytes(ReadOnlySpan<byte> bytes) => new(bytes);

    public static implicit operator OptionalBytes(ReadOnlyMemory<byte> bytes) => new(bytes.Span);

    public static OptionalBytes From(ReadOnlyMemory<byte>? bytes) => bytes is { } present ? new OptionalBytes(present.Span) : default;

    /// <summary>A copy; null when absent.</summary>
    public byte[]? ToArray() => HasValue ? Bytes.ToArray() : null;
}
