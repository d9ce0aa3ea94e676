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
/// gives up, so that it is started again and joins them.
/// </summary>
public sealed class BootstrapActor : ReceiveActor, IWithTimers
{
    /// <summary>The actor's name at the top of the user guardian.</summary>
    public const string Name = "bootstrap";

    private static readonly TimeSpan LookingInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan JoiningLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WatchingInterval = TimeSpan.FromSeconds(5);

    private readonly AkkaCluster cluster = AkkaCluster.Get(Context.System);
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly NodeId self;
    private readonly IReadOnlyList<VoterOptions> voters;
    private readonly TimeProvider time;
    private readonly long startedAt;
    private readonly BootstrapBallot ballot;
    private TimeSpan? joiningSince;
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
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => time.GetElapsedTime(startedAt);

    private bool IsMember => cluster.SelfMember.Status is MemberStatus.Up or MemberStatus.WeaklyUp;

    /// <summary>Neither a member, nor one that leaves or was downed: that one joins nothing any more.</summary>
    private bool IsOutside => !cluster.IsTerminated && cluster.SelfMember.Status is (MemberStatus.Joining or MemberStatus.Removed);

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
        Sender.Tell(new BootstrapAnswer(self, IsMember, IsOutside ? ballot.Supported(Now) : NodeId.None), Self);
    }

    private void OnAnswer(BootstrapAnswer answer)
    {
        ballot.OnSupport(answer.From, answer.Supports, Now);
        if (!answer.IsMember)
        {
            return;
        }

        var address = Sender.Path.Address;
        if (IsOutside)
        {
            Join(address, $"joining the cluster at node {answer.From}");
        }
        else if (IsMember && IsMinority() && cluster.State.Members.All(member => member.Address != address))
        {
            log.Warning("this node is with a minority of the controllers while node {0} is in another cluster: leaving to join it", answer.From);
            cluster.Down(cluster.SelfAddress);
        }
    }

    /// <summary>Who has expelled this node does not answer it. The cluster looks to its members; a voter that this node has expelled in turn is none.</summary>
    private void OnQuarantined(ThisActorSystemQuarantinedEvent quarantined)
    {
        if (IsMember && IsMinority() && voters.FirstOrDefault(voter => AddressOf(voter) == quarantined.RemoteAddress) is { } other)
        {
            log.Warning("this node is with a minority of the controllers, and node {0} has expelled it: leaving to join again", other.Id);
            cluster.Down(cluster.SelfAddress);
        }
    }

    private void OnTick()
    {
        Timers.StartSingleTimer(nameof(Tick), Tick.Instance, IsMember ? WatchingInterval : LookingInterval);
        if (IsMember)
        {
            if (IsMinority())
            {
                AskVoters();
            }

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
        else if (!hasSaidWaiting && Now > JoiningLimit)
        {
            hasSaidWaiting = true;
            log.Warning(
                "still looking for the cluster: neither a member nor a majority of the controllers answers at {0}. Start those, or correct actorbroker.cluster.voters; where connections are refused for their cookie, give all nodes the same actorbroker.cluster.cookie. They must reach this node at {1}; otherwise correct actorbroker.cluster.advertised",
                string.Join(", ", voters.Select(voter => voter.Address)),
                $"{cluster.SelfAddress.Host}:{cluster.SelfAddress.Port}");
        }
    }

    private bool IsMinority()
    {
        var addresses = cluster.State.Members.Except(cluster.State.Unreachable).Select(member => member.Address).ToHashSet();
        return voters.Count(voter => addresses.Contains(AddressOf(voter))) <= voters.Count / 2;
    }

    private void AskVoters()
    {
        foreach (var voter in voters.Where(voter => voter.Id != self))
        {
            Context.ActorSelection(new RootActorPath(AddressOf(voter)) / "user" / Name).Tell(new BootstrapQuestion(self), Self);
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
