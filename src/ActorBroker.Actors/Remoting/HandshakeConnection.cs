using Akka.Event;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace ActorBroker.Actors.Remoting;

/// <summary>How a handshake ended.</summary>
/// <param name="Handle">The connection for Akka.NET's protocol; null when the handshake failed.</param>
/// <param name="Why">Why it failed, in words for the operator.</param>
/// <param name="IsRefusal">Somebody was refused, as opposed to a connection that just ended.</param>
internal sealed record HandshakeEnd(GuardedHandle? Handle, string Why, bool IsRefusal);

/// <summary>Leads one connection through its handshake, within a limit of time. Frames come on the transport's thread, one after the other.</summary>
internal sealed class HandshakeConnection(AssociationHandle below, Handshake handshake, TimeSpan limit, ILoggingAdapter log) : IHandleEventListener
{
    /// <summary>How long the other side has for reading why it is refused.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly TaskCompletionSource<HandshakeEnd> end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile GuardedHandle? handle;
    private bool isOver;

    /// <summary>The end of the socket of a handshake that failed.</summary>
    public Task Closed { get; private set; } = Task.CompletedTask;

    /// <summary>Ends within the limit.</summary>
    public async Task<HandshakeEnd> Run()
    {
        below.ReadHandlerSource.TrySetResult(this);
        if (handshake.First is { } first)
        {
            below.Write(ByteString.CopyFrom(first));
        }

        try
        {
            return await end.Task.WaitAsync(limit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Fail($"it did not finish the handshake within {limit.TotalSeconds:0.#} s", isRefusal: true);
            return await end.Task.ConfigureAwait(false);
        }
    }

    public void Notify(IHandleEvent ev)
    {
        if (handle is { } open)
        {
            open.Receive(ev);
            return;
        }

        switch (ev)
        {
            case InboundPayload payload:
                Take(payload.Payload);
                break;
            case Disassociated:
                gone.TrySetResult();
                Fail("the connection ended during the handshake", isRefusal: false);
                break;
        }
    }

    private void Take(ByteString payload)
    {
        lock (gate)
        {
            if (isOver)
            {
                return;
            }

            if (payload.Length > Handshake.MaxFrameBytes)
            {
                Fail("it does not speak as a node of a cluster: its first frame is too long for that", isRefusal: true);
                return;
            }

            foreach (var frame in handshake.Take(payload.Span))
            {
                below.Write(ByteString.CopyFrom(frame));
            }

            if (handshake.Refusal is { } why)
            {
                Fail(why, isRefusal: true);
            }
            else if (handshake.IsDone)
            {
                isOver = true;
                handle = new GuardedHandle(below, log);
                end.TrySetResult(new HandshakeEnd(handle, "", IsRefusal: false));
            }
        }
    }

    private void Fail(string why, bool isRefusal)
    {
        lock (gate)
        {
            if (isOver)
            {
                return;
            }

            isOver = true;
        }

        Closed = Close(why);
        end.TrySetResult(new HandshakeEnd(null, why, isRefusal));
    }

    /// <summary>The transport may drop what it has not sent when it is closed at once. Who has read it and left needs no more time, and no seat.</summary>
    private async Task Close(string why)
    {
        if (handshake.Refusal is not null)
        {
            await gone.Task.WaitAsync(Farewell).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        below.Disassociate(why, log);
    }
}
