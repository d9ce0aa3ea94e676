using Microsoft.Win32.SafeHandles;

namespace ActorBroker.Network;

/// <summary>
/// The bytes of one connection. A plain socket sends files without copying them; an encrypted transport would read and encrypt them here.
/// One receiver and one sender at a time.
/// </summary>
public interface IByteTransport : IDisposable
{
    /// <summary>Receives what is there: 0 at the end of the stream, -1 when nothing is there yet.</summary>
    int TryReceive(Span<byte> destination);

    /// <summary>Completes when there is something to receive, or the stream ended.</summary>
    ValueTask WaitForDataAsync();

    /// <summary>Receives at least one byte; 0 at the end of the stream.</summary>
    ValueTask<int> ReceiveAsync(Memory<byte> destination);

    /// <summary>Sends all bytes; <paramref name="moreFollows"/> lets the system wait with an incomplete packet.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes, bool moreFollows);

    /// <summary>Sends a range of a file.</summary>
    /// <exception cref="EndOfStreamException">The file is shorter.</exception>
    ValueTask SendFileAsync(SafeFileHandle file, long position, long count, bool moreFollows);

    /// <summary>Ends both directions: pending operations fail or report the end. Can be called by any thread.</summary>
    void Abort();
}
