#nullable disable
using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka.Actor;

namespace Akka.Remote.Transport;

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
    private readonly Dictionary<object, int> _table = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, int> _manifests = [];
    private int _tableEntries;
    private FrameBatch _pending = new();
    private FrameBatch _writing = new();
    private Thread _thread;
    private Socket _socket;
    private Stream _stream;
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

            Encode(recipient, sender, serializerId, manifest, payload);
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
            if (_connected)
            {
                _pending.Copy(frame);
                _pending.Frames++;
            }

            Wake();
        }
    }

    /// <summary>Acknowledges the system messages of an incarnation of the peer.</summary>
    public void SendAck(int uid, long sequence)
    {
        lock (_gate)
        {
            if (_stopped) return;
            Span<byte> frame = _pending.GetSpan(17);
            BinaryPrimitives.WriteInt32LittleEndian(frame, 13);
            frame[4] = FrameType.Ack;
            BinaryPrimitives.WriteInt32LittleEndian(frame[5..], uid);
            BinaryPrimitives.WriteInt64LittleEndian(frame[9..], sequence);
            _pending.Advance(17);
            _pending.Frames++;
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
            AddBarrierFrame(_pending, ++_barrier);
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
            AddBarrierFrame(_pending, number);
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

    private static void AddBarrierFrame(FrameBatch batch, long number)
    {
        Span<byte> frame = batch.GetSpan(13);
        BinaryPrimitives.WriteInt32LittleEndian(frame, 9);
        frame[4] = FrameType.Barrier;
        BinaryPrimitives.WriteInt64LittleEndian(frame[5..], number);
        batch.Advance(13);
        batch.Frames++;
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

    private void Encode(RemoteActorRef recipient, IActorRef sender, int serializerId, string manifest, PayloadBuffer payload)
    {
        if (_tableEntries + 3 > _settings.MaxTableEntries) ResetTable();
        var recipientText = recipient.IsTemporary || !_table.TryGetValue(recipient, out var recipientId) ? recipient.Serialized : null;
        recipientId = recipientText is null ? _table[recipient] : -1;
        var keepSender = sender is LocalActorRef;
        var senderId = -1;
        string senderText = null;
        if (sender is not null && (!keepSender || !_table.TryGetValue(sender, out senderId)))
        {
            senderId = -1;
            senderText = sender is RemoteActorRef remote ? remote.Serialized : sender.Path.ToSerializationFormatWithAddress(recipient.LocalAddressToUse);
        }

        var manifestId = -1;
        var manifestIsNew = manifest.Length > 0 && !_manifests.TryGetValue(manifest, out manifestId);
        if (manifestIsNew) manifestId = -1;
        var most = 32 + Most(recipientText) + Most(senderText) + (manifestIsNew ? Most(manifest) : 5);
        Span<byte> head = _pending.GetSpan(most);
        head[4] = FrameType.Message;
        var at = 5;
        at = WriteName(head, at, recipientId, recipientText, recipient.IsTemporary ? null : recipient);
        at = sender is null ? WriteVarint(head, at, 0) : WriteName(head, at, senderId, senderText, keepSender ? sender : null);
        BinaryPrimitives.WriteInt32LittleEndian(head[at..], serializerId);
        at += 4;
        if (manifest.Length == 0)
        {
            at = WriteVarint(head, at, 0);
        }
        else if (manifestIsNew)
        {
            _manifests[manifest] = _tableEntries++;
            at = WriteText(head, WriteVarint(head, at, 2), manifest);
        }
        else
        {
            at = WriteVarint(head, at, (uint)manifestId + 3);
        }

        BinaryPrimitives.WriteInt32LittleEndian(head, checked((int)(at - 4 + payload.Length)));
        _pending.Advance(at);
        payload.MoveTo(_pending);
        _pending.Frames++;
    }

    private void ResetTable()
    {
        ClearTable();
        _pending.Copy([1, 0, 0, 0, FrameType.ResetTable]);
        _pending.Frames++;
    }

    private void ClearTable()
    {
        _table.Clear();
        _manifests.Clear();
        _tableEntries = 0;
    }

    /// <summary>0 nothing, 1 a text, 2 a text that becomes the next entry, 3 and more an entry.</summary>
    private int WriteName(Span<byte> head, int at, int id, string text, object key)
    {
        if (id >= 0) return WriteVarint(head, at, (uint)id + 3);
        if (key is null) return WriteText(head, WriteVarint(head, at, 1), text);
        _table[key] = _tableEntries++;
        return WriteText(head, WriteVarint(head, at, 2), text);
    }

    private static int Most(string text) => text is null ? 5 : 10 + Encoding.UTF8.GetMaxByteCount(text.Length);

    private static int WriteText(Span<byte> head, int at, string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        at = WriteVarint(head, at, (uint)bytes);
        Encoding.UTF8.GetBytes(text, head[at..]);
        return at + bytes;
    }

    private static int WriteVarint(Span<byte> head, int at, uint value)
    {
        while (value >= 0x80)
        {
            head[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        head[at++] = (byte)value;
        return at;
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
        foreach (byte[] frame in _association.DueForResend())
        {
            _pending.Copy(frame);
            _pending.Frames++;
        }
    }

    private void Connect()
    {
        Address remote = _association.RemoteAddress;
        IPAddress[] addresses = Dns.GetHostAddresses(remote.Host);
        if (addresses.Length == 0) throw new RemoteTransportException($"host [{remote.Host}] has no address");
        var socket = new Socket(addresses[0].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            lock (_gate)
            {
                if (_stopped) throw new RemoteTransportException("remoting has stopped");
                _socket = socket;
            }

            int uid;

            // The socket stays in blocking mode, so a timer is what ends a connection attempt or handshake that hangs.
            using (new Timer(static s => ((Socket)s).Dispose(), socket, _settings.ConnectionTimeout < _settings.HandshakeTimeout ? _settings.ConnectionTimeout : _settings.HandshakeTimeout, Timeout.InfiniteTimeSpan))
            {
                socket.Connect(addresses[0], remote.Port.Value);
                _remoting.Configure(socket);
                Stream stream = new NetworkStream(socket, ownsSocket: false);
                if (_settings.Tls is { } tls) stream = tls.Client(stream, remote.Host);
                uid = Handshake.AsClient(stream, _lane, _remoting.DefaultAddress, _remoting.Uid, remote, _settings.Cookie);
                _stream = _settings.Tls is null ? null : stream;
            }

            _association.PeerIs(uid, outbound: true);
            lock (_gate)
            {
                _connected = true;
                _failingSince = 0;
                _wanted = false;
                _breakReason = null;
                _probes = 0;
                if (_lane == Lane.Control) PrependSystemMessages();
                else if (_lostBarrier > 0) AddBarrierFrame(_writing, _lostBarrier);
            }

            _remoting.Publish(new AssociatedEvent(_remoting.DefaultAddress, remote, inbound: false));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void PrependSystemMessages()
    {
        FrameBatch others = _pending;
        if (others.IsEmpty)
        {
            foreach (byte[] frame in _association.AllUnacknowledged()) AddFrame(frame);
            return;
        }

        // Nothing of the writing batch is under way yet: it takes the system messages, and goes out first.
        foreach (byte[] frame in _association.AllUnacknowledged())
        {
            _writing.Copy(frame);
            _writing.Frames++;
        }
    }

    private void AddFrame(byte[] frame)
    {
        _pending.Copy(frame);
        _pending.Frames++;
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

        if (_writing.IsEmpty || _writing.Bytes < 16 * 1024) ThrowIfPeerClosed();
        if (!_writing.IsEmpty) Write();
    }

    private void Write()
    {
        if (_stream is null) _writing.Send(_socket);
        else _writing.Send(_stream);
        lock (_gate)
        {
            SentBytes += _writing.Bytes;
            SentFrames += _writing.Frames;
            _writing.Clear();
            if (_blockedSenders > 0) Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The peer never writes after the handshake: anything to read is its end, or its reason for it.</summary>
    private void ThrowIfPeerClosed()
    {
        if (!_socket.Poll(0, SelectMode.SelectRead)) return;
        if (_stream is not null && _socket.Available > 0) return;
        var reason = "the peer closed the connection";
        if (_socket.Available > 5)
        {
            byte[] bytes = new byte[Math.Min(_socket.Available, 1024)];
            var read = _socket.Receive(bytes);
            if (read > 5 && bytes[4] == FrameType.Close) reason = Encoding.UTF8.GetString(bytes, 5, read - 5);
        }

        throw new RemoteTransportException(reason);
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
                ClearTable();
                _lostBarrier = _barrier;
                if (_lane == Lane.Bulk && _barrier > 0) _association.Control.SendLostBarrier(_barrier);
            }

            _writing.Clear();
            Monitor.PulseAll(_gate);
            _remoting.ConnectionFailed(_association, _lane, wasConnected, reason, cause, lost);
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
        if (_stream is not null && _stopped) _stream.Dispose();
        _stream = null;
        _socket?.Dispose();
    }
}
