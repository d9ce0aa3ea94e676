using Akka.Event;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace ActorBroker.Actors.Remoting;

/// <summary>A connection after its handshake. Keeps what arrives before Akka.NET listens, which is little.</summary>
internal sealed class GuardedHandle : AssociationHandle
{
    private const int MaxWaiting = 64;

    private readonly Lock gate = new();
    private readonly Queue<IHandleEvent> waiting = new();
    private readonly AssociationHandle below;
    private readonly ILoggingAdapter log;
    private volatile IHandleEventListener? upstream;

    public GuardedHandle(AssociationHandle below, ILoggingAdapter log)
        : base(below.LocalAddress, below.RemoteAddress)
    {
        this.below = below;
        this.log = log;
        _ = Listen();
    }

    public override bool Write(ByteString payload) => below.Write(payload);

    [Obsolete("As the base's: state a reason.")]
    public override void Disassociate() => below.Disassociate("Akka.NET ends it", log);

    /// <summary>Takes an event from the transport, on its thread.</summary>
    public void Receive(IHandleEvent ev)
    {
        if (upstream is { } listener)
        {
            listener.Notify(ev);
            return;
        }

        lock (gate)
        {
            if (upstream is { } late)
            {
                late.Notify(ev);
            }
            else if (waiting.Count < MaxWaiting)
            {
                waiting.Enqueue(ev);
            }
            else
            {
                below.Disassociate("it sends more than may wait for a listener", log);
            }
        }
    }

    private async Task Listen()
    {
        var listener = await ReadHandlerSource.Task.ConfigureAwait(false);
        lock (gate)
        {
            while (waiting.TryDequeue(out var ev))
            {
                listener.Notify(ev);
            }

            upstream = listener;
        }
    }
}
