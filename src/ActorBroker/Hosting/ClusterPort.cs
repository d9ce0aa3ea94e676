using System.Net.Sockets;
using ActorBroker.Model.Options;
using ActorBroker.Server.Network;

namespace ActorBroker.Hosting;

/// <summary>
/// Keeps a second process from the address where this node listens for others. Akka.NET's listener shares its port with others that ask for it, so that two nodes
/// with one address would each get a part of the connections. An exclusive socket at the port would do, but fails as well when some client's connection happens to
/// have that port on its side. So the node holds a name that says the same and that nobody else uses, and that ends with the process.
/// </summary>
internal static class ClusterPort
{
    /// <returns>To be held as long as the node listens; null where there is nothing to hold.</returns>
    /// <exception cref="ListenerException">Another process of this machine listens there.</exception>
    public static IDisposable? Take(BrokerOptions options)
    {
        var listener = options.Cluster.Listener;

        // Names without files are Linux's; elsewhere the port is all there is.
        if (!options.Cluster.IsClustered || listener.Port == 0 || !OperatingSystem.IsLinux())
        {
            return null;
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint($"\0actorbroker-cluster-{listener.Host}:{listener.Port}"));
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw ClusterAddress.Unusable(options, e);
        }
    }
}
