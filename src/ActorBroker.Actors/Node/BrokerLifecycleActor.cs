using System.Collections.Immutable;
using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Model;
using Akka;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Node;

/// <summary>
/// This broker's place in the cluster: registers it, keeps its session at the controller alive, and gives its leaders away before it stops.
/// Messages: <see cref="Join"/>, <see cref="Leave"/>, <see cref="RoomChanged"/>.
/// Supervision: restarted by the node's rule; a new one registers the same incarnation again, which keeps its epoch.
/// </summary>
public sealed class BrokerLifecycleActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RegisterTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LeaveInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Controllers that start again may be back within this; who has left with the whole cluster is not.</summary>
    private static readonly TimeSpan LonelyPatience = TimeSpan.FromSeconds(1);

    private readonly BrokerIdentity identity;
    private readonly ClusterState cluster;
    private readonly IActorRef controller;
    private readonly TimeSpan heartbeatInterval;
    private readonly Func<ImmutableArray<Guid>> offlineDirs;
    private readonly Func<bool> isFull;
    private readonly Func<bool> canDecide;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly List<IActorRef> joining = [];
    private readonly List<IActorRef> leaving = [];
    private ImmutableArray<BrokerEndpoint> endpoints = [];
    private BrokerEpoch epoch = new(-1);
    private string? lastProblem;
    private bool isAsking;
    private bool wasFull;
    private bool isUnfenced;
    private bool isLeaving;

    /// <param name="offlineDirs">The ids of the log directories that have failed.</param>
    /// <param name="isFull">Whether no log directory has room; <see cref="RoomChanged"/> says that it has to be asked again.</param>
    /// <param name="canDecide">Whether so many controller nodes are members of the cluster that a change of leaders can be committed.</param>
    public BrokerLifecycleActor(
        BrokerIdentity identity,
        ClusterState cluster,
        IActorRef controller,
        TimeSpan heartbeatInterval,
        Func<ImmutableArray<Guid>> offlineDirs,
        Func<bool> isFull,
        Func<bool> canDecide)
    {
        this.canDecide = canDecide;
        this.offlineDirs = offlineDirs;
        this.isFull = isFull;
        this.identity = identity;
        this.cluster = cluster;
        this.controller = controller;
        this.heartbeatInterval = heartbeatInterval;
        Receive<Join>(OnJoin);
        Receive<Leave>(_ => OnLeave());
        Receive<Beat>(_ => OnBeat());
        Receive<LookAround>(look => OnLookAround(look.WasLonely));
        Receive<RoomChanged>(_ => OnBeat());
        Receive<MetadataChanged>(OnMetadata);
        Receive<BrokerRegistration>(OnRegistration);
        Receive<BrokerHeartbeatReply>(OnHeartbeatReply);
        Receive<VerdictReply>(refusal => OnFailure(refusal.Verdict.Message ?? $"{refusal.Verdict.Error}"));
        Receive<Status.Failure>(failure => OnFailure(failure.Cause.Message));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private bool IsRegistered => epoch.Value >= 0;

    /// <summary>It was told that it may stop. One more heartbeat would renew its session, for which its next process would have to wait.</summary>
    private bool HasLeft => isLeaving && leaving.Count == 0;

    /// <summary>Register and serve; answered with <see cref="Joined"/> when clients may be told of this broker.</summary>
    /// <param name="Endpoints">Where this broker is reached.</param>
    public sealed record Join(ImmutableArray<BrokerEndpoint> Endpoints);

    public sealed record Joined(BrokerEpoch Epoch);

    /// <summary>
    /// Let others lead what this broker leads; answered with <see cref="Done"/> when it may stop: then, or when nobody is left who could decide on other leaders.
    /// Whoever asks sets the limit of time.
    /// </summary>
    public sealed record Leave
    {
        public static Leave Instance { get; } = new();
    }

    /// <summary>A log directory is full, or has room again: the controller learns of it without waiting for the next heartbeat.</summary>
    public sealed record RoomChanged
    {
        public static RoomChanged Instance { get; } = new();
    }

    private sealed record Beat
    {
        public static Beat Instance { get; } = new();
    }

    private sealed record LookAround(bool WasLonely);

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(MetadataChanged));

    private void OnJoin(Join join)
    {
        endpoints = join.Endpoints;
        joining.Add(Sender);
        OnBeat();
    }

    private void OnLeave()
    {
        isLeaving = true;
        leaving.Add(Sender);
        OnBeat();
        OnLookAround(wasLonely: false);
    }

    /// <summary>Nodes that stop together leave the last ones without a majority of controllers: those wait for nobody.</summary>
    private void OnLookAround(bool wasLonely)
    {
        if (leaving.Count == 0)
        {
            return;
        }

        var isLonely = !canDecide();
        if (isLonely && wasLonely)
        {
            log.Warning("most controller nodes have left, so that nobody can take over what broker {0} leads: it stops", identity.Id);
            Answer(leaving, Done.Instance);
            return;
        }

        Timers.StartSingleTimer(nameof(LookAround), new LookAround(isLonely), LonelyPatience);
    }

    /// <summary>One question is under way at a time; its answer, or its failure, sets the timer for the next.</summary>
    private void OnBeat()
    {
        if (isAsking || HasLeft || (endpoints.IsEmpty && joining.Count == 0))
        {
            return;
        }

        isAsking = true;
        wasFull = isFull();
        ControllerCommand command = IsRegistered
            ? new BrokerHeartbeat(identity.Id, epoch, cluster.Image.Version, WantFence: false, WantShutdown: leaving.Count > 0, offlineDirs()) { IsFull = wasFull }
            : new RegisterBroker(identity.Id, identity.IncarnationId, endpoints, identity.Rack)
            {
                ClusterId = identity.ClusterId,
                PreviousEpoch = identity.PreviousEpoch,
                LogDirs = identity.LogDirs,
            };
        var timeout = IsRegistered ? heartbeatInterval * 2 : RegisterTimeout;
        controller.Ask<ControllerReply>(command, timeout).PipeTo(Self, failure: error => new Status.Failure(error));
    }

    /// <summary>A broker that has just caught up with its own registration, or was unregistered, need not wait for the next beat.</summary>
    private void OnMetadata(MetadataChanged changed)
    {
        var wasForgotten = isUnfenced && !changed.Image.Brokers.ContainsKey(identity.Id);
        if (IsRegistered && (wasForgotten || !isUnfenced) && changed.Image.Version >= epoch.Value)
        {
            OnBeat();
        }
    }

    private void OnRegistration(BrokerRegistration registration)
    {
        isAsking = false;
        if (!registration.Verdict.IsOk)
        {
            Complain($"the controller refused this broker: {registration.Verdict.Message}");
            Next(RetryInterval);
            return;
        }

        log.Info("registered as broker {0} with epoch {1}", identity.Id, registration.Epoch.Value);
        epoch = registration.Epoch;
        lastProblem = null;
        OnBeat();
    }

    private void OnHeartbeatReply(BrokerHeartbeatReply reply)
    {
        isAsking = false;
        if (!reply.Verdict.IsOk)
        {
            Complain($"the controller does not know this broker's registration any more: {reply.Verdict.Message}");
            epoch = new BrokerEpoch(-1);
            isUnfenced = false;
            OnBeat();
            return;
        }

        lastProblem = null;
        OnStanding(!reply.IsFenced);
        if (reply.ShouldShutdown)
        {
            Answer(leaving, Done.Instance);
        }

        Next(leaving.Count > 0 ? LeaveInterval : isUnfenced && wasFull == isFull() ? heartbeatInterval : RetryInterval);
    }

    private void OnStanding(bool unfenced)
    {
        if (isUnfenced && !unfenced && !isLeaving)
        {
            log.Warning("broker {0} was fenced by the controller", identity.Id);
        }

        isUnfenced = unfenced;
        if (unfenced)
        {
            Answer(joining, new Joined(epoch));
        }
    }

    /// <summary>No answer, or that of a controller that ends before it has decided: the next one is asked again.</summary>
    private void OnFailure(string problem)
    {
        isAsking = false;
        Complain($"the controller did not answer: {problem}");
        Next(leaving.Count > 0 ? LeaveInterval : RetryInterval);
    }

    private void Next(TimeSpan delay) => Timers.StartSingleTimer(nameof(Beat), Beat.Instance, delay);

    private void Answer(List<IActorRef> askers, object answer)
    {
        askers.ForEach(asker => asker.Tell(answer, Self));
        askers.Clear();
    }

    /// <summary>Says each problem once, however often it is met.</summary>
    private void Complain(string problem)
    {
        if (problem != lastProblem)
        {
            log.Warning("{0}", problem);
        }

        lastProblem = problem;
    }
}
