using ActorBroker.Records;

namespace ActorBroker.Client;

/// <summary>Who must have a record before the producer is told so.</summary>
public enum Acks : short
{
    /// <summary>All in-sync replicas.</summary>
    All = -1,

    /// <summary>Nobody: the broker does not answer, and losses go unnoticed.</summary>
    None = 0,

    /// <summary>The leader.</summary>
    Leader = 1,
}

/// <summary>Settings of a producer; names and defaults follow Kafka's.</summary>
public sealed class ProducerOptions : ClientOptions
{
    public Acks Acks { get; init; } = Acks.All;

    /// <summary>Retries neither double nor reorder records. Needs <see cref="Acks.All"/> and at most five requests in flight; null: on where these hold.</summary>
    public bool? EnableIdempotence { get; init; }

    /// <summary>How long a batch that is not full waits for more records.</summary>
    public int LingerMs { get; init; } = 5;

    /// <summary>The size of a batch, before compression, at which it is sent.</summary>
    public int BatchSizeBytes { get; init; } = 16_384;

    /// <summary>The largest request; a record cannot be larger.</summary>
    public int MaxRequestBytes { get; init; } = 1_048_576;

    /// <summary>Records that wait for their delivery take at most this much; then producing waits.</summary>
    public long BufferMemoryBytes { get; init; } = 33_554_432;

    /// <summary>How long producing may wait for metadata or for room in the buffer.</summary>
    public int MaxBlockMs { get; init; } = 60_000;

    /// <summary>After this time an undelivered record fails.</summary>
    public int DeliveryTimeoutMs { get; init; } = 120_000;

    public int MaxInFlightRequestsPerConnection { get; init; } = 5;

    public CompressionCodec Compression { get; init; } = CompressionCodec.None;

    /// <summary>The codec's own scale; null for its default.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>Whether unknown topics may be created by the broker.</summary>
    public bool AllowAutoCreateTopics { get; init; } = true;

    internal bool IsIdempotent => EnableIdempotence ?? (Acks == Acks.All && MaxInFlightRequestsPerConnection <= 5);

    internal void ValidateProducer()
    {
        AtLeast(0, LingerMs, nameof(LingerMs));
        AtLeast(1, BatchSizeBytes, nameof(BatchSizeBytes));
        AtLeast(1, MaxRequestBytes, nameof(MaxRequestBytes));
        AtLeast(1, BufferMemoryBytes, nameof(BufferMemoryBytes));
        AtLeast(1, DeliveryTimeoutMs, nameof(DeliveryTimeoutMs));
        AtLeast(1, MaxInFlightRequestsPerConnection, nameof(MaxInFlightRequestsPerConnection));
        if (EnableIdempotence == true && (Acks != Acks.All || MaxInFlightRequestsPerConnection > 5))
        {
            throw new ArgumentException("EnableIdempotence needs Acks.All and at most five requests in flight");
        }

        if (!Records.Compression.IsKnown(Compression))
        {
            throw new ArgumentException($"{Compression} is no compression codec");
        }
    }
}
