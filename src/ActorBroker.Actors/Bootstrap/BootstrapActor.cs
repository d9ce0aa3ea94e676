using ActorBroker.Actors.Membership;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ActorBroker.Actors.Bootstrap;

/// <summary>
/// Brings this node into its cluster: joins where a voter is a member, or begins the cluster when <see cref="BootstrapBallot"/> says so.
/// Akka's own seed nodes cannot begin without the first of them, which may be the one that died.
/// Once a member, it looks for voters outside: a node that finds itself cut off with a minority while the others are together, or have expelled it,
/// gives up, so that it is started again and joins them. Who has been expelled is not answered any more: Akka.Remote refuses the incarnation for good, on both sides if both
/// have expelled each other. A new incarnation is always heard.
/// </summary>
public sealed class BootstrapActor : ReceiveActor, IWithTimers
{
    /// <summary>The actor's name at the top of the user guardian.</summary>
    public const string Name = "bootstrap";

    private static readonly TimeSpan LookingInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan JoiningLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WaitingLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WatchingInterval = TimeSpan.FromSeconds(1);

    /// <summary>Longer than a voter that has heard a question takes to answer.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(3);

    /// <summary>How long it counts that a voter has refused this incarnation; it does so again at each attempt to reach it.</summary>
    private static readonly TimeSpan RefusalLimit = TimeSpan.FromSeconds(10);

    private readonly AkkaCluster cluster = AkkaCluster.Get(Context.System);
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly NodeId self;
    private readonly IReadOnlyList<VoterOptions> voters;
    private readonly TimeProvider time;
    private readonly long startedAt;
    private readonly BootstrapBallot ballot;
    private readonly Dictionary<NodeId, TimeSpan> answered = [];
    private readonly Dictionary<Address, TimeSpan> refused = [];
    private TimeSpan? joiningSince;
    private TimeSpan? earlierSince;
    private TimeSpan? minoritySince;
    private bool hasSaidWaiting;

    public BootstrapActor(NodeId self, IReadOnlyList<VoterOptions> voters, TimeProvider time)
    {
        this.self = self;
        this.voters = voters;
        this.time = time;
        startedAt = time.GetTimestamp();
        ballot = new BootstrapBallot(self, voters.Select(voter => voter.Id), TimeSpan.Zero);
        Receive<BootstrapQuestion>(OnQuestion);
        Receive<BootstrapAnswer>(OnAnswer);
        Receive<Tick>(_ => OnTick());
        Receive<ThisActorSystemQuarantinedEvent>(OnQuarantined);
        Receive<Looked>(OnLooked);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => time.GetElapsedTime(startedAt);

    private bool IsMember => cluster.SelfMember.Status is MemberStatus.Up or MemberStatus.WeaklyUp;

    /// <summary>Neither a member, nor one that leaves or was downed: that one joins nothing any more.</summary>
    private bool IsOutside => !cluster.IsTerminated && cluster.SelfMember.Status is (MemberStatus.Joining or MemberStatus.Removed);

    private sealed record Looked(VoterOptions Voter, AddressState State);

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        OnTick();
    }

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    private void OnQuestion(BootstrapQuestion question)
    {
        ballot.OnHeard(question.From, Now);
        var asker = Sender.Path.Address;
        var hasEarlier = cluster.State.Members.Any(member => member.Address == asker && member.UniqueAddress.Uid != question.Uid);
        if (hasEarlier)
        {
            Context.System.EventStream.Publish(new IncarnationSeen(new UniqueAddress(asker, question.Uid)));
        }

        Sender.Tell(new BootstrapAnswer(self, IsMember, hasEarlier, IsOutside ? ballot.Supported(Now) : NodeId.None), Self);
    }

    private void OnAnswer(BootstrapAnswer answer)
    {
        ballot.OnSupport(answer.From, answer.Supports, Now);
        answered[answer.From] = Now;
        if (!answer.IsMember)
        {
            return;
        }

        var address = Sender.Path.Address;
        if (IsOutside)
        {
            if (!answer.HasEarlier || Now - (earlierSince ??= Now) >= JoiningLimit)
            {
                Join(address, $"joining the cluster at node {answer.From}");
            }
        }
        else if (IsMember && IsMinority(Reached()) && cluster.State.Members.All(member => member.Address != address))
        {
            Leave($"node {answer.From} is in another cluster");
        }
    }

    /// <summary>Who has expelled this node does not answer it. What counts is what the voters think that have not: one node alone expels nobody.</summary>
    private void OnQuarantined(ThisActorSystemQuarantinedEvent quarantined)
    {
        refused[quarantined.RemoteAddress] = Now;
        var stand = Reached().Where(address => !refused.TryGetValue(address, out var at) || Now - at > RefusalLimit).ToHashSet();
        if (IsMember && IsMinority(stand) && voters.FirstOrDefault(voter => AddressOf(voter) == quarantined.RemoteAddress) is { } other)
        {
            Leave($"node {other.Id} has expelled it");
        }
    }

    /// <summary>
    /// Lives, and does not answer: this node has expelled it, or both have expelled each other. Of an even number of voters the half with the first one stays, as with the
    /// split brain resolver.
    /// </summary>
    private void OnLooked(Looked looked)
    {
        var reached = Reached();
        var isHalfWithFirst = 2 * Count(reached) == voters.Count && reached.Contains(voters.Select(AddressOf).Min(Member.AddressOrdering)!);
        if (looked.State == AddressState.Listens && IsMember && IsMinority(reached) && !isHalfWithFirst && !HasAnswered(looked.Voter))
        {
            Leave($"node {looked.Voter.Id} lives and does not answer it");
        }
    }

    private void Leave(string why)
    {
        log.Warning("this node is with a minority of the controllers, and {0}: leaving to join again", why);
        cluster.Down(cluster.SelfAddress);
    }

    private void OnTick()
    {
        Timers.StartSingleTimer(nameof(Tick), Tick.Instance, IsMember ? WatchingInterval : LookingInterval);
        if (IsMember)
        {
            Watch();
            return;
        }

        if (!IsOutside)
        {
            return;
        }

        AskVoters();
        if (ballot.Begins(Now))
        {
            Join(cluster.SelfAddress, "beginning the cluster, supported by a majority of the controllers");
        }
        else if (!hasSaidWaiting && Now > WaitingLimit)
        {
            hasSaidWaiting = true;
            log.Warning(
                "still looking for the cluster: neither a member nor a majority of the controllers answers at {0}. Start those, or correct actorbroker.cluster.voters; where connections are refused for their cookie, give all nodes the same actorbroker.cluster.cookie. They must reach this node at {1}; otherwise correct actorbroker.cluster.advertised",
                string.Join(", ", voters.Select(voter => voter.Address)),
                $"{cluster.SelfAddress.Host}:{cluster.SelfAddress.Port}");
        }
    }

    private void Watch()
    {
        var reached = Reached();
        if (!IsMinority(reached))
        {
            minoritySince = null;
            return;
        }

        minoritySince ??= Now;
        AskVoters();
        if (Now - minoritySince < SilenceLimit)
        {
            return;
        }

        foreach (var voter in voters.Where(voter => !reached.Contains(AddressOf(voter)) && !HasAnswered(voter)))
        {
            AddressProbe.LookAsync(AddressOf(voter)).PipeTo(Self, success: state => new Looked(voter, state), failure: _ => new Looked(voter, AddressState.Silent));
        }
    }

    private bool HasAnswered(VoterOptions voter) => answered.TryGetValue(voter.Id, out var at) && Now - at < SilenceLimit;

    /// <summary>The addresses of the members that this node reaches.</summary>
    private HashSet<Address> Reached() => [.. cluster.State.Members.Except(cluster.State.Unreachable).Select(static member => member.Address)];

    private int Count(HashSet<Address> reached) => voters.Count(voter => reached.Contains(AddressOf(voter)));

    private bool IsMinority(HashSet<Address> reached) => Count(reached) <= voters.Count / 2;

    private void AskVoters()
    {
        foreach (var voter in voters.Where(voter => voter.Id != self))
        {
            Context.ActorSelection(new RootActorPath(AddressOf(voter)) / "user" / Name).Tell(new BootstrapQuestion(self, cluster.SelfUniqueAddress.Uid), Self);
        }
    }

    /// <summary>Joins once; again only when that led to nothing for some seconds.</summary>
    private void Join(Address address, string message)
    {
        if (joiningSince is { } since && Now - since < JoiningLimit)
        {
            return;
        }

        joiningSince = Now;
        log.Info("{0}", message);
        cluster.Join(address);
    }

    private Address AddressOf(VoterOptions voter) => new(cluster.SelfAddress.Protocol, cluster.SelfAddress.System, voter.Address.Host, voter.Address.Port);
}
