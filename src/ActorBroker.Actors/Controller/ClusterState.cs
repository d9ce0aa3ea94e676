using System.Collections.Immutable;
using ActorBroker.Metadata;

namespace ActorBroker.Actors.Controller;

/// <summary>The latest cluster image that this node has applied. Anybody may read it at any time; only the controller's shell sets it.</summary>
public sealed class ClusterState(string clusterId, ClusterImage initial)
{
    private volatile ClusterImage image = initial;

    public string ClusterId { get; } = clusterId;

    public ClusterImage Image
    {
        get => image;
        internal set => image = value;
    }
}

/// <summary>Published on the event stream after the image has changed.</summary>
/// <param name="Events">What changed, in order.</param>
public sealed record MetadataChanged(ClusterImage Image, ImmutableArray<MetadataEvent> Events);
