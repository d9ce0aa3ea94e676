using System.Collections.Immutable;
using ActorBroker.Model;
using FsCheck;
using FsCheck.Fluent;

namespace ActorBroker.Metadata.Tests;

/// <summary>Whatever is asked of a controller, and in whatever order, its partitions stay sound. FsCheck chooses the commands, and tells the seed of a list that fails.</summary>
public sealed class RandomCommandTests
{
    private const int Brokers = 4;
    private const int Topics = 3;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_sequence_of_commands_breaks_a_partition(bool keepsElr)
    {
        var commands = Gen.Choose(0, int.MaxValue).ListOf(120).ToArbitrary();

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(commands, choices =>
        {
            var controller = new TestController(Clusters.Options with { EligibleLeaderReplicas = keepsElr });
            Enumerable.Range(1, Brokers).ToList().ForEach(controller.Start);
            foreach (var choice in choices)
            {
                var before = controller.Image;
                Run(controller, new Choices(choice));
                CheckImage(before, controller.Image, keepsElr);
            }
        }));
    }

    private static void Run(TestController controller, Choices choose)
    {
        var kind = choose.Next(15);
        var broker = choose.Next(Brokers) + 1;
        var topic = $"t{choose.Next(Topics)}";
        var isThere = controller.Image.FindTopic(topic) is not null;
        var isKnown = controller.Image.Brokers.ContainsKey(new NodeId(broker));
        switch (kind)
        {
            case 0 or 1 when !isThere:
                controller.Do<CreateTopicsReply>(Clusters.Create(topic, 2, (short)(choose.Next(Brokers) + 1), ("min.insync.replicas", $"{choose.Next(3) + 1}")));
                break;
            case 1:
                controller.Do<AlterConfigsReply>(new AlterConfigs([new ResourceEdits(ConfigResource.Topic(topic), [Edit(choose)], Replace: false)], false));
                break;
            case 2:
                var clean = choose.Next(2) == 0 && isKnown;
                controller.Register(broker, previousEpoch: clean ? controller.Broker(broker).Epoch.Value : -1);
                break;
            case 3 or 4 or 5 when isKnown:
                controller.Beat(broker, wantShutdown: kind == 5 && choose.Next(3) == 0);
                break;
            case 6 when isKnown:
                controller.Fence(broker);
                break;
            case 7:
                controller.NowMs += choose.Next(12_000);
                controller.Do<ExpireSessionsReply>(new ExpireSessions());
                break;
            case 8 or 9 when isThere && controller.Partition(topic).Leader != NodeId.None:
                var replicas = controller.Partition(topic).Replicas;
                controller.ProposeIsr([.. replicas.Where(id => id == controller.Partition(topic).Leader || choose.Next(3) > 0).Select(id => id.Value)], topic: topic);
                break;
            case 10:
                var target = Enumerable.Range(1, Brokers).Where(_ => choose.Next(2) == 0).ToArray();
                controller.Reassign(topic, choose.Next(4) == 0 ? null : target);
                break;
            case 11:
                controller.Do<ElectLeadersReply>(new ElectLeaders((ElectionType)choose.Next(2), null));
                break;
            case 12:
                controller.Do<BalanceLeadersReply>(new BalanceLeaders());
                break;
            case 14 when isKnown && isThere:
                controller.FailReplica(broker, topic);
                break;
            case 13 when choose.Next(4) == 0:
                controller.Do<VerdictReply>(new UnregisterBroker(new NodeId(broker)));
                break;
            case 13 when choose.Next(3) == 0:
                controller.Do<DeleteTopicsReply>(new DeleteTopics([new TopicReference(topic, default)]));
                break;
        }
    }

    private static ConfigEdit Edit(Choices choose) => choose.Next(2) == 0
        ? new ConfigEdit("unclean.leader.election.enable", ConfigOperation.Set, choose.Next(2) == 0 ? "true" : "false")
        : new ConfigEdit("min.insync.replicas", ConfigOperation.Set, $"{choose.Next(3) + 1}");

    private static void CheckImage(ClusterImage before, ClusterImage after, bool keepsElr)
    {
        foreach (var broker in after.Brokers.Values)
        {
            var known = before.Brokers.GetValueOrDefault(broker.Id);
            Assert.True(known is null || broker.Epoch.Value >= known.Epoch.Value);
            Assert.True(known is null || broker.IncarnationId == known.IncarnationId || broker.Epoch.Value > known.Epoch.Value);
        }

        foreach (var topic in after.Topics.Values)
        {
            var minIsr = int.Parse(after.ConfigOf(ConfigResource.Topic(topic.Name))["min.insync.replicas"]);
            foreach (var partition in topic.Partitions)
            {
                CheckMembers(partition);
                CheckLeader(after, partition, keepsElr);
                Assert.True(partition.Elr.IsEmpty || (keepsElr && partition.Isr.Length < Math.Min(minIsr, partition.Replicas.Length)), partition.Form());
                if (before.FindTopic(topic.Id) is { } known)
                {
                    CheckEpochs(known.Partitions[partition.Index], partition);
                }
            }
        }
    }

    private static void CheckMembers(PartitionImage partition)
    {
        ImmutableArray<NodeId>[] parts = [partition.Isr, partition.Elr, partition.Adding, partition.Removing];
        Assert.NotEmpty(partition.Replicas);
        Assert.All([partition.Replicas, .. parts], ids => Assert.Equal(ids.Length, ids.Distinct().Count()));
        Assert.All(parts, ids => Assert.Empty(ids.Except(partition.Replicas)));
        Assert.Empty(partition.Isr.Intersect(partition.Elr));
        Assert.Empty(partition.Adding.Intersect(partition.Removing));
        Assert.True(partition.Replicas.Except(partition.Removing).Any(), partition.Form());
    }

    private static void CheckLeader(ClusterImage image, PartitionImage partition, bool keepsElr)
    {
        bool IsActive(NodeId id) => image.Brokers.GetValueOrDefault(id) is { IsActive: true };
        var inactive = partition.Isr.Count(id => !IsActive(id));
        Assert.True(inactive == 0 || (!keepsElr && partition.Isr.Length == 1), partition.Form());
        if (partition.Leader == NodeId.None)
        {
            // Without eligible leaders, the last member stays in sync although its own replica may have failed.
            Assert.True(!(keepsElr && partition.Isr.Any(IsActive)) && !(partition.Isr.IsEmpty && partition.Elr.Any(IsActive)), partition.Form());
        }
        else
        {
            Assert.True(partition.Isr.Contains(partition.Leader) && IsActive(partition.Leader), partition.Form());
            Assert.Empty(partition.LastKnownElr);
        }
    }

    private static void CheckEpochs(PartitionImage before, PartitionImage after)
    {
        Assert.True(after.LeaderEpoch >= before.LeaderEpoch && after.Epoch.Value >= before.Epoch.Value);
        Assert.True(after.Leader == before.Leader || after.LeaderEpoch > before.LeaderEpoch, after.Form());
        Assert.True(after.Form() == before.Form() || after.Epoch.Value > before.Epoch.Value, after.Form());
        Assert.True(!before.Replicas.Except(after.Replicas).Any() || after.LeaderEpoch > before.LeaderEpoch, after.Form());
    }

    /// <summary>Small numbers out of one large one.</summary>
    private sealed class Choices(int seed)
    {
        private uint rest = (uint)seed;

        public int Next(int count)
        {
            rest = (rest * 1_664_525) + 1_013_904_223;
            return (int)((rest >> 8) % (uint)count);
        }
    }
}
