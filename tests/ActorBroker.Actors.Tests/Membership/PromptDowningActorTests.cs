using System.Collections.Concurrent;
using ActorBroker.Actors.Bootstrap;
using ActorBroker.Actors.Membership;
using ActorBroker.Actors.Runtime;
using ActorBroker.Harness;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ActorBroker.Actors.Tests.Membership;

/// <summary>Whole actor systems in this process. One ends without leaving, as a killed process does, and its address refuses connections then.</summary>
public sealed class PromptDowningActorTests : IAsyncLifetime
{
    private const int Nodes = 3;

    private readonly int[] ports = FreePorts.Some(Nodes);
    private readonly ActorSystem[] systems = new ActorSystem[Nodes];

    public async Task InitializeAsync()
    {
        for (var i = 0; i < Nodes; i++)
        {
            systems[i] = Start(i);
            AkkaCluster.Get(systems[i]).Join(AkkaCluster.Get(systems[0]).SelfAddress);
        }

        foreach (var system in systems)
        {
            await SeesUp(system, Nodes);
        }
    }

    public Task DisposeAsync() => Task.WhenAll(systems.Select(system => system.Terminate()));

    [Fact]
    public async Task A_member_that_ended_is_removed_though_silence_alone_would_not_remove_it()
    {
        var heard = Listen(systems[1]);

        await systems[0].Terminate();

        await SeesUp(systems[1], Nodes - 1);
        await SeesUp(systems[2], Nodes - 1);
        Assert.Contains(heard, ended => ended.Node == new NodeId(1) && ended.Address.Port == ports[0]);
    }

    [Fact]
    public async Task A_minority_of_the_voters_removes_nobody_at_once()
    {
        var heard = Listen(systems[2]);

        await Task.WhenAll(systems[0].Terminate(), systems[1].Terminate());

        await Eventually.Holds(() => heard.Select(ended => ended.Node).Distinct().Count() == 2, "node 3 knows that both have ended");
        Assert.Contains(AkkaCluster.Get(systems[2]).State.Members, member => member.Address.Port == ports[0] || member.Address.Port == ports[1]);
    }

    [Fact]
    public async Task A_new_incarnation_proves_the_end_of_the_earlier_one_and_joins()
    {
        var heard = Listen(systems[1]);
        VoterOptions[] voters = [.. ports.Select((port, i) => new VoterOptions(new NodeId(i + 1), new HostPort("127.0.0.1", port)))];
        foreach (var i in new[] { 1, 2 })
        {
            systems[i].ActorOf(ActorProps.Of(() => new BootstrapActor(voters[i].Id, voters, TimeProvider.System)), BootstrapActor.Name);
        }

        await systems[0].Terminate();
        systems[0] = Start(0);
        systems[0].ActorOf(ActorProps.Of(() => new BootstrapActor(voters[0].Id, voters, TimeProvider.System)), BootstrapActor.Name);

        await SeesUp(systems[0], Nodes);
        await SeesUp(systems[1], Nodes);
        Assert.Contains(AkkaCluster.Get(systems[1]).State.Members, member => member.UniqueAddress.Equals(AkkaCluster.Get(systems[0]).SelfUniqueAddress));
        Assert.Contains(heard, ended => ended.Node == new NodeId(1));
    }

    private static ConcurrentQueue<PeerEnded> Listen(ActorSystem system)
    {
        var heard = new ConcurrentQueue<PeerEnded>();
        system.EventStream.Subscribe(system.ActorOf(ActorProps.Of(() => new Listener(heard))), typeof(PeerEnded));
        return heard;
    }

    private static Task SeesUp(ActorSystem system, int count) => Eventually.Holds(
        () => AkkaCluster.Get(system).State.Members is var members && members.Count == count && members.All(member => member.Status == MemberStatus.Up), $"{count} members are up, and no others");

    /// <summary>Neither silence nor Akka.NET's resolver removes anybody within the time of a test.</summary>
    private ActorSystem Start(int index) => ActorSystem.Create("test", ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = OFF
          actor.provider = cluster
          remote.retry-gate-closed-for = 100ms
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = {{ports[index]}} }
          cluster {
            roles = [controller, node-{{index + 1}}]
            gossip-interval = 100ms
            leader-actions-interval = 100ms
            failure-detector.acceptable-heartbeat-pause = 10m
            failure-detector.heartbeat-interval = 100ms
            split-brain-resolver.stable-after = 10m
            run-coordinated-shutdown-when-down = off
          }
          coordinated-shutdown { exit-clr = off, run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
        }
        """).WithFallback(PromptDowningProvider.ConfigOf(ports.Select(port => new HostPort("127.0.0.1", port)))).WithFallback(ConfigurationFactory.ParseString(BootstrapSerializer.Hocon)));

    private sealed class Listener : ReceiveActor
    {
        public Listener(ConcurrentQueue<PeerEnded> heard) => Receive<PeerEnded>(heard.Enqueue);
    }
}
