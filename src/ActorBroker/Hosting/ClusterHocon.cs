using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ActorBroker.Actors.Bootstrap;
using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Membership;
using ActorBroker.Actors.Remoting;
using ActorBroker.Actors.Runtime;
using ActorBroker.Actors.Partitions;
using ActorBroker.Hocon;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using Akka.Configuration;

namespace ActorBroker.Hosting;

/// <summary>What the actor runtime of a cluster's node is told, in its own words.</summary>
internal static class ClusterHocon
{
    /// <summary>The cluster role of nodes that hold replicas.</summary>
    public const string BrokerRole = "broker";

    /// <summary>The name of all nodes' actor systems.</summary>
    public const string SystemName = "actorbroker";

    /// <summary>All settings of the node's actor system: what must be, then the user's.</summary>
    public static Config ConfigOf(BrokerOptions options)
    {
        var config = ConfigurationFactory.ParseString(string.Join('\n', AkkaLogActor.Hocon, HeapScheduler.Hocon, RingMailbox.Hocon, ControllerPersistence.Hocon));
        if (options.Cluster.IsClustered)
        {
            string[] needed = [RemotingHocon.Text, Of(options), ControllerHocon.Text, ReplicaDispatcher.Configuration, BootstrapSerializer.Hocon];
            config = needed.Aggregate(config, (all, text) => all.WithFallback(ConfigurationFactory.ParseString(text)));
            config = config.WithFallback(DowningOf(options.Cluster));
        }

        config = config.WithFallback(ConfigurationFactory.ParseString(options.AkkaHocon));
        return options.Cluster.IsClustered ? config.WithFallback(ConfigurationFactory.ParseString(RemotingHocon.Defaults)) : config;
    }

    private static Config DowningOf(ClusterOptions cluster) => cluster.PromptDowning
        ? PromptDowningProvider.ConfigOf(cluster.Voters.Select(voter => voter.Address))
        : ConfigurationFactory.ParseString("""akka.cluster.downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster" """);

    /// <summary>The settings that follow from the broker's.</summary>
    private static string Of(BrokerOptions options)
    {
        var cluster = options.Cluster;
        return string.Create(CultureInfo.InvariantCulture, $$"""
            akka.actor.provider = cluster
            # Each node connects to the others itself: one that they cannot reach under the address that it advertises does not become a member.
            akka.remote.use-passive-connections = off
            akka.remote.dot-netty.tcp {
              hostname = {{HoconPrinter.Quote(cluster.Listener.Host)}}
              port = {{cluster.Listener.Port}}
              public-hostname = {{HoconPrinter.Quote(cluster.Advertised.Host)}}
              public-port = {{cluster.Advertised.Port}}
              maximum-frame-size = {{RemotingHocon.MaxFrameBytes}}b
            }
            akka.cluster.roles = [{{string.Join(", ", Roles(options.Node).Select(HoconPrinter.Quote))}}]
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
