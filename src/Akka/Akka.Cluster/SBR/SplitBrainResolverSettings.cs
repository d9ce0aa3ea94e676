#nullable disable
using System.Collections.Immutable;
using Akka.Configuration;

namespace Akka.Cluster.SBR;

/// <summary>What akka.cluster.split-brain-resolver says. The keys are explained in Configuration/Cluster.conf.</summary>
public sealed class SplitBrainResolverSettings
{
    public const string DownAllName = "down-all";
    public const string KeepMajorityName = "keep-majority";
    public const string KeepOldestName = "keep-oldest";
    public const string StaticQuorumName = "static-quorum";
    public static readonly ImmutableHashSet<string> AllStrategyNames = [DownAllName, KeepMajorityName, KeepOldestName, StaticQuorumName];

    private readonly Config _config;

    /// <param name="config">The system's configuration.</param>
    /// <exception cref="ConfigurationException">A setting cannot be used.</exception>
    public SplitBrainResolverSettings(Config config)
    {
        _config = config.GetConfig("akka.cluster.split-brain-resolver");
        DowningStableAfter = _config.GetTimeSpan("stable-after");
        if (DowningStableAfter <= TimeSpan.Zero) throw new ConfigurationException($"akka.cluster.split-brain-resolver.stable-after must be more than zero, it is [{DowningStableAfter}].");
        StableAfterProcessEnd = ClusterSettings.OptionalTime(_config, "stable-after-process-end");
        DowningStrategy = _config.GetString("active-strategy").ToLowerInvariant();
        if (!AllStrategyNames.Contains(DowningStrategy))
            throw new ConfigurationException($"akka.cluster.split-brain-resolver.active-strategy: [{DowningStrategy}] is none of [{string.Join(", ", AllStrategyNames.Order(StringComparer.Ordinal))}].");
        DownAllWhenUnstable = ReadUnstable();
    }

    /// <summary>Counted from <see cref="DowningStableAfter"/> on; zero for never.</summary>
    public TimeSpan DownAllWhenUnstable { get; }

    public TimeSpan DowningStableAfter { get; }

    public string DowningStrategy { get; }

    /// <summary>Null for all members.</summary>
    public string KeepMajorityRole => Role("keep-majority");

    public KeepOldestSettings KeepOldestSettings => new(_config.GetBoolean("keep-oldest.down-if-alone"), Role("keep-oldest"));

    /// <exception cref="ConfigurationException">quorum-size is not set.</exception>
    public StaticQuorumSettings StaticQuorumSettings => new(ReadQuorumSize(), Role("static-quorum"));

    /// <summary>Null for <see cref="DowningStableAfter"/>.</summary>
    internal TimeSpan? StableAfterProcessEnd { get; }

    private TimeSpan ReadUnstable() => _config.GetString("down-all-when-unstable").ToLowerInvariant() switch
    {
        "on" or "true" or "yes" => TimeSpan.FromSeconds(Math.Max(4, DowningStableAfter.TotalSeconds * 0.75)),
        _ => ClusterSettings.OptionalTime(_config, "down-all-when-unstable") ?? TimeSpan.Zero,
    };

    private int ReadQuorumSize() => _config.GetString("static-quorum.quorum-size", "undefined") is not "undefined" && _config.GetInt("static-quorum.quorum-size") is var size and > 0
        ? size
        : throw new ConfigurationException("akka.cluster.split-brain-resolver.static-quorum.quorum-size must be set to a number above zero.");

    private string Role(string strategy) => _config.GetString($"{strategy}.role", "") is { Length: > 0 } role ? role : null;
}

/// <summary>What static-quorum needs.</summary>
public sealed class StaticQuorumSettings
{
    public StaticQuorumSettings(int size, string role)
    {
        Size = size;
        Role = role;
    }

    /// <summary>Null for all members.</summary>
    public string Role { get; }

    public int Size { get; }
}

/// <summary>What keep-oldest needs.</summary>
public sealed class KeepOldestSettings
{
    public KeepOldestSettings(bool downIfAlone, string role)
    {
        DownIfAlone = downIfAlone;
        Role = role;
    }

    public bool DownIfAlone { get; }

    /// <summary>Null for all members.</summary>
    public string Role { get; }
}
