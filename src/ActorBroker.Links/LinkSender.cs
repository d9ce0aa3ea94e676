using System.Diagnostics;
using System.Net.Sockets;

namespace ActorBroker.Links;

/// <summary>
/// The sending half of a connection. Whoever sends while it is idle writes to the socket itself, without waiting; what the socket does not take, and what comes while somebody writes, is
/// gathered for the writer, a thread of this connection. Payload needs credit from the other end: without it messages wait in order, up to a bound.
/// </summary>
internal sealed class LinkSender
{
    /// <summary>More than this is written by the writer: it takes time.</summary>
    private const int PromptBytes = 128 * 1024;

    /// <summary>Batches that one caller writes in a row before the writer goes on.</summary>
    private const int PromptBatches = 4;

    /// <summary>Whoever sends so soon after the last write sends a stream: gathering it is cheaper than writing piece by piece.</summary>
    private static readonly long StreamPause = Stopwatch.Frequency / 40_000;

    private readonly object gate = new();
    private readonly Socket socket;
    private readonly long queueBytes;
    private readonly long returnAt;
    private readonly Queue<LinkMessage> held = new();
    private OutgoingFrames pending = new();
    private OutgoingFrames writing = new();
    private Thread? writer;
    private long heldBytes;
    private long credit;
    private long toReturn;
    private long lastWriteAt;
    private bool isWriting;
    private bool isParked;
    private bool isClosed;
    private volatile bool hasRoom;

    /// <param name="credit">Payload that the other end takes at first.</param>
    /// <param name="ownCredit">What this end gave: a quarter of it is given back without waiting for a message to go along with.</param>
    public LinkSender(Socket socket, long credit, long ownCredit, long queueBytes)
    {
        this.socket = socket;
        this.credit = credit;
        this.queueBytes = queueBytes;
        returnAt = Math.Max(1, ownCredit / 4);
        hasRoom = credit > 0;
    }

    /// <summary>Is told when the connection is found broken.</summary>
    public required Action<string> OnBroken { get; init; }

    /// <summary>Whether payload would leave at once.</summary>
    public bool HasRoom => hasRoom;

    /// <summary>When something was written last.</summary>
    public long LastWriteAt => Volatile.Read(ref lastWriteAt);

    /// <summary>Takes the message's payload in any case.</summary>
    /// <returns>False when it was dropped: the connection is closed, or too much waits.</returns>
    public bool Send(LinkMessage message)
    {
        var payload = LinkCodec.PayloadOf(message).Length;
        lock (gate)
        {
            if (isClosed || heldBytes + pending.Bytes + writing.Bytes > queueBytes)
            {
                (message as PushMessage)?.Payload?.Dispose();
                return false;
            }

            if (held.Count > 0 || (payload > 0 && credit <= 0))
            {
                held.Enqueue(message);
                heldBytes += payload + LinkCodec.MaxFieldBytes;
                hasRoom = false;
                return true;
            }

            AddPending(message, payload);
            if (!MayWriteHere())
            {
                WakeWriter();
                return true;
            }

            BeginWriting();
        }

        WriteHere();
        return true;
    }

    /// <summary>The other end takes so much more payload.</summary>
    /// <returns>Whether there is room again where there was none.</returns>
    public bool OnCredit(long bytes)
    {
        lock (gate)
        {
            if (isClosed)
            {
                return false;
            }

            credit += bytes;
            while (credit > 0 && held.TryDequeue(out var message))
            {
                var payload = LinkCodec.PayloadOf(message).Length;
                heldBytes -= payload + LinkCodec.MaxFieldBytes;
                AddPending(message, payload);
            }

            if (!pending.IsEmpty)
            {
                WakeWriter();
            }

            var had = hasRoom;
            hasRoom = credit > 0 && held.Count == 0;
            return hasRoom && !had;
        }
    }

    /// <summary>Payload that came from the other end was released: it may send as much again. That travels with the next message, or alone when it is much.</summary>
    public void ReturnCredit(long bytes)
    {
        if (Interlocked.Add(ref toReturn, bytes) < returnAt)
        {
            return;
        }

        lock (gate)
        {
            if (!isClosed)
            {
                AddReturned();
                WakeWriter();
            }
        }
    }

    public void SendKeepAlive()
    {
        lock (gate)
        {
            if (!isClosed && pending.IsEmpty)
            {
                pending.AddKeepAlive();
                AddReturned();
                WakeWriter();
            }
        }
    }

    /// <summary>Lets everything go that was not sent. The socket is closed by the caller.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
            hasRoom = false;
            pending.Clear();
            while (held.TryDequeue(out var message))
            {
                (message as PushMessage)?.Payload?.Dispose();
            }

            heldBytes = 0;
            if (!isWriting)
            {
                writing.Clear();
            }

            Monitor.PulseAll(gate);
        }
    }

    private void AddPending(LinkMessage message, int payload)
    {
        AddReturned();
        pending.Add(message);
        credit -= payload;
        hasRoom = credit > 0;
    }

    private void AddReturned()
    {
        if (Interlocked.Exchange(ref toReturn, 0) is var returned and > 0)
        {
            pending.AddCredit(returned);
        }
    }

    private bool MayWriteHere() =>
        !isWriting && writing.IsEmpty && (writer is null || isParked) && pending.Bytes <= PromptBytes && Stopwatch.GetTimestamp() - lastWriteAt >= StreamPause;

    private void BeginWriting()
    {
        isWriting = true;
        if (writing.IsEmpty)
        {
            (pending, writing) = (writing, pending);
            writing.CloseSegment();
        }
    }

    private void WriteHere()
    {
        for (var batches = 1; ; batches++)
        {
            var isDone = false;
            try
            {
                isDone = Sockets.TrySendAll(socket, writing.Segments);
            }
            catch (ObjectDisposedException)
            {
                // Closed meanwhile: what is left is let go below.
            }

            lock (gate)
            {
                EndWriting(isDone);
                if (isClosed || (pending.IsEmpty && writing.IsEmpty))
                {
                    return;
                }

                if (!isDone || batches == PromptBatches || pending.Bytes > PromptBytes)
                {
                    WakeWriter();
                    return;
                }

                BeginWriting();
            }
        }
    }

    /// <param name="isDone">Whether all was sent; what was not is left for the writer.</param>
    private void EndWriting(bool isDone)
    {
        if (isDone)
        {
            LinkMetrics.Sent(writing);
        }

        if (isDone || isClosed)
        {
            writing.Clear();
        }

        isWriting = false;
        Volatile.Write(ref lastWriteAt, Stopwatch.GetTimestamp());
    }

    private void WakeWriter()
    {
        if (writer is null)
        {
            writer = new Thread(Run) { IsBackground = true, Name = "link-writer" };
            writer.UnsafeStart();
        }
        else if (isParked)
        {
            isParked = false;
            Monitor.Pulse(gate);
        }
    }

    private void Run()
    {
        while (AwaitWork())
        {
            string? problem = null;
            try
            {
                Sockets.SendAll(socket, writing.Segments);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                problem = e.Message;
            }

            lock (gate)
            {
                EndWriting(problem is null);
            }

            if (problem is not null)
            {
                OnBroken(problem);
                return;
            }
        }
    }

    private bool AwaitWork()
    {
        lock (gate)
        {
            while (!isClosed && (isWriting || (pending.IsEmpty && writing.IsEmpty)))
            {
                isParked = true;
                Monitor.Wait(gate);
                isParked = false;
            }

            if (!isClosed)
            {
                BeginWriting();
            }

            return !isClosed;
        }
    }
}
