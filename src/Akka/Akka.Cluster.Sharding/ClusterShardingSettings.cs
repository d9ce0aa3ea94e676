#nullable disable
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;

namespace Akka.Cluster.Sharding;

/// <summary>Where Akka.NET's coordinator keeps its state. Ours asks the regions in any mode.</summary>
public enum StateStoreMode
{
    Persistence = 0,
    DData = 1,
    Custom = 2,
}

/// <summary>Where the ids of remembered entities are kept. Ours keeps them as events in the journal.</summary>
public enum RememberEntitiesStore
{
    DData = 0,
    Eventsourced = 1,
    Custom = 2,
}

/// <summary>How sharding works; section akka.cluster.sharding.</summary>
public sealed class ClusterShardingSettings : INoSerializationVerificationNeeded
{
    public readonly ClusterSingletonManagerSettings CoordinatorSingletonSettings;

    public readonly string JournalPluginId;

    /// <summary>Zero for never.</summary>
    public readonly TimeSpan PassivateIdleEntityAfter;

    public readonly bool RememberEntities;

    /// <summary>Null for all members.</summary>
    public readonly string Role;

    public readonly TimeSpan ShardRegionQueryTimeout;

    public readonly string SnapshotPluginId;

    public readonly StateStoreMode StateStoreMode;

    public readonly TuningParameters TuningParameters;

    public ClusterShardingSettings(
        string role,
        bool rememberEntities,
        string journalPluginId,
        string snapshotPluginId,
        TimeSpan passivateIdleEntityAfter,
        StateStoreMode stateStoreMode,
        TuningParameters tuningParameters,
        ClusterSingletonManagerSettings coordinatorSingletonSettings)
        : this(role, rememberEntities, journalPluginId, snapshotPluginId, passivateIdleEntityAfter, stateStoreMode, TimeSpan.FromSeconds(3), tuningParameters, coordinatorSingletonSettings)
    {
    }

    private ClusterShardingSettings(
        string role,
        bool rememberEntities,
        string journalPluginId,
        string snapshotPluginId,
        TimeSpan passivateIdleEntityAfter,
        StateStoreMode stateStoreMode,
        TimeSpan shardRegionQueryTimeout,
        TuningParameters tuningParameters,
        ClusterSingletonManagerSettings coordinatorSingletonSettings)
    {
        Role = role;
        RememberEntities = rememberEntities;
        JournalPluginId = journalPluginId;
        SnapshotPluginId = snapshotPluginId;
        PassivateIdleEntityAfter = passivateIdleEntityAfter;
        StateStoreMode = stateStoreMode;
        ShardRegionQueryTimeout = shardRegionQueryTimeout;
        TuningParameters = tuningParameters;
        CoordinatorSingletonSettings = coordinatorSingletonSettings;
    }

    /// <summary>Whether idle entities are stopped.</summary>
    internal bool ShouldPassivateIdleEntities => PassivateIdleEntityAfter > TimeSpan.Zero && !RememberEntities;

    /// <summary>The settings of a system's configuration.</summary>
    public static ClusterShardingSettings Create(ActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(ClusterSharding.DefaultConfig());
        system.Settings.InjectTopLevelFallback(ClusterSingletonManager.DefaultConfig());
        Config config = system.Settings.Config.GetConfig("akka.cluster.sharding");
        return Create(config, system.Settings.Config.GetConfig(config.GetString("coordinator-singleton")));
    }

    /// <summary>The settings of a section like akka.cluster.sharding and one like akka.cluster.singleton.</summary>
    /// <exception cref="ConfigurationException">A section is missing, or a value is not known.</exception>
    public static ClusterShardingSettings Create(Config config, Config singletonConfig)
    {
        if (config is null || config.IsEmpty) throw new ConfigurationException("The section [akka.cluster.sharding] is missing.");
        var role = config.GetString("role") is { Length: > 0 } name ? name : null;
        return new ClusterShardingSettings(
            role,
            config.GetBoolean("remember-entities"),
            config.GetString("journal-plugin-id"),
            config.GetString("snapshot-plugin-id"),
            config.GetString("passivate-idle-entity-after", "off") is "off" or "false" ? TimeSpan.Zero : config.GetTimeSpan("passivate-idle-entity-after"),
            Mode(config.GetString("state-store-mode", "persistence")),
            config.GetTimeSpan("shard-region-query-timeout", TimeSpan.FromSeconds(3)),
            TuningParameters.Create(config),
            ClusterSingletonManagerSettings.Create(singletonConfig).WithRole(role));
    }

    public ClusterShardingSettings WithCoordinatorSingletonSettings(ClusterSingletonManagerSettings coordinatorSingletonSettings) =>
        Copy(singleton: coordinatorSingletonSettings);

    public ClusterShardingSettings WithJournalPluginId(string journalPluginId) => Copy(journal: journalPluginId ?? "");

    public ClusterShardingSettings WithPassivateIdleAfter(TimeSpan duration) => Copy(passivateAfter: duration);

    public ClusterShardingSettings WithRememberEntities(bool rememberEntities) => Copy(remember: rememberEntities);

    /// <summary>With another role, which the coordinator's singleton gets as well.</summary>
    public ClusterShardingSettings WithRole(string role) => new(
        role, RememberEntities, JournalPluginId, SnapshotPluginId, PassivateIdleEntityAfter, StateStoreMode, ShardRegionQueryTimeout, TuningParameters, CoordinatorSingletonSettings.WithRole(role));

    public ClusterShardingSettings WithSnapshotPluginId(string snapshotPluginId) => Copy(snapshots: snapshotPluginId ?? "");

    public ClusterShardingSettings WithStateStoreMode(StateStoreMode mode) => Copy(mode: mode);

    public ClusterShardingSettings WithTuningParameters(TuningParameters tuningParameters) =>
        Copy(tuning: tuningParameters ?? throw new ArgumentNullException(nameof(tuningParameters)));

    private static StateStoreMode Mode(string name) => name switch
    {
        "persistence" => StateStoreMode.Persistence,
        "ddata" => StateStoreMode.DData,
        "custom" => StateStoreMode.Custom,
        _ => throw new ConfigurationException($"akka.cluster.sharding.state-store-mode: [{name}] is not one of persistence, ddata, custom."),
    };

    private ClusterShardingSettings Copy(
        bool? remember = null, string journal = null, string snapshots = null, TimeSpan? passivateAfter = null, StateStoreMode? mode = null, TuningParameters tuning = null, ClusterSingletonManagerSettings singleton = null) =>
        new(
            Role,
            remember ?? RememberEntities,
            journal ?? JournalPluginId,
            snapshots ?? SnapshotPluginId,
            passivateAfter ?? PassivateIdleEntityAfter,
            mode ?? StateStoreMode,
            ShardRegionQueryTimeout,
            tuning ?? TuningParameters,
            singleton ?? CoordinatorSingletonSettings);
}
