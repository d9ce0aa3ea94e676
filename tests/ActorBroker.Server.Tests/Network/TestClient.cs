using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Server.Tests.Network;

/// <summary>A socket that speaks frames.</summary>
internal sealed class TestClient : IDisposable
{
    private readonly Socket _socket;

    private TestClient(Socket socket) => _socket = socket;

    public static async Task<TestClient> ConnectAsync(IPEndPoint address, int receiveBufferBytes)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes > 0)
        {
            socket.ReceiveBufferSize = receiveBufferBytes;
        }

        await socket.ConnectAsync(address);
        return new TestClient(socket);
    }

    public static byte[] Frame(IApiRequest request, short version, int correlationId)
    {
        using var writer = new ProtocolWriter();
        ProtocolFrames.WriteRequest(writer, request, version, correlationId, "test");
        return writer.ToArray();
    }

    public static byte[] Echo(string key, int correlationId) => Frame(new FindCoordinatorRequest { Key = key }, 0, correlationId);

    public static byte[] Produce(int correlationId, int bytes = 100) => Frame(
        new ProduceRequest
        {
            Acks = 1,
            TopicData = [new() { Name = "t", PartitionData = [new() { Records = new MemoryRecords(new byte[bytes]) }] }],
        },
        version: 3,
        correlationId);

    public static byte[] Heartbeat(int correlationId) => Frame(new HeartbeatRequest { GroupId = "g", MemberId = "m" }, 0, correlationId);

    public static byte[] Fetch(int correlationId) => Frame(new FetchRequest(), 4, correlationId);

    public async Task SendAsync(params byte[][] frames)
    {
        foreach (var bytes in frames)
        {
            await SendAllAsync(bytes);
        }
    }

    public async Task SendAllAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes)..];
        }
    }

    /// <summary>The next response without its size.</summary>
    public async Task<byte[]> ReceiveAsync()
    {
        var size = new byte[4];
        await ReceiveExactlyAsync(size);
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        await ReceiveExactlyAsync(body);
        return body;
    }

    public async Task<int> ReceiveCorrelationIdAsync() => BinaryPrimitives.ReadInt32BigEndian(await ReceiveAsync());

    public async Task<string> ReceiveEchoAsync()
    {
        var response = await ReceiveAsync<FindCoordinatorResponse>(version: 0);
        return response.Host;
    }

    public async Task<TResponse> ReceiveAsync<TResponse>(short version)
        where TResponse : IApiResponse, new()
    {
        var frame = await ReceiveAsync();
        var response = new TResponse();
        var reader = new ProtocolReader(frame);
        ProtocolFrames.ReadResponseHeader(ref reader, response.ApiKey, version);
        response.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        return response;
    }

    public async Task ReceiveExactlyAsync(Memory<byte> destination)
    {
        using var deadline = new CancellationTokenSource(TestServer.Deadline);
        while (destination.Length > 0)
        {
            var received = await _socket.ReceiveAsync(destination, deadline.Token);
            Assert.True(received > 0, "the server closed the connection");
            destination = destination[received..];
        }
    }

    /// <summary>Reads until the server closes; what it sent before is dropped.</summary>
    public async Task IsClosedByServerAsync()
    {
        using var deadline = new CancellationTokenSource(TestServer.Deadline);
        var rest = new byte[4096];
        try
        {
            while (await _socket.ReceiveAsync(rest, deadline.Token) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset: closed with unread bytes.
        }
    }

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();
}
