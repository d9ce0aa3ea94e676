using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster.TestSupport;
using Akka.Cluster.Tools.Singleton;

namespace Akka.Cluster.Tools.Tests;

public sealed class SingletonTests
{
    [Fact]
    public async Task The_instance_runs_on_the_oldest_member_and_answers_through_proxies()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3);
        IActorRef[] proxies = [.. cluster.All.Select(s => StartSingleton(s, running))];

        foreach (IActorRef proxy in proxies) Assert.Equal(AddressOf(cluster[0]), await Where(proxy));
        Assert.Equal(1, running.Starts);
        Assert.Equal("/user/manager/singleton", (await proxies[0].Ask<IActorRef>("ref", TestCluster.Patience)).Path.ToStringWithoutAddress());
    }

    [Fact]
    public async Task After_a_crash_of_the_oldest_the_next_member_runs_the_instance()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3);
        IActorRef[] proxies = [.. cluster.All.Select(s => StartSingleton(s, running))];
        await Where(proxies[2]);

        var start = Stopwatch.GetTimestamp();
        await TestCluster.Crash(cluster[0]);
        await Until(proxies[2], AddressOf(cluster[1]));

        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_leaving_member_hands_the_instance_over_before_it_is_gone()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3);
        IActorRef[] proxies = [.. cluster.All.Select(s => StartSingleton(s, running))];
        await Where(proxies[2]);

        var start = Stopwatch.GetTimestamp();
        Task left = TestCluster.Leave(cluster[0]);
        await Until(proxies[2], AddressOf(cluster[1]));
        TimeSpan handOver = Stopwatch.GetElapsedTime(start);
        await left.WaitAsync(TestCluster.Patience);

        Assert.True(handOver < TimeSpan.FromSeconds(2), $"The hand-over took {handOver}");
        Assert.Empty(running.Doubles);
        Assert.Equal(2, running.Starts);
    }

    [Fact]
    public async Task Members_that_leave_one_after_the_other_never_run_two_instances()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(4);
        IActorRef[] proxies = [.. cluster.All.Select(s => StartSingleton(s, running))];
        await Where(proxies[3]);

        for (var i = 0; i < 3; i++)
        {
            await TestCluster.Leave(cluster[i]).WaitAsync(TestCluster.Patience);
            await Until(proxies[3], AddressOf(cluster[i + 1]));
        }

        Assert.Empty(running.Doubles);
        Assert.Equal(4, running.Starts);
    }

    [Fact]
    public async Task The_termination_message_lets_the_instance_finish()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(2);
        IActorRef proxy = StartSingleton(cluster[1], running, "finish");
        StartSingleton(cluster[0], running, "finish");
        Assert.Equal(AddressOf(cluster[0]), await Where(proxy));

        Task left = TestCluster.Leave(cluster[0]);
        await Until(proxy, AddressOf(cluster[1]));
        await left.WaitAsync(TestCluster.Patience);

        Assert.Empty(running.Doubles);
    }

    [Fact]
    public async Task Only_members_with_the_role_run_the_instance()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(1);
        await cluster.Add("akka.cluster.roles = [worker]");
        StartSingleton(cluster[1], running, role: "worker");

        IActorRef proxy = StartProxy(cluster[0], "worker");

        Assert.Equal(AddressOf(cluster[1]), await Where(proxy));
    }

    [Fact]
    public async Task A_manager_without_the_role_does_not_start()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        IActorRef manager = cluster[0].ActorOf(Manager(new RunningSet(), PoisonPill.Instance, "worker"), "manager");

        Assert.True(await manager.WatchAsync().WaitAsync(TestCluster.Patience));
    }

    [Fact]
    public async Task The_extension_runs_a_singleton_by_name()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(2);
        IActorRef[] proxies = [.. cluster.All.Select(s => ClusterSingleton.Get(s).Init(SingletonActor.Create(Props.Create(() => new Instance(running)), "named")))];

        Assert.Equal(AddressOf(cluster[0]), await Where(proxies[1]));
        Assert.Same(proxies[1], ClusterSingleton.Get(cluster[1]).Init(SingletonActor.Create(Props.Create(() => new Instance(running)), "named")));
        Assert.Equal(1, running.Starts);
    }

    internal static IActorRef StartSingleton(ActorSystem system, RunningSet running, object? terminationMessage = null, string? role = null, string manager = "manager")
    {
        system.ActorOf(Manager(running, terminationMessage ?? PoisonPill.Instance, role), manager);
        return StartProxy(system, role, manager);
    }

    internal static IActorRef StartProxy(ActorSystem system, string? role = null, string manager = "manager") =>
        system.ActorOf(ClusterSingletonProxy.Props($"/user/{manager}", ClusterSingletonProxySettings.Create(system).WithRole(role)));

    /// <summary>Asks again and again until the instance answers from an address.</summary>
    internal static async Task Until(IActorRef proxy, Address address)
    {
        var deadline = DateTime.UtcNow + TestCluster.Patience;
        Address? last = null;
        while (DateTime.UtcNow < deadline)
        {
            try
            {
                last = Address.Parse(await proxy.Ask<string>("where", TimeSpan.FromMilliseconds(200)));
                if (last.Equals(address)) return;
            }
            catch (AskTimeoutException)
            {
                // Nobody runs it at the moment.
            }
        }

        Assert.Fail($"The instance answered from {last}, not from {address}");
    }

    internal static async Task<Address> Where(IActorRef proxy) => Address.Parse(await proxy.Ask<string>("where", TestCluster.Patience));

    internal static Address AddressOf(ActorSystem system) => Cluster.Get(system).SelfAddress;

    private static Props Manager(RunningSet running, object terminationMessage, string? role)
    {
        var settings = new ClusterSingletonManagerSettings("singleton", role, TimeSpan.Zero, TimeSpan.FromMilliseconds(300), considerAppVersion: false);
        return ClusterSingletonManager.Props(Props.Create(() => new Instance(running)), terminationMessage, settings);
    }

    private sealed class Instance(RunningSet running) : UntypedActor
    {
        protected override void PreStart() => running.Started("singleton");

        protected override void PostStop() => running.Stopped("singleton");

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case "where": Sender.Tell(Cluster.Get(Context.System).SelfAddress.ToString()); break;
                case "ref": Sender.Tell(Self); break;
                case "finish": Context.System.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(50), Self, PoisonPill.Instance, Self); break;
            }
        }
    }
}
