using System.Collections.Concurrent;
using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using Akka.Actor;

namespace ActorBroker.Actors.Streams;

/// <summary>Where the actor systems of the cluster's nodes are.</summary>
public interface IPeerDirectory
{
    /// <summary>The node's address; null while it is unknown.</summary>
    Address? AddressOf(NodeId node);
}

/// <summary>The addresses that brokers registered with: their endpoint named <see cref="Listener"/>.</summary>
/// <param name="system">The name of every node's actor system.</param>
public sealed class ImagePeers(ClusterState cluster, string system = "actorbroker") : IPeerDirectory
{
    /// <summary>The listener of traffic between nodes.</summary>
    public const string Listener = "CLUSTER";

    public Address? AddressOf(NodeId node) =>
        cluster.Image.Brokers.TryGetValue(node, out var broker) && broker.EndpointOf(Listener) is { } endpoint
            ? new Address("akka.tcp", system, endpoint.Host, endpoint.Port)
            : null;
}

/// <summary>Sends replication messages to nodes. Any thread. All messages to a node go through one association, and stay in order for each sender.</summary>
public sealed class ReplicationStreams(ActorSystem system, IPeerDirectory directory)
{
    private const string ActorPath = "/user/node/replication";

    private readonly ConcurrentDictionary<NodeId, (Address Address, IActorRef Actor)> peers = new();
    private readonly ConcurrentDictionary<NodeId, PeerWindow> windows = new();

    /// <summary>Sends, or drops what cannot be sent: streams notice what is missing.</summary>
    public void Tell(NodeId node, ReplicationMessage message)
    {
        var peer = Find(node);
        if (peer is not null)
        {
            peer.Tell(message, ActorRefs.NoSender);
        }
        else
        {
            (message as PushMessage)?.Payload?.Dispose();
        }
    }

    /// <summary>Sends, or drops what cannot be sent: whoever asks sets a limit of time.</summary>
    public void Tell(NodeId node, RepairMessage message) => Find(node)?.Tell(message, ActorRefs.NoSender);

    /// <summary>Where a node is; null while that is unknown.</summary>
    internal Address? AddressOf(NodeId node) => directory.AddressOf(node);

    /// <summary>Counts push bytes that are under way to a node; negative when they have arrived.</summary>
    internal void AddInFlight(NodeId node, long bytes) => Interlocked.Add(ref Window(node).Bytes, bytes);

    /// <summary>Push bytes that are under way to a node, from all leaders here.</summary>
    internal long InFlightTo(NodeId node) => Interlocked.Read(ref Window(node).Bytes);

    private IActorRef? Find(NodeId node)
    {
        if (directory.AddressOf(node) is not { } address)
        {
            return null;
        }

        if (!peers.TryGetValue(node, out var peer) || peer.Address != address)
        {
            peer = (address, ((ExtendedActorSystem)system).Provider.ResolveActorRef(address + ActorPath));
            peers[node] = peer;
        }

        return peer.Actor;
    }

    private PeerWindow Window(NodeId node) => windows.GetOrAdd(node, static _ => new PeerWindow());

    /// <summary>The nodes that were told something at an address.</summary>
    public IEnumerable<NodeId> NodesAt(Address address) => peers.Where(peer => peer.Value.Address == address).Select(peer => peer.Key);

    private sealed class PeerWindow
    {
        public long Bytes;
    }
}
