using System.Collections.Immutable;
using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Node;
using ActorBroker.Metadata;
using ActorBroker.Model;
using Akka;
using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace ActorBroker.Actors.Tests.Node;

public sealed class BrokerLifecycleActorTests : TestKit
{
    private static readonly TimeSpan Patience = Eventually.Deadline;

    private static readonly VerdictReply Ends = new(new Verdict(MetadataError.NotController, "Try again: the controller stops."));

    private bool canDecide = true;

    [Fact]
    public void A_controller_that_ends_without_a_decision_is_asked_again()
    {
        var broker = Start();

        broker.Tell(new BrokerLifecycleActor.Join([new BrokerEndpoint("PLAINTEXT", "127.0.0.1", 9092)]), TestActor);
        ExpectMsg<RegisterBroker>(Patience);
        LastSender.Tell(Ends);
        ExpectMsg<RegisterBroker>(Patience);
        LastSender.Tell(new BrokerRegistration(new BrokerEpoch(3)));
        ExpectMsg<BrokerHeartbeat>(Patience);
        LastSender.Tell(Ends);
        ExpectMsg<BrokerHeartbeat>(Patience);
        LastSender.Tell(new BrokerHeartbeatReply(Verdict.Ok, IsCaughtUp: true, IsFenced: false, ShouldShutdown: false));

        Assert.Equal(new BrokerEpoch(3), ExpectMsg<BrokerLifecycleActor.Joined>(Patience).Epoch);
    }

    [Fact]
    public void Who_leaves_waits_for_the_controller_while_there_can_be_one_and_no_longer()
    {
        var broker = Start();
        broker.Tell(new BrokerLifecycleActor.Join([new BrokerEndpoint("PLAINTEXT", "127.0.0.1", 9092)]), TestActor);
        ExpectMsg<RegisterBroker>(Patience);
        LastSender.Tell(new BrokerRegistration(new BrokerEpoch(3)));
        ExpectMsg<BrokerHeartbeat>(Patience);
        canDecide = false;

        // The heartbeat is never answered.
        broker.Tell(BrokerLifecycleActor.Leave.Instance, TestActor);

        ExpectMsg<Done>(Patience);
    }

    [Fact]
    public void Who_may_stop_does_not_renew_its_session()
    {
        var broker = Start();
        broker.Tell(new BrokerLifecycleActor.Join([new BrokerEndpoint("PLAINTEXT", "127.0.0.1", 9092)]), TestActor);
        ExpectMsg<RegisterBroker>(Patience);
        LastSender.Tell(new BrokerRegistration(new BrokerEpoch(3)));
        ExpectMsg<BrokerHeartbeat>(Patience);
        LastSender.Tell(new BrokerHeartbeatReply(Verdict.Ok, IsCaughtUp: true, IsFenced: true, ShouldShutdown: false));
        broker.Tell(BrokerLifecycleActor.Leave.Instance, TestActor);
        Assert.True(ExpectMsg<BrokerHeartbeat>(Patience).WantShutdown);
        LastSender.Tell(new BrokerHeartbeatReply(Verdict.Ok, IsCaughtUp: true, IsFenced: true, ShouldShutdown: true));
        ExpectMsg<Done>(Patience);

        // News of its own fence, and of the room on its disks, which both bring a heartbeat otherwise.
        broker.Tell(new MetadataChanged(ClusterImage.Empty with { Version = 7 }, []), TestActor);
        broker.Tell(BrokerLifecycleActor.RoomChanged.Instance, TestActor);
        broker.Tell(new Identify("heard"), TestActor);

        ExpectMsg<ActorIdentity>(Patience);
        ExpectNoMsg(TimeSpan.Zero);
    }

    /// <summary>With the test as its controller.</summary>
    private IActorRef Start()
    {
        var identity = new BrokerIdentity(new NodeId(1), "cluster", Guid.NewGuid(), null, new BrokerEpoch(-1), []);
        var cluster = new ClusterState("cluster", ClusterImage.Empty);
        return Sys.ActorOf(Props.Create(() => new BrokerLifecycleActor(
            identity, cluster, TestActor, TimeSpan.FromMinutes(10), () => ImmutableArray<Guid>.Empty, () => false, () => canDecide)));
    }
}
