using ActorBroker.Actors.Controller;
using ActorBroker.Links;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using Akka.Actor;

namespace ActorBroker.Actors.Streams;

/// <summary>Where the other nodes are, by the addresses that their brokers registered with.</summary>
/// <param name="protocol">That of every node's actor system.</param>
/// <param name="system">Its name.</param>
public sealed class ImagePeers(ClusterState cluster, string protocol = "akka.tcp", string system = "actorbroker")
{
    /// <summary>The listener of control traffic between nodes.</summary>
    public const string Listener = "CLUSTER";

    /// <summary>The listener of links.</summary>
    public const string LinkListener = "LINKS";

    /// <summary>The address of the node's actor system; null while it is unknown.</summary>
    public Address? AddressOf(NodeId node) =>
        cluster.Image.Brokers.TryGetValue(node, out var broker) && broker.EndpointOf(Listener) is { } endpoint
            ? new Address(protocol, system, endpoint.Host, endpoint.Port)
            : null;

    /// <summary>The newest image.</summary>
    public ClusterImage Image => cluster.Image;

    /// <summary>Where brokers take links.</summary>
    public static Dictionary<NodeId, HostPort> LinksOf(ClusterImage image)
    {
        var links = new Dictionary<NodeId, HostPort>();
        foreach (var broker in image.Brokers.Values)
        {
            if (broker.EndpointOf(LinkListener) is { } endpoint)
            {
                links[broker.Id] = new HostPort(endpoint.Host, endpoint.Port);
            }
        }

        return links;
    }
}

/// <summary>Sends what replicas say to other nodes. Any thread.</summary>
public sealed class ReplicationStreams(ILinks links)
{
    /// <summary>Sends, or drops what cannot be sent: streams notice what is missing, and whoever asks for a repair sets a limit of time.</summary>
    public void Tell(NodeId node, LinkMessage message) => links.Send(node, message);

    /// <summary>Whether the node takes pushes just now.</summary>
    internal bool HasRoom(NodeId node) => links.HasRoom(node);
}
