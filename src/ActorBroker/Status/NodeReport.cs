using System.Text.Json;
using System.Text.Json.Serialization;

namespace ActorBroker.Status;

/// <summary>How far a node is in its life.</summary>
internal enum NodePhase
{
    /// <summary>Before its logs are opened, and after them until it serves.</summary>
    Starting,

    /// <summary>Logs are opened, and after a crash verified.</summary>
    OpeningLogs,

    /// <summary>Clients are served.</summary>
    Serving,

    /// <summary>It was asked to stop.</summary>
    Stopping,
}

/// <summary>How far a data directory is.</summary>
internal enum DirectoryPhase
{
    /// <summary>The node stopped cleanly: its logs are opened without reading them.</summary>
    Opening,

    /// <summary>The node did not stop cleanly: its logs are verified beyond their recovery points.</summary>
    Recovering,

    Open,

    /// <summary>It failed; its logs answer with errors until the node is started again.</summary>
    Offline,
}

/// <summary>What a node says of itself at any time, also before it serves.</summary>
/// <param name="Process">Its process id.</param>
/// <param name="PhaseSeconds">Since it came into the phase.</param>
internal sealed record NodeReport(int NodeId, int Process, string Version, NodePhase Phase, double PhaseSeconds, IReadOnlyList<DirectoryReport> Directories)
{
    /// <summary>The epoch with which this process is registered as a broker; -1 while it is not. Each start has a larger one.</summary>
    public long BrokerEpoch { get; init; } = -1;

    /// <summary>All brokers that are registered, as the metadata that this node has says; empty before it has any.</summary>
    public IReadOnlyList<BrokerReport> Brokers { get; init; } = [];
}

/// <summary>A registered broker.</summary>
/// <param name="Epoch">Of its newest registration.</param>
/// <param name="Address">Of its first listener; null when it has none.</param>
internal sealed record BrokerReport(int Id, BrokerPhase State, long Epoch, string? Address, string? Rack);

/// <summary>How the cluster sees a broker.</summary>
internal enum BrokerPhase
{
    Active,

    /// <summary>It leads nothing and is hidden from clients.</summary>
    Fenced,

    /// <summary>It hands over what it leads.</summary>
    Stopping,
}

/// <param name="Logs">Logs that the start found in the directory.</param>
/// <param name="OpenedLogs">Those of them that are open.</param>
/// <param name="VerifiedBytes">Bytes beyond the recovery points whose checksums were compared.</param>
/// <param name="CutBytes">Bytes of torn tails that were cut.</param>
internal sealed record DirectoryReport(string Path, DirectoryPhase Phase, int Logs, int OpenedLogs, long VerifiedBytes, long CutBytes)
{
    /// <summary>Directories of replicas that were set aside (<c>-stray</c>).</summary>
    public int Strays { get; init; }

    /// <summary>Bytes in them.</summary>
    public long StrayBytes { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(NodeReport))]
internal sealed partial class NodeReportJson : JsonSerializerContext;
