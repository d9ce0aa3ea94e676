using System.Buffers.Binary;
using System.Net.Sockets;

namespace ActorBroker.Client;

/// <summary>Cuts the bytes of a socket into frames. Small frames come from a buffer, large ones are received in place.</summary>
internal sealed class FrameReceiver(Socket socket, int maxBytes)
{
    private readonly byte[] _buffer = new byte[32 * 1024];
    private int _from;
    private int _to;

    /// <summary>The next frame without its size, in an array of its own; null when the peer closed the connection between frames.</summary>
    /// <exception cref="IOException">The connection ended inside a frame, or a size is impossible.</exception>
    public async ValueTask<byte[]?> ReceiveAsync()
    {
        while (_to - _from < sizeof(int))
        {
            if (!await FillAsync().ConfigureAwait(false))
            {
                return _to == _from ? null : throw new IOException("the connection ended inside a frame");
            }
        }

        var size = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_from));
        if (size < sizeof(int) || size > maxBytes)
        {
            throw new IOException($"the peer announced a frame of {size} bytes");
        }

        _from += sizeof(int);
        var frame = GC.AllocateUninitializedArray<byte>(size);
        var got = Math.Min(size, _to - _from);
        _buffer.AsSpan(_from, got).CopyTo(frame);
        _from += got;
        while (got < size)
        {
            var received = await socket.ReceiveAsync(frame.AsMemory(got), SocketFlags.None).ConfigureAwait(false);
            if (received == 0)
            {
                throw new IOException("the connection ended inside a frame");
            }

            got += received;
        }

        return frame;
    }

    private async ValueTask<bool> FillAsync()
    {
        if (_from > 0)
        {
            _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
            _to -= _from;
            _from = 0;
        }

        var received = await socket.ReceiveAsync(_buffer.AsMemory(_to), SocketFlags.None).ConfigureAwait(false);
        _to += received;
        return received > 0;
    }
}
