using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;

namespace Akka.Cluster.Tools.Tests;

/// <summary>Pins every default of singleton.conf.</summary>
public sealed class DefaultSettingsTests
{
    private static readonly Config Loaded = ClusterSingletonManager.DefaultConfig();

    [Fact]
    public void Managers()
    {
        var settings = ClusterSingletonManagerSettings.Create(Loaded.GetConfig("akka.cluster.singleton"));

        Assert.Equal("singleton", settings.SingletonName);
        Assert.Null(settings.Role);
        Assert.Equal(TimeSpan.Zero, settings.RemovalMargin);
        Assert.Equal(TimeSpan.FromSeconds(1), settings.HandOverRetryInterval);
        Assert.False(settings.ConsiderAppVersion);
        Assert.Equal(15, Loaded.GetInt("akka.cluster.singleton.min-number-of-hand-over-retries"));
    }

    [Fact]
    public void Proxies()
    {
        var settings = ClusterSingletonProxySettings.Create(Loaded.GetConfig("akka.cluster.singleton-proxy"), considerAppVersion: false);

        Assert.Equal("singleton", settings.SingletonName);
        Assert.Null(settings.Role);
        Assert.Equal(TimeSpan.FromSeconds(1), settings.SingletonIdentificationInterval);
        Assert.Equal(1000, settings.BufferSize);
        Assert.False(settings.ConsiderAppVersion);
    }
}
