using ActorBroker.Actors.Runtime;
using ActorBroker.Model.Options;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.SBR;
using Akka.Configuration;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ActorBroker.Actors.Membership;

/// <summary>
/// The downing provider of brokers (<c>akka.cluster.downing-provider-class</c>): <see cref="PromptDowning"/> for those that have a majority of the
/// voters, above Akka.NET's split brain resolver with its own settings for everybody else.
/// </summary>
public sealed class PromptDowningProvider : IDowningProvider
{
    private const string VotersPath = "actorbroker.membership.voters";

    /// <summary>The part of the resolver's stable-after that a side with the majority waits: it acts first.</summary>
    private const double Earlier = 0.7;

    private readonly SplitBrainResolverProvider resolver;
    private readonly ActorSystem system;
    private readonly AkkaCluster cluster;

    public PromptDowningProvider(ActorSystem system, AkkaCluster cluster)
    {
        this.system = system;
        this.cluster = cluster;
        resolver = new SplitBrainResolverProvider(system, cluster);
    }

    public TimeSpan DownRemovalMargin => resolver.DownRemovalMargin;

    public Props DowningActorProps
    {
        get
        {
            var config = system.Settings.Config;
            List<Address> voters = [.. config.GetStringList(VotersPath).Select(AddressOf)];
            var stableAfter = Earlier * config.GetTimeSpan("akka.cluster.split-brain-resolver.stable-after");
            var inner = resolver.DowningActorProps;
            return ActorProps.Of(() => new PromptDowningActor(new PromptDowning(voters, stableAfter), inner, TimeProvider.System));
        }
    }

    /// <summary>Chooses this provider, and the failure detector that it needs; to be added to the actor system's settings.</summary>
    /// <param name="voters">Where the voters are reached, under the addresses that they have in the cluster.</param>
    public static Config ConfigOf(IEnumerable<HostPort> voters) => ConfigurationFactory.ParseString($$"""
        akka.cluster.downing-provider-class = "{{NameOf(typeof(PromptDowningProvider))}}"
        akka.cluster.failure-detector.implementation-class = "{{NameOf(typeof(PromptFailureDetector))}}"
        {{VotersPath}} = [{{string.Join(", ", voters.Select(voter => $"\"{voter}\""))}}]
        """);

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";

    private Address AddressOf(string voter) => HostPort.TryParse(voter) is { } at
        ? new Address(cluster.SelfAddress.Protocol, cluster.SelfAddress.System, at.Host, at.Port)
        : throw new ConfigurationException($"{VotersPath}: '{voter}' is not host:port");
}
