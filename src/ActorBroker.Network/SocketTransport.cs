using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorBroker.Network;

/// <summary>
/// A plain socket. On Linux files go out by sendfile(2). When the socket takes no more, a few bytes are sent by the runtime's asynchronous
/// send, which completes when there is room again: so the runtime's own readiness notification serves for sendfile too.
/// </summary>
public sealed partial class SocketTransport : IByteTransport
{
    private const int MoreFollows = 0x8000;
    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int WouldBlock = 11;
    private const int Interrupted = 4;
    private const int WaitingBytes = 4096;
    private const int CopyBytes = 64 * 1024;

    private readonly Socket _socket;

    public SocketTransport(Socket socket)
    {
        _socket = socket;
        socket.Blocking = false;
    }

    public int TryReceive(Span<byte> destination)
    {
        var received = _socket.Receive(destination, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => received,
            SocketError.WouldBlock => -1,
            _ => throw new SocketException((int)error),
        };
    }

    public ValueTask WaitForDataAsync()
    {
        var waiting = _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
        if (waiting.IsCompletedSuccessfully)
        {
            _ = waiting.Result;
            return default;
        }

        return AwaitDataAsync(waiting);
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> destination) => _socket.ReceiveAsync(destination, SocketFlags.None);

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, bool moreFollows)
    {
        if (OperatingSystem.IsLinux())
        {
            var sent = TrySend(bytes.Span, moreFollows);
            if (sent == bytes.Length)
            {
                return default;
            }

            bytes = bytes[sent..];
        }

        return SendRestAsync(bytes);
    }

    public ValueTask SendFileAsync(SafeFileHandle file, long position, long count, bool moreFollows)
    {
        if (!OperatingSystem.IsLinux())
        {
            return CopyFileAsync(file, position, count);
        }

        return TrySendFile(file, ref position, ref count) ? default : SendFileRestAsync(file, position, count);
    }

    public void Abort()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Ended already.
        }
    }

    public void Dispose() => _socket.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask AwaitDataAsync(ValueTask<int> waiting) => await waiting.ConfigureAwait(false);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendRestAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var sent = await _socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false);
            bytes = bytes[sent..];
        }
    }

    /// <summary>Sends until all is sent (true) or the socket is full (false).</summary>
    private bool TrySendFile(SafeFileHandle file, ref long position, ref long count)
    {
        while (count > 0)
        {
            // The offset is passed by reference and moved by the system, so that the file's own position plays no part.
            var sent = SendFile(_socket.SafeHandle, file, ref position, (nuint)Math.Min(count, int.MaxValue));
            if (sent > 0)
            {
                count -= sent;
                continue;
            }

            if (sent == 0)
            {
                throw new EndOfStreamException($"the file ends {count} bytes before the end of the range to send");
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == WouldBlock)
            {
                return false;
            }

            if (error != Interrupted)
            {
                throw new IOException($"sendfile failed: {Marshal.GetPInvokeErrorMessage(error)}");
            }
        }

        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendFileRestAsync(SafeFileHandle file, long position, long count)
    {
        var few = System.Buffers.ArrayPool<byte>.Shared.Rent(WaitingBytes);
        try
        {
            do
            {
                var read = RandomAccess.Read(file, few.AsSpan(0, (int)Math.Min(count, WaitingBytes)), position);
                if (read == 0)
                {
                    throw new EndOfStreamException($"the file ends {count} bytes before the end of the range to send");
                }

                await SendRestAsync(few.AsMemory(0, read)).ConfigureAwait(false);
                position += read;
                count -= read;
            }
            while (!TrySendFile(file, ref position, ref count));
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(few);
        }
    }

    private async ValueTask CopyFileAsync(SafeFileHandle file, long position, long count)
    {
        var copy = System.Buffers.ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            while (count > 0)
            {
                var read = RandomAccess.Read(file, copy.AsSpan(0, (int)Math.Min(count, copy.Length)), position);
                if (read == 0)
                {
                    throw new EndOfStreamException($"the file ends {count} bytes before the end of the range to send");
                }

                await SendRestAsync(copy.AsMemory(0, read)).ConfigureAwait(false);
                position += read;
                count -= read;
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(copy);
        }
    }

    /// <summary>Sends what the socket takes now.</summary>
    private int TrySend(ReadOnlySpan<byte> bytes, bool moreFollows)
    {
        var total = 0;
        var flags = DoNotWait | NoSignal | (moreFollows ? MoreFollows : 0);
        while (bytes.Length > 0)
        {
            var sent = (int)Send(_socket.SafeHandle, ref MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, flags);
            if (sent < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error == Interrupted)
                {
                    continue;
                }

                return error == WouldBlock ? total : throw new IOException($"send failed: {Marshal.GetPInvokeErrorMessage(error)}");
            }

            total += sent;
            bytes = bytes[sent..];
        }

        return total;
    }

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(SafeHandle socket, ref byte bytes, nuint count, int flags);

    [LibraryImport("libc", EntryPoint = "sendfile", SetLastError = true)]
    private static partial nint SendFile(SafeHandle socket, SafeHandle file, ref long position, nuint count);
}
