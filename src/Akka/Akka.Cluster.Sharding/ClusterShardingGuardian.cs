#nullable disable
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Pattern;
using AkkaExtensions.Sharding;

namespace Akka.Cluster.Sharding;

/// <summary>
/// Parent of a node's regions, proxies and coordinators. It also answers coordinators for types that have no region here. Children that fail are restarted.
/// </summary>
internal sealed class ClusterShardingGuardian : UntypedActor
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly string[] _path = [.. Context.Self.Path.Elements];

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StartRegion start:
                Sender.Tell(new Status.Success(Region(start)));
                break;
            case StartProxy proxy:
                Sender.Tell(new Status.Success(ChildOr(ClusterSharding.ProxyNameOf(proxy.TypeName), () =>
                    ShardRegion.Props(proxy.TypeName, null, proxy.Settings, CoordinatorPath(proxy.TypeName, proxy.Settings), proxy.Extractor, PoisonPill.Instance))));
                break;
            case CollectShards collect:
                IActorRef region = Context.Child(ClusterSharding.NameOf(collect.TypeName));
                if (region.IsNobody()) Sender.Tell(new ShardsCollected(_cluster.SelfUniqueAddress, collect.Epoch, null, [], []), Self);
                else region.Forward(collect);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private IActorRef Region(StartRegion start)
    {
        ClusterShardingSettings settings = start.Settings;
        var (typeName, strategy, path) = (start.TypeName, start.Strategy, _path);
        ChildOr(CoordinatorName(typeName), () =>
        {
            Props coordinator = Props.Create(() => new ShardCoordinator(typeName, settings, strategy, path));
            TimeSpan backoff = settings.TuningParameters.CoordinatorFailureBackoff;
            return ClusterSingletonManager.Props(
                BackoffSupervisor.Props(coordinator, "coordinator", backoff, backoff * 5, 0.2),
                PoisonPill.Instance,
                settings.CoordinatorSingletonSettings);
        });
        return ChildOr(ClusterSharding.NameOf(typeName), () =>
            ShardRegion.Props(typeName, start.EntityProps, settings, CoordinatorPath(typeName, settings), start.Extractor, start.HandOffStopMessage, strategy as IPinnedShards));
    }

    private string CoordinatorName(string typeName) => ClusterSharding.NameOf(typeName) + "Coordinator";

    private string[] CoordinatorPath(string typeName, ClusterShardingSettings settings) =>
        [.. _path, CoordinatorName(typeName), settings.CoordinatorSingletonSettings.SingletonName, "coordinator"];

    private static IActorRef ChildOr(string name, Func<Props> props) => Context.Child(name) is { } child && !child.IsNobody() ? child : Context.ActorOf(props(), name);

    /// <summary>Starts a region and its type's coordinator; the answer is Status.Success with the region.</summary>
    internal sealed record StartRegion(
        string TypeName, Func<string, Props> EntityProps, ClusterShardingSettings Settings, IMessageExtractor Extractor, IShardAllocationStrategy Strategy, object HandOffStopMessage)
        : INoSerializationVerificationNeeded;

    /// <summary>Starts a proxy; the answer is Status.Success with it.</summary>
    internal sealed record StartProxy(string TypeName, ClusterShardingSettings Settings, IMessageExtractor Extractor) : INoSerializationVerificationNeeded;
}
