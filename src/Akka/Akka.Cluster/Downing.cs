#nullable disable
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>Decides when members that cannot be reached are lost. A class of it is named by akka.cluster.downing-provider-class.</summary>
public interface IDowningProvider
{
    /// <summary>How long others wait after a lost member's removal before they take over its work.</summary>
    TimeSpan DownRemovalMargin { get; }

    /// <summary>The actor that decides, a child of the cluster's; null for none.</summary>
    Props DowningActorProps { get; }
}

/// <summary>Leaves the decision to an operator.</summary>
public sealed class NoDowning : IDowningProvider
{
    public NoDowning(ActorSystem system, Cluster cluster) =>
        DownRemovalMargin = ClusterSettings.OptionalTime(system.Settings.Config, "akka.cluster.down-removal-margin") ?? TimeSpan.Zero;

    public TimeSpan DownRemovalMargin { get; }

    public Props DowningActorProps => null;
}
