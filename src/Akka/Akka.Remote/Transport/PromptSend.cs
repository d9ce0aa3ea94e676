#nullable disable
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Akka.Remote.Transport;

/// <summary>
/// sendmsg(2) that does not wait, on a socket that otherwise does: .NET's sockets have one mode for all calls, and a thread that has nothing else to do
/// waits cheaper in the call itself. Linux only.
/// </summary>
internal static partial class PromptSend
{
    /// <summary>Segments that one call takes.</summary>
    public const int MaxSegments = 16;
    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;

    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>Bytes sent; 0 if the socket is full, or has failed.</summary>
    /// <exception cref="ObjectDisposedException">The socket was closed.</exception>
    public static unsafe int Send(Socket socket, List<ArraySegment<byte>> segments)
    {
        Span<GCHandle> pins = stackalloc GCHandle[MaxSegments];
        Vector* vectors = stackalloc Vector[MaxSegments];
        var count = 0;
        try
        {
            for (; count < segments.Count; count++)
            {
                ArraySegment<byte> segment = segments[count];
                pins[count] = GCHandle.Alloc(segment.Array, GCHandleType.Pinned);
                vectors[count] = new Vector(pins[count].AddrOfPinnedObject() + segment.Offset, (nuint)segment.Count);
            }

            var message = new Message { Vectors = vectors, Count = (nuint)count };
            return (int)Math.Max(0, SendMessage(socket.SafeHandle, &message, DoNotWait | NoSignal));
        }
        finally
        {
            while (count > 0) pins[--count].Free();
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
