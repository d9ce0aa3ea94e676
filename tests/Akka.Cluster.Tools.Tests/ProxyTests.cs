using System.Threading.Channels;
using Akka.Actor;
using Akka.Cluster.TestSupport;
using Akka.Cluster.Tools.Singleton;
using Akka.Event;

namespace Akka.Cluster.Tools.Tests;

public sealed class ProxyTests
{
    [Fact]
    public async Task At_the_limit_of_the_buffer_the_oldest_messages_go_to_the_dead_letters_and_the_rest_arrive_in_order()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        Channel<object> dead = Channel.CreateUnbounded<object>();
        cluster[0].EventStream.Subscribe(cluster[0].ActorOf(Props.Create(() => new Recorder(dead.Writer))), typeof(DeadLetter));
        Channel<object> received = Channel.CreateUnbounded<object>();
        IActorRef proxy = StartProxy(cluster[0], bufferSize: 3);

        for (var i = 1; i <= 5; i++) proxy.Tell($"message {i}");
        Assert.Equal(["message 1", "message 2"], [await NextText(dead), await NextText(dead)]);
        StartManager(cluster[0], received);

        Assert.Equal(["message 3", "message 4", "message 5"], [await Next(received), await Next(received), await Next(received)]);
    }

    [Fact]
    public async Task Without_a_buffer_every_message_goes_to_the_dead_letters()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        Channel<object> dead = Channel.CreateUnbounded<object>();
        cluster[0].EventStream.Subscribe(cluster[0].ActorOf(Props.Create(() => new Recorder(dead.Writer))), typeof(DeadLetter));

        StartProxy(cluster[0], bufferSize: 0).Tell("message 1");

        Assert.Equal("message 1", await NextText(dead));
    }

    [Fact]
    public async Task A_message_whose_ask_has_ended_is_not_delivered_late()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        Channel<object> received = Channel.CreateUnbounded<object>();
        IActorRef proxy = StartProxy(cluster[0], bufferSize: 10);

        await Assert.ThrowsAsync<AskTimeoutException>(() => proxy.Ask("late", TimeSpan.FromMilliseconds(20)));
        proxy.Tell("told");
        StartManager(cluster[0], received);

        Assert.Equal("told", await Next(received));
    }

    [Fact]
    public async Task Messages_that_wait_when_a_proxy_stops_are_dead_letters()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        Channel<object> dead = Channel.CreateUnbounded<object>();
        cluster[0].EventStream.Subscribe(cluster[0].ActorOf(Props.Create(() => new Recorder(dead.Writer))), typeof(DeadLetter));
        IActorRef proxy = StartProxy(cluster[0], bufferSize: 10);

        proxy.Tell("waiting");
        proxy.Tell(PoisonPill.Instance);

        Assert.Equal("waiting", await NextText(dead));
    }

    private static IActorRef StartProxy(ActorSystem system, int bufferSize) =>
        system.ActorOf(ClusterSingletonProxy.Props("/user/late", ClusterSingletonProxySettings.Create(system).WithBufferSize(bufferSize)));

    private static void StartManager(ActorSystem system, Channel<object> received) => system.ActorOf(
        ClusterSingletonManager.Props(Props.Create(() => new Recorder(received.Writer)), ClusterSingletonManagerSettings.Create(system)), "late");

    private static async Task<object> Next(Channel<object> channel) => await channel.Reader.ReadAsync().AsTask().WaitAsync(TestCluster.Patience);

    /// <summary>The next text among dead letters; the proxy's own search for the instance is none.</summary>
    private static async Task<object> NextText(Channel<object> dead)
    {
        while (true)
            if (await Next(dead) is DeadLetter { Message: string text }) return text;
    }

    private sealed class Recorder(ChannelWriter<object> to) : UntypedActor
    {
        protected override void OnReceive(object message) => to.TryWrite(message);
    }
}
