#nullable disable
using Akka.Actor;
using Akka.Cluster;

namespace AkkaExtensions.Membership;

/// <summary>
/// An extension of systems in a cluster: knows of which removed members nobody has to wait any longer. Who takes over the work of lost members asks it. It is not
/// part of Akka.NET's API.
/// </summary>
public sealed class RemovalMargins : IExtension
{
    private readonly Cluster _cluster;

    internal RemovalMargins(Cluster cluster) => _cluster = cluster;

    /// <summary>The extension of a system.</summary>
    public static RemovalMargins Get(ActorSystem system) => system.WithExtension<RemovalMargins, RemovalMarginsProvider>();

    /// <summary>
    /// How long to wait after a member was removed as down until its work may be done elsewhere: <paramref name="margin"/>, or zero if the member is known to have
    /// ended as a process and akka.cluster.down-removal-margin-after-process-end is off.
    /// </summary>
    /// <remarks>
    /// The margin lets a member that runs on, but is cut off, find that it has lost and stop its work. A process that has ended has stopped it already. That it has
    /// ended is known when its connections were reset and its address refuses new ones, or another incarnation answers there: a paused or slow process, one
    /// that has no files or no room in its backlog left, and a cut network refuse nothing. All who found it gone must say the same, none of them that it is merely
    /// silent. Only somebody who answers in its place can make this wrong: a firewall that sends resets for a process that runs on.
    /// </remarks>
    public TimeSpan MarginFor(UniqueAddress removed, TimeSpan margin) =>
        !_cluster.Settings.MarginAfterProcessEnd && _cluster.Membership.Ended.Contains(removed) ? TimeSpan.Zero : margin;
}

/// <summary>Makes the extension of a system.</summary>
public sealed class RemovalMarginsProvider : ExtensionIdProvider<RemovalMargins>
{
    public override RemovalMargins CreateExtension(ExtendedActorSystem system) => new(Cluster.Get(system));
}
