#nullable disable
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>Finds the cluster of a system.</summary>
public class ClusterExtension : ExtensionIdProvider<Cluster>
{
    public override Cluster CreateExtension(ExtendedActorSystem system) => new((ActorSystemImpl)system);
}

/// <summary>A system's part in the cluster: joining, leaving, who the others are. The work is done by the actors below /system/cluster.</summary>
public class Cluster : IExtension
{
    private readonly ConcurrentDictionary<TaskCompletionSource, bool> _joins = new();
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _exiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRef _daemon;
    private readonly Member _noMember;
    private volatile ClusterEvent.CurrentClusterState _state = new();
    private volatile MembershipState _membership;
    private int _terminated;
    private int _leaving;

    /// <exception cref="ConfigurationException">The system's provider is not "cluster".</exception>
    public Cluster(ActorSystemImpl system)
    {
        System = system;
        if (system.Provider is not IClusterActorRefProvider provider)
            throw new ConfigurationException($"ActorSystem [{system}] needs to have a 'ClusterActorRefProvider' enabled in the configuration: akka.actor.provider = cluster. It has [{system.Provider.GetType()}].");
        Settings = new ClusterSettings(system.Settings.Config, system.Name);
        SelfUniqueAddress = new UniqueAddress(provider.Transport.DefaultAddress, AddressUidExtension.Uid(system));
        _membership = new MembershipState(Gossip.Empty, SelfUniqueAddress);
        Metrics = new ClusterMetrics(SelfAddress);
        _noMember = Member.Create(SelfUniqueAddress, Member.NotYetUp, MemberStatus.Removed, Settings.Roles, Settings.AppVersion);
        Log = new BusLogging(system.EventStream, LogSource.FromString($"Cluster({SelfAddress})", system), typeof(Cluster), system.Settings.LogFormatter);
        FailureDetector = new DefaultFailureDetectorRegistry<Address>(
            () => FailureDetectorLoader.Load(Settings.FailureDetectorImplementationClass, Settings.FailureDetectorConfig, system));
        DowningProvider = (IDowningProvider)Activator.CreateInstance(Settings.DowningProviderType, system, this);
        _daemon = system.SystemActorOf(ClusterDaemon.Props(this), "cluster");
        system.RegisterOnTermination(Metrics.Dispose);
        AddShutdownTasks();
        _daemon.Tell(new Subscription(provider.RemoteWatcher, ClusterEvent.InitialStateAsEvents, [typeof(ClusterEvent.IMemberEvent)]), ActorRefs.NoSender);
        if (Settings.SeedNodes.Count > 0) JoinSeedNodes(Settings.SeedNodes);
    }

    public IDowningProvider DowningProvider { get; }

    /// <summary>Judges members by their heartbeats.</summary>
    public DefaultFailureDetectorRegistry<Address> FailureDetector { get; }

    /// <summary>True when this node's part in the cluster has ended; it cannot join again.</summary>
    public bool IsTerminated => Volatile.Read(ref _terminated) != 0;

    public bool IsUp => SelfMember.Status == MemberStatus.Up;

    public Address SelfAddress => SelfUniqueAddress.Address;

    /// <summary>This node; with the status Removed while it is no member.</summary>
    public Member SelfMember => _state.Members.TryGetValue(_noMember, out Member member) ? member : _noMember;

    public ImmutableHashSet<string> SelfRoles => Settings.Roles;

    public UniqueAddress SelfUniqueAddress { get; }

    public ClusterSettings Settings { get; }

    /// <summary>The newest state that this node knows.</summary>
    public ClusterEvent.CurrentClusterState State => _state;

    public ExtendedActorSystem System { get; }

    internal ILoggingAdapter Log { get; }

    /// <summary>The newest gossip; <see cref="State"/> follows it when its events are published.</summary>
    internal MembershipState Membership => _membership;

    internal ClusterMetrics Metrics { get; }

    public static Cluster Get(ActorSystem system) => system.WithExtension<Cluster, ClusterExtension>();

    /// <summary>Declares a member lost: it is removed, and does not come back before it restarts.</summary>
    public void Down(Address address) => _daemon.Tell(new ClusterUserAction.Down(FillLocal(address)), ActorRefs.NoSender);

    /// <summary>Joins the cluster of another node, or forms a new one with this node's own address.</summary>
    public void Join(Address address) => _daemon.Tell(new ClusterUserAction.JoinTo(FillLocal(address)), ActorRefs.NoSender);

    /// <inheritdoc cref="Join"/>
    /// <exception cref="ClusterJoinFailedException">The node was refused, or is not Up in time: retry-unsuccessful-join-after, or when <paramref name="token"/> is cancelled.</exception>
    public Task JoinAsync(Address address, CancellationToken token = default) => AwaitUp(() => Join(address), $"by [{address}]", token);

    /// <summary>Joins the cluster that one of the nodes knows. If it is itself the first one and no other knows a cluster, it forms one.</summary>
    public void JoinSeedNodes(IEnumerable<Address> seedNodes) =>
        _daemon.Tell(new ClusterUserAction.JoinSeedNodes([.. seedNodes.Select(FillLocal)]), ActorRefs.NoSender);

    /// <inheritdoc cref="JoinSeedNodes"/>
    /// <exception cref="ClusterJoinFailedException">As of <see cref="JoinAsync"/>.</exception>
    public Task JoinSeedNodesAsync(IEnumerable<Address> seedNodes, CancellationToken token = default)
    {
        ImmutableList<Address> seeds = [.. seedNodes];
        return AwaitUp(() => JoinSeedNodes(seeds), $"by the seed nodes [{string.Join(", ", seeds)}]", token);
    }

    /// <summary>Begins a member's departure: it hands over what it has, and is removed.</summary>
    public void Leave(Address address)
    {
        if (FillLocal(address).Equals(SelfAddress)) LeaveSelf();
        else _daemon.Tell(new ClusterUserAction.Leave(address), ActorRefs.NoSender);
    }

    /// <summary>Leaves; completes when this node is removed.</summary>
    public Task LeaveAsync() => LeaveAsync(CancellationToken.None);

    /// <inheritdoc cref="LeaveAsync()"/>
    public Task LeaveAsync(CancellationToken cancellationToken)
    {
        LeaveSelf();
        return _left.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Runs code when this node has been removed, or at once if it has been. It runs in an actor.</summary>
    public void RegisterOnMemberRemoved(Action callback)
    {
        if (IsTerminated) callback();
        else _daemon.Tell(new AddStatusListener(MemberStatus.Removed, callback), ActorRefs.NoSender);
    }

    /// <summary>Runs code when this node is Up. It runs in an actor.</summary>
    public void RegisterOnMemberUp(Action callback) => _daemon.Tell(new AddStatusListener(MemberStatus.Up, callback), ActorRefs.NoSender);

    /// <summary>The path of an actor of this system as other nodes write it.</summary>
    public ActorPath RemotePathOf(IActorRef actorRef)
    {
        ActorPath path = actorRef.Path;
        return path.Address.HasGlobalScope ? path : (new RootActorPath(SelfAddress) / path.Elements).WithUid(path.Uid);
    }

    /// <summary>Sends the <see cref="State"/> to an actor.</summary>
    public void SendCurrentClusterState(IActorRef receiver) => _daemon.Tell(new SendCurrentState(receiver), ActorRefs.NoSender);

    /// <summary>Subscribes an actor to events of types; first it gets the <see cref="State"/>. The subscription ends with the actor.</summary>
    public void Subscribe(IActorRef subscriber, params Type[] to) => Subscribe(subscriber, ClusterEvent.InitialStateAsSnapshot, to);

    /// <summary>Subscribes an actor to events of types; first it gets the present state. The subscription ends with the actor.</summary>
    /// <exception cref="ArgumentException">A type is none of the cluster's events.</exception>
    public void Subscribe(IActorRef subscriber, ClusterEvent.SubscriptionInitialStateMode initialStateMode, params Type[] to)
    {
        if (to.Length == 0) throw new ArgumentException("At least one IClusterDomainEvent type is required", nameof(to));
        if (Array.Find(to, static type => !typeof(ClusterEvent.IClusterDomainEvent).IsAssignableFrom(type)) is { } other)
            throw new ArgumentException($"Subscribe to IClusterDomainEvent or its subtypes, was [{other}]", nameof(to));
        _daemon.Tell(new Subscription(subscriber, initialStateMode, [.. to]), ActorRefs.NoSender);
    }

    public void Unsubscribe(IActorRef subscriber) => Unsubscribe(subscriber, null);

    public void Unsubscribe(IActorRef subscriber, Type to) => _daemon.Tell(new EndSubscription(subscriber, to), ActorRefs.NoSender);

    /// <summary>Downs members together.</summary>
    internal void Down(ImmutableHashSet<UniqueAddress> nodes) => _daemon.Tell(new ClusterUserAction.DownNodes(nodes), ActorRefs.NoSender);

    /// <summary>The actors of the cluster publish what they know.</summary>
    internal void SetState(ClusterEvent.CurrentClusterState state) => _state = state;

    internal void SetMembership(MembershipState membership) => _membership = membership;

    /// <summary>All know that this node leaves.</summary>
    internal void ReportExiting() => _exiting.TrySetResult();

    /// <summary>Another node does not want this one.</summary>
    internal void FailJoins(string reason)
    {
        foreach (TaskCompletionSource join in _joins.Keys) join.TrySetException(new ClusterJoinFailedException(reason));
    }

    /// <summary>Ends this node's part in the cluster; the others are not told.</summary>
    internal void Shutdown()
    {
        if (Interlocked.Exchange(ref _terminated, 1) != 0) return;
        if (Settings.LogInfo) Log.Info("Shutting down...");
        System.Stop(_daemon);
        FailJoins("The cluster has shut down on this node");
    }

    /// <summary>The actors have stopped.</summary>
    internal void Stopped()
    {
        Shutdown();
        _exiting.TrySetResult();
        _stopped.TrySetResult();
        _left.TrySetResult();
        if (Settings.RunCoordinatedShutdownWhenDown) CoordinatedShutdown.Get(System).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
    }

    /// <summary>A system that is stopped leaves its cluster: it asks, waits until all know, and when the phase cluster-exiting has handed over what there was, it goes.</summary>
    private void AddShutdownTasks()
    {
        var shutdown = CoordinatedShutdown.Get(System);
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterLeave, "leave", async () =>
        {
            if (!IsTerminated && _membership.SelfMember is { Status: not MemberStatus.Down })
            {
                LeaveSelf();
                await _exiting.Task.ConfigureAwait(false);
            }

            return Done.Instance;
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterExitingDone, "exiting-completed", async () =>
        {
            if (!IsTerminated) await _daemon.Ask<Done>(new ClusterUserAction.ExitingCompleted(), shutdown.Timeout(CoordinatedShutdown.PhaseClusterExitingDone)).ConfigureAwait(false);
            return Done.Instance;
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseClusterShutdown, "wait-shutdown", async () =>
        {
            Shutdown();
            await _stopped.Task.ConfigureAwait(false);
            return Done.Instance;
        });
    }

    private void LeaveSelf()
    {
        if (IsTerminated) _left.TrySetResult();
        else if (Interlocked.Exchange(ref _leaving, 1) == 0) RegisterOnMemberRemoved(() => _left.TrySetResult());
        _daemon.Tell(new ClusterUserAction.Leave(SelfAddress), ActorRefs.NoSender);
    }

    private async Task AwaitUp(Action join, string how, CancellationToken token)
    {
        if (IsTerminated) throw new ClusterJoinFailedException("The cluster has shut down on this node: it joins again after a restart of its actor system");
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _joins[up] = true;
        try
        {
            RegisterOnMemberUp(() => up.TrySetResult());
            join();
            await up.Task.WaitAsync(Settings.RetryUnsuccessfulJoinAfter ?? Timeout.InfiniteTimeSpan, token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            throw new ClusterJoinFailedException($"Node [{SelfAddress}] has not managed to join the cluster {how}: {e.Message}");
        }
        finally
        {
            _joins.TryRemove(up, out _);
        }
    }

    /// <summary>The address of this system as others write it, if it is given without host.</summary>
    private Address FillLocal(Address address) => address.HasLocalScope && address.System == SelfAddress.System ? SelfAddress : address;
}

/// <summary>The node could not join.</summary>
public class ClusterJoinFailedException : AkkaException
{
    public ClusterJoinFailedException(string message)
        : base(message)
    {
    }
}
