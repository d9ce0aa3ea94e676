using System.Net.Sockets;
using ActorBroker.Actors.Streams;
using ActorBroker.Links;
using ActorBroker.Model.Options;
using ActorBroker.Server.Network;

namespace ActorBroker.Hosting;

/// <summary>This node's links to the others. They listen before the actors start: a port that is taken means that the node runs already.</summary>
internal sealed record NodeLinks(LinkNetwork Network, LinkReceiver Receiver)
{
    private const int FrameOverheadBytes = 64 * 1024;

    /// <returns>Null for a node that replicates nothing with others.</returns>
    /// <exception cref="ListenerException">The node cannot listen for links; the message says what to do.</exception>
    public static NodeLinks? Start(BrokerOptions options, string clusterId, TimeProvider time)
    {
        if (!options.Cluster.IsClustered || !options.Node.Roles.HasFlag(NodeRoles.Broker))
        {
            return null;
        }

        var links = options.Cluster.Links;
        var receiver = new LinkReceiver();
        var incarnation = new LinkIncarnation(time.GetUtcNow().ToUnixTimeMilliseconds(), Guid.NewGuid());
        try
        {
            return new NodeLinks(
                LinkNetwork.Start(
                    new LinkOptions(options.Node.Id, clusterId, incarnation, links.Listener)
                    {
                        Cookie = options.Cluster.Cookie,
                        CreditBytes = links.CreditBytes,
                        QueueBytes = links.QueueBytes,
                        KeepAlive = TimeSpan.FromMilliseconds(links.KeepAliveMs),
                        MaxFrameBytes = options.Limits.RequestMaxBytes + FrameOverheadBytes,
                    },
                    receiver),
                receiver);
        }
        catch (SocketException e)
        {
            throw new ListenerException(
                $"it cannot take links from the other nodes at {(links.Listener.Host.Length == 0 ? "*" : "")}{links.Listener}, which cluster.links.listener says (by default the port after that of cluster.listener): {e.Message}; "
                + (e.SocketErrorCode == SocketError.AddressAlreadyInUse ? "stop the process that has the port, which may be this node, started twice, or choose another port there" : "correct it"),
                e);
        }
    }
}
