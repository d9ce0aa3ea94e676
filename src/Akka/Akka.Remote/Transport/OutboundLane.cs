#nullable disable
using System.Diagnostics;
using Akka.Actor;
using AkkaExtensions.Dispatch;

namespace Akka.Remote.Transport;

/// <summary>
/// One direction of one lane: senders encode into the pending batch, a thread of its own connects and writes. While it writes
/// one batch the next one gathers. A sender that comes when the thread has long had nothing to do writes itself, what the socket
/// takes at once. What waits when a connection breaks is lost, as messages may be; system messages are kept by the association.
/// </summary>
internal sealed partial class OutboundLane
{
    /// <summary>Connections tried after one broke, to see whether its process has ended: a dying one may accept some before it refuses.</summary>
    private const int ProbesAfterBreak = 6;

    /// <summary>Fewer bytes are only written after a look whether the peer has closed the connection.</summary>
    private const int UncheckedBytes = 16 * 1024;
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMilliseconds(250);

    /// <summary>Pause after a refusal, which another attempt hardly changes; also how often an idle connection is looked at.</summary>
    private static readonly TimeSpan LongPause = TimeSpan.FromSeconds(1);
    private readonly object _gate = new();
    private readonly Association _association;
    private readonly Remoting _remoting;
    private readonly LaneSettings _settings;
    private readonly Lane _lane;
    private readonly long _limit;
    private readonly FrameEncoder _encoder;
    private FrameBatch _pending = new();
    private FrameBatch _writing = new();
    private Thread _thread;
    private LaneConnection _connection;
    private bool _connected;
    private bool _stopped;
    private bool _checkPeer;
    private bool _wanted;

    /// <summary>True while the lane's thread waits and nobody has woken it for something to send.</summary>
    private bool _waiting;
    private int _blockedSenders;
    private int _probes;
    private long _barrier;
    private long _lostBarrier;
    private bool _sentSinceBarrier;
    private long _failingSince;
    private string _breakReason;

    public OutboundLane(Association association, Remoting remoting, Lane lane)
    {
        _association = association;
        _remoting = remoting;
        _settings = remoting.Lanes;
        _lane = lane;
        _encoder = new FrameEncoder(_settings.MaxTableEntries);
        _limit = lane == Lane.Control ? _settings.ControlQueueBytes : _settings.BulkQueueBytes;
    }

    /// <summary>Bytes that wait or are being written.</summary>
    public long QueuedBytes
    {
        get
        {
            lock (_gate) return _pending.Bytes + _writing.Bytes;
        }
    }

    /// <summary>True while somebody at the address has accepted a connection and has not said yet whether it wants this system.</summary>
    public bool IsGreeting => Volatile.Read(ref _connection)?.IsGreeting == true;

    /// <summary>True while something waits for the outcome of the first attempt to connect.</summary>
    public bool IsFirstAttempt
    {
        get
        {
            lock (_gate) return !_connected && _failingSince == 0 && !_pending.IsEmpty;
        }
    }

    /// <summary>True without a connection, and without anything that wants one.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate) return !_connected && !_wanted && _pending.IsEmpty && _writing.IsEmpty;
        }
    }

    public long SentBytes { get; private set; }

    public long SentFrames { get; private set; }

    public long Dropped { get; private set; }

    /// <summary>Encodes a message; false with a reason if it was dropped. On the bulk lane it blocks while the queue is full.</summary>
    public bool TrySend(RemoteActorRef recipient, IActorRef sender, int serializerId, string manifest, PayloadBuffer payload, out string reason)
    {
        lock (_gate)
        {
            reason = MakeRoom(payload.Length);
            if (reason is not null)
            {
                Dropped++;
                return false;
            }

            _encoder.AddMessage(_pending, recipient, sender, serializerId, manifest, payload);
            _sentSinceBarrier = true;
            if (!TryBeginWriteHere())
            {
                Wake();
                return true;
            }
        }

        WriteHere();
        return true;
    }

    /// <summary>Adds a whole frame if there is a connection; what has none is added again by the association on connecting.</summary>
    public void SendSystem(byte[] frame)
    {
        lock (_gate)
        {
            _wanted = true;
            if (_connected) FrameEncoder.Add(_pending, frame);
            Wake();
        }
    }

    /// <summary>Acknowledges the system messages of an incarnation of the peer.</summary>
    public void SendAck(int uid, long sequence)
    {
        lock (_gate)
        {
            if (_stopped) return;
            FrameEncoder.AddAck(_pending, uid, sequence);
            Wake();
        }
    }

    /// <summary>Marks the end of what was sent so far. Its number; zero if nothing was ever sent.</summary>
    public long AddBarrier()
    {
        lock (_gate)
        {
            if (!_sentSinceBarrier || _stopped) return _barrier;
            _sentSinceBarrier = false;
            FrameEncoder.AddBarrier(_pending, ++_barrier);
            Wake();
            return _barrier;
        }
    }

    /// <summary>Tells that what was before a barrier on the other lane is lost.</summary>
    public void SendLostBarrier(long number)
    {
        lock (_gate)
        {
            if (_stopped || !_connected) return;
            FrameEncoder.AddBarrier(_pending, number);
            Wake();
        }
    }

    /// <summary>The peer may be gone: look before the next write.</summary>
    public void CheckPeer()
    {
        lock (_gate)
        {
            _checkPeer = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Breaks the connection; it is made again when there is something to send.</summary>
    public void Break(string reason)
    {
        lock (_gate)
        {
            if (!_connected) return;
            _breakReason = reason;
            Monitor.PulseAll(_gate);
            CloseSocket();
        }
    }

    /// <summary>Tries to connect although nothing waits.</summary>
    public void Probe()
    {
        lock (_gate)
        {
            _wanted = true;
            Wake();
        }
    }

    /// <summary>Ends without waiting for anything.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            CloseSocket();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Writes what waits if there is a connection, then ends.</summary>
    public void Stop(TimeSpan flush)
    {
        Thread thread;
        lock (_gate)
        {
            _stopped = true;
            thread = _thread;
            if (!_connected) CloseSocket();
            Monitor.PulseAll(_gate);
        }

        if (thread is not null && !thread.Join(flush))
        {
            lock (_gate) CloseSocket();
            thread.Join(flush);
        }
    }

    private string MakeRoom(long bytes)
    {
        if (_stopped) return "remoting has stopped";
        // A reader that waited here for its peer to read, while the peer's reader waits for it alike, would wait in vain. What its actors send is bounded by what they received.
        if (HasRoom(bytes) || (_lane == Lane.Bulk && _connected && NearbyTurns.IsTaking)) return null;
        if (_lane == Lane.Control) return "the control lane's queue is full";
        if (!_connected) return "the bulk lane's queue is full and there is no connection";
        var start = Stopwatch.GetTimestamp();
        _blockedSenders++;
        try
        {
            while (true)
            {
                TimeSpan left = _settings.BulkSendTimeout - Stopwatch.GetElapsedTime(start);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left)) return HasRoom(bytes) ? null : $"the bulk lane's queue stayed full for {_settings.BulkSendTimeout}";
                if (_stopped) return "remoting has stopped";
                if (HasRoom(bytes)) return null;
                if (!_connected) return "the connection broke while the bulk lane's queue was full";
            }
        }
        finally
        {
            _blockedSenders--;
        }
    }

    private bool HasRoom(long bytes)
    {
        var queued = _pending.Bytes + _writing.Bytes;
        return queued == 0 || queued + bytes <= _limit;
    }

    private void Wake()
    {
        if (_thread is null && !_stopped)
        {
            _thread = new Thread(Run) { IsBackground = true, Name = $"remoting {_lane} to {_association.RemoteAddress}" };
            _thread.Start();
        }
        else if (_waiting)
        {
            // From now on it is the thread's: who sends before it runs only adds to the batch.
            _waiting = false;
            Monitor.PulseAll(_gate);
        }
    }
}
