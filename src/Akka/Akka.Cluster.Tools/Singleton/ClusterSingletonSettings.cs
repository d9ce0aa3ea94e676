#nullable disable
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>How <see cref="ClusterSingleton"/> runs a singleton and its proxy.</summary>
public class ClusterSingletonSettings : INoSerializationVerificationNeeded
{
    private ClusterSingletonSettings(string role, TimeSpan singletonIdentificationInterval, TimeSpan removalMargin, TimeSpan handOverRetryInterval, int bufferSize, bool considerAppVersion)
    {
        Role = role;
        SingletonIdentificationInterval = singletonIdentificationInterval;
        RemovalMargin = removalMargin;
        HandOverRetryInterval = handOverRetryInterval;
        BufferSize = bufferSize;
        ConsiderAppVersion = considerAppVersion;
    }

    public int BufferSize { get; }

    public bool ConsiderAppVersion { get; }

    public TimeSpan HandOverRetryInterval { get; }

    public TimeSpan RemovalMargin { get; }

    public string Role { get; }

    public TimeSpan SingletonIdentificationInterval { get; }

    /// <summary>The settings of a system's configuration.</summary>
    public static ClusterSingletonSettings Create(ActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(ClusterSingletonManager.DefaultConfig());
        return Create(system.Settings.Config.GetConfig("akka.cluster"));
    }

    /// <summary>The settings of a section with the sections singleton and singleton-proxy.</summary>
    public static ClusterSingletonSettings Create(Config config)
    {
        ClusterSingletonManagerSettings manager = ClusterSingletonManagerSettings.Create(config.GetConfig("singleton"));
        ClusterSingletonProxySettings proxy = ClusterSingletonProxySettings.Create(config.GetConfig("singleton-proxy"), manager.ConsiderAppVersion);
        return new ClusterSingletonSettings(
            manager.Role, proxy.SingletonIdentificationInterval, manager.RemovalMargin, manager.HandOverRetryInterval, proxy.BufferSize, manager.ConsiderAppVersion);
    }

    public override string ToString() =>
        $"ClusterSingletonSettings({Role}, {SingletonIdentificationInterval}, {RemovalMargin}, {HandOverRetryInterval}, {BufferSize}, {ConsiderAppVersion})";

    public ClusterSingletonSettings WithHandOverRetryInterval(TimeSpan handOverRetryInterval) =>
        new(Role, SingletonIdentificationInterval, RemovalMargin, handOverRetryInterval, BufferSize, ConsiderAppVersion);

    public ClusterSingletonSettings WithRemovalMargin(TimeSpan removalMargin) =>
        new(Role, SingletonIdentificationInterval, removalMargin, HandOverRetryInterval, BufferSize, ConsiderAppVersion);

    public ClusterSingletonSettings WithRole(string role) =>
        new(role, SingletonIdentificationInterval, RemovalMargin, HandOverRetryInterval, BufferSize, ConsiderAppVersion);

    internal ClusterSingletonManagerSettings ToManagerSettings(string singletonName) => new(singletonName, Role, RemovalMargin, HandOverRetryInterval, ConsiderAppVersion);

    internal ClusterSingletonProxySettings ToProxySettings(string singletonName) => new(singletonName, Role, SingletonIdentificationInterval, BufferSize, ConsiderAppVersion);
}
