using System.Net;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Records;
using ActorBroker.Server.Tests.Network;

namespace ActorBroker.Server.Tests.Cluster;

/// <summary>A client that asks in any version and reads the answer by its schema.</summary>
internal sealed class WireClient : IDisposable
{
    private readonly TestClient _socket;
    private int _correlationId;

    private WireClient(TestClient socket) => _socket = socket;

    public static async Task<WireClient> Connect(IPEndPoint address) => new(await TestClient.ConnectAsync(address, 0));

    public async Task<T> Call<T>(IApiRequest request, short version)
        where T : IApiResponse, new()
    {
        await _socket.SendAsync(TestClient.Frame(request, version, ++_correlationId));
        return await _socket.ReceiveAsync<T>(version);
    }

    public async Task<ProduceResponse> Produce(string topic, short version = 10, short acks = -1) => await Call<ProduceResponse>(
        new ProduceRequest
        {
            Acks = acks,
            TimeoutMs = 10_000,
            TopicData = [new() { Name = topic, PartitionData = [new() { Records = new MemoryRecords(Batch()) }] }],
        },
        version);

    public Task<FetchResponse> Fetch(string topic, long offset, short version = 12, string rack = "", int maxWaitMs = 0, Guid id = default, int replicaId = -1, int epoch = -1) =>
        Call<FetchResponse>(
            new FetchRequest
            {
                MaxWaitMs = maxWaitMs,
                MinBytes = 1,
                MaxBytes = 1 << 20,
                RackId = rack,
                ReplicaId = version < 15 ? replicaId : -1,
                ReplicaState = new() { ReplicaId = version >= 15 ? replicaId : -1 },
                SessionEpoch = -1,
                Topics = [new() { Topic = topic, TopicId = id, Partitions = [new() { FetchOffset = offset, PartitionMaxBytes = 1 << 20, CurrentLeaderEpoch = epoch }] }],
            },
            version);

    public void Dispose() => _socket.Dispose();

    private static byte[] Batch()
    {
        using var builder = new RecordBatchBuilder(null);
        builder.Append(1_700_000_000_000, "k"u8, "v"u8);
        return builder.BuildArray();
    }
}
