using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ActorBroker.Model.Options;
using ActorBroker.Server.Network;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Hosting;

/// <summary>Where a node listens for the other nodes: finds the address of its host name, and explains why it cannot listen there.</summary>
internal static class ClusterAddress
{
    /// <summary>The name of a machine that has just started may not be known yet, as that of a pod.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>The same options with an address in place of the host name of the cluster's listener. Waits for a while for a name without an address.</summary>
    /// <exception cref="ListenerException">The name has no address; the message says what to do.</exception>
    /// <exception cref="OperationCanceledException">The node is to stop.</exception>
    public static Task<BrokerOptions> ResolveAsync(BrokerOptions options, ILogger logger, CancellationToken stop) => ResolveAsync(options, Patience, logger, stop);

    /// <inheritdoc cref="ResolveAsync(BrokerOptions, ILogger, CancellationToken)"/>
    public static async Task<BrokerOptions> ResolveAsync(BrokerOptions options, TimeSpan patience, ILogger logger, CancellationToken stop)
    {
        var listener = options.Cluster.Listener;
        if (!options.Cluster.IsClustered || listener.Host.Length == 0 || IPAddress.TryParse(listener.Host, out _))
        {
            return options;
        }

        var began = Stopwatch.GetTimestamp();
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                var address = await FindAsync(listener.Host, stop).ConfigureAwait(false);
                return options with
                {
                    Cluster = options.Cluster with
                    {
                        Listener = listener with { Host = address.ToString() },
                        Links = options.Cluster.Links.Listener.Host == listener.Host
                            ? options.Cluster.Links with { Listener = options.Cluster.Links.Listener with { Host = address.ToString() } }
                            : options.Cluster.Links,
                    },
                };
            }
            catch (Exception e) when (e is SocketException or ArgumentException)
            {
                if (Stopwatch.GetElapsedTime(began) >= patience || e is ArgumentException)
                {
                    throw new ListenerException(Explain(options, SocketError.HostNotFound, e.Message), e);
                }

                if (isFirst)
                {
                    HostLog.NoClusterAddressYet(logger, listener, SettingOf(options), e.Message, patience.TotalSeconds);
                }
            }

            await Task.Delay(RetryInterval, stop).ConfigureAwait(false);
        }
    }

    /// <summary>The problem of listening there, as one line for the operator.</summary>
    public static ListenerException Unusable(BrokerOptions options, SocketException cause) => new(Explain(options, cause.SocketErrorCode, cause.Message), cause);

    private static async Task<IPAddress> FindAsync(string host, CancellationToken stop) =>
        await Dns.GetHostAddressesAsync(host, stop).ConfigureAwait(false) is [var first, ..] ? first : throw new SocketException((int)SocketError.HostNotFound);

    private static string Explain(BrokerOptions options, SocketError error, string message)
    {
        var listener = options.Cluster.Listener;
        var where = $"it cannot listen for the other nodes at {(listener.Host.Length == 0 ? "*" : "")}{listener}, which {SettingOf(options)} says";
        return error switch
        {
            SocketError.AddressAlreadyInUse =>
                $"{where}: the port is in use by another process, perhaps by this node, started twice; stop that process, or give this node another port there",
            SocketError.AddressNotAvailable =>
                $"{where}: this machine has no such address; correct it, or listen at all of its addresses (cluster.listener=:{listener.Port})",
            SocketError.AccessDenied =>
                $"{where}: ports below 1024 need a privilege that this process does not have; choose a higher port",
            SocketError.HostNotFound =>
                $"{where}: the name {listener.Host} has no address ({message}); correct it, or listen at all addresses of this machine (cluster.listener=:{listener.Port})",
            _ => $"{where}: {message}",
        };
    }

    private static string SettingOf(BrokerOptions options) =>
        options.Cluster.Voters.Any(voter => voter.Id == options.Node.Id && voter.Address == options.Cluster.Listener)
            ? $"the entry of node {options.Node.Id} in cluster.voters (Kafka: controller.quorum.voters)"
            : "cluster.listener";
}
