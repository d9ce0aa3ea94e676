#nullable disable
using System.Buffers.Binary;
using System.Text;

namespace Akka.Remote.Transport;

/// <summary>Reads the head of a message frame.</summary>
internal ref struct FrameCursor
{
    private readonly ReadOnlySpan<byte> _frame;

    public FrameCursor(ReadOnlySpan<byte> frame, int at)
    {
        _frame = frame;
        At = at;
    }

    public int At { get; private set; }

    public int ReadInt32()
    {
        if (_frame.Length - At < 4) throw new RemoteTransportException("a frame is cut off");
        var value = BinaryPrimitives.ReadInt32LittleEndian(_frame[At..]);
        At += 4;
        return value;
    }

    public uint ReadVarint()
    {
        uint value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if (At >= _frame.Length) throw new RemoteTransportException("a frame is cut off");
            var next = _frame[At++];
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }

        throw new RemoteTransportException("a number in a frame is too long");
    }

    public string ReadText()
    {
        var length = ReadVarint();
        if (length > RemoteActorRefProvider.MaxPathLength) throw new RemoteTransportException($"a text of {length} bytes in a frame's head");
        if (length > _frame.Length - At) throw new RemoteTransportException("a text in a frame is cut off");
        var text = Encoding.UTF8.GetString(_frame.Slice(At, (int)length));
        At += (int)length;
        return text;
    }
}
