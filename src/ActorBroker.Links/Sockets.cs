using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ActorBroker.Links;

/// <summary>Sends on blocking sockets.</summary>
internal static partial class Sockets
{
    /// <summary>Segments that one prompt call takes.</summary>
    public const int MaxPromptSegments = 16;

    /// <summary>Segments that one blocking call takes; the system allows 1,024.</summary>
    private const int MaxSegments = 512;

    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;

    /// <summary>
    /// Connects with the call that waits. ConnectAsync would leave the socket in the mode that does not wait, for good, and each later call that has to would wait for .NET's own thread.
    /// </summary>
    /// <exception cref="SocketException">Nobody is there.</exception>
    /// <exception cref="ObjectDisposedException">It took longer than <paramref name="limit"/>: the socket was closed.</exception>
    public static void Connect(Socket socket, string host, int port, TimeSpan limit)
    {
        using var timer = new Timer(static socket => ((Socket)socket!).Dispose(), socket, limit, Timeout.InfiniteTimeSpan);
        socket.Connect(host, port);

        // Where nobody listens at a port of this machine, a connection to it may be given that port for its own end, and meet itself.
        if (Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
        {
            throw new SocketException((int)SocketError.ConnectionRefused);
        }
    }

    public static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }

    /// <summary>Sends all segments, waiting for room; takes away what was sent.</summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    public static void SendAll(Socket socket, List<ArraySegment<byte>> segments)
    {
        while (segments.Count > 0)
        {
            var some = segments.Count <= MaxSegments ? segments : segments.GetRange(0, MaxSegments);
            Skip(segments, socket.Send(some));
        }
    }

    /// <summary>
    /// sendmsg(2) that does not wait, on a socket that otherwise does: .NET's sockets have one mode for all calls, and a thread that has nothing else to do
    /// waits cheaper in the call itself. Takes away what was sent. Linux only; elsewhere it sends nothing.
    /// </summary>
    /// <returns>Whether all was sent.</returns>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public static unsafe bool TrySendAll(Socket socket, List<ArraySegment<byte>> segments)
    {
        if (segments.Count > MaxPromptSegments || !OperatingSystem.IsLinux())
        {
            return false;
        }

        Span<GCHandle> pins = stackalloc GCHandle[MaxPromptSegments];
        var vectors = stackalloc Vector[MaxPromptSegments];
        var count = 0;
        nint sent;
        try
        {
            for (; count < segments.Count; count++)
            {
                var segment = segments[count];
                pins[count] = GCHandle.Alloc(segment.Array, GCHandleType.Pinned);
                vectors[count] = new Vector(pins[count].AddrOfPinnedObject() + segment.Offset, (nuint)segment.Count);
            }

            var message = new Message { Vectors = vectors, Count = (nuint)count };
            sent = SendMessage(socket.SafeHandle, &message, DoNotWait | NoSignal);
        }
        finally
        {
            while (count > 0)
            {
                pins[--count].Free();
            }
        }

        Skip(segments, (int)Math.Max(0, sent));
        return segments.Count == 0;
    }

    private static void Skip(List<ArraySegment<byte>> segments, int sent)
    {
        var whole = 0;
        while (whole < segments.Count && sent >= segments[whole].Count)
        {
            sent -= segments[whole++].Count;
        }

        segments.RemoveRange(0, whole);
        if (sent > 0)
        {
            segments[0] = segments[0][sent..];
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg")]
    private static unsafe partial nint SendMessage(SafeHandle socket, Message* message, int flags);

    /// <summary>struct iovec.</summary>
    private readonly record struct Vector(nint Start, nuint Length);

    /// <summary>struct msghdr of 64-bit systems.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Message
    {
        public nint Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint Count;
        public nint Control;
        public nuint ControlLength;
        public int Flags;
    }
}
