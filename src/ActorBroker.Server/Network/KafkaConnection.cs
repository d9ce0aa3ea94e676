using ActorBroker.Network;
using System.Net.Sockets;
using ActorBroker.Protocol;
using ActorBroker.Server.Handlers;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Server.Network;

/// <summary>What all connections of a host share.</summary>
internal sealed record ConnectionServices(
    HandlerTable Handlers,
    BufferPool Buffers,
    NetworkMetrics Metrics,
    ILogger Logger,
    TimeProvider Time,
    int RequestMaxBytes,
    int MaxInFlight);

/// <summary>One client: a loop that receives requests and starts them in order.</summary>
internal sealed class KafkaConnection
{
    /// <summary>A client that always has more to say gives way to others after so many receives.</summary>
    private const int ReceivesInARow = 64;

    private readonly ConnectionServices _services;
    private readonly IByteTransport _transport;
    private readonly FrameReader _reader;
    private readonly RequestPipeline _pipeline;
    private volatile bool _draining;
    private int _closed;
    private long _lastActivity;

    /// <summary>Whether the last receive took everything that was there.</summary>
    private bool _isDry;

    public KafkaConnection(ConnectionServices services, IByteTransport transport, ConnectionInfo info)
    {
        _services = services;
        _transport = transport;
        Info = info;
        _reader = new FrameReader(services.Buffers, services.RequestMaxBytes);
        _pipeline = new RequestPipeline(this, transport, services.MaxInFlight);
        _lastActivity = services.Time.GetTimestamp();
    }

    public ConnectionInfo Info { get; }

    public HandlerTable Handlers => _services.Handlers;

    /// <summary>Requests that are not answered on the wire yet.</summary>
    public int InFlight => _pipeline.Count;

    /// <summary>Serves the client until either side ends it; never throws.</summary>
    public async Task RunAsync()
    {
        NetworkLog.Connected(_services.Logger, Info);
        var reason = "the client ended the connection";
        try
        {
            await ReceiveAsync().ConfigureAwait(false);

            // A client that only ended its own direction still gets its answers.
            await _pipeline.WaitUntilEmptyAsync().ConfigureAwait(false);
        }
        catch (FrameException exception)
        {
            _services.Metrics.Malformed();
            NetworkLog.BadFrame(_services.Logger, Info, exception.Message);
            reason = "malformed frame";
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            reason = exception.Message;
        }
        catch (Exception exception)
        {
            NetworkLog.ConnectionFailed(_services.Logger, exception, Info);
            reason = "internal error";
        }

        Close(reason);
        _reader.Release();
        _transport.Dispose();
    }

    /// <summary>Starts no further request, and ends the connection when those in progress are answered.</summary>
    public void Drain()
    {
        _draining = true;
        if (_pipeline.Count == 0)
        {
            OnAllAnswered();
        }
    }

    /// <summary>Ends the connection now; requests in progress go on, their responses go nowhere.</summary>
    public void Close(string reason)
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
        {
            return;
        }

        NetworkLog.Closed(_services.Logger, Info, reason);
        Info.MarkClosed();
        _pipeline.Break();
        _transport.Abort();
    }

    /// <summary>Closes the connection when the client did nothing for that long: waiting for an answer of ours is not idle, not taking an answer is.</summary>
    public void CloseIfIdle(TimeSpan limit)
    {
        var idle = _services.Time.GetElapsedTime(Interlocked.Read(ref _lastActivity));
        if (idle > limit && !Info.IsClosed && !_pipeline.WaitsForHandler)
        {
            NetworkLog.Idle(_services.Logger, Info, idle.TotalSeconds);
            Close("it was idle");
        }
    }

    /// <summary>A request has its answer, or will have none.</summary>
    public void OnRequestCompleted(RequestContext context)
    {
        _services.Metrics.RequestCompleted(context);
        _pipeline.Complete(context);
    }

    /// <summary>A request that cannot be answered ends the connection, with the reason in the log.</summary>
    public void OnRequestFailed(RequestContext context, Exception exception)
    {
        if (exception is ProtocolException malformed)
        {
            _services.Metrics.Malformed();
            NetworkLog.BadRequest(_services.Logger, Info, context.ApiKey, context.ApiVersion, context.CorrelationId, context.ClientId, malformed.Message);
        }
        else
        {
            NetworkLog.RequestFailed(_services.Logger, exception, Info, context.ApiKey, context.ApiVersion, context.CorrelationId, context.ClientId);
        }

        Close("a request failed");
    }

    /// <summary>A request without an answer could not be served: the client hears of it by the end of the connection.</summary>
    public void OnRequestRefused(RequestContext context, string reason)
    {
        NetworkLog.RequestRefused(_services.Logger, Info, context.ApiKey, context.ApiVersion, context.CorrelationId, context.ClientId, reason);
        Close("a request without an answer could not be served");
    }

    public void OnSent(long bytes)
    {
        _services.Metrics.Sent(bytes);
        Touch();
    }

    public void OnSendFailed(Exception exception)
    {
        if (exception is not (SocketException or IOException or ObjectDisposedException))
        {
            NetworkLog.ConnectionFailed(_services.Logger, exception, Info);
        }

        Close(exception.Message);
    }

    public void OnAllAnswered()
    {
        if (_draining)
        {
            Close("the node stops");
        }
    }

    private async Task ReceiveAsync()
    {
        for (var receives = 1; ; receives++)
        {
            while (!_draining && _reader.TryRead(out var frame))
            {
                if (!Start(frame))
                {
                    return;
                }

                if (!_pipeline.IsOpen)
                {
                    await _pipeline.FlushAsync().ConfigureAwait(false);
                    _reader.ReleaseIfEmpty();
                    await _pipeline.WaitForTurnAsync().ConfigureAwait(false);
                }
            }

            await _pipeline.FlushAsync().ConfigureAwait(false);
            if (_draining || Info.IsClosed)
            {
                return;
            }

            if (receives % ReceivesInARow == 0)
            {
                await Task.Yield();
            }

            var received = await ReceiveMoreAsync().ConfigureAwait(false);
            if (received == 0)
            {
                OnEnded();
                return;
            }

            _reader.Advance(received);
            _services.Metrics.Received(received);
            Touch();
        }
    }

    /// <summary>
    /// Receives at least one byte; 0 at the end. While nothing is there and no request has begun, the connection waits without memory.
    /// </summary>
    private async ValueTask<int> ReceiveMoreAsync()
    {
        while (true)
        {
            if (_isDry && !_reader.HasPartialFrame)
            {
                _reader.ReleaseIfEmpty();
                await _transport.WaitForDataAsync().ConfigureAwait(false);
            }

            await _reader.PrepareAsync().ConfigureAwait(false);
            var room = _reader.Free;
            var received = _reader.HasPartialFrame
                ? await _transport.ReceiveAsync(room).ConfigureAwait(false)
                : _transport.TryReceive(room.Span);
            _isDry = received < room.Length;
            if (received >= 0)
            {
                return received;
            }
        }
    }

    private void OnEnded()
    {
        if (_reader.HasPartialFrame && !Info.IsClosed)
        {
            _services.Metrics.Malformed();
            NetworkLog.TruncatedFrame(_services.Logger, Info, _reader.PartialBytes);
        }
    }

    /// <summary>Starts a request; false when the connection is to be closed instead. Takes over the frame.</summary>
    private bool Start(Frame frame)
    {
        var reader = new ProtocolReader(frame.Memory, frame.Buffer);
        RequestPrelude prelude;
        try
        {
            prelude = ProtocolFrames.ReadRequestHeader(ref reader);
        }
        catch (ProtocolException exception)
        {
            frame.Release();
            NetworkLog.BadHeader(_services.Logger, Info, exception.Message);
            return Reject();
        }

        if (!Handlers.TryGet(prelude.ApiKey, out var handler))
        {
            frame.Release();
            NetworkLog.UnknownApi(_services.Logger, Info, (short)prelude.ApiKey, prelude.Version, prelude.ClientId);
            return Reject();
        }

        _services.Metrics.RequestStarted(prelude.ApiKey);
        if (prelude.Version >= handler.MinVersion && prelude.Version <= handler.MaxVersion)
        {
            var context = new RequestContext(this, frame, prelude, reader.Position, handler);
            Run(context);
        }
        else if (prelude.ApiKey == ApiKey.ApiVersions)
        {
            // The one answer that every client understands: version 0 (KIP-35, KIP-511).
            var context = new RequestContext(this, frame, prelude with { Version = 0 }, reader.Position, handler);
            _pipeline.BeginStart(context);
            context.Complete(ApiVersionsHandler.UnsupportedVersion(handler));
            _pipeline.EndStart();
        }
        else
        {
            frame.Release();
            NetworkLog.UnsupportedVersion(
                _services.Logger, Info, prelude.ApiKey, prelude.Version, handler.MinVersion, handler.MaxVersion, prelude.ClientId);
            return Reject();
        }

        return !Info.IsClosed;
    }

    private bool Reject()
    {
        _services.Metrics.Malformed();
        Close("bad request");
        return false;
    }

    private void Run(RequestContext context)
    {
        _pipeline.BeginStart(context);
        try
        {
            context.Handler.Handle(context);
        }
        catch (Exception exception)
        {
            context.FailFromHandler(exception);
        }
        finally
        {
            _pipeline.EndStart();
        }
    }

    private void Touch() => Interlocked.Exchange(ref _lastActivity, _services.Time.GetTimestamp());
}
