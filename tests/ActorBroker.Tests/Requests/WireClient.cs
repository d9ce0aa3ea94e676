using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Records;

namespace ActorBroker.Tests.Requests;

/// <summary>A connection that speaks raw requests in any version. Every answer must come in time and end where its schema ends.</summary>
internal sealed class WireClient : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TcpClient _socket = new() { NoDelay = true };
    private int _correlationId;

    private WireClient()
    {
    }

    public static async Task<WireClient> Connect(string address)
    {
        var client = new WireClient();
        var endpoint = IPEndPoint.Parse(address);
        await client._socket.ConnectAsync(endpoint.Address, endpoint.Port);
        return client;
    }

    public async Task<T> Call<T>(IApiRequest request, short version)
        where T : class, IApiResponse, new() => (T)await Call(request, version, new T());

    public async Task<IApiResponse> Call(IApiRequest request, short version, IApiResponse response)
    {
        await Send(request, version);
        return await Receive(response, version);
    }

    public async Task Send(IApiRequest request, short version)
    {
        using var writer = new ProtocolWriter();
        ProtocolFrames.WriteRequest(writer, request, version, ++_correlationId, "test");
        await _socket.GetStream().WriteAsync(writer.ToArray());
    }

    public async Task<IApiResponse> Receive(IApiResponse response, short version)
    {
        using var cancellation = new CancellationTokenSource(Deadline);
        var size = new byte[4];
        await _socket.GetStream().ReadExactlyAsync(size, cancellation.Token);
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        await _socket.GetStream().ReadExactlyAsync(frame, cancellation.Token);
        var reader = new ProtocolReader(frame);
        Assert.Equal(_correlationId, ProtocolFrames.ReadResponseHeader(ref reader, response.ApiKey, version));
        response.Read(ref reader, version);
        reader.EndMessage();
        return response;
    }

    /// <summary>Whether the broker closes the connection, rather than sending anything.</summary>
    public async Task<bool> IsClosed()
    {
        using var cancellation = new CancellationTokenSource(Deadline);
        try
        {
            return await _socket.GetStream().ReadAsync(new byte[1], cancellation.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public async Task<Guid> CreateTopic(string name, int partitions = 1, params (string Name, string Value)[] configs)
    {
        var response = await Call<CreateTopicsResponse>(
            new CreateTopicsRequest
            {
                Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1, Configs = [.. configs.Select(c => new CreateTopicsRequest.CreatableTopicConfig { Name = c.Name, Value = c.Value })] }],
                TimeoutMs = 10_000,
            },
            7);
        Assert.Equal((ErrorCode.None, null), (response.Topics[0].ErrorCode, response.Topics[0].ErrorMessage));
        return response.Topics[0].TopicId;
    }

    public async Task DeleteTopic(string name)
    {
        var response = await Call<DeleteTopicsResponse>(new DeleteTopicsRequest { TopicNames = [name], TimeoutMs = 10_000 }, 4);
        Assert.Equal(ErrorCode.None, response.Responses[0].ErrorCode);
    }

    public async Task<ProduceResponse.PartitionProduceResponse> Produce(string topic, byte[] records, short version = 9, short acks = -1) =>
        (await Call<ProduceResponse>(ProduceRequest(topic, records, acks), version)).Responses[0].PartitionResponses[0];

    public static ProduceRequest ProduceRequest(string topic, byte[] records, short acks = -1) => new()
    {
        Acks = acks,
        TimeoutMs = 10_000,
        TopicData = [new() { Name = topic, PartitionData = [new() { Records = new MemoryRecords(records) }] }],
    };

    public async Task<FetchResponse.PartitionData> Fetch(string topic, long offset, short version = 11, int maxWaitMs = 0, int minBytes = 1) =>
        (await Call<FetchResponse>(FetchRequest(topic, offset, maxWaitMs, minBytes), version)).Responses[0].Partitions[0];

    public static FetchRequest FetchRequest(string topic, long offset, int maxWaitMs = 0, int minBytes = 1, Guid id = default) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = minBytes,
        MaxBytes = 1 << 20,
        Topics = [new() { Topic = topic, TopicId = id, Partitions = [new() { FetchOffset = offset, PartitionMaxBytes = 1 << 20 }] }],
    };

    /// <summary>One batch of records with keys.</summary>
    public static byte[] Batch(BatchProperties? properties, params string[] values)
    {
        using var builder = new RecordBatchBuilder(properties);
        foreach (var value in values)
        {
            builder.Append(1_700_000_000_000 + builder.Count, "k"u8, System.Text.Encoding.UTF8.GetBytes(value));
        }

        return builder.BuildArray();
    }

    public static byte[] Batch(params string[] values) => Batch(null, values);

    /// <summary>The values of whole batches and message sets, in order, with the magic of each record's container.</summary>
    public static List<(long Offset, byte Magic, string Value)> Values(FetchResponse.PartitionData data)
    {
        Assert.Equal(ErrorCode.None, data.ErrorCode);
        var values = new List<(long, byte, string)>();
        foreach (var entry in new BatchEntries(data.Records?.ToArray()))
        {
            Assert.Equal(RecordsProblem.None, BatchRecords.TryOpen(entry, 1 << 20, out var records));
            using (records)
            {
                while (records.MoveNext())
                {
                    values.Add((records.Current.Offset, entry.Magic, System.Text.Encoding.UTF8.GetString(records.Current.Value.Bytes)));
                }
            }
        }

        return values;
    }

    public void Dispose() => _socket.Dispose();
}
