using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ActorBroker.Actors.Bootstrap;
using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Remoting;
using ActorBroker.Actors.Streams;
using ActorBroker.Configuration;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using Akka.Configuration;

namespace ActorBroker.Hosting;

/// <summary>What the actor runtime of a cluster's node is told, in its own words.</summary>
internal static class ClusterHocon
{
    /// <summary>
    /// The largest message between nodes: record batches go this way, too, and may be as large as a request, with some bytes around them. Control messages alone
    /// would do with <see cref="RemotingHocon.MaxFrameBytes"/>.
    /// </summary>
    private const int BatchOverheadBytes = 64 * 1024;

    /// <summary>The cluster role of nodes that hold replicas.</summary>
    public const string BrokerRole = "broker";

    /// <summary>The name of all nodes' actor systems.</summary>
    public const string SystemName = "actorbroker";

    /// <summary>All settings of the node's actor system: what must be, then the user's.</summary>
    public static Config ConfigOf(BrokerOptions options)
    {
        var config = ConfigurationFactory.ParseString(AkkaLogActor.Hocon);
        if (options.Cluster.IsClustered)
        {
            string[] needed = [RemotingHocon.Text, Of(options), ControllerHocon.Text, ReplicationSerializer.Configuration, RepairSerializer.Configuration, BootstrapSerializer.Hocon];
            config = needed.Aggregate(config, (all, text) => all.WithFallback(ConfigurationFactory.ParseString(text)));
        }

        config = config.WithFallback(ConfigurationFactory.ParseString(options.AkkaHocon));
        return options.Cluster.IsClustered ? config.WithFallback(ConfigurationFactory.ParseString(RemotingHocon.Defaults)) : config;
    }

    /// <summary>The settings that follow from the broker's.</summary>
    private static string Of(BrokerOptions options)
    {
        var cluster = options.Cluster;
        return string.Create(CultureInfo.InvariantCulture, $$"""
            akka.actor.provider = cluster
            akka.remote.dot-netty.tcp {
              hostname = {{HoconText.Quote(cluster.Listener.Host)}}
              port = {{cluster.Listener.Port}}
              public-hostname = {{HoconText.Quote(cluster.Advertised.Host)}}
              public-port = {{cluster.Advertised.Port}}
              maximum-frame-size = {{Math.Max(RemotingHocon.MaxFrameBytes, options.Limits.RequestMaxBytes + (long)BatchOverheadBytes)}}b
            }
            akka.cluster.roles = [{{string.Join(", ", Roles(options.Node).Select(HoconText.Quote))}}]
            """);
    }

    /// <summary>
    /// The id that a cluster has when nobody chose one: all its first nodes have the same list of voters, so all find the same.
    /// </summary>
    public static string? NewClusterId(ClusterOptions cluster)
    {
        if (!cluster.IsClustered)
            return null;
        var voters = string.Join(',', cluster.Voters.OrderBy(voter => voter.Id).Select(voter => $"{voter.Id}@{voter.Address}"));
        return new TopicId(new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(voters)).AsSpan(0, 16))).ToString();
    }

    private static IEnumerable<string> Roles(NodeOptions node)
    {
        if (node.Roles.HasFlag(NodeRoles.Controller))
            yield return "controller";
        if (node.Roles.HasFlag(NodeRoles.Broker))
        {
            yield return BrokerRole;
            yield return ReplicaSharding.RoleOf(node.Id);
        }

        yield return BrokerWatchActor.NodeRolePrefix + node.Id;
    }
}
