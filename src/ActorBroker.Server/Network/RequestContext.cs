using ActorBroker.Model;
using System.Diagnostics;
using ActorBroker.Protocol;

namespace ActorBroker.Server.Network;

/// <summary>
/// One request on its way to its answer. It holds the request's bytes until it is completed. A new object for every request, on purpose:
/// a late second completion must never answer somebody else's request.
/// </summary>
public sealed class RequestContext
{
    private const int Open = 0;
    private const int Completed = 1;
    private const int Failed = 2;

    private readonly KafkaConnection _connection;
    private readonly int _bodyPosition;
    private readonly Frame _frame;
    private int _state;
    private int _bufferReleased;

    internal RequestContext(KafkaConnection connection, in Frame frame, in RequestPrelude prelude, int bodyPosition, IApiHandler handler)
    {
        _connection = connection;
        _frame = frame;
        _bodyPosition = bodyPosition;
        Handler = handler;
        ApiKey = prelude.ApiKey;
        ApiVersion = prelude.Version;
        CorrelationId = prelude.CorrelationId;
        ClientId = prelude.ClientId;
        StartedAt = Stopwatch.GetTimestamp();
    }

    public ApiKey ApiKey { get; }

    public short ApiVersion { get; }

    public int CorrelationId { get; }

    /// <summary>Null when the client gave none.</summary>
    public string? ClientId { get; }

    public ConnectionInfo Connection => _connection.Info;

    /// <summary>All handlers of the listener.</summary>
    public HandlerTable Handlers => _connection.Handlers;

    /// <summary><see cref="Stopwatch"/> time at which the whole request was there.</summary>
    public long StartedAt { get; }

    /// <summary>Bytes of the request, header included.</summary>
    public int RequestBytes => _frame.Length;

    /// <summary>
    /// What keeps the request's bytes alive. Who needs slices of the request after completing it retains this, and releases it afterwards.
    /// </summary>
    public IReferenceCounted Buffer => _frame.Buffer;

    internal IApiHandler Handler { get; }

    /// <summary>The finished response; null when there is none to send.</summary>
    internal ProtocolWriter? Response { get; private set; }

    /// <summary>Bytes of <see cref="Response"/>.</summary>
    internal long ResponseBytes => Response?.Length ?? 0;

    /// <summary>Whether the place in the response order can be given free; guarded by the connection's lock.</summary>
    internal bool IsReady { get; set; }

    /// <summary>A reader of the request's body, what follows the header.</summary>
    public ProtocolReader OpenBody() => new(_frame.Memory[_bodyPosition..], _frame.Buffer);

    /// <summary>
    /// Gives back the request's bytes before the request is completed: for a request that is parked and whose message has no slices of them.
    /// </summary>
    public void ReleaseBuffer()
    {
        if (Interlocked.Exchange(ref _bufferReleased, 1) == 0)
        {
            _frame.Release();
        }
    }

    /// <summary>Answers the request. References to record payloads of the response pass to the connection, whatever happens.</summary>
    /// <exception cref="InvalidOperationException">The request was completed before.</exception>
    public void Complete(IApiResponse response)
    {
        var proceed = EnterCompletion();
        var writer = WriterPool.Rent();
        try
        {
            ProtocolFrames.WriteResponse(writer, response, ApiVersion, CorrelationId);
        }
        catch (Exception exception)
        {
            writer.Dispose();
            if (proceed)
            {
                Finish(null);
                // Not the client's fault: a ProtocolException as such would say that its request was malformed.
                _connection.OnRequestFailed(this, new InvalidOperationException($"the response does not fit version {ApiVersion}: {exception.Message}", exception));
            }

            return;
        }

        if (proceed)
        {
            Finish(writer);
        }
        else
        {
            WriterPool.Return(writer);
        }
    }

    /// <summary>Ends a request that has no response: produce with acks=0.</summary>
    /// <exception cref="InvalidOperationException">The request was completed before.</exception>
    public void CompleteWithoutResponse()
    {
        if (EnterCompletion())
        {
            Finish(null);
        }
    }

    /// <summary>Ends a request that cannot be answered: the reason is logged and the connection closed.</summary>
    /// <exception cref="InvalidOperationException">The request was completed before.</exception>
    public void Fail(Exception exception)
    {
        if (EnterCompletion())
        {
            Finish(null);
            _connection.OnRequestFailed(this, exception);
        }
    }

    /// <summary>
    /// Ends a request that asked for no answer and could not be served: the connection is closed, which is all that the client can notice.
    /// </summary>
    /// <exception cref="InvalidOperationException">The request was completed before.</exception>
    public void Refuse(string reason)
    {
        if (EnterCompletion())
        {
            Finish(null);
            _connection.OnRequestRefused(this, reason);
        }
    }

    /// <summary>For a handler that threw: it may have completed the request before, or passed it on to somebody who will.</summary>
    internal void FailFromHandler(Exception exception)
    {
        if (Interlocked.CompareExchange(ref _state, Failed, Open) == Open)
        {
            Finish(null);
        }

        _connection.OnRequestFailed(this, exception);
    }

    /// <summary>Gives back the response's memory and its references to payloads.</summary>
    internal void ReleaseResponse()
    {
        if (Response is { } response)
        {
            Response = null;
            WriterPool.Return(response);
        }
    }

    /// <summary>False when the request was failed in the meantime, so that the answer goes nowhere.</summary>
    private bool EnterCompletion() => Interlocked.CompareExchange(ref _state, Completed, Open) switch
    {
        Open => true,
        Failed => false,
        _ => throw new InvalidOperationException($"the {ApiKey} request {CorrelationId} was completed twice"),
    };

    private void Finish(ProtocolWriter? response)
    {
        Response = response;
        ReleaseBuffer();
        _connection.OnRequestCompleted(this);
    }
}
