using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Records;

namespace ActorBroker.Client.Tests;

[Collection(KafkaCollection.Name)]
public sealed class ProducerConsumerTests(KafkaPeer kafka)
{
    [KafkaTheory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public async Task What_is_produced_is_consumed_in_order(CompressionCodec codec)
    {
        const int count = 5000;
        var topic = await kafka.CreateTopicAsync(3);
        var failures = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        await using (var producer = new KafkaProducer(new ProducerOptions { BootstrapServers = kafka.Bootstrap, Compression = codec }))
        {
            for (var i = 0; i < count; i++)
            {
                await producer.EnqueueAsync(
                    new ProducerRecord(topic, "key" + (i % 10), "value " + i) { Headers = [new RecordHeader("n", BitConverter.GetBytes(i))] },
                    report => Note(report.Error));
            }
        }

        Assert.Empty(failures);

        await using var consumer = new KafkaConsumer(new ConsumerOptions { BootstrapServers = kafka.Bootstrap, AutoOffsetReset = AutoOffsetReset.Earliest });
        consumer.Assign(Enumerable.Range(0, 3).Select(partition => new TopicPartition(topic, partition)));
        var last = new Dictionary<string, int>();
        for (var i = 0; i < count; i++)
        {
            var record = await NextAsync(consumer);
            var number = BitConverter.ToInt32(record.Headers[0].Value!.Value.Span);
            Assert.Equal("value " + number, record.ValueText);
            Assert.Equal(Murmur2.PartitionOf(record.Key!.Value.Span, 3), record.Partition.Partition);
            Assert.True(number > last.GetValueOrDefault(record.KeyText!, -1), "records of one key came out of order");
            last[record.KeyText!] = number;
        }

        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(200)));

        void Note(Exception? error)
        {
            if (error is not null)
            {
                failures.Enqueue(error);
            }
        }
    }

    [KafkaTheory]
    [InlineData(Acks.None, -1)]
    [InlineData(Acks.Leader, 0)]
    [InlineData(Acks.All, 0)]
    public async Task A_delivery_tells_where_the_record_is(Acks acks, long offset)
    {
        var topic = await kafka.CreateTopicAsync();
        await using var producer = new KafkaProducer(new ProducerOptions { BootstrapServers = kafka.Bootstrap, Acks = acks });

        var metadata = await producer.ProduceAsync(new ProducerRecord(topic, null, "v") { TimestampMs = 77 });

        Assert.Equal(new RecordMetadata(new TopicPartition(topic, 0), offset, 77), metadata);
    }

    [KafkaFact]
    public async Task A_record_that_the_broker_refuses_fails_with_its_reason()
    {
        var topic = await kafka.CreateTopicAsync(1, ("cleanup.policy", "compact"));
        await using var producer = new KafkaProducer(new ProducerOptions { BootstrapServers = kafka.Bootstrap });

        var refused = await Assert.ThrowsAsync<KafkaException>(() => producer.ProduceAsync(new ProducerRecord(topic, null, "no key")));
        var accepted = await producer.ProduceAsync(new ProducerRecord(topic, "key", "v"));

        Assert.Equal(ErrorCode.InvalidRecord, refused.Error);
        Assert.Equal(0, accepted.Offset);
    }

    [KafkaFact]
    public async Task Absent_is_not_empty()
    {
        var partition = new TopicPartition(await kafka.CreateTopicAsync(), 0);
        await using var producer = new KafkaProducer(new ProducerOptions { BootstrapServers = kafka.Bootstrap });
        await producer.ProduceAsync(new ProducerRecord(partition.Topic, null, "") { Headers = [new RecordHeader("h", null)] });
        await using var consumer = new KafkaConsumer(new ConsumerOptions { BootstrapServers = kafka.Bootstrap });
        consumer.Assign(new Dictionary<TopicPartition, long> { [partition] = 0 });

        var record = await NextAsync(consumer);

        Assert.Null(record.Key);
        Assert.Equal(0, record.Value?.Length);
        Assert.Null(record.Headers[0].Value);
    }

    [KafkaFact]
    public async Task Many_small_batches_in_flight_arrive_once_and_in_order()
    {
        const int count = 20000;
        var topic = await kafka.CreateTopicAsync();
        var offsets = new long[count];
        await using (var producer = new KafkaProducer(new ProducerOptions { BootstrapServers = kafka.Bootstrap, LingerMs = 0, BatchSizeBytes = 512 }))
        {
            for (var i = 0; i < count; i++)
            {
                var number = i;
                await producer.EnqueueAsync(new ProducerRecord(topic, null, "v" + i), report => offsets[number] = report.Metadata?.Offset ?? -2);
            }

            await producer.FlushAsync();
        }

        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), offsets);
    }

    [KafkaFact]
    public async Task Positions_can_be_moved()
    {
        var partition = new TopicPartition(await kafka.CreateTopicAsync(), 0);
        await ProduceAsync(partition.Topic, 10, i => 1000 + i);
        await using var consumer = new KafkaConsumer(new ConsumerOptions { BootstrapServers = kafka.Bootstrap });
        consumer.Assign(new Dictionary<TopicPartition, long> { [partition] = 6 });

        Assert.Equal(6, (await NextAsync(consumer)).Offset);
        consumer.SeekToBeginning([partition]);
        Assert.Equal(0, (await NextAsync(consumer)).Offset);
        consumer.Seek(partition, 9);
        Assert.Equal(9, (await NextAsync(consumer)).Offset);
        var at = await consumer.OffsetsForTimesAsync(new Dictionary<TopicPartition, long> { [partition] = 1004 });
        consumer.Seek(partition, at[partition]);
        Assert.Equal(4, (await NextAsync(consumer)).Offset);
        Assert.Equal(5, consumer.PositionOf(partition));
        Assert.Equal(10, (await consumer.EndOffsetsAsync([partition]))[partition]);
        consumer.Pause([partition]);
        Assert.Null(await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(100)));
        consumer.Resume([partition]);
        Assert.Equal(5, (await NextAsync(consumer)).Offset);
    }

    [KafkaFact]
    public async Task A_group_resumes_where_it_committed()
    {
        var topic = await kafka.CreateTopicAsync();
        var group = "g-" + topic;
        await ProduceAsync(topic, 10);
        await using (var first = Consumer(group))
        {
            await first.SubscribeAsync(topic);
            for (var i = 0; i < 4; i++)
            {
                await NextAsync(first);
            }
        }

        await using var second = Consumer(group);
        await second.SubscribeAsync(topic);

        Assert.Equal(4, (await NextAsync(second)).Offset);
    }

    [KafkaTheory]
    [InlineData(PartitionAssignor.Range)]
    [InlineData(PartitionAssignor.RoundRobin)]
    [InlineData(PartitionAssignor.CooperativeSticky)]
    public async Task Two_members_share_and_one_takes_over(PartitionAssignor assignor)
    {
        var topic = await kafka.CreateTopicAsync(4);
        var group = "g-" + topic;
        await using var first = Consumer(group, assignor);
        await using var admin = new KafkaAdmin(kafka.Options);
        await first.SubscribeAsync(topic);
        await EventuallyAsync(first, () => first.Assignment.Count == 4);

        await using (var second = Consumer(group, assignor))
        {
            await second.SubscribeAsync(topic);
            await EventuallyAsync(first, () => first.Assignment.Count == 2 && second.Assignment.Count == 2);
            Assert.Empty(first.Assignment.Intersect(second.Assignment));
            var described = (await admin.DescribeGroupsAsync([group]))[0];
            Assert.Equal(2, described.Members.Count);
            Assert.Equal(4, described.Members.Sum(member => member.Assignment.Count));
        }

        await EventuallyAsync(first, () => first.Assignment.Count == 4);
    }

    [KafkaFact]
    public async Task Offsets_of_a_group_are_read_moved_and_deleted_by_the_admin()
    {
        var partition = new TopicPartition(await kafka.CreateTopicAsync(), 0);
        var group = "g-" + partition.Topic;
        await using var admin = new KafkaAdmin(kafka.Options);

        (await admin.AlterGroupOffsetsAsync(group, new Dictionary<TopicPartition, OffsetAndMetadata> { [partition] = new(7, -1, "note") }))[0].ThrowIfFailed();
        var committed = await admin.ListGroupOffsetsAsync(group);
        Assert.Contains(await admin.ListGroupsAsync(), listed => listed.GroupId == group);
        (await admin.DeleteGroupOffsetsAsync(group, [partition]))[0].ThrowIfFailed();

        Assert.Equal((7, "note"), (committed[0].Offset, committed[0].Metadata));
        Assert.Empty(await admin.ListGroupOffsetsAsync(group));
        await admin.AlterGroupOffsetsAsync(group, new Dictionary<TopicPartition, OffsetAndMetadata> { [partition] = new(1) });
        (await admin.DeleteGroupsAsync([group]))[0].ThrowIfFailed();
    }

    private async Task ProduceAsync(string topic, int count, Func<int, long>? time = null)
    {
        await using var producer = new KafkaProducer(new ProducerOptions { BootstrapServers = kafka.Bootstrap });
        for (var i = 0; i < count; i++)
        {
            await producer.EnqueueAsync(new ProducerRecord(topic, null, "v" + i) { TimestampMs = time?.Invoke(i) });
        }
    }

    private KafkaConsumer Consumer(string group, PartitionAssignor assignor = PartitionAssignor.Range) => new(new ConsumerOptions
    {
        BootstrapServers = kafka.Bootstrap,
        GroupId = group,
        AutoOffsetReset = AutoOffsetReset.Earliest,
        HeartbeatIntervalMs = 100,
        SessionTimeoutMs = 10_000,
        Assignors = [assignor],
    });

    private static async Task<ConsumeResult> NextAsync(KafkaConsumer consumer)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await consumer.ConsumeAsync(limit.Token);
    }

    /// <summary>Polls while it waits, as a member has to.</summary>
    private static async Task EventuallyAsync(KafkaConsumer consumer, Func<bool> condition)
    {
        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, "the group did not settle in time");
            await consumer.ConsumeAsync(TimeSpan.FromMilliseconds(20));
        }
    }
}
