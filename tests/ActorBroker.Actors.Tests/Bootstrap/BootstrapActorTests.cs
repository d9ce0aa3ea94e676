using ActorBroker.Actors.Bootstrap;
using ActorBroker.Harness;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Remote;
using AkkaCluster = Akka.Cluster.Cluster;

namespace ActorBroker.Actors.Tests.Bootstrap;

public sealed class BootstrapActorTests
{
    [Fact]
    public async Task A_minority_that_expelled_the_majority_and_was_expelled_by_it_leaves_to_join_again()
    {
        var ports = FreePorts.Some(3);
        VoterOptions[] voters = [.. ports.Select((port, i) => new VoterOptions(new NodeId(i + 1), new HostPort("127.0.0.1", port)))];
        ActorSystem[] systems = [.. ports.Select(Start)];
        try
        {
            Bootstrap(systems[1], voters[1], voters);
            Bootstrap(systems[2], voters[2], voters);
            await SeesMembers(systems[1], 2);
            await SeesMembers(systems[2], 2);
            AkkaCluster.Get(systems[0]).Join(AkkaCluster.Get(systems[0]).SelfAddress);
            await SeesMembers(systems[0], 1);
            foreach (var other in systems[1..])
            {
                Expel(systems[0], other);
                Expel(other, systems[0]);
            }

            Bootstrap(systems[0], voters[0], voters);

            await systems[0].WhenTerminated.WaitAsync(Eventually.Deadline);
            Assert.Equal(2, AkkaCluster.Get(systems[1]).State.Members.Count);
        }
        finally
        {
            await Task.WhenAll(systems.Select(system => system.Terminate()));
        }
    }

    private static ActorSystem Start(int port) => ActorSystem.Create("test", ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = OFF
          actor.provider = cluster
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = {{port}} }
          cluster.downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
          coordinated-shutdown.exit-clr = off
        }
        """).WithFallback(ConfigurationFactory.ParseString(BootstrapSerializer.Hocon)));

    private static void Bootstrap(ActorSystem system, VoterOptions self, VoterOptions[] voters) =>
        system.ActorOf(Props.Create(() => new BootstrapActor(self.Id, voters, TimeProvider.System)), BootstrapActor.Name);

    private static Task SeesMembers(ActorSystem system, int count) =>
        Eventually.Holds(() => AkkaCluster.Get(system).State.Members.Count(member => member.Status == MemberStatus.Up) == count, $"{count} members are up");

    private static void Expel(ActorSystem by, ActorSystem whom)
    {
        var address = AkkaCluster.Get(whom).SelfUniqueAddress;
        ((IRemoteActorRefProvider)((ExtendedActorSystem)by).Provider).Quarantine(address.Address, address.Uid);
    }
}
