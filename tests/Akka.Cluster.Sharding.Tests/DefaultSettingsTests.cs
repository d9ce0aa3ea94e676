using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;

namespace Akka.Cluster.Sharding.Tests;

/// <summary>Pins every default of sharding.conf.</summary>
public sealed class DefaultSettingsTests
{
    private static readonly Config Section = ClusterSharding.DefaultConfig().GetConfig("akka.cluster.sharding")!;
    private static readonly ClusterShardingSettings Loaded = ClusterShardingSettings.Create(Section, ClusterSingletonManager.DefaultConfig().GetConfig("akka.cluster.singleton")!);

    [Fact]
    public void Regions()
    {
        Assert.Equal("sharding", Section.GetString("guardian-name"));
        Assert.Equal("akka.cluster.singleton", Section.GetString("coordinator-singleton"));
        Assert.Null(Loaded.Role);
        Assert.False(Loaded.RememberEntities);
        Assert.Equal("", Loaded.JournalPluginId);
        Assert.Equal("", Loaded.SnapshotPluginId);
        Assert.Equal(TimeSpan.FromSeconds(120), Loaded.PassivateIdleEntityAfter);
        Assert.Equal(StateStoreMode.Persistence, Loaded.StateStoreMode);
        Assert.Equal(TimeSpan.FromSeconds(3), Loaded.ShardRegionQueryTimeout);
        Assert.Equal("singleton", Loaded.CoordinatorSingletonSettings.SingletonName);
    }

    [Fact]
    public void Tuning()
    {
        TuningParameters tuning = Loaded.TuningParameters;

        Assert.Equal(TimeSpan.FromSeconds(5), tuning.CoordinatorFailureBackoff);
        Assert.Equal(TimeSpan.FromSeconds(2), tuning.RetryInterval);
        Assert.Equal(100_000, tuning.BufferSize);
        Assert.Equal(TimeSpan.FromSeconds(60), tuning.HandOffTimeout);
        Assert.Equal(TimeSpan.FromSeconds(10), tuning.ShardStartTimeout);
        Assert.Equal(TimeSpan.FromSeconds(10), tuning.ShardFailureBackoff);
        Assert.Equal(TimeSpan.FromSeconds(10), tuning.EntityRestartBackoff);
        Assert.Equal(TimeSpan.FromSeconds(10), tuning.RebalanceInterval);
        Assert.Equal(TimeSpan.FromSeconds(2), tuning.WaitingForStateTimeout);
        Assert.Equal(TimeSpan.FromSeconds(5), tuning.UpdatingStateTimeout);
        Assert.Equal(1000, tuning.SnapshotAfter);
        Assert.Equal(2, tuning.KeepNrOfBatches);
        Assert.Equal(3, tuning.CoordinatorStateWriteMajorityPlus);
        Assert.Equal(5, tuning.CoordinatorStateReadMajorityPlus);
        Assert.Equal(0, tuning.LeastShardAllocationAbsoluteLimit);
        Assert.Equal(0.1, tuning.LeastShardAllocationRelativeLimit);
        Assert.Equal(1, tuning.LeastShardAllocationRebalanceThreshold);
        Assert.Equal(3, tuning.LeastShardAllocationMaxSimultaneousRebalance);
        Assert.Equal("all", tuning.EntityRecoveryStrategy);
        Assert.Equal(TimeSpan.FromMilliseconds(100), tuning.EntityRecoveryConstantRateStrategyFrequency);
        Assert.Equal(5, tuning.EntityRecoveryConstantRateStrategyNumberOfEntities);
    }
}
