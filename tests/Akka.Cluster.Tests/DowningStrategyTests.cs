using Akka.Cluster.SBR;
using Akka.Configuration;
using static Akka.Cluster.Tests.Cores;

namespace Akka.Cluster.Tests;

/// <summary>Both sides of many partitions decide by themselves: at most one may go on.</summary>
public sealed class DowningStrategyTests
{
    [Theory]
    [InlineData("keep-majority", "abcde", "ab|cde", "cde")]
    [InlineData("keep-majority", "abc", "a|bc", "bc")]
    [InlineData("keep-majority", "abcd", "ab|cd", "ab")]
    [InlineData("keep-majority", "abcd", "bc|ad", "ad")]
    [InlineData("keep-majority", "ab", "a|b", "a")]
    [InlineData("keep-majority", "abcde", "ab|c|de", "")]
    [InlineData("static-quorum", "abcde", "ab|cde", "cde")]
    [InlineData("static-quorum", "abcde", "ab|cd|e", "")]
    [InlineData("static-quorum", "abcdef", "abc|def", "")]
    [InlineData("keep-oldest", "abcde", "ab|cde", "ab")]
    [InlineData("keep-oldest", "abcde", "a|bcde", "bcde")]
    [InlineData("keep-oldest", "ab", "a|b", "a")]
    [InlineData("down-all", "abc", "a|bc", "")]
    public void A_partition_leaves_one_side_at_most(string strategy, string members, string sides, string survivors)
    {
        DowningStrategy decides = Strategy(strategy);
        Member[] all = [.. members.Select(n => Member(n))];

        Assert.Equal(survivors, Survivors(decides, all, sides.Split('|')));
    }

    [Fact]
    public void Of_every_partition_of_six_members_with_any_roles_and_statuses_one_side_survives_at_most()
    {
        MemberStatus[] statuses = [MemberStatus.Up, MemberStatus.Up, MemberStatus.Up, MemberStatus.Leaving, MemberStatus.Exiting, MemberStatus.Joining, MemberStatus.Down];
        var random = new Random(7);
        foreach (var name in SplitBrainResolverSettings.AllStrategyNames)
        {
            foreach (var role in (string[])["", "r"])
            {
                DowningStrategy strategy = Strategy(name, role);
                for (var i = 0; i < 400; i++)
                {
                    Member[] all = [.. "abcdef".Select(n => Member(n, statuses[random.Next(statuses.Length)], null, random.Next(2) == 0 ? ["r"] : []))];
                    var sides = Enumerable.Range(0, 2 + random.Next(2)).Select(_ => "").ToArray();
                    foreach (Member member in all) sides[random.Next(sides.Length)] += member.Address.Host[^1];
                    string[] surviving = [.. sides.Select(side => Survivors(strategy, all, [side])).Where(side => all.Any(m => IsFull(m) && side.Contains(m.Address.Host[^1])))];
                    Assert.True(surviving.Length <= 1, $"{name} {role}: {string.Join(", ", all.AsEnumerable())}: {string.Join(" | ", sides)} -> {string.Join(" and ", surviving)}");
                }
            }
        }
    }

    [Fact]
    public void Only_members_with_the_role_count()
    {
        DowningStrategy strategy = Strategy("keep-majority", "voter");
        Member[] all = [Member('a', roles: ["voter"]), Member('b'), Member('c'), Member('d', roles: ["voter"]), Member('e', roles: ["voter"])];

        Assert.Equal("de", Survivors(strategy, all, ["abc", "de"]));
    }

    [Fact]
    public void A_majority_that_the_other_side_may_not_know_of_does_not_go_on()
    {
        // c and d may have become Up on their side, before it was cut off.
        Member[] all = [Member('a'), Member('b'), Member('c', MemberStatus.Joining), Member('d', MemberStatus.Joining), Member('e')];

        Assert.Equal(DowningDecision.DownAll, Strategy("keep-majority").Decide(View(all, "ab")));
    }

    [Fact]
    public void Members_that_only_a_broken_link_separates_are_downed_and_the_others_stay()
    {
        MembershipState state = Agreed('a', [.. "abcde".Select(n => Member(n))]).With(r => r.Unreachable(Node('b'), Node('d')).Unreachable(Node('d'), Node('b')));

        Assert.Equal("bd", string.Concat(Strategy("keep-majority").NodesToDown(PartitionView.Of(state)).Names()));
    }

    [Fact]
    public void Members_of_a_clean_partition_are_not_taken_for_a_broken_link()
    {
        MembershipState state = (Gossip([.. "abc".Select(n => Member(n))]).ChangedBy(Node('a')) with { Seen = [Node('a'), Node('b')] }).As('a')
            .With(r => r.Unreachable(Node('a'), Node('c')).Unreachable(Node('b'), Node('c')));

        Assert.Equal("c", string.Concat(Strategy("keep-majority").NodesToDown(PartitionView.Of(state)).Names()));
    }

    [Fact]
    public void A_member_that_doubted_another_before_it_was_lost_itself_does_not_count_here()
    {
        // The link between a and c was cut, and b heard of it; then b lost both, who hear each other again and go on without b.
        MembershipState state = (Gossip([.. "abc".Select(n => Member(n))]).ChangedBy(Node('b')) with { Seen = [Node('b')] }).As('b')
            .With(r => r.Unreachable(Node('a'), Node('c')).Unreachable(Node('b'), Node('c')).Unreachable(Node('b'), Node('a')));

        Assert.Equal("b", string.Concat(Strategy("keep-majority").NodesToDown(PartitionView.Of(state)).Names()));
    }

    [Fact]
    public void A_decision_waits_until_nothing_has_changed_for_stable_after()
    {
        var stability = new Stability(Settings("stable-after = 2s, down-all-when-unstable = off"));
        MembershipState one = Agreed('a', Member('a'), Member('b'), Member('c')).With(r => r.Unreachable(Node('a'), Node('c')));
        MembershipState two = one.With(r => r.Unreachable(Node('a'), Node('b')));

        Assert.Equal(Stability.Verdict.Wait, stability.Look(one, Seconds(10)));
        Assert.Equal(Stability.Verdict.Wait, stability.Look(one, Seconds(11.9)));
        Assert.Equal(Stability.Verdict.Wait, stability.Look(two, Seconds(12)));
        Assert.Equal(Stability.Verdict.Wait, stability.Look(two, Seconds(13.9)));
        Assert.Equal(Stability.Verdict.Decide, stability.Look(two, Seconds(14)));
    }

    [Fact]
    public void A_process_that_ended_is_decided_sooner_unless_another_member_is_silent()
    {
        const string Soon = "stable-after = 2s, stable-after-process-end = 200ms";
        MembershipState ended = Agreed('a', Member('a'), Member('b'), Member('c')).With(r => r.Terminated(Node('a'), Node('c')));
        MembershipState silentToo = ended.With(r => r.Unreachable(Node('a'), Node('b')));

        var stability = new Stability(Settings(Soon));
        Assert.Equal(Stability.Verdict.Wait, stability.Look(ended, Seconds(10)));
        Assert.Equal(Stability.Verdict.Decide, stability.Look(ended, Seconds(10.2)));

        stability = new Stability(Settings(Soon));
        Assert.Equal(Stability.Verdict.Wait, stability.Look(silentToo, Seconds(10)));
        Assert.Equal(Stability.Verdict.Wait, stability.Look(silentToo, Seconds(11.9)));
    }

    [Fact]
    public void A_process_that_was_paused_itself_looks_again_before_it_decides()
    {
        var stability = new Stability(Settings("stable-after = 2s"));
        MembershipState state = Agreed('a', Member('a'), Member('b')).With(r => r.Unreachable(Node('a'), Node('b')));

        Assert.Equal(Stability.Verdict.Wait, stability.Look(state, Seconds(10)));
        Assert.Equal(Stability.Verdict.Wait, stability.Look(state, Seconds(60)));
    }

    [Fact]
    public void A_member_of_the_same_side_that_downs_itself_first_does_not_begin_the_wait_anew()
    {
        var stability = new Stability(Settings("stable-after = 2s"));
        MembershipState state = Agreed('a', Member('a'), Member('b'), Member('c'), Member('d'), Member('e'))
            .With(r => r.Unreachable(Node('a'), Node('c')).Unreachable(Node('a'), Node('d')).Unreachable(Node('a'), Node('e')));
        MembershipState alone = Agreed('a', Member('a'), Member('b', MemberStatus.Down), Member('c'), Member('d'), Member('e')).With(
            r => r.Terminated(Node('a'), Node('b')).Unreachable(Node('a'), Node('c')).Unreachable(Node('a'), Node('d')).Unreachable(Node('a'), Node('e')));

        Assert.Equal(Stability.Verdict.Wait, stability.Look(state, Seconds(10)));
        Assert.Equal(Stability.Verdict.Wait, stability.Look(state, Seconds(11.9)));
        Assert.Equal(Stability.Verdict.Decide, stability.Look(alone, Seconds(12)));
    }

    [Fact]
    public void What_keeps_changing_for_too_long_downs_all()
    {
        var stability = new Stability(Settings("stable-after = 2s, down-all-when-unstable = 3s"));
        MembershipState one = Agreed('a', Member('a'), Member('b'), Member('c')).With(r => r.Unreachable(Node('a'), Node('c')));
        MembershipState two = one.With(r => r.Unreachable(Node('a'), Node('b')));
        for (var second = 0; second < 5; second++) Assert.Equal(Stability.Verdict.Wait, stability.Look(second % 2 == 0 ? one : two, Seconds(10 + second)));

        Assert.Equal(Stability.Verdict.DownAll, stability.Look(two, Seconds(15)));
    }

    [Theory]
    [InlineData("active-strategy = keep-referee", "keep-referee")]
    [InlineData("stable-after = 0s", "stable-after")]
    public void Settings_that_cannot_be_used_say_why(string hocon, string named) =>
        Assert.Contains(named, Assert.Throws<ConfigurationException>(() => Settings(hocon)).Message);

    /// <summary>A member that decides. One that is joining only follows.</summary>
    private static bool IsFull(Member member) => member.Status is MemberStatus.Up or MemberStatus.Leaving;

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static SplitBrainResolverSettings Settings(string hocon) => new(
        ConfigurationFactory.ParseString($"akka.cluster.split-brain-resolver {{ {hocon} }}")
            .WithFallback(ConfigurationFactory.FromResource("Akka.Cluster.Configuration.Cluster.conf", typeof(Cluster).Assembly)));

    private static DowningStrategy Strategy(string name, string role = "") => DowningStrategy.Of(Settings(
        $"active-strategy = {name}, static-quorum {{ quorum-size = 3, role = \"{role}\" }}, keep-majority.role = \"{role}\", keep-oldest.role = \"{role}\""));

    private static PartitionView View(Member[] all, string side) =>
        new(all, all.Select(m => m.UniqueAddress).Where(n => !side.Contains(n.Address.Host[^1])), []);

    /// <summary>Who goes on when each side downs whom it decides to down.</summary>
    private static string Survivors(DowningStrategy strategy, Member[] all, string[] sides) => string.Concat(sides.SelectMany(side =>
    {
        var downed = strategy.NodesToDown(View(all, side)).Names().ToHashSet();
        return side.Where(n => !downed.Contains(n));
    }).Order());
}
