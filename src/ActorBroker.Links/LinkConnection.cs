using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using ActorBroker.Model;
using ActorBroker.Network;

namespace ActorBroker.Links;

/// <summary>
/// A connection with a node that has proved who it is. <see cref="Run"/> receives on the calling thread until the connection ends. What is received lands in pooled buffers, and the payload
/// of a push stays there until it is released, which gives its credit back.
/// </summary>
internal sealed class LinkConnection
{
    /// <summary>Bytes of a receive buffer, and so the most that one call receives of small frames.</summary>
    public const int BufferBytes = 256 * 1024;

    private const int LeastRoom = 64 * 1024;
    private const int SilentKeepAlives = 3;

    /// <summary>Payload up to this is copied when <see cref="MostUsedCredits"/> times the credit is in use: a small piece that waits for a slow disk must not keep a whole buffer.</summary>
    private const int CopiedBytes = 16 * 1024;
    private const int MostUsedCredits = 4;

    private readonly Socket socket;
    private readonly LinkOptions options;
    private readonly BufferPool pool;
    private readonly ILinkReceiver receiver;
    private readonly LinkSender sender;
    private readonly long ownCredit;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long payloadHeld;

    /// <summary>Since when nothing has come; 0 while what came is handed over, which may take longer than a peer may be silent.</summary>
    private long waitingSince;
    private string? problem;

    public LinkConnection(Socket socket, LinkOptions options, LinkIdentity peer, BufferPool pool, ILinkReceiver receiver)
    {
        this.socket = socket;
        this.options = options;
        this.pool = pool;
        this.receiver = receiver;
        Peer = peer.Node;
        Incarnation = peer.Incarnation;
        ownCredit = options.CreditBytes;
        sender = new LinkSender(socket, peer.CreditBytes, options.CreditBytes, options.QueueBytes) { OnBroken = Close };
        (socket.ReceiveTimeout, socket.SendTimeout) = (0, 0);
    }

    public NodeId Peer { get; }

    public LinkIncarnation Incarnation { get; }

    public bool HasRoom => sender.HasRoom;

    public bool IsClosed => Volatile.Read(ref problem) is not null;

    /// <summary>Why it ended.</summary>
    public string Problem => problem ?? "the other end closed the connection";

    public bool Send(LinkMessage message) => sender.Send(message);

    /// <summary>Asks a silent peer whether it lives, and gives up one that has been silent for too long.</summary>
    public void Look()
    {
        if (Volatile.Read(ref waitingSince) is not 0 and var since && Stopwatch.GetElapsedTime(since) >= options.KeepAlive * SilentKeepAlives)
        {
            Close($"it was silent for {SilentKeepAlives * options.KeepAlive.TotalSeconds} s");
        }
        else if (Stopwatch.GetElapsedTime(sender.LastWriteAt) >= options.KeepAlive)
        {
            sender.SendKeepAlive();
        }
    }

    /// <summary>Ends it. Any thread, any number of times; the first reason counts.</summary>
    public void Close(string reason)
    {
        if (Interlocked.CompareExchange(ref problem, reason, null) is not null)
        {
            return;
        }

        sender.Close();
        try
        {
            // Wakes the thread that receives, also where closing alone would not.
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is broken already.
        }

        socket.Dispose();
    }

    /// <summary>Receives until the connection ends; then it is closed and <see cref="Problem"/> says why.</summary>
    public void Run()
    {
        var round = receiver.NewRound();
        var buffer = pool.RentSmallest();
        var (start, end) = (0, 0);
        try
        {
            while (true)
            {
                int needed;
                round?.Begin();
                try
                {
                    needed = HandOver(buffer, ref start, end);
                }
                finally
                {
                    round?.End();
                }

                buffer = MakeRoom(buffer, ref start, ref end, needed);
                Volatile.Write(ref waitingSince, Stopwatch.GetTimestamp());
                // Behind a large frame nothing is received into its buffer: it would have to be copied to the next one.
                var received = socket.Receive(buffer.GetSpan()[end..(needed > BufferBytes ? start + needed : buffer.Capacity)]);
                Volatile.Write(ref waitingSince, 0);
                if (received == 0)
                {
                    Close("the other end closed the connection");
                    return;
                }

                LinkMetrics.Received(received);
                end += received;
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            Close(e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Of the receiver: it costs this connection, and not the process.
            Close($"what came could not be handed over: {e.GetType().Name}: {e.Message}");
        }
        finally
        {
            buffer.Release();
            Close("it ended");
            ended.SetResult();
        }
    }

    /// <summary>Waits until <see cref="Run"/> has handed over its last message, after <see cref="Close"/>.</summary>
    public void AwaitEnd() => ended.Task.GetAwaiter().GetResult();

    /// <summary>Hands over all whole frames between <paramref name="start"/> and <paramref name="end"/>.</summary>
    /// <returns>Bytes of the frame that is not whole yet, as far as they are known.</returns>
    private int HandOver(PooledBuffer buffer, ref int start, int end)
    {
        while (end - start >= OutgoingFrames.HeadBytes && !IsClosed)
        {
            var bytes = buffer.GetSpan()[start..end];
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            if (length < 1 || length > options.MaxFrameBytes)
            {
                throw new LinkProtocolException($"a frame of {length} bytes; at most {options.MaxFrameBytes} are allowed");
            }

            if (bytes.Length < sizeof(int) + length)
            {
                return sizeof(int) + length;
            }

            OnFrame(buffer, bytes[sizeof(int)], start + OutgoingFrames.HeadBytes, length - 1);
            start += sizeof(int) + length;
        }

        return OutgoingFrames.HeadBytes;
    }

    private void OnFrame(PooledBuffer buffer, byte kind, int at, int length)
    {
        var bytes = buffer.GetSpan().Slice(at, length);
        switch (kind)
        {
            case OutgoingFrames.KeepAliveKind when length == 0:
                break;
            case OutgoingFrames.CreditKind when length == sizeof(long):
                OnCredit(BinaryPrimitives.ReadInt64LittleEndian(bytes));
                break;
            case OutgoingFrames.KeepAliveKind or OutgoingFrames.CreditKind:
                throw new LinkProtocolException($"a frame '{(char)kind}' of {length} bytes");
            default:
                var message = LinkCodec.Read(kind, bytes);
                var payload = length - LinkCodec.FieldBytes(kind);
                receiver.OnMessage(Peer, payload > 0 ? WithPayload(message, buffer, at + length - payload, payload) : message);
                break;
        }
    }

    private void OnCredit(long bytes)
    {
        if (bytes is <= 0 or > int.MaxValue)
        {
            throw new LinkProtocolException($"credit of {bytes} bytes");
        }

        if (sender.OnCredit(bytes))
        {
            receiver.OnRoom(Peer);
        }
    }

    private LinkMessage WithPayload(LinkMessage message, PooledBuffer buffer, int at, int length)
    {
        // One frame may be larger than all credit: it is sent when there is any.
        if (Interlocked.Add(ref payloadHeld, length) - length > ownCredit)
        {
            throw new LinkProtocolException($"more payload than it has credit for: {ownCredit} bytes and {length} more");
        }

        if (message is PushMessage push)
        {
            if (length <= CopiedBytes && pool.UsedBytes > MostUsedCredits * ownCredit)
            {
                return push with { Payload = new PushPayload(new Copied(this, buffer.GetSpan().Slice(at, length)), length) };
            }

            buffer.Retain();
            return push with { Payload = new PushPayload(new Received(this, buffer, at, length), length) };
        }

        var copy = buffer.GetSpan().Slice(at, length).ToArray();
        OnReleased(length);
        return ((RepairAnswer)message) with { Batches = copy };
    }

    private void OnReleased(int bytes)
    {
        Interlocked.Add(ref payloadHeld, -bytes);
        sender.ReturnCredit(bytes);
    }

    /// <summary>A buffer with room for the frame that is arriving, and with what is there of it at its front where it was moved.</summary>
    private PooledBuffer MakeRoom(PooledBuffer buffer, ref int start, ref int end, int needed)
    {
        var rest = end - start;
        if (rest == 0 && buffer.IsExclusive && buffer.Capacity == BufferBytes)
        {
            (start, end) = (0, 0);
        }

        // Small frames are received many at once.
        var wanted = Math.Max(needed, Math.Min(LeastRoom, needed * 4L));
        if (buffer.Capacity - start >= wanted && (rest > 0 || buffer.Capacity == BufferBytes))
        {
            return buffer;
        }

        var next = buffer;
        if (!buffer.IsExclusive || buffer.Capacity < wanted || buffer.Capacity > BufferBytes)
        {
            next = wanted <= BufferBytes ? pool.RentSmallest() : pool.RentAsync(needed).AsTask().GetAwaiter().GetResult();
        }

        buffer.GetSpan()[start..end].CopyTo(next.GetSpan());
        if (next != buffer)
        {
            buffer.Release();
        }

        (start, end) = (0, rest);
        return next;
    }

    /// <summary>Payload in the buffer that it came into.</summary>
    private sealed class Received(LinkConnection connection, PooledBuffer buffer, int at, int length) : IMemoryOwner<byte>
    {
        private int isReleased;

        public Memory<byte> Memory => buffer.Memory.Slice(at, length);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isReleased, 1) == 0)
            {
                buffer.Release();
                connection.OnReleased(length);
            }
        }
    }

    /// <summary>Payload that was copied out of the buffer that it came into.</summary>
    private sealed class Copied : IMemoryOwner<byte>
    {
        private readonly LinkConnection connection;
        private readonly int length;
        private byte[]? array;

        public Copied(LinkConnection connection, ReadOnlySpan<byte> bytes)
        {
            (this.connection, length) = (connection, bytes.Length);
            array = ArrayPool<byte>.Shared.Rent(length);
            bytes.CopyTo(array);
        }

        public Memory<byte> Memory => array.AsMemory(0, length);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref array, null) is { } rented)
            {
                ArrayPool<byte>.Shared.Return(rented);
                connection.OnReleased(length);
            }
        }
    }
}
