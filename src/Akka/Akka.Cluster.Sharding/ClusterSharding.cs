#nullable disable
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Sharding.Serialization;
using Akka.Configuration;

namespace Akka.Cluster.Sharding;

/// <summary>Makes the <see cref="ClusterSharding"/> of a system.</summary>
public sealed class ClusterShardingExtensionProvider : ExtensionIdProvider<ClusterSharding>
{
    public override ClusterSharding CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>
/// Spreads entities over the members of a cluster: each runs once, wherever its shard is hosted, and is reached through the region of any node. All members with the
/// role should start the extension: a new coordinator asks each of them what it hosts.
/// </summary>
public class ClusterSharding : IExtension
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, IActorRef> _regions = new();
    private readonly ConcurrentDictionary<string, IActorRef> _proxies = new();
    private readonly Cluster _cluster;
    private readonly IActorRef _guardian;

    public ClusterSharding(ExtendedActorSystem system)
    {
        ClusterShardingMessageSerializer.Register(system);
        Settings = ClusterShardingSettings.Create(system);
        _cluster = Cluster.Get(system);
        var name = system.Settings.Config.GetString("akka.cluster.sharding.guardian-name", "sharding");
        _guardian = system.SystemActorOf(Props.Create(() => new ClusterShardingGuardian()), name);
    }

    /// <summary>The settings of the configuration.</summary>
    public ClusterShardingSettings Settings { get; }

    /// <summary>Types whose region runs here.</summary>
    public ImmutableHashSet<string> ShardTypeNames => [.. _regions.Keys];

    /// <summary>Every key that is read, with its default.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.FromResource<ClusterSharding>("Akka.Cluster.Sharding.Configuration.sharding.conf");

    /// <summary>The extension of a system.</summary>
    public static ClusterSharding Get(ActorSystem system) => system.WithExtension<ClusterSharding, ClusterShardingExtensionProvider>();

    /// <summary>The strategy that settings ask for.</summary>
    public IShardAllocationStrategy DefaultShardAllocationStrategy(ClusterShardingSettings settings)
    {
        TuningParameters tuning = settings.TuningParameters;
        return tuning.LeastShardAllocationAbsoluteLimit > 0
            ? ShardAllocationStrategy.LeastShardAllocationStrategy(tuning.LeastShardAllocationAbsoluteLimit, tuning.LeastShardAllocationRelativeLimit)
            : new LeastShardAllocationStrategy(tuning.LeastShardAllocationRebalanceThreshold, tuning.LeastShardAllocationMaxSimultaneousRebalance);
    }

    /// <summary>The region of a type, which must have been started here.</summary>
    /// <exception cref="ArgumentException">It has not.</exception>
    public IActorRef ShardRegion(string typeName) => _regions.TryGetValue(typeName, out IActorRef region) ? region
        : _proxies.TryGetValue(typeName, out IActorRef proxy) ? proxy
        : throw new ArgumentException($"Shard type [{typeName}] must be started first.", nameof(typeName));

    /// <summary>The proxy of a type, which must have been started here.</summary>
    /// <exception cref="ArgumentException">It has not.</exception>
    public IActorRef ShardRegionProxy(string typeName) =>
        _proxies.TryGetValue(typeName, out IActorRef proxy) ? proxy : throw new ArgumentException($"Shard type [{typeName}] must be started first.", nameof(typeName));

    public IActorRef Start(
        string typeName, Props entityProps, ClusterShardingSettings settings, ExtractEntityId extractEntityId, ExtractShardId extractShardId, IShardAllocationStrategy allocationStrategy, object handOffStopMessage) =>
        StartAsync(typeName, entityProps, settings, extractEntityId, extractShardId, allocationStrategy, handOffStopMessage).GetAwaiter().GetResult();

    public IActorRef Start(string typeName, Props entityProps, ClusterShardingSettings settings, ExtractEntityId extractEntityId, ExtractShardId extractShardId) =>
        StartAsync(typeName, entityProps, settings, extractEntityId, extractShardId).GetAwaiter().GetResult();

    public IActorRef Start(
        string typeName, Props entityProps, ClusterShardingSettings settings, IMessageExtractor messageExtractor, IShardAllocationStrategy allocationStrategy, object handOffStopMessage) =>
        StartAsync(typeName, entityProps, settings, messageExtractor, allocationStrategy, handOffStopMessage).GetAwaiter().GetResult();

    public IActorRef Start(string typeName, Props entityProps, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        StartAsync(typeName, entityProps, settings, messageExtractor).GetAwaiter().GetResult();

    public IActorRef Start(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, ExtractEntityId extractEntityId, ExtractShardId extractShardId, IShardAllocationStrategy allocationStrategy, object handOffStopMessage) =>
        StartAsync(typeName, entityPropsFactory, settings, extractEntityId, extractShardId, allocationStrategy, handOffStopMessage).GetAwaiter().GetResult();

    public IActorRef Start(string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, ExtractEntityId extractEntityId, ExtractShardId extractShardId) =>
        StartAsync(typeName, entityPropsFactory, settings, extractEntityId, extractShardId).GetAwaiter().GetResult();

    /// <summary>Starts the region of a type here, or a proxy if this member does not have the role. A second call gives the same reference.</summary>
    /// <param name="typeName">Name of the type; the same on every node.</param>
    /// <param name="entityPropsFactory">How the entity of an id is made.</param>
    /// <param name="settings">Role, buffers, intervals.</param>
    /// <param name="messageExtractor">For which entity and shard a message is.</param>
    /// <param name="allocationStrategy">Which region hosts a shard.</param>
    /// <param name="handOffStopMessage">Asks an entity to stop when its shard moves or it is idle; it must stop on it.</param>
    public IActorRef Start(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor messageExtractor, IShardAllocationStrategy allocationStrategy, object handOffStopMessage) =>
        StartAsync(typeName, entityPropsFactory, settings, messageExtractor, allocationStrategy, handOffStopMessage).GetAwaiter().GetResult();

    public IActorRef Start(string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        StartAsync(typeName, entityPropsFactory, settings, messageExtractor).GetAwaiter().GetResult();

    public Task<IActorRef> StartAsync(
        string typeName, Props entityProps, ClusterShardingSettings settings, ExtractEntityId extractEntityId, ExtractShardId extractShardId, IShardAllocationStrategy allocationStrategy, object handOffStopMessage) =>
        StartAsync(typeName, _ => entityProps, settings, new DelegateMessageExtractor(extractEntityId, extractShardId), allocationStrategy, handOffStopMessage);

    public Task<IActorRef> StartAsync(string typeName, Props entityProps, ClusterShardingSettings settings, ExtractEntityId extractEntityId, ExtractShardId extractShardId) =>
        StartAsync(typeName, _ => entityProps, settings, extractEntityId, extractShardId);

    public Task<IActorRef> StartAsync(
        string typeName, Props entityProps, ClusterShardingSettings settings, IMessageExtractor messageExtractor, IShardAllocationStrategy allocationStrategy, object handOffStopMessage) =>
        StartAsync(typeName, _ => entityProps, settings, messageExtractor, allocationStrategy, handOffStopMessage);

    public Task<IActorRef> StartAsync(string typeName, Props entityProps, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        StartAsync(typeName, _ => entityProps, settings, messageExtractor);

    public Task<IActorRef> StartAsync(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, ExtractEntityId extractEntityId, ExtractShardId extractShardId, IShardAllocationStrategy allocationStrategy, object handOffStopMessage) =>
        StartAsync(typeName, entityPropsFactory, settings, new DelegateMessageExtractor(extractEntityId, extractShardId), allocationStrategy, handOffStopMessage);

    public Task<IActorRef> StartAsync(string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, ExtractEntityId extractEntityId, ExtractShardId extractShardId) =>
        StartAsync(typeName, entityPropsFactory, settings, new DelegateMessageExtractor(extractEntityId, extractShardId));

    public async Task<IActorRef> StartAsync(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor messageExtractor, IShardAllocationStrategy allocationStrategy, object handOffStopMessage)
    {
        if (_regions.TryGetValue(typeName, out IActorRef running)) return running;
        if (settings.Role is { Length: > 0 } role && !_cluster.SelfRoles.Contains(role)) return await StartProxy(typeName, settings, messageExtractor).ConfigureAwait(false);
        var start = new ClusterShardingGuardian.StartRegion(typeName, entityPropsFactory, settings, messageExtractor, allocationStrategy, handOffStopMessage);
        return _regions[typeName] = await Started(start).ConfigureAwait(false);
    }

    public Task<IActorRef> StartAsync(string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor messageExtractor) =>
        StartAsync(typeName, entityPropsFactory, settings, messageExtractor, DefaultShardAllocationStrategy(settings), PoisonPill.Instance);

    public IActorRef StartProxy(string typeName, string role, ExtractEntityId extractEntityId, ExtractShardId extractShardId) =>
        StartProxyAsync(typeName, role, extractEntityId, extractShardId).GetAwaiter().GetResult();

    /// <summary>Starts a proxy, which finds the regions of a type on other members and hosts nothing.</summary>
    public IActorRef StartProxy(string typeName, string role, IMessageExtractor messageExtractor) =>
        StartProxyAsync(typeName, role, messageExtractor).GetAwaiter().GetResult();

    public Task<IActorRef> StartProxyAsync(string typeName, string role, ExtractEntityId extractEntityId, ExtractShardId extractShardId) =>
        StartProxyAsync(typeName, role, new DelegateMessageExtractor(extractEntityId, extractShardId));

    public Task<IActorRef> StartProxyAsync(string typeName, string role, IMessageExtractor messageExtractor) =>
        StartProxy(typeName, Settings.WithRole(string.IsNullOrEmpty(role) ? null : role), messageExtractor);

    /// <summary>Name of a region's actor.</summary>
    internal static string NameOf(string typeName) => Uri.EscapeDataString(typeName);

    /// <summary>Name of a proxy's actor.</summary>
    internal static string ProxyNameOf(string typeName) => NameOf(typeName) + "Proxy";

    private async Task<IActorRef> StartProxy(string typeName, ClusterShardingSettings settings, IMessageExtractor extractor)
    {
        if (_proxies.TryGetValue(typeName, out IActorRef running)) return running;
        return _proxies[typeName] = await Started(new ClusterShardingGuardian.StartProxy(typeName, settings, extractor)).ConfigureAwait(false);
    }

    private async Task<IActorRef> Started(object start) =>
        (IActorRef)(await _guardian.Ask<Status.Success>(start, StartTimeout).ConfigureAwait(false)).Status;
}
