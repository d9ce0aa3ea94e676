using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Node;
using ActorBroker.Metadata;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Tests.Node;

/// <summary>What a broker says about its place in the cluster.</summary>
public sealed class BrokerLifecycleTests : IAsyncLifetime
{
    private const string Fenced = "broker 3 was fenced by the controller";

    private readonly ActorSystem system = ActorSystem.Create("test");
    private readonly LogLines log;
    private readonly Standing standing = new();
    private readonly IActorRef broker;

    public BrokerLifecycleTests()
    {
        log = new LogLines(system);
        var controller = system.ActorOf(Props.Create(() => new FakeController(standing)));
        var identity = new BrokerIdentity(new NodeId(3), "cluster", Guid.NewGuid(), null, new BrokerEpoch(-1), []);
        var cluster = new ClusterState("cluster", ClusterImage.Empty);
        broker = system.ActorOf(Props.Create(() => new BrokerLifecycleActor(identity, cluster, controller, TimeSpan.FromMilliseconds(20), () => default, () => false, () => true)));
    }

    public Task InitializeAsync() => broker.Ask<BrokerLifecycleActor.Joined>(new BrokerLifecycleActor.Join([new BrokerEndpoint("PLAINTEXT", "127.0.0.1", 9)]), Eventually.Deadline);

    public Task DisposeAsync() => system.Terminate();

    [Fact]
    public async Task A_registration_is_said_with_its_number() =>
        Assert.Single(await log.With("registered as broker 3 with epoch 17"), line => line.Level == LogLevel.InfoLevel);

    [Fact]
    public async Task A_broker_that_is_fenced_warns()
    {
        standing.IsFenced = true;

        await log.Says(Fenced);

        Assert.All(await log.With(Fenced), line => Assert.Equal(LogLevel.WarningLevel, line.Level));
    }

    [Fact]
    public async Task A_broker_that_leaves_does_not_warn_when_it_is_fenced()
    {
        standing.IsFencedWhenLeaving = true;
        await broker.Ask(BrokerLifecycleActor.Leave.Instance, Eventually.Deadline);

        Assert.Empty(await log.With(Fenced));
    }

    /// <summary>What the controller makes of the broker.</summary>
    private sealed class Standing
    {
        public volatile bool IsFenced;
        public volatile bool IsFencedWhenLeaving;
    }

    private sealed class FakeController : ReceiveActor
    {
        public FakeController(Standing standing)
        {
            Receive<RegisterBroker>(_ => Sender.Tell(new BrokerRegistration(new BrokerEpoch(17), Verdict.Ok)));
            Receive<BrokerHeartbeat>(beat =>
            {
                var isFenced = standing.IsFenced || (beat.WantShutdown && standing.IsFencedWhenLeaving);
                Sender.Tell(new BrokerHeartbeatReply(Verdict.Ok, IsCaughtUp: true, isFenced, ShouldShutdown: beat.WantShutdown));
            });
        }
    }
}
