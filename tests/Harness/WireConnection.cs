using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ActorBroker.Protocol;

namespace ActorBroker.Harness;

/// <summary>
/// One blocking connection that speaks the protocol and nothing more: what is sent is what the test said. Sending and receiving may
/// happen on two threads. Every socket error, and an answer that does not come in time, is an <see cref="IOException"/>.
/// </summary>
public sealed class WireConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _size = new byte[sizeof(int)];
    private int _correlationId;

    /// <param name="from">The own address; null for what the system chooses.</param>
    public WireConnection(IPEndPoint address, int timeoutMs = 10_000, IPAddress? from = null)
    {
        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, SendTimeout = timeoutMs, ReceiveTimeout = timeoutMs };
        try
        {
            if (from is not null)
            {
                _socket.Bind(new IPEndPoint(from, 0));
            }

            using var patience = new CancellationTokenSource(timeoutMs);
            _socket.ConnectAsync(address, patience.Token).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            _socket.Dispose();
            throw new IOException($"{address}: {error.Message}", error);
        }
    }

    /// <summary>Sends one request and waits for its answer; nothing else may be in flight.</summary>
    public TResponse Call<TResponse>(IApiRequest request, short version)
        where TResponse : IApiResponse, new()
    {
        var correlationId = Send(request, version);
        var answered = Receive<TResponse>(version, out var response);
        return answered == correlationId ? response : throw new IOException($"the answer to request {correlationId} says {answered}");
    }

    /// <summary>Sends a request without waiting; the result is its correlation id.</summary>
    public int Send(IApiRequest request, short version)
    {
        var correlationId = ++_correlationId;
        using var writer = new ProtocolWriter();
        ProtocolFrames.WriteRequest(writer, request, version, correlationId, "harness");
        SendRaw(writer.ToArray());
        return correlationId;
    }

    /// <summary>Sends bytes as they are, whatever they are.</summary>
    public void SendRaw(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[_socket.Send(bytes)..];
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <summary>Reads the next response; the result is its correlation id.</summary>
    public int Receive<TResponse>(short version, out TResponse response)
        where TResponse : IApiResponse, new()
    {
        response = new TResponse();
        var reader = new ProtocolReader(ReceiveFrame());
        var correlationId = ProtocolFrames.ReadResponseHeader(ref reader, response.ApiKey, version);
        response.Read(ref reader, version);
        reader.EndMessage();
        return correlationId;
    }

    /// <summary>The next frame, without its size.</summary>
    public byte[] ReceiveFrame()
    {
        Fill(_size);
        var size = BinaryPrimitives.ReadInt32BigEndian(_size);
        if (size is < 0 or > 256 << 20)
        {
            throw new IOException($"a response says that it has {size} bytes");
        }

        var frame = new byte[size];
        Fill(frame);
        return frame;
    }

    /// <summary>Reads whatever has come, at most the buffer; 0 when the broker closed the connection.</summary>
    public int ReceiveSome(Span<byte> buffer)
    {
        try
        {
            return _socket.Receive(buffer);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <summary>Waits until bytes have come or the broker has closed the connection; false when neither happened in time.</summary>
    public bool AwaitInput(int waitMs)
    {
        try
        {
            return _socket.Poll(TimeSpan.FromMilliseconds(waitMs), SelectMode.SelectRead);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new IOException(error.Message, error);
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Fill(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var count = ReceiveSome(buffer);
            buffer = count > 0 ? buffer[count..] : throw new IOException("the broker closed the connection");
        }
    }
}
