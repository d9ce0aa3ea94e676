using System.Net;
using System.Net.Sockets;
using Akka.Actor;

namespace Akka.Cluster.Tests;

public sealed class JoiningTests
{
    [Fact]
    public async Task Seed_nodes_that_start_at_once_form_one_cluster_with_the_first_as_its_oldest()
    {
        int[] ports = FreePorts.Some(3);
        await using ClusterNodes nodes = new([.. ports.Reverse().Select(port => StartSeed(port, ports))]);

        await ClusterNode.AllSee(nodes, nodes);

        Assert.Equal(ports[0], nodes[0].Cluster.State.Members.Min(Member.AgeOrdering)!.Address.Port);
    }

    [Fact]
    public async Task A_whole_cluster_that_restarts_at_once_forms_again()
    {
        int[] ports = FreePorts.Some(3);
        await using (ClusterNodes before = new([.. ports.Select(port => StartSeed(port, ports))]))
        {
            await ClusterNode.AllSee(before, before);
            await Task.WhenAll(before.Select(n => n.Crash()));
        }

        await using ClusterNodes after = new([.. ports.Select(port => StartSeed(port, ports))]);

        await ClusterNode.AllSee(after, after);
    }

    [Fact]
    public async Task A_seed_node_that_is_not_the_first_waits_for_the_first()
    {
        int[] ports = FreePorts.Some(2);
        await using ClusterNodes nodes = new(StartSeed(ports[1], ports));
        await ClusterNode.Eventually(() => nodes[0].LogLines.Any(l => l.Contains("nobody listens there")), nodes[0].Describe);
        Assert.Empty(nodes[0].Cluster.State.Members);

        nodes.Add(StartSeed(ports[0], ports));

        await ClusterNode.AllSee(nodes, nodes);
    }

    [Fact]
    public async Task A_node_that_restarts_at_its_address_replaces_its_earlier_incarnation_at_once()
    {
        int[] ports = FreePorts.Some(1);
        await using ClusterNodes nodes = await ClusterNode.StartCluster(2, "akka.cluster.split-brain-resolver.stable-after = 60s");
        var old = ClusterNode.StartAndJoin(nodes[0], Port(ports[0]));
        await ClusterNode.AllSee([.. nodes, old], [.. nodes, old]);
        await old.Crash();

        var restarted = ClusterNode.StartAndJoin(nodes[1], Port(ports[0]) + "akka.cluster.split-brain-resolver.stable-after = 60s");
        nodes.Add(restarted);

        await ClusterNode.AllSee(nodes, nodes);
        Assert.NotEqual(old.Cluster.SelfUniqueAddress, restarted.Cluster.SelfUniqueAddress);
        await old.DisposeAsync();
    }

    [Fact]
    public async Task A_node_with_another_configuration_is_refused_and_told_what_differs()
    {
        await using ClusterNodes nodes = await ClusterNode.StartCluster(1);
        var other = ClusterNode.Start("akka.cluster.split-brain-resolver.active-strategy = keep-oldest");
        nodes.Add(other);

        var refused = await Assert.ThrowsAsync<ClusterJoinFailedException>(() => other.Cluster.JoinAsync(nodes[0].Address));

        Assert.Contains("akka.cluster.split-brain-resolver.active-strategy is [keep-oldest] there and [keep-majority] in the cluster", refused.Message);
        await Assert.ThrowsAsync<ClusterJoinFailedException>(() => other.Cluster.JoinSeedNodesAsync([nodes[0].Address]));
        Assert.Contains(other.LogLines, l => l.Contains("refused to let") && l.Contains("active-strategy"));
        Assert.Single(nodes[0].Cluster.State.Members);
    }

    [Fact]
    public async Task A_setting_that_only_one_side_has_is_not_compared()
    {
        const string Sharding = "akka.cluster.sharding.state-store-mode = persistence";
        await using ClusterNodes nodes = await ClusterNode.StartCluster(1);

        nodes.Add(ClusterNode.StartAndJoin(nodes[0], Sharding));
        await ClusterNode.AllSee(nodes, nodes);
        nodes.Add(ClusterNode.StartAndJoin(nodes[1]));

        await ClusterNode.AllSee(nodes, nodes);
    }

    [Fact]
    public async Task A_node_with_another_configuration_joins_if_that_is_not_enforced()
    {
        const string Lenient = "akka.cluster.configuration-compatibility-check.enforce-on-join = off";
        await using ClusterNodes nodes = await ClusterNode.StartCluster(1, Lenient);

        nodes.Add(ClusterNode.StartAndJoin(nodes[0], Lenient + "\nakka.cluster.split-brain-resolver.active-strategy = keep-oldest"));

        await ClusterNode.AllSee(nodes, nodes);
    }

    [Theory]
    [InlineData("akka.remote.lanes.cookie = wrong", "Could not join by the seed nodes")]
    [InlineData("akka.remote.lanes.cookie = wrong, akka.cluster.seed-node-timeout = 20ms", "after [30] attempts")]
    public async Task A_first_seed_node_with_a_wrong_cookie_logs_why_it_cannot_join_and_forms_no_cluster_however_often_it_asks(string settings, string logged)
    {
        await using ClusterNodes nodes = await ClusterNode.StartCluster(1, "akka.remote.lanes.cookie = right");
        var other = ClusterNode.Start(settings);
        nodes.Add(other);

        other.Cluster.JoinSeedNodes([other.Address, nodes[0].Address]);

        await ClusterNode.Eventually(() => other.LogLines.Any(l => l.Contains(logged) && l.Contains("cookie")), other.Describe);
        Assert.Empty(other.Cluster.State.Members);
    }

    [Fact]
    public async Task The_first_seed_node_waits_for_the_answer_of_one_that_accepted_its_connection_and_no_longer_than_a_handshake_takes()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var first = ClusterNode.Start("akka.cluster.seed-node-timeout = 20ms, akka.remote.handshake-timeout = 5s");
        var other = first.Address.WithPort(((IPEndPoint)silent.LocalEndpoint).Port);
        first.System.ActorSelection($"{other}/user/nobody").Tell("hello");
        using var accepted = await silent.AcceptTcpClientAsync();

        first.Cluster.JoinSeedNodes([first.Address, other]);

        await ClusterNode.Eventually(() => first.LogLines.Any(l => l.Contains("after [3] attempts")), first.Describe);
        Assert.Empty(first.Cluster.State.Members);
        await ClusterNode.AllSee([first], [first]);
    }

    [Fact]
    public async Task The_first_seed_node_waits_longer_than_a_short_timeout_for_its_first_attempt_to_connect()
    {
        // A listener whose queue is full drops a SYN, which is sent again a second later.
        using var full = new TcpListener(IPAddress.Loopback, 0);
        full.Start(backlog: 0);
        using var waiting = new TcpClient();
        await waiting.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)full.LocalEndpoint).Port);
        await using var first = ClusterNode.Start("akka.cluster.seed-node-timeout = 20ms");

        first.Cluster.JoinSeedNodes([first.Address, first.Address.WithPort(((IPEndPoint)full.LocalEndpoint).Port)]);

        await ClusterNode.Eventually(() => first.LogLines.Any(l => l.Contains("after [3] attempts")), first.Describe);
        Assert.Empty(first.Cluster.State.Members);
        await ClusterNode.AllSee([first], [first]);
    }

    [Fact]
    public async Task A_node_that_finds_no_seed_node_shuts_down_if_it_is_told_to()
    {
        int[] ports = FreePorts.Some(2);
        await using var node = StartSeed(ports[1], ports, "akka.cluster.shutdown-after-unsuccessful-join-seed-nodes = 1s");

        await node.System.WhenTerminated.WaitAsync(ClusterNode.Patience);
    }

    [Fact]
    public async Task A_join_that_is_not_answered_fails_when_its_time_is_over()
    {
        await using var node = ClusterNode.Start("akka.cluster.retry-unsuccessful-join-after = 500ms");

        var failed = await Assert.ThrowsAsync<ClusterJoinFailedException>(() => node.Cluster.JoinAsync(node.Address.WithPort(FreePorts.One())));

        Assert.Contains("has not managed to join", failed.Message);
    }

    private static ClusterNode StartSeed(int port, int[] ports, string hocon = "") => ClusterNode.Start(
        $"{Port(port)}akka.cluster.seed-nodes = [{string.Join(", ", ports.Select(p => $"\"akka.tcp://test@127.0.0.1:{p}\""))}]\n{hocon}");

    private static string Port(int port) => $"akka.remote.dot-netty.tcp.port = {port}\n";
}
