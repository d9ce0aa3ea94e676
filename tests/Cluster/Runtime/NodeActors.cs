using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using static Akka.Cluster.ClusterEvent;

namespace ActorBroker.Faults.Runtime;

/// <summary>Tells what this node believes about the members, after each change.</summary>
internal sealed class MembershipReporter : ReceiveActor
{
    private readonly Dictionary<UniqueAddress, MemberStatus> _members = [];
    private readonly HashSet<UniqueAddress> _unreachable = [];
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    public MembershipReporter()
    {
        Receive<MemberRemoved>(removed => Change("removed", removed.Member, () =>
        {
            _members.Remove(removed.Member.UniqueAddress);
            _unreachable.Remove(removed.Member.UniqueAddress);
        }));
        Receive<IMemberEvent>(changed => Change(changed.Member.Status.ToString(), changed.Member, () => _members[changed.Member.UniqueAddress] = changed.Member.Status));
        Receive<UnreachableMember>(lost => Change("unreachable", lost.Member, () => _unreachable.Add(lost.Member.UniqueAddress)));
        Receive<ReachableMember>(found => Change("reachable", found.Member, () => _unreachable.Remove(found.Member.UniqueAddress)));
    }

    protected override void PreStart() => _cluster.Subscribe(Self, InitialStateAsEvents, typeof(IMemberEvent), typeof(IReachabilityEvent));

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    private void Change(string what, Member member, Action apply)
    {
        apply();
        Events.Emit("member", what, member.Address.ToString());
        Events.Emit("view", _members.Values.Count(static status => status == MemberStatus.Up).ToString(), _members.Count.ToString(), _unreachable.Count.ToString());
    }
}

/// <summary>The one that there should be once: tells when it starts and stops, and who it is to everybody who asks.</summary>
internal sealed class Singleton(string node) : UntypedActor
{
    private readonly string _instance = Instances.Next(node);

    protected override void PreStart() => Events.Emit("singleton-start", "singleton", _instance);

    protected override void OnReceive(object message) => Sender.Tell(_instance);

    protected override void PostStop() => Events.Emit("singleton-stop", "singleton", _instance);
}

/// <summary>An entity that counts the messages it got, in memory.</summary>
internal sealed class Counter(string id, string node) : UntypedActor
{
    private readonly string _instance = Instances.Next(node);
    private int _count;

    protected override void PreStart() => Events.Emit("entity-start", id, _instance);

    protected override void OnReceive(object message) => Sender.Tell($"{id} {_instance} {++_count}");

    protected override void PostStop() => Events.Emit("entity-stop", id, _instance);
}

/// <summary>The messages to counters are their names.</summary>
internal sealed class CounterExtractor(int shards) : HashCodeMessageExtractor(shards)
{
    public override string? EntityId(object message) => message as string;

    public override object EntityMessage(object message) => message;
}

/// <summary>Names of actor instances, unique on the machine.</summary>
internal static class Instances
{
    private static int _last;

    public static string Next(string node) => $"{node}/{Environment.ProcessId}/{Interlocked.Increment(ref _last)}";
}
