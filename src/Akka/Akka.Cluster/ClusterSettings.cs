#nullable disable
using System.Collections.Immutable;
using System.Reflection;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote;
using Akka.Util;

namespace Akka.Cluster;

/// <summary>What akka.cluster says. The keys are explained in Configuration/Cluster.conf.</summary>
public sealed class ClusterSettings
{
    /// <exception cref="ConfigurationException">A setting cannot be used.</exception>
    public ClusterSettings(Config config, string systemName)
    {
        Config cluster = config.GetConfig("akka.cluster");
        FailureDetectorConfig = cluster.GetConfig("failure-detector");
        FailureDetectorImplementationClass = FailureDetectorConfig.GetString("implementation-class");
        HeartbeatInterval = Positive(FailureDetectorConfig, "heartbeat-interval");
        HeartbeatExpectedResponseAfter = Positive(FailureDetectorConfig, "expected-response-after");
        MonitoredByNrOfMembers = AtLeastOne(FailureDetectorConfig, "monitored-by-nr-of-members");
        SeedNodes = [.. cluster.GetStringList("seed-nodes").Select(text => SeedNode(text, systemName))];
        SeedNodeTimeout = Positive(cluster, "seed-node-timeout");
        RetryUnsuccessfulJoinAfter = OptionalTime(cluster, "retry-unsuccessful-join-after");
        ShutdownAfterUnsuccessfulJoinSeedNodes = OptionalTime(cluster, "shutdown-after-unsuccessful-join-seed-nodes");
        PeriodicTasksInitialDelay = cluster.GetTimeSpan("periodic-tasks-initial-delay");
        GossipInterval = Positive(cluster, "gossip-interval");
        GossipTimeToLive = Positive(cluster, "gossip-time-to-live");
        LeaderActionsInterval = Positive(cluster, "leader-actions-interval");
        UnreachableNodesReaperInterval = Positive(cluster, "unreachable-nodes-reaper-interval");
        WeaklyUpAfter = OptionalTime(cluster, "allow-weakly-up-members") ?? TimeSpan.Zero;
        AllowWeaklyUpMembers = WeaklyUpAfter > TimeSpan.Zero;
        GossipDifferentViewProbability = cluster.GetDouble("gossip-different-view-probability");
        ReduceGossipDifferentViewProbability = cluster.GetInt("reduce-gossip-different-view-probability");
        EagerGossipFanout = cluster.GetInt("eager-gossip-fanout");
        EagerGossipToAllMembers = cluster.GetInt("eager-gossip-to-all-members");
        PruneGossipTombstonesAfter = Positive(cluster, "prune-gossip-tombstones-after");
        MarginAfterProcessEnd = cluster.GetBoolean("down-removal-margin-after-process-end");
        ConnectionRefusedIsUnreachable = cluster.GetBoolean("connection-refused-is-unreachable");
        EnforceCompatibleConfiguration = cluster.GetBoolean("configuration-compatibility-check.enforce-on-join");
        CompatibilityKeys = [.. cluster.GetStringList("configuration-compatibility-check.keys")];
        SchedulerTickDuration = cluster.GetTimeSpan("scheduler.tick-duration");
        SchedulerTicksPerWheel = cluster.GetInt("scheduler.ticks-per-wheel");
        MinNrOfMembers = AtLeastOne(cluster, "min-nr-of-members");
        MinNrOfMembersOfRole = ReadRoles(cluster);
        Roles = [.. cluster.GetStringList("roles")];
        AppVersion = ReadAppVersion(cluster.GetString("app-version"));
        UseDispatcher = cluster.GetString("use-dispatcher", "") is { Length: > 0 } dispatcher ? dispatcher : config.GetString("akka.remote.use-dispatcher");
        RunCoordinatedShutdownWhenDown = cluster.GetBoolean("run-coordinated-shutdown-when-down");
        LogInfoVerbose = cluster.GetBoolean("log-info-verbose");
        LogInfo = LogInfoVerbose || cluster.GetBoolean("log-info");
        VerboseHeartbeatLogging = cluster.GetBoolean("debug.verbose-heartbeat-logging");
        VerboseGossipReceivedLogging = cluster.GetBoolean("debug.verbose-receive-gossip-logging");
        DowningProviderType = ReadDowningProvider(cluster.GetString("downing-provider-class", ""));
    }

    public bool AllowWeaklyUpMembers { get; }

    public AppVersion AppVersion { get; }

    public Type DowningProviderType { get; }

    public Config FailureDetectorConfig { get; }

    public string FailureDetectorImplementationClass { get; }

    public double GossipDifferentViewProbability { get; }

    public TimeSpan GossipInterval { get; }

    public TimeSpan GossipTimeToLive { get; }

    public TimeSpan HeartbeatExpectedResponseAfter { get; }

    public TimeSpan HeartbeatInterval { get; }

    public TimeSpan LeaderActionsInterval { get; }

    public bool LogInfo { get; }

    public bool LogInfoVerbose { get; }

    public int MinNrOfMembers { get; }

    public ImmutableDictionary<string, int> MinNrOfMembersOfRole { get; }

    public int MonitoredByNrOfMembers { get; }

    public TimeSpan PeriodicTasksInitialDelay { get; }

    public int ReduceGossipDifferentViewProbability { get; }

    /// <summary>Null for never.</summary>
    public TimeSpan? RetryUnsuccessfulJoinAfter { get; }

    public ImmutableHashSet<string> Roles { get; }

    public bool RunCoordinatedShutdownWhenDown { get; }

    public TimeSpan SchedulerTickDuration { get; }

    public int SchedulerTicksPerWheel { get; }

    public TimeSpan SeedNodeTimeout { get; }

    public ImmutableList<Address> SeedNodes { get; }

    /// <summary>Null for never.</summary>
    public TimeSpan? ShutdownAfterUnsuccessfulJoinSeedNodes { get; }

    public TimeSpan UnreachableNodesReaperInterval { get; }

    public string UseDispatcher { get; }

    public bool VerboseGossipReceivedLogging { get; }

    public bool VerboseHeartbeatLogging { get; }

    public TimeSpan WeaklyUpAfter { get; }

    internal ImmutableArray<string> CompatibilityKeys { get; }

    internal bool ConnectionRefusedIsUnreachable { get; }

    internal bool MarginAfterProcessEnd { get; }

    internal int EagerGossipFanout { get; }

    internal int EagerGossipToAllMembers { get; }

    internal bool EnforceCompatibleConfiguration { get; }

    internal TimeSpan PruneGossipTombstonesAfter { get; }

    /// <summary>A time, or null for off.</summary>
    internal static TimeSpan? OptionalTime(Config config, string key) =>
        config.GetString(key, "off").ToLowerInvariant() is "off" or "false" or "no" ? null : config.GetTimeSpan(key);

    private static TimeSpan Positive(Config section, string key)
    {
        TimeSpan value = section.GetTimeSpan(key);
        return value > TimeSpan.Zero ? value : throw new ConfigurationException($"akka.cluster: [{key}] must be more than zero, it is [{value}].");
    }

    private static int AtLeastOne(Config section, string key)
    {
        var value = section.GetInt(key);
        return value > 0 ? value : throw new ConfigurationException($"akka.cluster: [{key}] must be at least 1, it is [{value}].");
    }

    private static Address SeedNode(string text, string systemName)
    {
        if (!Address.TryParse(text, out Address address) || !address.HasGlobalScope || address.Port is null)
            throw new ConfigurationException($"akka.cluster.seed-nodes: [{text}] is not of the form [akka.tcp://{systemName}@host:port].");
        return address.System == systemName
            ? address
            : throw new ConfigurationException($"akka.cluster.seed-nodes: [{text}] names the system [{address.System}], this one is [{systemName}]: systems of one cluster have one name.");
    }

    private static ImmutableDictionary<string, int> ReadRoles(Config cluster)
    {
        Config roles = cluster.GetConfig("role");
        return roles is null || roles.IsEmpty
            ? ImmutableDictionary<string, int>.Empty
            : roles.AsEnumerable().Select(static entry => entry.Key.Trim('"')).ToImmutableDictionary(static role => role, role => roles.GetInt($"\"{role}\".min-nr-of-members", 1));
    }

    private static AppVersion ReadAppVersion(string text)
    {
        if (text is not "assembly-version") return string.IsNullOrWhiteSpace(text) ? AppVersion.Zero : AppVersion.Create(text);
        return Assembly.GetEntryAssembly()?.GetName().Version is { } version ? AppVersion.Create(version.ToString(3)) : AppVersion.Zero;
    }

    private static Type ReadDowningProvider(string name)
    {
        if (name.Length == 0) return typeof(NoDowning);
        Type type = Type.GetType(name, throwOnError: false);
        return type is not null && typeof(IDowningProvider).IsAssignableFrom(type)
            ? type
            : throw new ConfigurationException($"akka.cluster.downing-provider-class: [{name}] cannot be loaded, or is no {nameof(IDowningProvider)}.");
    }
}
