#nullable disable
using System.Diagnostics;
using System.Net.Sockets;
using Akka.Actor;

namespace Akka.Remote.Transport;

/// <summary>The lane's thread: connects, writes what its senders left to it, looks whether the peer is there, and takes leave of a broken connection.</summary>
internal sealed partial class OutboundLane
{
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
                if (!_isWritingHere)
                {
                    if (_stopped) return _connected && (!_pending.IsEmpty || !_writing.IsEmpty);
                    if (HasWork || (_wanted && !_connected)) return true;
                }

                _waiting = true;
                var signalled = Monitor.Wait(_gate, _connected ? LongPause : Timeout.InfiniteTimeSpan);
                _waiting = false;
                if (_isWritingHere) continue;
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

        Write();
    }

    private void Write()
    {
        if (_writing.Bytes < UncheckedBytes) _connection.ThrowIfPeerClosed();
        if (_writing.IsEmpty) return;
        _connection.Send(_writing);
        lock (_gate) CountWritten();
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
