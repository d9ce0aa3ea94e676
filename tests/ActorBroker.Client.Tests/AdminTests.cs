using ActorBroker.Harness;
using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Client.Tests;

[Collection(KafkaCollection.Name)]
public sealed class AdminTests(KafkaPeer kafka)
{
    [KafkaFact]
    public async Task The_cluster_describes_itself()
    {
        await using var admin = new KafkaAdmin(kafka.Options);

        var cluster = await admin.DescribeClusterAsync();
        var versions = await admin.DescribeApiVersionsAsync();

        Assert.NotEmpty(cluster.ClusterId!);
        Assert.Equal(kafka.Bootstrap, $"{cluster.Brokers[0].Host}:{cluster.Brokers[0].Port}");
        Assert.Contains(versions.Values.First(), api => api.Key == ApiKey.Produce && api.MaxVersion >= 9);
    }

    [KafkaFact]
    public async Task Topics_are_created_listed_described_grown_and_deleted()
    {
        await using var admin = new KafkaAdmin(kafka.Options);
        var name = await kafka.CreateTopicAsync(2, ("retention.ms", "123456"));

        var again = await admin.CreateTopicsAsync([new NewTopic(name)]);
        Assert.Equal(ErrorCode.TopicAlreadyExists, again[0].Error);
        Assert.Contains(await admin.ListTopicsAsync(), topic => topic.Name == name);
        (await admin.CreatePartitionsAsync([new NewPartitions(name, 3)]))[0].ThrowIfFailed();
        await Eventually.Holds(async () => (await admin.DescribeTopicsAsync([name]))[0].Partitions.Count == 3);
        (await admin.DeleteTopicsAsync([name]))[0].ThrowIfFailed();
        await Eventually.Holds(async () => (await admin.DescribeTopicsAsync([name]))[0].Error == ErrorCode.UnknownTopicOrPartition);
    }

    [KafkaFact]
    public async Task Settings_are_described_and_changed()
    {
        await using var admin = new KafkaAdmin(kafka.Options);
        var topic = ConfigResource.Topic(await kafka.CreateTopicAsync(1, ("retention.ms", "123456")));

        var before = (await admin.DescribeConfigsAsync([topic]))[0].Entries.Single(entry => entry.Name == "retention.ms");
        var changed = await admin.AlterConfigsAsync(new Dictionary<ConfigResource, IReadOnlyList<ConfigChange>>
        {
            [topic] = [new ConfigChange("retention.ms", ConfigOperation.Delete), new ConfigChange("cleanup.policy", ConfigOperation.Set, "compact")],
        });
        changed[0].ThrowIfFailed();

        Assert.Equal(("123456", ConfigSource.TopicConfig), (before.Value, before.Source));
        await Eventually.Holds(async () =>
        {
            var entries = (await admin.DescribeConfigsAsync([topic], ["retention.ms", "cleanup.policy"]))[0].Entries.ToDictionary(entry => entry.Name);
            return entries["retention.ms"].IsDefault && entries["cleanup.policy"].Value == "compact";
        });
    }

    [KafkaFact]
    public async Task Records_are_deleted_and_offsets_and_directories_tell()
    {
        await using var admin = new KafkaAdmin(kafka.Options);
        var partition = new TopicPartition(await kafka.CreateTopicAsync(), 0);
        await using (var producer = new KafkaProducer(new ProducerOptions { BootstrapServers = kafka.Bootstrap }))
        {
            for (var i = 0; i < 10; i++)
            {
                await producer.EnqueueAsync(new ProducerRecord(partition.Topic, "k", "v" + i) { TimestampMs = 1000 + i });
            }
        }

        var deleted = await admin.DeleteRecordsAsync(new Dictionary<TopicPartition, long> { [partition] = 4 });
        var offsets = await Task.WhenAll(new[] { OffsetSpec.Earliest, OffsetSpec.Latest, OffsetSpec.ForTimestamp(1007), OffsetSpec.MaxTimestamp }
            .Select(async spec => (await admin.ListOffsetsAsync(new Dictionary<TopicPartition, OffsetSpec> { [partition] = spec }))[0].Offset));
        var directories = await admin.DescribeLogDirsAsync();

        Assert.Equal(4, deleted[0].Item.LowWatermark);
        Assert.Equal([4, 10, 7, 9], offsets);
        Assert.Contains(directories.SelectMany(directory => directory.Replicas), replica => replica.Partition == partition && replica.SizeBytes > 0);
    }
}
