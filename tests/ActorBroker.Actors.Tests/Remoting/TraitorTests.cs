using Akka.Actor;

namespace ActorBroker.Actors.Tests.Remoting;

/// <summary>Genuine Akka.NET that knows the cookie and sends what a node must not do.</summary>
public sealed class TraitorTests : IAsyncLifetime
{
    private readonly int port = FreePorts.One();
    private ActorSystem node = null!;
    private ActorSystem traitor = null!;
    private LogLines log = null!;
    private IActorRef victim = null!;

    private string Path => $"akka.tcp://test@127.0.0.1:{port}";

    public async Task InitializeAsync()
    {
        node = GuardedSystem.Start(port);
        log = new LogLines(node);
        victim = GuardedSystem.Answer(node);
        traitor = GuardedSystem.StartTraitor(FreePorts.One());
        await traitor.ActorSelection($"{Path}/user/bootstrap").ResolveOne(Eventually.Deadline);
    }

    public async Task DisposeAsync()
    {
        // Whatever was sent: others speak with the node as before.
        var friend = GuardedSystem.Start(FreePorts.One(), node: 2);
        await GuardedSystem.Speaks(friend, port);
        Assert.Equal(0, Answering.Strange);
        await Task.WhenAll(node.Terminate(), traitor.Terminate(), friend.Terminate());
    }

    [Fact]
    public async Task A_message_of_a_type_by_its_name_makes_nothing()
    {
        var canary = new Canary { Song = "la" };
        Canary.Reset();

        traitor.ActorSelection($"{Path}/user/bootstrap").Tell(canary);
        Remote().Tell(canary);

        await log.Says("its type is bound to no serialiser of the broker");
        Assert.Equal(0, Canary.Made);
    }

    [Fact]
    public async Task A_payload_within_Akkas_own_messages_makes_nothing()
    {
        var canary = new Canary { Song = "la" };
        Canary.Reset();

        Remote().Tell(new Identify(canary));
        Remote().Tell(new Status.Success(canary));

        await log.Says("its type is bound to no serialiser of the broker");
        Assert.Equal(0, Canary.Made);
    }

    [Fact]
    public async Task An_exception_makes_nothing()
    {
        var failure = new Status.Failure(new CanaryException());
        CanaryException.Reset();

        Remote().Tell(failure);

        await log.Says("manifest 'STF' was refused");
        Assert.Equal(0, CanaryException.Made);
    }

    [Fact]
    public async Task An_actor_is_not_deployed()
    {
        traitor.ActorOf(Props.Create<CanaryActor>().WithDeploy(new Deploy(new RemoteScope(Address.Parse(Path)))), "deployed");

        await log.Says("nodes start no actors on others");
        Assert.Equal(0, CanaryActor.Made);
    }

    [Fact]
    public async Task PoisonPill_and_Kill_stop_nobody()
    {
        Remote().Tell(PoisonPill.Instance);
        await log.Says("manifest 'PP' was refused");
        traitor.ActorSelection($"{Path}/user/bootstrap").Tell(Kill.Instance);

        await log.Says("Manifest=K]");
        await Lives();
    }

    [Theory]
    [InlineData("/system/log1-Reader")]
    [InlineData("/user/*")]
    [InlineData("/user")]
    [InlineData("/system")]
    public async Task A_selection_of_others_is_refused(string path)
    {
        traitor.ActorSelection(Path + path).Tell("hello");

        await log.Says("nodes select nobody there");
    }

    [Fact]
    public async Task A_stop_by_system_message_stops_nobody()
    {
        traitor.Stop(Remote());

        await log.Says("nodes have no children on others");
        await Lives();
    }

    private async Task Lives() => Assert.NotNull(await victim.Ask<ActorIdentity>(new Identify(1), Eventually.Deadline));

    private IActorRef Remote() => ((ExtendedActorSystem)traitor).Provider.ResolveActorRef($"{Path}/user/bootstrap");
}
