#nullable disable
using System.Diagnostics;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using AkkaExtensions.Remoting;

namespace Akka.Remote.Transport;

/// <summary>
/// The link with one address: two lanes out, the incarnation that is known there, and the system messages that it has not yet
/// acknowledged. System messages are numbered, kept until acknowledged and sent again on each new connection.
/// </summary>
internal sealed class Association
{
    private readonly object _gate = new();

    /// <summary>Keeps numbering and queueing in one order. It is taken before a lane's lock, <see cref="_gate"/> after it.</summary>
    private readonly object _sendGate = new();
    private readonly Remoting _remoting;
    private readonly LinkedList<byte[]> _unacknowledged = [];
    private long _acknowledged;
    private long _lastAckAt = Stopwatch.GetTimestamp();
    private int _uid;
    private int _endedUid;
    private int _quarantinedUid;
    private long _quarantinedAt;
    private int _inboundUid;
    private long _inboundSequence;
    private readonly BarrierGate _barriers = new();
    private volatile bool _isForgotten;

    public Association(Remoting remoting, Address remoteAddress)
    {
        _remoting = remoting;
        RemoteAddress = remoteAddress;
        Control = new OutboundLane(this, remoting, Lane.Control);
        Bulk = new OutboundLane(this, remoting, Lane.Bulk);
    }

    public Address RemoteAddress { get; }

    public OutboundLane Control { get; }

    public OutboundLane Bulk { get; }

    public bool HasUnacknowledged
    {
        get
        {
            lock (_gate) return _unacknowledged.Count > 0;
        }
    }

    /// <summary>True when another association has taken, or will take, its place.</summary>
    public bool IsForgotten => _isForgotten;

    /// <summary>Ends both lanes if nothing would be lost by forgetting what is known: nothing was numbered and nobody is ignored here, or the incarnation has ended.</summary>
    public bool TryForget()
    {
        if (!Control.IsIdle || !Bulk.IsIdle) return false;
        lock (_sendGate)
        {
            lock (_gate)
            {
                var isUnknown = _quarantinedUid == 0 && _acknowledged == 0 && _inboundSequence == 0 && _unacknowledged.Count == 0;
                if (_isForgotten || !(isUnknown || (_uid != 0 && _endedUid == _uid))) return false;
                _isForgotten = true;
            }
        }

        Control.Stop();
        Bulk.Stop();
        return true;
    }

    /// <summary>True while the known incarnation is ignored.</summary>
    public bool IsQuarantined
    {
        get
        {
            lock (_gate) return _quarantinedUid != 0 && _quarantinedUid == _uid;
        }
    }

    public bool IsQuarantinedUid(int uid)
    {
        lock (_gate) return _quarantinedUid == uid;
    }

    /// <summary>A handshake told the peer's incarnation.</summary>
    /// <exception cref="RefusedException">It is quarantined.</exception>
    public void PeerIs(int uid, bool outbound)
    {
        int earlier;
        lock (_gate)
        {
            if (_quarantinedUid == uid) throw new RefusedException(RefusalCode.IgnoredHere, $"[{RemoteAddress}] with uid [{uid}] is quarantined here");
            earlier = _uid;
            _uid = uid;
            if (earlier != 0 && earlier != uid)
            {
                // The new incarnation counts from one. What was meant for actors of the old one finds nobody, and that is answered.
                _acknowledged = 0;
            }
        }

        if (outbound) ReportAnswer(uid);
        if (earlier == 0 || earlier == uid) return;
        ReportEnd(earlier, $"uid [{uid}] answers at its address");
        Control.Break("the peer has restarted");
        if (!outbound) Bulk.Break("the peer has restarted");
    }

    /// <summary>Its connections broke, and now nobody listens at its address.</summary>
    public void NobodyListens()
    {
        int known;
        lock (_gate) known = _uid;
        if (known != 0) ReportEnd(known, "its connections broke and its address refuses new ones");
    }

    /// <summary>True if a system message of the peer is the next one; false if it was here before.</summary>
    /// <exception cref="RemoteTransportException">One is missing.</exception>
    public bool IsNextInbound(int uid, long sequence)
    {
        lock (_gate)
        {
            if (_inboundUid != uid)
            {
                _inboundUid = uid;
                _inboundSequence = 0;
            }

            if (sequence <= _inboundSequence) return false;
            if (sequence != _inboundSequence + 1) throw new RemoteTransportException($"system message {sequence} came after {_inboundSequence}");
            _inboundSequence = sequence;
            return true;
        }
    }

    public void AcknowledgeInbound(int uid)
    {
        long sequence;
        lock (_gate)
        {
            if (_inboundUid != uid) return;
            sequence = _inboundSequence;
        }

        Control.SendAck(uid, sequence);
    }

    /// <summary>Delivers a system message of the peer when all bulk messages before its barrier are delivered.</summary>
    public void DeliverBehind(int uid, long barrier, Action deliver)
    {
        if (_barriers.IsPassed(uid, barrier, deliver)) deliver();
        else _remoting.System.Scheduler.Advanced.ScheduleOnce(_remoting.Settings.SysResendTimeout * 5, () => _barriers.Pass(uid, barrier));
    }

    /// <summary>All bulk messages before a barrier are delivered, or lost.</summary>
    public void BarrierPassed(int uid, long barrier) => _barriers.Pass(uid, barrier);

    /// <summary>The peer has all system messages up to a number.</summary>
    public void Acknowledged(int uid, long sequence)
    {
        lock (_gate)
        {
            if (uid != _uid) return;
            _lastAckAt = Stopwatch.GetTimestamp();
            while (_acknowledged < sequence && _unacknowledged.First is { } first)
            {
                _unacknowledged.Remove(first);
                _acknowledged++;
            }
        }
    }

    /// <summary>Keeps and sends a system message. False if this association is forgotten.</summary>
    public bool TrySendSystem(ISystemMessage message, RemoteActorRef recipient)
    {
        if (IsQuarantined)
        {
            ProbeIfDue();
            return true;
        }

        // An actor's last messages may wait in the bulk lane: the notice of its end must not come before them.
        var barrier = message is DeathWatchNotification ? Bulk.AddBarrier() : 0;
        byte[] frame = SystemMessageCodec.Write(message, recipient, _remoting.Provider.SerializationInformation, barrier);
        bool fits;
        lock (_sendGate)
        {
            lock (_gate)
            {
                if (_isForgotten) return false;
                if (_unacknowledged.Count == 0) _lastAckAt = Stopwatch.GetTimestamp();
                _unacknowledged.AddLast(frame);
                fits = _unacknowledged.Count <= _remoting.Settings.SysMsgBufferSize;
                SystemMessageCodec.Number(frame, _acknowledged + _unacknowledged.Count);
            }

            if (fits) Control.SendSystem(frame);
        }

        if (!fits) Quarantine(null, $"{_remoting.Settings.SysMsgBufferSize} system messages wait for an acknowledgement");
        return true;
    }

    public IReadOnlyList<byte[]> AllUnacknowledged()
    {
        lock (_gate)
        {
            var sequence = _acknowledged;
            foreach (byte[] frame in _unacknowledged) SystemMessageCodec.Number(frame, ++sequence);
            _lastAckAt = Stopwatch.GetTimestamp();
            return [.. _unacknowledged];
        }
    }

    public IReadOnlyList<byte[]> DueForResend()
    {
        lock (_gate)
        {
            if (_unacknowledged.Count == 0 || Stopwatch.GetElapsedTime(_lastAckAt) < _remoting.Settings.SysResendTimeout) return [];
        }

        return AllUnacknowledged();
    }

    /// <summary>Ignores an incarnation, null for the known one, until another one comes.</summary>
    public void Quarantine(int? uid, string reason)
    {
        lock (_gate)
        {
            var ignored = uid ?? _uid;
            if (ignored == 0)
            {
                // Never connected: there is no incarnation to name, only its messages to forget.
                _unacknowledged.Clear();
                return;
            }

            if (_uid != 0 && ignored != _uid) return;
            if (_quarantinedUid == ignored) return;
            _uid = ignored;
            _quarantinedUid = ignored;
            _quarantinedAt = Stopwatch.GetTimestamp();
            _acknowledged = 0;
            _unacknowledged.Clear();
        }

        _remoting.Log.Warning("Quarantined [{0}] with uid [{1}]: {2}", RemoteAddress, _quarantinedUid, reason);
        Control.Break("the peer is quarantined");
        Bulk.Break("the peer is quarantined");
        _remoting.CloseInbound(RemoteAddress, _quarantinedUid, "quarantined");
        _remoting.Publish(new QuarantinedEvent(RemoteAddress, _quarantinedUid));
    }

    /// <summary>Looks now and then whether a quarantined system has restarted.</summary>
    public void ProbeIfDue()
    {
        lock (_gate)
        {
            if (Stopwatch.GetElapsedTime(_quarantinedAt) < _remoting.Settings.RetryGateClosedFor) return;
            _quarantinedAt = Stopwatch.GetTimestamp();
        }

        Control.Probe();
    }

    public void CheckPeer()
    {
        Control.CheckPeer();
        Bulk.CheckPeer();
    }

    private void ReportEnd(int uid, string reason)
    {
        if (Interlocked.Exchange(ref _endedUid, uid) != uid) _remoting.System.EventStream.Publish(new PeerProcessEnded(RemoteAddress, uid, reason));
    }

    private void ReportAnswer(int uid)
    {
        if (Interlocked.CompareExchange(ref _endedUid, 0, uid) == uid) _remoting.System.EventStream.Publish(new PeerAnswered(RemoteAddress, uid));
    }
}
