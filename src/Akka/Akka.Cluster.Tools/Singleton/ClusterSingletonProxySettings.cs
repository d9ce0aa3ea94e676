#nullable disable
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>How a <see cref="ClusterSingletonProxy"/> works; section akka.cluster.singleton-proxy.</summary>
public sealed class ClusterSingletonProxySettings : INoSerializationVerificationNeeded
{
    private const int MaxBufferSize = 10000;

    /// <param name="singletonName">Name of the instance below its manager.</param>
    /// <param name="role">Role of the members that run the singleton; null or empty for all.</param>
    /// <param name="singletonIdentificationInterval">Longest pause between attempts to find the instance.</param>
    /// <param name="bufferSize">Messages kept while the instance is not known, 0 to 10000.</param>
    /// <param name="considerAppVersion">Whether the newest application version comes before age.</param>
    /// <exception cref="ArgumentException">The name is empty, the interval not positive, or the buffer too large.</exception>
    public ClusterSingletonProxySettings(string singletonName, string role, TimeSpan singletonIdentificationInterval, int bufferSize, bool considerAppVersion)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(singletonName);
        if (singletonIdentificationInterval <= TimeSpan.Zero)
            throw new ArgumentException("The identification interval of a singleton's proxy must be positive.", nameof(singletonIdentificationInterval));
        if (bufferSize is < 0 or > MaxBufferSize)
            throw new ArgumentException($"The buffer of a singleton's proxy holds 0 to {MaxBufferSize} messages, not {bufferSize}.", nameof(bufferSize));
        SingletonName = singletonName;
        Role = role;
        SingletonIdentificationInterval = singletonIdentificationInterval;
        BufferSize = bufferSize;
        ConsiderAppVersion = considerAppVersion;
    }

    public int BufferSize { get; }

    public bool ConsiderAppVersion { get; }

    public string Role { get; }

    public TimeSpan SingletonIdentificationInterval { get; }

    public string SingletonName { get; }

    /// <summary>The settings of a system's configuration.</summary>
    public static ClusterSingletonProxySettings Create(ActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(ClusterSingletonManager.DefaultConfig());
        Config config = system.Settings.Config.GetConfig("akka.cluster.singleton-proxy");
        return Create(config, config.GetBoolean("consider-app-version"));
    }

    /// <summary>The settings of a section like akka.cluster.singleton-proxy.</summary>
    /// <exception cref="ConfigurationException">There is no section.</exception>
    public static ClusterSingletonProxySettings Create(Config config, bool considerAppVersion)
    {
        if (config is null || config.IsEmpty) throw new ConfigurationException("The section [akka.cluster.singleton-proxy] is missing.");
        return new ClusterSingletonProxySettings(
            config.GetString("singleton-name"),
            ClusterSingletonManagerSettings.RoleOf(config),
            config.GetTimeSpan("singleton-identification-interval", TimeSpan.FromSeconds(1)),
            config.GetInt("buffer-size", 1000),
            considerAppVersion);
    }

    public ClusterSingletonProxySettings WithBufferSize(int bufferSize) =>
        new(SingletonName, Role, SingletonIdentificationInterval, bufferSize, ConsiderAppVersion);

    public ClusterSingletonProxySettings WithRole(string role) =>
        new(SingletonName, role, SingletonIdentificationInterval, BufferSize, ConsiderAppVersion);

    public ClusterSingletonProxySettings WithSingletonIdentificationInterval(TimeSpan singletonIdentificationInterval) =>
        new(SingletonName, Role, singletonIdentificationInterval, BufferSize, ConsiderAppVersion);

    public ClusterSingletonProxySettings WithSingletonName(string singletonName) =>
        new(singletonName, Role, SingletonIdentificationInterval, BufferSize, ConsiderAppVersion);
}
