using System.Collections.Immutable;
using Akka.Actor;
using Akka.Util;

namespace Akka.Cluster.Tests;

/// <summary>Members and states for tests of the pure parts: a, b, c… are nodes in the order of their addresses.</summary>
internal static class Cores
{
    public static UniqueAddress Node(char name, int uid = 1) => new(new Address("akka.tcp", "test", $"host-{name}", 2552), uid);

    public static Member Member(char name, MemberStatus status = MemberStatus.Up, int? upNumber = null, params string[] roles) => Akka.Cluster.Member.Create(
        Node(name),
        upNumber ?? (status is MemberStatus.Joining or MemberStatus.WeaklyUp ? Akka.Cluster.Member.NotYetUp : name - 'a' + 1),
        status,
        [.. roles],
        AppVersion.Zero);

    public static Gossip Gossip(params Member[] members) => Akka.Cluster.Gossip.Empty.Update(members);

    /// <summary>A state in which all have seen all.</summary>
    public static MembershipState Agreed(char self, params Member[] members) =>
        new(Gossip(members).ChangedBy(Node(self)) with { Seen = [.. members.Select(m => m.UniqueAddress)] }, Node(self));

    public static MembershipState As(this Gossip gossip, char self) => new(gossip, Node(self));

    public static MembershipState With(this MembershipState state, Func<Reachability, Reachability> change) =>
        new(state.Gossip with { Reachability = change(state.Gossip.Reachability) }, state.Self);

    public static IEnumerable<char> Names(this IEnumerable<UniqueAddress> nodes) => nodes.Select(n => n.Address.Host[^1]).Order();

    public static ClusterSettings Settings(string hocon = "") => new(
        Akka.Configuration.ConfigurationFactory.ParseString(hocon)
            .WithFallback(Akka.Configuration.ConfigurationFactory.FromResource("Akka.Cluster.Configuration.Cluster.conf", typeof(Cluster).Assembly))
            .WithFallback("akka.remote.use-dispatcher = \"\""),
        "test");
}
