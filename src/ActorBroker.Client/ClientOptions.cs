using System.Globalization;

namespace ActorBroker.Client;

/// <summary>What every client needs to know. Names and defaults follow Kafka's client settings; times are milliseconds, sizes bytes.</summary>
public class ClientOptions
{
    /// <summary>Some nodes of the cluster, <c>host:port</c> separated by commas; the others are found through them.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>A name for logs and quotas of the broker.</summary>
    public string ClientId { get; init; } = "actorbroker-client";

    /// <summary>How long one request may wait for its response. The connection is closed when it does not come.</summary>
    public int RequestTimeoutMs { get; init; } = 30_000;

    /// <summary>How long an operation may take with all its retries.</summary>
    public int ApiTimeoutMs { get; init; } = 60_000;

    /// <summary>How long the first connection to any node may take, with all tries; each address is tried at least once. Later, when the cluster is out of
    /// reach for a while, operations wait for it as long as <see cref="ApiTimeoutMs"/> allows.</summary>
    public int BootstrapTimeoutMs { get; init; } = 60_000;

    /// <summary>How long to wait for a TCP connection.</summary>
    public int ConnectTimeoutMs { get; init; } = 10_000;

    /// <summary>First pause before a lost node is tried again; doubles with every failure.</summary>
    public int ReconnectBackoffMs { get; init; } = 50;

    public int ReconnectBackoffMaxMs { get; init; } = 1_000;

    /// <summary>First pause before a failed request is tried again; doubles with every failure.</summary>
    public int RetryBackoffMs { get; init; } = 100;

    public int RetryBackoffMaxMs { get; init; } = 1_000;

    /// <summary>After this time the list of nodes and partitions is loaded again even without an error.</summary>
    public int MetadataMaxAgeMs { get; init; } = 300_000;

    /// <summary>Topics that were not used for this time are no longer asked for.</summary>
    public int MetadataMaxIdleMs { get; init; } = 300_000;

    /// <summary>The largest response that is accepted.</summary>
    public int ReceiveMaxBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Kernel buffer for sending; -1 for the system's choice.</summary>
    public int SendBufferBytes { get; init; } = 131_072;

    /// <summary>Kernel buffer for receiving; -1 for the system's choice.</summary>
    public int ReceiveBufferBytes { get; init; } = 65_536;

    internal IReadOnlyList<BrokerAddress> Bootstrap => [.. BootstrapServers
        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select((text, index) => BrokerAddress.Parse(text, -1 - index))];

    internal void Validate()
    {
        if (Bootstrap.Count == 0)
        {
            throw new ArgumentException("BootstrapServers names no node");
        }

        AtLeast(1, RequestTimeoutMs, nameof(RequestTimeoutMs));
        AtLeast(1, ApiTimeoutMs, nameof(ApiTimeoutMs));
        AtLeast(0, BootstrapTimeoutMs, nameof(BootstrapTimeoutMs));
        AtLeast(1, ConnectTimeoutMs, nameof(ConnectTimeoutMs));
        AtLeast(0, RetryBackoffMs, nameof(RetryBackoffMs));
        AtLeast(0, ReconnectBackoffMs, nameof(ReconnectBackoffMs));
        AtLeast(1024, ReceiveMaxBytes, nameof(ReceiveMaxBytes));
    }

    internal static void AtLeast(long least, long value, string name)
    {
        if (value < least)
        {
            throw new ArgumentException($"{name} is {value.ToString(CultureInfo.InvariantCulture)} but must be at least {least}");
        }
    }

    /// <summary>The pause before attempt number <paramref name="attempt"/> (from 1), with a fifth of it at random so that clients spread out.</summary>
    internal TimeSpan RetryPause(int attempt) => Pause(RetryBackoffMs, RetryBackoffMaxMs, attempt);

    internal TimeSpan ReconnectPause(int attempt) => Pause(ReconnectBackoffMs, ReconnectBackoffMaxMs, attempt);

    private static TimeSpan Pause(int firstMs, int maxMs, int attempt)
    {
        var exact = Math.Min(maxMs, firstMs * Math.Pow(2, Math.Min(attempt - 1, 20)));
        return TimeSpan.FromMilliseconds(exact * (0.8 + (0.4 * Random.Shared.NextDouble())));
    }
}
