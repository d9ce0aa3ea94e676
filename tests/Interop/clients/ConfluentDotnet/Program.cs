// Confluent.Kafka (NuGet), the .NET binding of librdkafka, with an idempotent producer.
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

var bootstrap = Environment.GetEnvironmentVariable("INTEROP_BOOTSTRAP")!;
var replication = short.Parse(Environment.GetEnvironmentVariable("INTEROP_REPLICATION")!);
var prefix = Environment.GetEnvironmentVariable("INTEROP_RUN") + "-confluent-dotnet-";
var count = int.Parse(Environment.GetEnvironmentVariable("INTEROP_RECORDS")!);
const int Partitions = 3;
var deadline = TimeSpan.FromSeconds(45);
using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();

await CheckAsync("admin", AdministerAsync);
foreach (var codec in Enum.GetValues<CompressionType>())
{
    await CheckAsync("produce and consume " + codec.ToString().ToLowerInvariant(), () => WriteAndReadAsync(codec));
}
await CheckAsync("group rebalance range", () => RebalanceAsync(PartitionAssignmentStrategy.Range));
await CheckAsync("group rebalance cooperative-sticky", () => RebalanceAsync(PartitionAssignmentStrategy.CooperativeSticky));
await CheckAsync("commit and resume", CommitAndResumeAsync);
await CheckAsync("read by timestamp", ReadByTimestampAsync);

async Task AdministerAsync()
{
    var topic = await CreateAsync("admin", 2, new() { ["retention.ms"] = "3600000" });
    Equal(PartitionsOf(topic), 2, "partitions");
    var resource = new ConfigResource { Type = ResourceType.Topic, Name = topic };
    Equal(await ConfigAsync(resource, "retention.ms"), "3600000", "retention.ms");
    await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = 4 }]);
    Await(() => PartitionsOf(topic) == 4, "four partitions");
    await admin.AlterConfigsAsync(new() { [resource] = [new ConfigEntry { Name = "retention.ms", Value = "7200000" }] });
    Equal(await ConfigAsync(resource, "retention.ms"), "7200000", "the altered retention.ms");
    await admin.DeleteTopicsAsync([topic]);
    Await(() => admin.GetMetadata(deadline).Topics.All(t => t.Topic != topic), "the deletion");
}

async Task WriteAndReadAsync(CompressionType codec)
{
    var topic = await CreateAsync("codec-" + (int)codec, Partitions);
    await ProduceAsync(topic, codec, count, i => i % Partitions);
    using var reader = Consumer(topic);
    reader.Assign(Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
    var actual = Read(reader, count).Select(Describe).Order(StringComparer.Ordinal);
    reader.Close();
    var expected = Enumerable.Range(0, count).Select(i => $"{i % Partitions}:{i / Partitions} {Key(i)}={Value(i)} index={i}").Order(StringComparer.Ordinal);
    Equal(string.Join('\n', actual), string.Join('\n', expected), "records");

    static string Describe(ConsumeResult<string, string> r) =>
        $"{r.Partition.Value}:{r.Offset.Value} {r.Message.Key}={r.Message.Value} index={Encoding.UTF8.GetString(r.Message.Headers.GetLastBytes("index"))}";
}

async Task RebalanceAsync(PartitionAssignmentStrategy strategy)
{
    var topic = await CreateAsync("group-" + strategy, 4);
    using var first = Consumer(topic, strategy);
    first.Subscribe(topic);
    Await(() => first.Assignment.Count == 4, "all partitions for the only member", () => Poll(first, 50));
    using (var second = Consumer(topic, strategy))
    {
        second.Subscribe(topic);
        Await(Shared, "two members sharing the partitions", () => { Poll(first, 50); Poll(second, 50); });
        second.Close();

        bool Shared() => first.Assignment.Count > 0 && second.Assignment.Count > 0
            && first.Assignment.Count + second.Assignment.Count == 4 && !first.Assignment.Intersect(second.Assignment).Any();
    }
    Await(() => first.Assignment.Count == 4, "all partitions after the other left", () => Poll(first, 50));
    first.Close();
}

async Task CommitAndResumeAsync()
{
    var topic = await CreateAsync("commit", 1);
    var half = count / 2;
    await ProduceAsync(topic, CompressionType.Zstd, count, _ => 0);
    using (var before = Consumer(topic))
    {
        before.Subscribe(topic);
        Equal(Read(before, half)[half - 1].Offset.Value, half - 1L, "the last offset of the first half");
        before.Commit([new TopicPartitionOffset(topic, 0, half)]);
        before.Close();
    }
    using var after = Consumer(topic);
    after.Subscribe(topic);
    var rest = Read(after, count - half);
    Equal((rest[0].Offset.Value, rest[^1].Offset.Value, rest.Count), ((long)half, count - 1L, count - half), "the second half");
    Equal(after.Committed([new TopicPartition(topic, 0)], deadline)[0].Offset.Value, (long)half, "the committed offset");
    after.Close();
    Equal(admin.ListGroup(topic, deadline)?.Group, topic, "the listed group");
}

async Task ReadByTimestampAsync()
{
    var topic = await CreateAsync("time", 1);
    var first = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 600_000;
    await ProduceAsync(topic, CompressionType.None, 100, _ => 0, first);
    using var reader = Consumer(topic);
    Equal(ForTime(first + 41_500), 42L, "the offset for a time");
    Equal(ForTime(first + 1_000_000) is -1 or 100, true, "a time after the end gives the end");
    var ends = reader.QueryWatermarkOffsets(new TopicPartition(topic, 0), deadline);
    Equal((ends.Low.Value, ends.High.Value), (0L, 100L), "first and end offset");
    reader.Assign(new TopicPartitionOffset(topic, 0, 42));
    Equal(Read(reader, 58)[0].Message.Timestamp.UnixTimestampMs, first + 42_000, "the first timestamp from there");
    reader.Close();

    long ForTime(long time) => reader.OffsetsForTimes([new TopicPartitionTimestamp(topic, 0, new Timestamp(time, TimestampType.CreateTime))], deadline)[0].Offset.Value;
}

async Task<string> CreateAsync(string name, int partitions, Dictionary<string, string>? configs = null)
{
    await admin.CreateTopicsAsync([new TopicSpecification { Name = prefix + name, NumPartitions = partitions, ReplicationFactor = replication, Configs = configs }]);
    return prefix + name;
}

int PartitionsOf(string topic) => admin.GetMetadata(topic, deadline).Topics[0].Partitions.Count;

async Task<string> ConfigAsync(ConfigResource resource, string name) =>
    (await admin.DescribeConfigsAsync([resource]))[0].Entries[name].Value;

IConsumer<string, string> Consumer(string group, PartitionAssignmentStrategy strategy = PartitionAssignmentStrategy.Range) =>
    new ConsumerBuilder<string, string>(new ConsumerConfig
    {
        BootstrapServers = bootstrap, GroupId = group, AutoOffsetReset = AutoOffsetReset.Earliest, EnableAutoCommit = false,
        PartitionAssignmentStrategy = strategy, SessionTimeoutMs = 10_000, HeartbeatIntervalMs = 500, CheckCrcs = true,
    }).Build();

async Task ProduceAsync(string topic, CompressionType codec, int records, Func<int, int> partition, long? firstTimestamp = null)
{
    using var producer = new ProducerBuilder<string, string>(new ProducerConfig
    {
        BootstrapServers = bootstrap, CompressionType = codec, EnableIdempotence = true, LingerMs = 20,
    }).Build();
    var sent = Enumerable.Range(0, records).Select(i => producer.ProduceAsync(new TopicPartition(topic, partition(i)), new Message<string, string>
    {
        Key = Key(i), Value = Value(i), Headers = [new Header("index", Encoding.UTF8.GetBytes(i.ToString()))],
        Timestamp = firstTimestamp is { } first ? new Timestamp(first + i * 1000L, TimestampType.CreateTime) : Timestamp.Default,
    })).ToList();
    foreach (var delivery in await Task.WhenAll(sent))
    {
        Equal(delivery.Status, PersistenceStatus.Persisted, "delivery");
    }
}

// A node of a cluster may hear of a new topic a moment after another one has created it; the consumer reports that and goes on.
static ConsumeResult<string, string>? Poll(IConsumer<string, string> consumer, int milliseconds)
{
    try
    {
        return consumer.Consume(milliseconds);
    }
    catch (ConsumeException error) when (error.Error.Code == ErrorCode.UnknownTopicOrPart)
    {
        return null;
    }
}

List<ConsumeResult<string, string>> Read(IConsumer<string, string> reader, int records)
{
    List<ConsumeResult<string, string>> got = [];
    Await(() => got.Count >= records, $"{records} records", () =>
    {
        if (Poll(reader, 500) is { } record)
        {
            got.Add(record);
        }
    });
    return got;
}

void Await(Func<bool> condition, string what, Action? step = null)
{
    var clock = Stopwatch.StartNew();
    while (!condition())
    {
        if (clock.Elapsed > deadline)
        {
            throw new InvalidOperationException($"not within {deadline.TotalSeconds} s: {what}");
        }
        step?.Invoke();
    }
}

static string Key(int i) => $"key-{i}";
static string Value(int i) => $"value-{i}-" + string.Concat(Enumerable.Repeat("abcdefghij", i % 20));

static void Equal<T>(T actual, T expected, string what)
{
    if (!EqualityComparer<T>.Default.Equals(actual, expected))
    {
        throw new InvalidOperationException($"{what}: expected {Cut(expected)}, got {Cut(actual)}");
    }

    static string Cut(T value) => value?.ToString() is { Length: > 300 } text ? text[..300] + "…" : $"{value}";
}

static async Task CheckAsync(string name, Func<Task> action)
{
    var clock = Stopwatch.StartNew();
    var (result, detail) = ("passed", "");
    try
    {
        await action();
    }
#pragma warning disable CA1031 // whatever goes wrong is the check's result
    catch (Exception error)
#pragma warning restore CA1031
    {
        Console.Error.WriteLine(error);
        (result, detail) = ("failed", $"{error.GetType().Name}: {error.Message}");
    }
    Console.WriteLine(JsonSerializer.Serialize(new { check = name, result, detail, seconds = Math.Round(clock.Elapsed.TotalSeconds, 2) }));
}
