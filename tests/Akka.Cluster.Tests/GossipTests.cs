using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Serialization;
using Akka.Util;
using static Akka.Cluster.Tests.Cores;

namespace Akka.Cluster.Tests;

public sealed class GossipTests
{
    private static readonly HashSet<UniqueAddress> Nobody = [];

    [Fact]
    public void A_version_that_has_seen_all_of_another_comes_after_it()
    {
        VectorClock.Node a = VectorClock.Node.Create("a"), b = VectorClock.Node.Create("b");
        VectorClock first = VectorClock.Create().Increment(a), second = first.Increment(b), third = first.Increment(a);

        Assert.Equal(VectorClock.Ordering.Before, first.CompareTo(second));
        Assert.Equal(VectorClock.Ordering.After, second.CompareTo(first));
        Assert.Equal(VectorClock.Ordering.Concurrent, second.CompareTo(third));
        Assert.True(second.Merge(third) > second && second.Merge(third) > third);
        Assert.Equal(VectorClock.Ordering.Same, second.Merge(third).CompareTo(third.Merge(second)));
        Assert.Equal(VectorClock.Ordering.Concurrent, second.Prune(a).CompareTo(third));
    }

    [Fact]
    public void Merging_takes_the_further_status_of_each_member_in_either_order()
    {
        Gossip left = Gossip(Member('a'), Member('b', MemberStatus.Leaving), Member('c', MemberStatus.Joining)).ChangedBy(Node('a'));
        Gossip right = Gossip(Member('a'), Member('b'), Member('c')).ChangedBy(Node('b'));

        foreach (Gossip merged in (Gossip[])[left.Merge(right), right.Merge(left)])
        {
            Assert.Equal([MemberStatus.Up, MemberStatus.Leaving, MemberStatus.Up], merged.Members.Select(m => m.Status));
            Assert.Empty(merged.Seen);
            Assert.True(merged.Version > left.Version && merged.Version > right.Version);
        }
    }

    [Fact]
    public void Older_gossip_does_not_bring_a_removed_member_back()
    {
        Gossip before = Gossip(Member('a'), Member('b'), Member('c')).ChangedBy(Node('a'));
        Gossip removed = before.ChangedBy(Node('a')).Remove(new HashSet<UniqueAddress> { Node('c') }, nowMs: 1);
        Gossip late = before.ChangedBy(Node('b'));

        Gossip merged = late.Merge(removed);

        Assert.Equal("ab", string.Concat(merged.Members.Select(m => m.UniqueAddress).Names()));
        Assert.True(merged.Version.Versions.Keys.All(n => !n.Equals(ClockNode('c'))));
    }

    [Fact]
    public void Tombstones_are_forgotten_after_their_time()
    {
        Gossip gossip = Gossip(Member('a'), Member('b')).Remove(new HashSet<UniqueAddress> { Node('b') }, nowMs: 100);

        Assert.Same(gossip, gossip.PruneTombstones(100));
        Assert.Empty(gossip.PruneTombstones(101).Tombstones);
    }

    [Fact]
    public void The_leader_is_the_lowest_reachable_address_that_is_up()
    {
        MembershipState state = Agreed('c', Member('a', MemberStatus.Joining), Member('b'), Member('c', MemberStatus.Leaving), Member('d'));

        Assert.Equal(Node('b'), state.Leader);
        Assert.Equal(Node('c'), state.With(r => r.Unreachable(Node('d'), Node('b'))).Leader);
        Assert.Equal(Node('a'), Agreed('a', Member('b', MemberStatus.Joining), Member('a', MemberStatus.Joining)).Leader);
    }

    [Fact]
    public void All_agree_when_all_that_count_have_seen_the_version_and_none_that_counts_is_unreachable()
    {
        MembershipState state = Agreed('a', Member('a'), Member('b'), Member('c', MemberStatus.Down));

        Assert.True(state.HasConvergence(Nobody));
        Assert.True(state.With(r => r.Unreachable(Node('a'), Node('c'))).HasConvergence(Nobody));
        Assert.False(state.With(r => r.Unreachable(Node('a'), Node('b'))).HasConvergence(Nobody));
        Assert.False((state.Gossip with { Seen = [Node('a')] }).As('a').HasConvergence(Nobody));
    }

    [Fact]
    public void The_leader_moves_members_on_and_removes_those_that_are_gone()
    {
        MembershipState state = Agreed('a', Member('a'), Member('b', MemberStatus.Leaving), Member('c', MemberStatus.Down), Member('d', MemberStatus.Joining), Member('e', MemberStatus.Exiting))
            .With(r => r.Unreachable(Node('a'), Node('c')));

        Gossip led = MembershipChange.Lead(state, Settings(), new HashSet<UniqueAddress> { Node('e') }, nowMs: 1)!;

        Assert.Equal(["a Up 1", "b Exiting 2", "d Up 6"], led.Members.Select(m => $"{m.Address.Host[^1]} {m.Status} {m.UpNumber}"));
        Assert.Equal("ce", string.Concat(led.Tombstones.Keys.Names()));
        Assert.True(led.Reachability.IsAllReachable);
        Assert.Null(MembershipChange.Lead(led.As('a'), Settings(), Nobody, nowMs: 2)?.Members.FirstOrDefault(m => m.Status == MemberStatus.Joining));
    }

    [Fact]
    public void A_member_that_is_down_but_answers_is_not_removed_yet()
    {
        Assert.Null(MembershipChange.Lead(Agreed('a', Member('a'), Member('b', MemberStatus.Down)), Settings(), Nobody, nowMs: 1));
    }

    [Fact]
    public void A_new_incarnation_downs_the_earlier_one_and_has_to_wait_for_its_removal()
    {
        MembershipState state = Agreed('a', Member('a'), Member('b'));

        (JoinOutcome outcome, Gossip next) = MembershipChange.Join(state, Node('b', uid: 2), [], AppVersion.Zero);

        Assert.Equal(JoinOutcome.Replacing, outcome);
        Assert.Equal(MemberStatus.Down, next.MemberOf(Node('b')).Status);
        Assert.True(next.Reachability.IsTerminated(Node('b')));
        Gossip removed = MembershipChange.Lead((next with { Seen = [Node('a')] }).As('a'), Settings(), Nobody, nowMs: 1)!;
        Assert.Equal(JoinOutcome.Added, MembershipChange.Join(removed.As('a'), Node('b', uid: 2), [], AppVersion.Zero).Outcome);
        Assert.Equal(JoinOutcome.Refused, MembershipChange.Join(removed.As('a'), Node('b'), [], AppVersion.Zero).Outcome);
    }

    [Fact]
    public void Random_changes_at_random_nodes_end_in_the_same_state_everywhere()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            char[] names = ['a', 'b', 'c', 'd'];
            Gossip start = Gossip([.. names.Select(n => Member(n))]).ChangedBy(Node('a'));
            Dictionary<char, MembershipState> states = names.ToDictionary(n => n, n => start.SeenBy(Node(n)).As(n));
            for (var step = 0; step < 30; step++)
            {
                var at = names[random.Next(names.Length)];
                var other = names[random.Next(names.Length)];
                Gossip? next = random.Next(4) switch
                {
                    0 => MembershipChange.Join(states[at], Node((char)('e' + random.Next(5))), [], AppVersion.Zero).Next,
                    1 => MembershipChange.Observe(states[at], m => m.UniqueAddress.Equals(Node(other)) && random.Next(2) == 0 ? ReachabilityStatus.Unreachable : ReachabilityStatus.Reachable),
                    2 => MembershipChange.Leave(states[at], Node((char)('e' + random.Next(5))).Address),
                    _ => MembershipChange.Receive(states[at], states[other].Gossip).Next,
                };
                if (next is not null) states[at] = next.As(at);
            }

            for (var round = 0; round < 4; round++)
                foreach (var from in names)
                    foreach (var to in names) states[to] = MembershipChange.Receive(states[to], states[from].Gossip).Next.As(to);

            Assert.All(names, n => Assert.Equal(states['a'].Gossip.ToString(), states[n].Gossip.ToString()));
            Assert.All(names, n => Assert.True(states[n].Gossip.Seen.IsSupersetOf(names.Select(x => Node(x))), $"seed {seed}"));
        }
    }

    [Fact]
    public void Each_message_between_nodes_is_read_as_it_was_written()
    {
        (object[] messages, Gossip gossip) = AllMessages();
        var serializer = new ClusterMessageSerializer(null);

        foreach (object message in messages)
        {
            byte[] bytes = serializer.ToBinary(message);
            object read = serializer.FromBinary(bytes, serializer.Manifest(message));
            Assert.Equal(message.GetType(), read.GetType());
            Assert.Equal(bytes, serializer.ToBinary(read));
        }

        var back = ((ClusterWire.Welcome)serializer.FromBinary(serializer.ToBinary(messages[5]), "W")).Gossip;
        Assert.Equal(gossip.ToString(), back.ToString());
        Assert.Equal(gossip.Tombstones, back.Tombstones);
        Assert.Equal(["x", "y"], back.MemberOf(Node('a')).Roles.Order());
    }

    [Fact]
    public void Damaged_messages_are_refused_or_harmless_and_take_no_more_memory_than_they_have_bytes()
    {
        var serializer = new ClusterMessageSerializer(null);
        MembershipState state = Agreed('a', Member('a'), Member('b', MemberStatus.Joining), Member('c', MemberStatus.Leaving));
        var random = new Random(1);

        foreach (var message in AllMessages().Messages)
        {
            byte[] bytes = serializer.ToBinary(message);
            for (var i = 0; i < 1000; i++)
            {
                byte[] damaged = [.. bytes.AsSpan(0, random.Next(4) == 0 ? random.Next(bytes.Length + 1) : bytes.Length)];
                for (var changes = random.Next(1, 4); changes > 0 && damaged.Length > 0; changes--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    object read = serializer.FromBinary(damaged, serializer.Manifest(message));
                    if (read is ClusterWire.GossipEnvelope { Gossip: { } gossip }) Look(MembershipChange.Receive(state, gossip).Next);
                }
                catch (System.Runtime.Serialization.SerializationException)
                {
                    // As it should be.
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 * 1024);
            }
        }

        void Look(Gossip gossip)
        {
            var next = gossip.As('a');
            _ = next.HasConvergence(Nobody);
            _ = ClusterEventDiff.Between(state.ToState(), next.ToState()).Count();
            if (next.SelfMember is not null) _ = MembershipChange.Lead(next, Settings(), Nobody, nowMs: 1);
        }
    }

    private static (object[] Messages, Gossip Gossip) AllMessages()
    {
        Gossip gossip = Agreed('a', Member('a', roles: ["x", "y"]), Member('b', MemberStatus.Joining), Member('c', MemberStatus.Down)).Gossip
            .Remove(new HashSet<UniqueAddress> { Node('c') }, nowMs: 77);
        gossip = gossip with { Reachability = gossip.Reachability.Unreachable(Node('a'), Node('b')).Terminated(Node('b'), Node('a')) };
        ImmutableSortedDictionary<string, string> settings = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("k", "v");
        return (
            [
                new ClusterWire.InitJoin(settings), new ClusterWire.InitJoinAck(Node('a').Address), new ClusterWire.InitJoinNack(Node('a').Address),
                new ClusterWire.Join(Node('a'), ["x"], AppVersion.Create("1.2"), settings), new ClusterWire.JoinRefused(Node('a').Address, "why"),
                new ClusterWire.Welcome(Node('a'), gossip), new ClusterWire.GossipEnvelope(Node('a'), Node('b'), gossip),
                new ClusterWire.GossipStatus(Node('a'), gossip.Version, -5), new ClusterWire.ExitingConfirmed(Node('a')),
                new ClusterWire.Heartbeat(Node('a').Address, 12), new ClusterWire.HeartbeatRsp(Node('a'), 13),
            ],
            gossip);
    }

    [Fact]
    public void A_node_that_is_welcomed_as_Up_hears_of_older_members_before_it_hears_of_itself()
    {
        ClusterEvent.CurrentClusterState welcome = Agreed('a', Member('a', upNumber: 3), Member('b', upNumber: 2), Member('c', upNumber: 1)).ToState();

        IEnumerable<ClusterEvent.MemberUp> ups = ClusterEventDiff.Between(new ClusterEvent.CurrentClusterState(), welcome).OfType<ClusterEvent.MemberUp>();

        Assert.Equal([3, 2, 1], ups.Select(up => welcome.Members.Count(other => up.Member.IsOlderThan(other)) + 1));
    }

    private static VectorClock.Node ClockNode(char name) => Akka.Cluster.Gossip.ClockNode(Node(name));
}
