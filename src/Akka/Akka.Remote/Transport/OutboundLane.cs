#nullable disable
using System.Diagnostics;
using System.Net.Sockets;
using Akka.Actor;

namespace Akka.Remote.Transport;

/// <summary>
/// One direction of one lane: senders encode into the pending batch, a thread of its own connects and writes. While it writes
/// one batch the next one gathers. What waits when a connection breaks is lost, as messages may be; system messages are kept by
/// the association.
/// </summary>
internal sealed class OutboundLane
{
    /// <summary>Connections tried after one broke, to see whether its process has ended: a dying one may accept some before it refuses.</summary>
    private const int ProbesAfterBreak = 6;
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
            Wake();
            return true;
        }
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
        if (HasRoom(bytes)) return null;
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
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        TimeSpan backoff = _remoting.Settings.BackoffPeriod;
        while (WaitForWork())
        {
            try
            {
                if (!_connected)
                {
                    Connect();
                    backoff = _remoting.Settings.BackoffPeriod;
                }

                WriteBatch();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                if (!Failed(e, backoff)) break;
                backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff;
            }
        }

        lock (_gate)
        {
            CloseSocket();
            _connected = false;
            _pending.Clear();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until something is to be done; false to end.</summary>
    private bool WaitForWork()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_stopped) return _connected && !_pending.IsEmpty;
                if (_breakReason is not null || !_pending.IsEmpty || (_wanted && !_connected)) return true;
                _waiting = true;
                var signalled = Monitor.Wait(_gate, _connected ? LongPause : Timeout.InfiniteTimeSpan);
                _waiting = false;
                if (_lane == Lane.Control && _connected) Resend();
                if (_connected && (_checkPeer || !signalled)) return true;
            }
        }
    }

    private void Resend()
    {
        foreach (byte[] frame in _association.DueForResend()) FrameEncoder.Add(_pending, frame);
    }

    private void Connect()
    {
        var connection = new LaneConnection(_remoting, _association.RemoteAddress);
        try
        {
            lock (_gate)
            {
                if (_stopped) throw new RemoteTransportException("remoting has stopped");
                _connection = connection;
            }

            _association.PeerIs(connection.Open(_lane), outbound: true);
            lock (_gate)
            {
                _connected = true;
                _failingSince = 0;
                _wanted = false;
                _breakReason = null;
                _probes = 0;
                connection.EndGreeting();
                if (_lane == Lane.Control) PrependSystemMessages();
                else if (_lostBarrier > 0) FrameEncoder.AddBarrier(_writing, _lostBarrier);
            }
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        _remoting.Publish(new AssociatedEvent(_remoting.DefaultAddress, _association.RemoteAddress, inbound: false));
    }

    /// <summary>Nothing of the writing batch is under way yet: if something waits, that batch takes the system messages, and goes out first.</summary>
    private void PrependSystemMessages()
    {
        FrameBatch first = _pending.IsEmpty ? _pending : _writing;
        foreach (byte[] frame in _association.AllUnacknowledged()) FrameEncoder.Add(first, frame);
    }

    private void WriteBatch()
    {
        if (!_writing.IsEmpty) Write();
        lock (_gate)
        {
            if (_breakReason is { } reason) throw new RemoteTransportException(reason);
            (_pending, _writing) = (_writing, _pending);
            _checkPeer = false;
        }

        if (_writing.IsEmpty || _writing.Bytes < 16 * 1024) _connection.ThrowIfPeerClosed();
        if (!_writing.IsEmpty) Write();
    }

    private void Write()
    {
        _connection.Send(_writing);
        lock (_gate)
        {
            SentBytes += _writing.Bytes;
            SentFrames += _writing.Frames;
            _writing.Clear();
            if (_blockedSenders > 0) Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Forgets the connection and pauses; false to end.</summary>
    private bool Failed(Exception cause, TimeSpan backoff)
    {
        var refused = cause as RefusedException;
        lock (_gate)
        {
            var wasConnected = _connected;
            CloseSocket();
            _connected = false;
            _checkPeer = false;
            var reason = _breakReason ?? cause.Message;
            if (_lane == Lane.Control) CountProbes(cause, wasConnected);
            _breakReason = null;
            if (_failingSince == 0) _failingSince = Stopwatch.GetTimestamp();
            var giveUp = wasConnected || refused is not null || Stopwatch.GetElapsedTime(_failingSince) > _settings.HandshakeTimeout;
            var lost = giveUp ? _pending.Frames + _writing.Frames : 0;
            if (giveUp)
            {
                Dropped += lost;
                _pending.Clear();
                _encoder.Clear();
                _lostBarrier = _barrier;
                if (_lane == Lane.Bulk && _barrier > 0) _association.Control.SendLostBarrier(_barrier);
            }

            _writing.Clear();
            Monitor.PulseAll(_gate);
            _remoting.ConnectionFailed(_association, _lane, wasConnected, reason, cause, lost);
            _connection?.EndGreeting();
            if (_stopped) return false;
            _wanted = _lane == Lane.Control && (_probes > 0 || _association.HasUnacknowledged);
            if (refused is { Code: RefusalCode.Quarantined or RefusalCode.IgnoredHere }) _wanted = false;
            if (!wasConnected) Monitor.Wait(_gate, refused is null ? backoff : LongPause);
            return true;
        }
    }

    /// <summary>A connection that broke by itself is tried again at once: if it is refused now, the process has ended.</summary>
    private void CountProbes(Exception cause, bool wasConnected)
    {
        if (wasConnected)
        {
            _probes = _breakReason is null ? ProbesAfterBreak : 0;
        }
        else if (_probes > 0)
        {
            var nobodyListens = cause is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
            _probes = nobodyListens || cause is RefusedException ? 0 : _probes - 1;
            if (nobodyListens) _association.NobodyListens();
        }
    }

    private void CloseSocket()
    {
        if (_stopped) _connection?.End();
        else _connection?.Dispose();
    }
}
