using System.Collections.Concurrent;
using System.Globalization;
using ActorBroker.Client;
using ActorBroker.Model;

namespace ActorBroker.Tests.Cluster;

/// <summary>What a cluster in one process is good for: an application's test of what becomes of its records when a node goes.</summary>
public sealed class ThreeNodesTests(ThreeNodes cluster) : IClassFixture<ThreeNodes>
{
    private const int Half = 200;

    [Fact]
    public async Task Records_that_were_acknowledged_are_read_back_after_their_leader_has_stopped()
    {
        await using var admin = new KafkaAdmin(new ClientOptions { BootstrapServers = cluster.Bootstrap });
        var topic = new NewTopic("orders", Partitions: 3, ReplicationFactor: 3) { Configs = new Dictionary<string, string?> { ["min.insync.replicas"] = "2" } };
        (await admin.CreateTopicsAsync([topic]))[0].ThrowIfFailed();
        await using var producer = new KafkaProducer(new ProducerOptions { BootstrapServers = cluster.Bootstrap, Acks = Acks.All });

        await ProduceAsync(producer, 0);
        var leader = (await admin.DescribeTopicsAsync(["orders"]))[0].Partitions[0].Leader;
        await cluster.StopAsync(leader);
        await ProduceAsync(producer, Half);

        var read = await ReadAsync(2 * Half);
        Assert.Equal(Enumerable.Range(0, 2 * Half), read.Order());
        var partitions = (await admin.DescribeTopicsAsync(["orders"]))[0].Partitions;
        Assert.All(partitions, partition => Assert.NotEqual(leader, partition.Leader));
    }

    /// <summary>Done when all are acknowledged.</summary>
    private static async Task ProduceAsync(KafkaProducer producer, int first)
    {
        var errors = new ConcurrentQueue<Exception?>();
        for (var number = first; number < first + Half; number++)
        {
            await producer.EnqueueAsync(
                new ProducerRecord("orders", $"key {number % 10}", number.ToString(CultureInfo.InvariantCulture)), report => errors.Enqueue(report.Error));
        }

        await producer.FlushAsync();
        Assert.Equal(Half, errors.Count);
        Assert.All(errors, Assert.Null);
    }

    /// <summary>The numbers, those of one key in the order in which they were produced.</summary>
    private async Task<List<int>> ReadAsync(int count)
    {
        var numbers = new List<int>();
        var last = new Dictionary<string, int>();
        await using var consumer = new KafkaConsumer(new ConsumerOptions { BootstrapServers = cluster.Bootstrap, AutoOffsetReset = AutoOffsetReset.Earliest });
        consumer.Assign(Enumerable.Range(0, 3).Select(partition => new TopicPartition("orders", partition)));
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        while (numbers.Count < count)
        {
            var record = await consumer.ConsumeAsync(deadline.Token);
            var number = int.Parse(record.ValueText!, CultureInfo.InvariantCulture);
            Assert.True(number > last.GetValueOrDefault(record.KeyText!, -1), $"{number} after {last.GetValueOrDefault(record.KeyText!)}");
            last[record.KeyText!] = number;
            numbers.Add(number);
        }

        return numbers;
    }
}
