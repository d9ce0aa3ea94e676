using System.Diagnostics;
using System.Net;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Harness;

/// <summary>The few calls that every fault test needs, in versions that Apache Kafka 4 and this broker both have.</summary>
public static class BrokerCalls
{
    public const short ProduceVersion = 9;
    public const short FetchVersion = 11;
    public const short MetadataVersion = 9;
    private const short CreateTopicsVersion = 5;
    private const short InitProducerIdVersion = 3;

    /// <summary>Waits until the broker answers Metadata; the result is how long that took.</summary>
    /// <exception cref="TimeoutException">It does not within the time.</exception>
    public static TimeSpan AwaitMetadata(IPEndPoint address, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var connection = new WireConnection(address, 2_000);
                connection.Call<MetadataResponse>(new MetadataRequest { Topics = [] }, MetadataVersion);
                return clock.Elapsed;
            }
            catch (IOException error)
            {
                if (clock.Elapsed > limit)
                {
                    throw new TimeoutException($"no Metadata from {address} within {limit.TotalSeconds} s: {error.Message}", error);
                }

                Thread.Sleep(5); // leaves the processor to the broker that starts
            }
        }
    }

    /// <summary>The APIs and versions that the broker says it serves.</summary>
    public static IReadOnlyList<ApiVersionsResponse.ApiVersion> Served(IPEndPoint address)
    {
        using var connection = new WireConnection(address);
        return connection.Call<ApiVersionsResponse>(new ApiVersionsRequest(), 0).ApiKeys;
    }

    /// <summary>Creates a topic and waits until each partition answers a fetch.</summary>
    public static void CreateTopic(IPEndPoint address, string name, int partitions, IReadOnlyDictionary<string, string> configs)
    {
        RequestTopic(address, name, partitions, 1, configs);
        using var connection = new WireConnection(address, 30_000);
        var clock = Stopwatch.StartNew();
        for (var partition = 0; partition < partitions;)
        {
            if (Fetch(connection, name, partition, 0, 1).ErrorCode == ErrorCode.None)
            {
                partition++;
            }
            else if (clock.Elapsed > TimeSpan.FromSeconds(30))
            {
                throw new TimeoutException($"{name}-{partition} has no leader");
            }
        }
    }

    /// <summary>Creates a topic, unless it exists, without waiting for its partitions.</summary>
    /// <exception cref="IOException">The broker refuses it.</exception>
    public static void RequestTopic(IPEndPoint address, string name, int partitions, short replicationFactor, IReadOnlyDictionary<string, string> configs)
    {
        var topic = new CreateTopicsRequest.CreatableTopic { Name = name, NumPartitions = partitions, ReplicationFactor = replicationFactor };
        topic.Configs.AddRange(configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Key, Value = config.Value }));
        using var connection = new WireConnection(address, 30_000);
        var response = connection.Call<CreateTopicsResponse>(new CreateTopicsRequest { Topics = [topic], TimeoutMs = 30_000 }, CreateTopicsVersion);
        if (response.Topics[0].ErrorCode is not (ErrorCode.None or ErrorCode.TopicAlreadyExists))
        {
            throw new IOException($"creating {name}: {response.Topics[0].ErrorCode} {response.Topics[0].ErrorMessage}");
        }
    }

    /// <summary>A new producer id with its epoch.</summary>
    public static (long Id, short Epoch) NewProducer(IPEndPoint address)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            using var connection = new WireConnection(address, 30_000);
            var request = new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 };
            var response = connection.Call<InitProducerIdResponse>(request, InitProducerIdVersion);
            if (response.ErrorCode == ErrorCode.None)
            {
                return (response.ProducerId, response.ProducerEpoch);
            }

            if (clock.Elapsed > TimeSpan.FromSeconds(30))
            {
                throw new IOException($"InitProducerId: {response.ErrorCode}");
            }
        }
    }

    /// <summary>The request that appends one batch to one partition.</summary>
    public static ProduceRequest Produce(string topic, int partition, byte[] batch, short acks) => new()
    {
        Acks = acks,
        TimeoutMs = 30_000,
        TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = new MemoryRecords(batch) }] }],
    };

    /// <summary>One fetch of one partition, without waiting for more.</summary>
    public static FetchResponse.PartitionData Fetch(WireConnection connection, string topic, int partition, long offset, int maxBytes, int leaderEpoch = -1)
    {
        var response = connection.Call<FetchResponse>(
            new FetchRequest
            {
                MaxWaitMs = 0,
                MinBytes = 0,
                MaxBytes = maxBytes,
                Topics = [new() { Topic = topic, Partitions = [new() { Partition = partition, CurrentLeaderEpoch = leaderEpoch, FetchOffset = offset, PartitionMaxBytes = maxBytes }] }],
            },
            FetchVersion);
        return response.ErrorCode == ErrorCode.None ? response.Responses[0].Partitions[0] : throw new IOException($"Fetch: {response.ErrorCode}");
    }

    /// <summary>Every record of a partition from <paramref name="offset"/> up to the high watermark.</summary>
    public static IEnumerable<(long Offset, byte[] Value)> ReadToEnd(WireConnection connection, string topic, int partition, long offset)
    {
        while (true)
        {
            var answer = Fetch(connection, topic, partition, offset, 4 << 20);
            if (answer.ErrorCode != ErrorCode.None)
            {
                throw new InvalidDataException($"reading {topic}-{partition} from {offset}: {answer.ErrorCode}");
            }

            if (offset >= answer.HighWatermark)
            {
                yield break;
            }

            var before = offset;
            foreach (var record in TestBatch.Parse(answer.Records?.ToArray()))
            {
                if (record.Offset >= offset)
                {
                    offset = record.Offset + 1;
                    yield return record;
                }
            }

            if (offset == before)
            {
                throw new InvalidDataException($"{topic}-{partition} gives nothing at {offset}, below its high watermark {answer.HighWatermark}");
            }
        }
    }
}
