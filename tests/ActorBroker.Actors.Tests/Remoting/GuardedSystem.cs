using ActorBroker.Actors.Bootstrap;
using ActorBroker.Actors.Remoting;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;

namespace ActorBroker.Actors.Tests.Remoting;

/// <summary>Actor systems as nodes have them, and genuine ones with Akka.NET's own settings, on loopback.</summary>
internal static class GuardedSystem
{
    /// <summary>A system that speaks as a node.</summary>
    public static ActorSystem Start(int port, string cookie = "ours", string clusterId = "cluster-of-tests", int node = 1, string more = "") => ActorSystem.Create(
        "test",
        ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(Remoting(port)
                .WithFallback(ConfigurationFactory.ParseString(more)).WithFallback(ConfigurationFactory.ParseString(RemotingHocon.Text)).WithFallback(ConfigurationFactory.ParseString(BootstrapSerializer.Hocon))),
            new PeerSetup(new NodeId(node), clusterId, cookie)));

    /// <summary>A node's handshake, but Akka.NET's own serialisers: who knows the cookie and means harm.</summary>
    public static ActorSystem StartTraitor(int port) => ActorSystem.Create(
        "test",
        ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(Remoting(port).WithFallback(ConfigurationFactory.ParseString("""
                akka.remote {
                  adapters.actorbroker = "ActorBroker.Actors.Remoting.GuardedTransportProvider,ActorBroker.Actors"
                  dot-netty.tcp.applied-adapters = ["actorbroker"]
                }
                """))),
            new PeerSetup(new NodeId(66), "cluster-of-tests", "ours")));

    /// <summary>A system with Akka.NET's own settings.</summary>
    public static ActorSystem StartGenuine(int port) => ActorSystem.Create("test", Remoting(port));

    /// <summary>Starts who answers, at the place where nodes look for each other.</summary>
    public static IActorRef Answer(ActorSystem system) => system.ActorOf(Props.Create<Answering>(), "bootstrap");

    /// <summary>Asks an actor that answers each question for the cluster, as a healthy node's does.</summary>
    public static Task<BootstrapAnswer> Ask(ActorSystem from, int port, TimeSpan limit) =>
        from.ActorSelection($"akka.tcp://test@127.0.0.1:{port}/user/bootstrap").Ask<BootstrapAnswer>(new BootstrapQuestion(new NodeId(1), Uid: 0), limit);

    /// <summary>Waits until that works.</summary>
    public static Task Speaks(ActorSystem from, int port) => Eventually.Holds(
        async () =>
        {
            try
            {
                return (await Ask(from, port, TimeSpan.FromSeconds(1))).IsMember;
            }
            catch (AskTimeoutException)
            {
                return false;
            }
        });

    private static Config Remoting(int port) => ConfigurationFactory.ParseString($$"""
        akka {
          loggers = []
          stdout-loglevel = OFF
          actor.provider = remote
          remote.retry-gate-closed-for = 50ms
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = {{port}} }
        }
        """);
}

/// <summary>Answers questions for the cluster; counts what else comes.</summary>
internal sealed class Answering : ReceiveActor
{
    private static int strange;

    public Answering()
    {
        Receive<BootstrapQuestion>(question => Sender.Tell(new BootstrapAnswer(new NodeId(9), IsMember: true, HasEarlier: false, question.From), Self));
        ReceiveAny(_ => Interlocked.Increment(ref strange));
    }

    /// <summary>Messages of other types that any of them got.</summary>
    public static int Strange => Volatile.Read(ref strange);}
