#nullable disable
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>How a <see cref="ClusterSingletonManager"/> works; section akka.cluster.singleton.</summary>
public sealed class ClusterSingletonManagerSettings : INoSerializationVerificationNeeded
{
    /// <param name="singletonName">Name of the instance below its manager.</param>
    /// <param name="role">Only members with this role run the singleton; null or empty for all members.</param>
    /// <param name="removalMargin">Wait after a lost member's removal; zero takes the downing provider's.</param>
    /// <param name="handOverRetryInterval">How often an unanswered request is repeated.</param>
    /// <param name="considerAppVersion">Whether the newest application version comes before age.</param>
    /// <exception cref="ArgumentException">The name is empty, or an interval is not positive.</exception>
    public ClusterSingletonManagerSettings(string singletonName, string role, TimeSpan removalMargin, TimeSpan handOverRetryInterval, bool considerAppVersion)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(singletonName);
        if (removalMargin < TimeSpan.Zero) throw new ArgumentException("The removal margin of a singleton must not be negative.", nameof(removalMargin));
        if (handOverRetryInterval <= TimeSpan.Zero) throw new ArgumentException("The retry interval of a hand-over must be positive.", nameof(handOverRetryInterval));
        SingletonName = singletonName;
        Role = role;
        RemovalMargin = removalMargin;
        HandOverRetryInterval = handOverRetryInterval;
        ConsiderAppVersion = considerAppVersion;
    }

    public bool ConsiderAppVersion { get; }

    public TimeSpan HandOverRetryInterval { get; }

    /// <summary>Zero takes the downing provider's.</summary>
    public TimeSpan RemovalMargin { get; }

    public string Role { get; }

    public string SingletonName { get; }

    /// <summary>The settings of a system's configuration.</summary>
    public static ClusterSingletonManagerSettings Create(ActorSystem system)
    {
        system.Settings.InjectTopLevelFallback(ClusterSingletonManager.DefaultConfig());
        return Create(system.Settings.Config.GetConfig("akka.cluster.singleton"));
    }

    /// <summary>The settings of a section like akka.cluster.singleton.</summary>
    /// <exception cref="ConfigurationException">There is no section.</exception>
    public static ClusterSingletonManagerSettings Create(Config config)
    {
        if (config is null || config.IsEmpty) throw new ConfigurationException("The section [akka.cluster.singleton] is missing.");
        return new ClusterSingletonManagerSettings(
            config.GetString("singleton-name"),
            RoleOf(config),
            TimeSpan.Zero,
            config.GetTimeSpan("hand-over-retry-interval", TimeSpan.FromSeconds(1)),
            config.GetBoolean("consider-app-version"));
    }

    public ClusterSingletonManagerSettings WithHandOverRetryInterval(TimeSpan handOverRetryInterval) =>
        new(SingletonName, Role, RemovalMargin, handOverRetryInterval, ConsiderAppVersion);

    public ClusterSingletonManagerSettings WithRemovalMargin(TimeSpan removalMargin) =>
        new(SingletonName, Role, removalMargin, HandOverRetryInterval, ConsiderAppVersion);

    public ClusterSingletonManagerSettings WithRole(string role) =>
        new(SingletonName, role, RemovalMargin, HandOverRetryInterval, ConsiderAppVersion);

    public ClusterSingletonManagerSettings WithSingletonName(string singletonName) =>
        new(singletonName, Role, RemovalMargin, HandOverRetryInterval, ConsiderAppVersion);

    internal static string RoleOf(Config config) => config.GetString("role") is { Length: > 0 } role ? role : null;
}
