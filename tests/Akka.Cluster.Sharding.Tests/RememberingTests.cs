using Akka.Actor;
using Akka.Cluster.TestSupport;
using static Akka.Cluster.Sharding.Tests.ShardingSupport;

namespace Akka.Cluster.Sharding.Tests;

/// <summary>Each node of these clusters has a journal of its own, in memory, unless a test says otherwise.</summary>
public sealed class RememberingTests
{
    private const string SharedJournal = """
        akka.persistence.journal {
          plugin = "akka.persistence.journal.shared"
          shared { class = "Akka.Persistence.Journal.SharedMemoryJournal, Akka.Persistence" }
        }
        """;

    [Fact]
    public async Task Remembered_entities_start_again_with_their_shard_after_a_hand_off()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(2);
        IActorRef[] regions = StartRegions(cluster, running, Remember);
        await ShardingTests.KnowsRegions(regions[0], 2);
        await Where(regions[0], Names(20));

        await TestCluster.Leave(cluster[1]).WaitAsync(TestCluster.Patience);

        // Nobody sends them anything.
        await TestCluster.Eventually(() => running.Running == 20);
        Assert.Empty(running.Doubles);
    }

    [Fact]
    public async Task Passivated_entities_are_forgotten()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(2);
        IActorRef[] regions = StartRegions(cluster, running, Remember);
        await ShardingTests.KnowsRegions(regions[0], 2);
        await Where(regions[0], Names(10));
        regions[0].Tell("e3:passivate");
        await TestCluster.Eventually(() => running.Running == 9);

        await TestCluster.Leave(cluster[1]).WaitAsync(TestCluster.Patience);
        await TestCluster.Leave(cluster[0]).WaitAsync(TestCluster.Patience);

        Assert.Equal(0, running.Running);
        Assert.Empty(running.Doubles);
    }

    [Fact]
    public async Task A_remembered_entity_that_stopped_by_itself_starts_again()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(1);
        IActorRef region = StartRegions(cluster, running, Remember)[0];
        await Where(region, "a");

        region.Tell("a:stop");

        await TestCluster.Eventually(() => running is { Starts: 2, Running: 1 });
    }

    [Fact]
    public async Task After_a_crash_the_survivors_start_the_shards_that_they_had_heard_of()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3);
        IActorRef[] regions = StartRegions(cluster, running, Remember);
        await ShardingTests.KnowsRegions(regions[0], 3);
        await Where(regions[0], Names(30));
        await Where(regions[1], Names(30));

        await TestCluster.Crash(cluster[0]);
        await TestCluster.Sees(cluster[1], 2);

        await AllShardsRun(regions[1]);
    }

    [Fact]
    public async Task With_one_journal_for_all_entities_of_a_crashed_member_start_elsewhere()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3, SharedJournal);
        IActorRef[] regions = StartRegions(cluster, running, Remember);
        await ShardingTests.KnowsRegions(regions[0], 3);
        Address[] homes = await Where(regions[0], Names(30));
        var lost = homes.Count(home => home.Equals(AddressOf(cluster[2])));

        await TestCluster.Crash(cluster[2]);

        // The crashed member's own entities go on in this process until it is shut down, so the lost ones run twice here.
        await TestCluster.Eventually(() => running.Starts == 30 + lost, () => $"{running.Starts} starts, {lost} were lost");
    }

    [Fact]
    public async Task The_list_is_written_anew_after_many_changes()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(1);
        IActorRef region = StartRegions(cluster, running, s => Remember(s).WithTuningParameters(s.TuningParameters.WithSnapshotAfter(3)))[0];
        await Where(region, Names(40));

        IActorRef shard = await cluster[0].ActorSelection($"/system/sharding/entity/{Extractor.ShardId("e0")}").ResolveOne(TestCluster.Patience);
        ((IInternalActorRef)shard).Stop();

        await TestCluster.Eventually(() => running.Starts > 40 && running.Running == 40);
    }

    private static ClusterShardingSettings Remember(ClusterShardingSettings settings) => settings.WithRememberEntities(true);

    private static async Task AllShardsRun(IActorRef region)
    {
        var deadline = DateTime.UtcNow + TestCluster.Patience;
        while ((await region.Ask<ClusterShardingStats>(new GetClusterShardingStats(TestCluster.Patience), TestCluster.Patience)).Regions.Values.Sum(static r => r.Stats.Count) < Shards)
        {
            Assert.True(DateTime.UtcNow < deadline, "Some shards do not run");
        }
    }
}
