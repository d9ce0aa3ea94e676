using Akka.Cluster.SBR;
using Akka.Configuration;

namespace Akka.Cluster.Tests;

/// <summary>Pins every default of Cluster.conf.</summary>
public sealed class DefaultSettingsTests
{
    private static readonly ClusterSettings Loaded = Cores.Settings();

    [Fact]
    public void Joining_and_leaving()
    {
        Assert.Empty(Loaded.SeedNodes);
        Assert.Equal(TimeSpan.FromSeconds(5), Loaded.SeedNodeTimeout);
        Assert.Equal(TimeSpan.FromSeconds(10), Loaded.RetryUnsuccessfulJoinAfter);
        Assert.Null(Loaded.ShutdownAfterUnsuccessfulJoinSeedNodes);
        Assert.Equal(TimeSpan.FromSeconds(7), Loaded.WeaklyUpAfter);
        Assert.True(Loaded.AllowWeaklyUpMembers);
        Assert.Equal(1, Loaded.MinNrOfMembers);
        Assert.Empty(Loaded.MinNrOfMembersOfRole);
        Assert.Empty(Loaded.Roles);
        Assert.True(Loaded.RunCoordinatedShutdownWhenDown);
        Assert.True(Loaded.EnforceCompatibleConfiguration);
        Assert.Equal(7, Loaded.CompatibilityKeys.Length);
    }

    [Fact]
    public void Gossip()
    {
        Assert.Equal(TimeSpan.FromSeconds(1), Loaded.PeriodicTasksInitialDelay);
        Assert.Equal(TimeSpan.FromSeconds(1), Loaded.GossipInterval);
        Assert.Equal(TimeSpan.FromSeconds(2), Loaded.GossipTimeToLive);
        Assert.Equal(TimeSpan.FromSeconds(1), Loaded.LeaderActionsInterval);
        Assert.Equal(0.8, Loaded.GossipDifferentViewProbability);
        Assert.Equal(400, Loaded.ReduceGossipDifferentViewProbability);
        Assert.Equal(5, Loaded.EagerGossipFanout);
        Assert.Equal(50, Loaded.EagerGossipToAllMembers);
        Assert.Equal(TimeSpan.FromHours(24), Loaded.PruneGossipTombstonesAfter);
        Assert.True(Loaded.LogInfo);
        Assert.False(Loaded.LogInfoVerbose);
        Assert.Equal("", Loaded.UseDispatcher);
    }

    [Fact]
    public void Failure_detection()
    {
        Assert.Equal("Akka.Remote.PhiAccrualFailureDetector, Akka.Remote", Loaded.FailureDetectorImplementationClass);
        Assert.Equal(TimeSpan.FromSeconds(1), Loaded.UnreachableNodesReaperInterval);
        Assert.Equal(TimeSpan.FromSeconds(1), Loaded.HeartbeatInterval);
        Assert.Equal(TimeSpan.FromSeconds(1), Loaded.HeartbeatExpectedResponseAfter);
        Assert.Equal(9, Loaded.MonitoredByNrOfMembers);
        Assert.Equal(8.0, Loaded.FailureDetectorConfig.GetDouble("threshold"));
        Assert.Equal(1000, Loaded.FailureDetectorConfig.GetInt("max-sample-size"));
        Assert.Equal(TimeSpan.FromMilliseconds(100), Loaded.FailureDetectorConfig.GetTimeSpan("min-std-deviation"));
        Assert.Equal(TimeSpan.FromSeconds(3), Loaded.FailureDetectorConfig.GetTimeSpan("acceptable-heartbeat-pause"));
        Assert.True(Loaded.ConnectionRefusedIsUnreachable);
    }

    [Fact]
    public void Downing()
    {
        Config config = ConfigurationFactory.FromResource("Akka.Cluster.Configuration.Cluster.conf", typeof(Cluster).Assembly);
        var resolver = new SplitBrainResolverSettings(config);

        Assert.Equal(typeof(SplitBrainResolverProvider), Loaded.DowningProviderType);
        Assert.Null(ClusterSettings.OptionalTime(config, "akka.cluster.down-removal-margin"));
        Assert.True(Loaded.MarginAfterProcessEnd);
        Assert.Equal("keep-majority", resolver.DowningStrategy);
        Assert.Equal(TimeSpan.FromSeconds(20), resolver.DowningStableAfter);
        Assert.Equal(TimeSpan.FromSeconds(15), resolver.DownAllWhenUnstable);
        Assert.Null(resolver.StableAfterProcessEnd);
        Assert.Null(resolver.KeepMajorityRole);
        Assert.True(resolver.KeepOldestSettings.DownIfAlone);
        Assert.Null(resolver.KeepOldestSettings.Role);
    }
}
