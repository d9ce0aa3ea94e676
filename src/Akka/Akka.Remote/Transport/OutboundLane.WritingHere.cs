#nullable disable
using System.Diagnostics;

namespace Akka.Remote.Transport;

/// <summary>
/// Writing on the sender's own thread, which saves two switches of threads for a message that comes alone. It never waits for the peer: what the socket does not take
/// at once, and every failure, is left to the lane's thread.
/// </summary>
internal sealed partial class OutboundLane
{
    /// <summary>More than this is copied by the lane's thread, while the sender goes on.</summary>
    private const int MostBytesHere = 128 * 1024;

    /// <summary>Batches that one sender writes in a row when others leave theirs to it.</summary>
    private const int MostBatchesHere = 4;

    /// <summary>Messages that follow each other sooner are cheaper together, and while the lane's thread writes some the next ones gather.</summary>
    private static readonly long PauseBefore = Stopwatch.Frequency / 40_000;

    /// <summary>True while a sender has the batch that is being written, and the socket.</summary>
    private bool _isWritingHere;
    private long _lastWriteAt;

    private bool HasWork => _breakReason is not null || !_pending.IsEmpty || !_writing.IsEmpty;

    /// <summary>True if this sender is to write what is pending: it has the socket until it has done so.</summary>
    private bool TryBeginWriteHere()
    {
        if (!_waiting || !_writing.IsEmpty || Stopwatch.GetTimestamp() - _lastWriteAt < PauseBefore) return false;
        return TryTakePending();
    }

    private bool TryTakePending()
    {
        _isWritingHere = _connected && _connection.CanSendNow && !_stopped && !_checkPeer && _breakReason is null
            && !_pending.IsEmpty && _pending.Bytes <= MostBytesHere;
        if (_isWritingHere) (_pending, _writing) = (_writing, _pending);
        return _isWritingHere;
    }

    private void WriteHere()
    {
        for (var batches = 1; ; batches++)
        {
            var isWritten = false;
            try
            {
                isWritten = !(_writing.Bytes < UncheckedBytes && _connection.HasPeerSpoken) && _connection.SendNow(_writing);
            }
            catch (ObjectDisposedException)
            {
                // The connection was broken meanwhile: that is the thread's business like every failure.
            }

            lock (_gate)
            {
                if (isWritten) CountWritten();
                _isWritingHere = false;
                if (isWritten && batches < MostBatchesHere && TryTakePending()) continue;
                if (HasWork || _stopped || _checkPeer) Wake();
                return;
            }
        }
    }

    private void CountWritten()
    {
        SentBytes += _writing.Bytes;
        SentFrames += _writing.Frames;
        _writing.Clear();
        _lastWriteAt = Stopwatch.GetTimestamp();
        if (_blockedSenders > 0) Monitor.PulseAll(_gate);
    }
}
