using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public void A_new_broker_is_fenced_until_it_has_applied_its_own_registration()
    {
        var controller = new TestController();
        var epoch = controller.Register(1).Epoch;

        var early = controller.Beat(1, version: epoch.Value - 1);
        var caughtUp = controller.Beat(1, version: epoch.Value);

        Assert.True(early is { IsCaughtUp: false, IsFenced: true });
        Assert.True(caughtUp is { IsCaughtUp: true, IsFenced: false });
        Assert.False(controller.Broker(1).Fenced);
    }

    [Fact]
    public void A_broker_that_wants_to_stay_fenced_stays_fenced()
    {
        var controller = new TestController();
        controller.Register(1);

        Assert.True(controller.Beat(1, wantFence: true).IsFenced);
    }

    [Fact]
    public void The_same_incarnation_may_register_twice_and_keeps_its_epoch()
    {
        var controller = new TestController();
        var incarnation = Guid.NewGuid();
        var first = controller.Register(1, incarnation);
        controller.Beat(1);

        var again = controller.Register(1, incarnation);

        Assert.Equal(first.Epoch, again.Epoch);
        Assert.False(controller.Broker(1).Fenced);
    }

    [Fact]
    public void A_second_process_with_the_id_of_a_live_broker_is_refused_until_its_session_ends()
    {
        var controller = new TestController();
        var first = controller.Register(1).Epoch;

        var refused = controller.Register(1);
        controller.NowMs += Clusters.Options.BrokerSessionTimeoutMs;
        var accepted = controller.Register(1);

        Assert.Equal(MetadataError.DuplicateBrokerRegistration, refused.Verdict.Error);
        Assert.Equal(-1, refused.Epoch.Value);
        Assert.True(accepted.Epoch.Value > first.Value);
    }

    [Fact]
    public void A_new_controller_that_has_not_heard_of_a_broker_lets_its_next_incarnation_in()
    {
        var controller = TestController.With(1);
        controller.Core.Sessions.Clear();

        Assert.True(controller.Register(1).Verdict.IsOk);
    }

    [Fact]
    public void A_broker_with_data_of_another_cluster_is_refused()
    {
        var controller = new TestController(Clusters.Options with { ClusterId = "ours" });

        var reply = controller.Do<BrokerRegistration>(new RegisterBroker(new NodeId(1), Guid.NewGuid(), [], null) { ClusterId = "theirs" });

        Assert.Equal(MetadataError.InconsistentClusterId, reply.Verdict.Error);
        Assert.Contains("theirs", reply.Verdict.Message);
        Assert.Empty(controller.Image.Brokers);
    }

    [Fact]
    public void A_heartbeat_of_an_earlier_registration_is_refused()
    {
        var controller = TestController.With(1);
        var stale = new BrokerHeartbeat(new NodeId(1), new BrokerEpoch(controller.Broker(1).Epoch.Value - 1), 0, false, false, []);
        var unknown = stale with { Id = new NodeId(9) };

        Assert.Equal(MetadataError.StaleBrokerEpoch, controller.Do<BrokerHeartbeatReply>(stale).Verdict.Error);
        Assert.Equal(MetadataError.BrokerNotRegistered, controller.Do<BrokerHeartbeatReply>(unknown).Verdict.Error);
    }

    [Fact]
    public void Silent_brokers_are_fenced_and_live_ones_are_not()
    {
        var controller = TestController.With(3);
        controller.NowMs += 8_999;
        controller.Beat(2);
        Assert.Empty(controller.Do<ExpireSessionsReply>(new ExpireSessions()).Fenced);

        controller.NowMs += 1;
        var reply = controller.Do<ExpireSessionsReply>(new ExpireSessions());

        Assert.Equal([new NodeId(1), new NodeId(3)], reply.Fenced.AsEnumerable());
        Assert.Equal("leader 2 isr 2", controller.Partition().Form());
    }

    [Fact]
    public void A_new_controller_gives_every_broker_a_whole_timeout()
    {
        var controller = TestController.With(2);
        controller.NowMs += 1_000_000;
        controller.Core.Sessions.Clear();

        Assert.Empty(controller.Do<ExpireSessionsReply>(new ExpireSessions()).Fenced);
        controller.NowMs += 9_000;
        Assert.Equal(2, controller.Do<ExpireSessionsReply>(new ExpireSessions()).Fenced.Length);
    }

    [Fact]
    public void A_fenced_broker_comes_back_with_its_next_heartbeat()
    {
        var controller = TestController.With(2);
        controller.Fence(1);
        Assert.Equal("leader 2 isr 2", controller.Partition().Form());

        Assert.False(controller.Beat(1).IsFenced);
    }

    [Fact]
    public void A_broker_whose_directories_all_failed_is_fenced()
    {
        var controller = new TestController();
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var epoch = controller.Do<BrokerRegistration>(new RegisterBroker(new NodeId(1), Guid.NewGuid(), [], null) { LogDirs = [first, second] }).Epoch;
        controller.Beat(1);

        var one = controller.Do<BrokerHeartbeatReply>(new BrokerHeartbeat(new NodeId(1), epoch, controller.Image.Version, false, false, [first]));
        var online = controller.Broker(1).LogDirs;
        var both = controller.Do<BrokerHeartbeatReply>(new BrokerHeartbeat(new NodeId(1), epoch, controller.Image.Version, false, false, [first, second]));

        Assert.False(one.IsFenced);
        Assert.Equal([second], online.AsEnumerable());
        Assert.True(both.IsFenced);
    }

    [Fact]
    public void Unregistering_forgets_the_broker_and_moves_its_leaders()
    {
        var controller = TestController.With(2);

        var reply = controller.Do<VerdictReply>(new UnregisterBroker(new NodeId(1)));
        var again = controller.Do<VerdictReply>(new UnregisterBroker(new NodeId(1)));

        Assert.True(reply.Verdict.IsOk);
        Assert.Equal("leader 2 isr 2", controller.Partition().Form());
        Assert.Equal([new NodeId(2)], controller.Image.Brokers.Keys);
        Assert.Equal(MetadataError.BrokerNotRegistered, again.Verdict.Error);
    }
}
