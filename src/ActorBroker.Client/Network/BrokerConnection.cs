using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>
/// One TCP connection to one node. Requests are pipelined: they are written in the order of the calls, and answers find their request by
/// correlation id. The first failure ends the connection and every request on it.
/// </summary>
internal sealed class BrokerConnection : IDisposable
{
    private const int OutgoingLimit = 64;

    private readonly Socket _socket;
    private readonly ClientOptions _options;
    private readonly Channel<ProtocolWriter> _outgoing = Channel.CreateBounded<ProtocolWriter>(new BoundedChannelOptions(OutgoingLimit) { SingleReader = true });
    private readonly Dictionary<int, TaskCompletionSource<byte[]>> _waiting = [];
    private readonly Lock _lock = new();
    private Exception? _failure;
    private int _lastCorrelationId;

    private BrokerConnection(Socket socket, BrokerAddress address, ClientOptions options)
    {
        _socket = socket;
        _options = options;
        Address = address;
        Versions = new ApiVersionTable(new ApiVersionsResponse());
    }

    public BrokerAddress Address { get; }

    public ApiVersionTable Versions { get; private set; }

    public bool IsUsable => Volatile.Read(ref _failure) is null;

    /// <summary>Connects and asks for the node's API versions.</summary>
    /// <exception cref="KafkaException">The node cannot be reached or does not speak the protocol.</exception>
    public static async Task<BrokerConnection> OpenAsync(BrokerAddress address, ClientOptions options, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.ConnectTimeoutMs);
        try
        {
            if (options.SendBufferBytes > 0)
            {
                socket.SendBufferSize = options.SendBufferBytes;
            }

            if (options.ReceiveBufferBytes > 0)
            {
                socket.ReceiveBufferSize = options.ReceiveBufferBytes;
            }

            await socket.ConnectAsync(address.Host, address.Port, limit.Token).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            cancellation.ThrowIfCancellationRequested();
            throw new KafkaException(ErrorCode.NetworkException, $"{address} cannot be reached: {(problem is SocketException ? problem.Message : "timed out")}", problem);
        }

        var connection = new BrokerConnection(socket, address, options);
        _ = connection.SendLoopAsync();
        _ = connection.ReceiveLoopAsync();
        try
        {
            await connection.NegotiateAsync(cancellation).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request in the given version and reads its response.</summary>
    public async Task<TResponse> SendAsync<TResponse>(IApiRequest request, short version, CancellationToken cancellation, int extraTimeoutMs = 0)
        where TResponse : IApiResponse, new()
    {
        var frame = await CallAsync(request, version, extraTimeoutMs, cancellation).ConfigureAwait(false);
        return Parse<TResponse>(frame, version);
    }

    /// <summary>Sends a request in the newest version that both sides know.</summary>
    public Task<TResponse> SendAsync<TResponse>(IApiRequest request, CancellationToken cancellation)
        where TResponse : IApiResponse, new() => SendAsync<TResponse>(request, Versions.Choose(request.ApiKey), cancellation);

    /// <summary>Sends a request that the broker does not answer (Produce with acks 0).</summary>
    public async Task SendWithoutAnswerAsync(IApiRequest request, short version, CancellationToken cancellation)
    {
        var writer = Serialize(request, version, Interlocked.Increment(ref _lastCorrelationId));
        await EnqueueAsync(writer, cancellation).ConfigureAwait(false);
    }

    public void Dispose() => Fail(new KafkaException(ErrorCode.NetworkException, $"the connection to {Address} was closed"));

    private async Task NegotiateAsync(CancellationToken cancellation)
    {
        var request = new ApiVersionsRequest { ClientSoftwareName = "actorbroker-client", ClientSoftwareVersion = "0.1.0" };
        var version = ApiVersionsRequest.MaxVersion;
        var frame = await CallAsync(request, version, 0, cancellation).ConfigureAwait(false);

        // A broker that does not know the version answers in version 0 (KIP-511).
        if (ErrorOf(frame) == ErrorCode.UnsupportedVersion)
        {
            var known = Parse<ApiVersionsResponse>(frame, 0).ApiKeys.Find(api => api.ApiKey == (short)ApiKey.ApiVersions);
            version = Math.Min(ApiVersionsRequest.MaxVersion, known?.MaxVersion ?? 0);
            frame = await CallAsync(request, version, 0, cancellation).ConfigureAwait(false);
        }

        var response = Parse<ApiVersionsResponse>(frame, version);
        KafkaException.ThrowIf(response.ErrorCode, $"{Address} refused to tell its API versions");
        Versions = new ApiVersionTable(response);

        static ErrorCode ErrorOf(byte[] frame)
        {
            var reader = new ProtocolReader(frame);
            reader.ReadInt32();
            return reader.ReadErrorCode();
        }
    }

    private TResponse Parse<TResponse>(byte[] frame, short version)
        where TResponse : IApiResponse, new()
    {
        try
        {
            var reader = new ProtocolReader(frame);
            var response = new TResponse();
            ProtocolFrames.ReadResponseHeader(ref reader, response.ApiKey, version);
            response.Read(ref reader, version);
            return response;
        }
        catch (ProtocolException problem)
        {
            var failure = new KafkaException(ErrorCode.NetworkException, $"{Address} sent a response that cannot be read: {problem.Message}", problem);
            Fail(failure);
            throw failure;
        }
    }

    private async Task<byte[]> CallAsync(IApiRequest request, short version, int extraTimeoutMs, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var correlationId = Interlocked.Increment(ref _lastCorrelationId);
        var writer = Serialize(request, version, correlationId);
        lock (_lock)
        {
            if (_failure is null)
            {
                _waiting.Add(correlationId, answer);
            }
            else
            {
                answer.SetException(_failure);
            }
        }

        await EnqueueAsync(writer, cancellation).ConfigureAwait(false);
        try
        {
            return await answer.Task.WaitAsync(TimeSpan.FromMilliseconds((long)_options.RequestTimeoutMs + extraTimeoutMs), cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException problem)
        {
            var failure = new KafkaException(ErrorCode.RequestTimedOut, $"{Address} did not answer {request.ApiKey} in time", problem);
            Fail(failure);
            throw failure;
        }
    }

    private ProtocolWriter Serialize(IApiRequest request, short version, int correlationId)
    {
        var writer = new ProtocolWriter();
        try
        {
            ProtocolFrames.WriteRequest(writer, request, version, correlationId, _options.ClientId);
            return writer;
        }
        catch (ProtocolException problem)
        {
            writer.Dispose();
            throw new KafkaException(ErrorCode.UnsupportedVersion, $"{Address} cannot be asked for this: {problem.Reason}", problem);
        }
    }

    private async ValueTask EnqueueAsync(ProtocolWriter writer, CancellationToken cancellation)
    {
        try
        {
            await _outgoing.Writer.WriteAsync(writer, cancellation).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            writer.Dispose();
            throw _failure!;
        }
        catch (OperationCanceledException)
        {
            writer.Dispose();
            throw;
        }
    }

    private async Task SendLoopAsync()
    {
        var writers = new List<ProtocolWriter>();
        var segments = new List<FrameSegment>();
        var buffers = new List<ArraySegment<byte>>();
        try
        {
            while (await _outgoing.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                // Everything that gathered while the last write ran goes into one.
                while (writers.Count < OutgoingLimit && _outgoing.Reader.TryRead(out var writer))
                {
                    writers.Add(writer);
                    writer.CopySegmentsTo(segments);
                }

                foreach (var segment in segments)
                {
                    buffers.Add(ToArray(segment));
                }

                await SendAllAsync(buffers).ConfigureAwait(false);
                foreach (var writer in writers)
                {
                    writer.Dispose();
                }

                writers.Clear();
                segments.Clear();
                buffers.Clear();
            }
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException or IOException)
        {
            Fail(Lost(problem));
        }
        finally
        {
            foreach (var writer in writers)
            {
                writer.Dispose();
            }

            while (_outgoing.Reader.TryRead(out var writer))
            {
                writer.Dispose();
            }
        }
    }

    private async Task SendAllAsync(List<ArraySegment<byte>> buffers)
    {
        var next = 0;
        while (next < buffers.Count)
        {
            var rest = next == 0 ? buffers : buffers.GetRange(next, buffers.Count - next);
            var sent = rest.Count == 1
                ? await _socket.SendAsync(rest[0].AsMemory(), SocketFlags.None).ConfigureAwait(false)
                : await _socket.SendAsync(rest, SocketFlags.None).ConfigureAwait(false);
            while (sent > 0)
            {
                if (sent >= buffers[next].Count)
                {
                    sent -= buffers[next].Count;
                    next++;
                }
                else
                {
                    buffers[next] = buffers[next].Slice(sent);
                    sent = 0;
                }
            }
        }
    }

    private static ArraySegment<byte> ToArray(FrameSegment segment)
    {
        if (segment.Payload is { } payload)
        {
            return new ArraySegment<byte>(payload.ToArray());
        }

        return MemoryMarshal.TryGetArray(segment.Memory, out var array) ? array : new ArraySegment<byte>(segment.Memory.ToArray());
    }

    private async Task ReceiveLoopAsync()
    {
        var receiver = new FrameReceiver(_socket, _options.ReceiveMaxBytes);
        try
        {
            while (await receiver.ReceiveAsync().ConfigureAwait(false) is { } frame)
            {
                TaskCompletionSource<byte[]>? answer;
                lock (_lock)
                {
                    _waiting.Remove(System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frame), out answer);
                }

                answer?.TrySetResult(frame);
            }

            Fail(Lost(null));
        }
        catch (Exception problem) when (problem is SocketException or ObjectDisposedException or IOException)
        {
            Fail(Lost(problem));
        }
    }

    private KafkaException Lost(Exception? problem) =>
        new(ErrorCode.NetworkException, $"the connection to {Address} was lost{(problem is null ? "" : ": " + problem.Message)}", problem);

    private void Fail(Exception failure)
    {
        List<TaskCompletionSource<byte[]>> waiting;
        lock (_lock)
        {
            if (_failure is not null)
            {
                return;
            }

            Volatile.Write(ref _failure, failure);
            waiting = [.. _waiting.Values];
            _waiting.Clear();
        }

        _outgoing.Writer.TryComplete();
        _socket.Dispose();
        foreach (var answer in waiting)
        {
            answer.TrySetException(failure);
        }
    }
}
