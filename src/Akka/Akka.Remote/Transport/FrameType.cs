#nullable disable
using System.Buffers.Binary;
using System.Text;

namespace Akka.Remote.Transport;

/// <summary>The kinds of frames after the handshake: each is its length (four bytes, low ones first), its type, and what the type says.</summary>
internal static class FrameType
{
    public const byte Message = 1;
    public const byte System = 2;
    public const byte Ack = 3;
    public const byte ResetTable = 4;
    public const byte Close = 5;

    /// <summary>All bulk messages before a number have gone by, or are lost.</summary>
    public const byte Barrier = 6;
}

/// <summary>The last frame of a connection that is closed for a reason: a text. It goes into logs, so it is short, one line, and never empty, whatever the peer sends.</summary>
internal static class CloseFrame
{
    /// <summary>Longest text, in characters.</summary>
    public const int MaxCharacters = 500;

    private const int MaxBytes = MaxCharacters * 3;

    public static byte[] Write(string reason)
    {
        byte[] text = Encoding.UTF8.GetBytes(Tidy(reason));
        byte[] frame = new byte[5 + text.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, 1 + text.Length);
        frame[4] = FrameType.Close;
        text.CopyTo(frame, 5);
        return frame;
    }

    /// <summary>The reason in what follows the type.</summary>
    public static string Read(ReadOnlySpan<byte> text) => Tidy(Encoding.UTF8.GetString(text.Length > MaxBytes ? text[..MaxBytes] : text));

    /// <summary>A reason as it may stand in a log.</summary>
    public static string Tidy(string reason)
    {
        var line = string.Create(Math.Min(reason.Length, MaxCharacters), reason, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++) to[i] = char.IsControl(from[i]) ? ' ' : from[i];
        });
        return string.IsNullOrWhiteSpace(line) ? "no reason was given" : line;
    }
}
