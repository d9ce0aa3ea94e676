#nullable disable
using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Event;
using Akka.Serialization;
using AkkaExtensions.Dispatch;
using AkkaExtensions.Remoting;

namespace Akka.Remote.Transport;

/// <summary>A connection that another system made: a thread reads frames and delivers what is in them.</summary>
internal sealed class InboundConnection
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>What a frame may hold besides its message: paths, manifest, numbers.</summary>
    private const int HeadBytes = 16 * 1024;
    private const int MailboxCheckMask = 15;

    /// <summary>Abbreviations that a peer may define, whatever it is configured to use.</summary>
    private const int MaxTableEntries = 65536;
    private readonly Remoting _remoting;
    private readonly Socket _socket;
    private readonly ReceiveWindow _window;
    private readonly PayloadReader _reader = new();
    private readonly NearbyTurns _turns = new();
    private readonly List<Entry> _table = [];
    private Peer _peer;
    private Association _association;
    private Stream _stream;
    private bool _ackDue;
    private volatile string _closeReason;

    public InboundConnection(Remoting remoting, Socket socket)
    {
        _remoting = remoting;
        _socket = socket;
        _window = new ReceiveWindow(remoting.Lanes.ReceiveWindowBytes);
    }

    /// <summary>Null before the handshake.</summary>
    public Peer Peer => Volatile.Read(ref _peer);

    public long Frames { get; private set; }

    public long Bytes { get; private set; }

    public long HeldBytes => _window.Held;

    public void Start() => new Thread(Run) { IsBackground = true, Name = "remoting in" }.Start();

    public void Close(string reason)
    {
        _closeReason ??= reason;
        _window.Close();
        _socket.Dispose();
    }

    private void Run()
    {
        string reason;
        try
        {
            Greet();
            _remoting.Publish(new AssociatedEvent(_remoting.DefaultAddress, _peer.Address, inbound: true));
            Read();
            reason = "the peer closed the connection";
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            reason = e.Message;
            var isEnd = e is SocketException or ObjectDisposedException || (e is IOException && _peer is not null);
            if (_closeReason is null && !isEnd && e is not RefusedException) TellReason(reason);
            if (_closeReason is null && !isEnd) _remoting.InboundFailed(this, _socket, e);
        }

        _window.Close();
        _socket.Dispose();
        _remoting.InboundClosed(this, _closeReason ?? reason);
    }

    private void Greet()
    {
        using var limit = new Timer(static s => ((Socket)s).Dispose(), _socket, _remoting.Lanes.HandshakeTimeout, Timeout.InfiniteTimeSpan);
        Stream stream = new NetworkStream(_socket, ownsSocket: false);
        if (_remoting.Lanes.Tls is { } tls) stream = tls.Server(stream);
        _stream = stream;
        Peer peer = Handshake.AsServer(stream, _remoting.Uid, _remoting.Lanes.Cookie, _remoting.Judge);
        _association = _remoting.AssociationOf(peer.Address);
        _association.PeerIs(peer.Uid, outbound: false);
        Volatile.Write(ref _peer, peer);
        _remoting.Greeted(this);
    }

    private void TellReason(string reason)
    {
        try
        {
            _stream?.Write(CloseFrame.Write(reason));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The peer is gone already; the reason is in our own log.
        }
    }

    private void Read()
    {
        var most = _remoting.Lanes.MaxFrameBytes + HeadBytes;
        var buffer = new ReceiveBuffer(BufferBytes);
        int start = 0, end = 0;
        try
        {
            while (true)
            {
                var needed = HandleAll(buffer, ref start, end, most);

                if (_ackDue)
                {
                    _ackDue = false;
                    _association.AcknowledgeInbound(_peer.Uid);
                }

                _window.WaitForRoom();
                if (start == end && buffer.IsOwn)
                {
                    start = end = 0;
                }

                if (buffer.Bytes.Length - start < Math.Max(needed, Math.Min(BufferBytes / 4, needed * 4)))
                {
                    var rest = end - start;
                    if (buffer.IsOwn && buffer.Bytes.Length >= needed)
                    {
                        Buffer.BlockCopy(buffer.Bytes, start, buffer.Bytes, 0, rest);
                    }
                    else
                    {
                        var larger = new ReceiveBuffer(Math.Max(BufferBytes, needed));
                        Buffer.BlockCopy(buffer.Bytes, start, larger.Bytes, 0, rest);
                        buffer.Release();
                        buffer = larger;
                    }

                    start = 0;
                    end = rest;
                }

                var read = _remoting.Lanes.Tls is null
                    ? _socket.Receive(buffer.Bytes, end, buffer.Bytes.Length - end, SocketFlags.None)
                    : _stream.Read(buffer.Bytes, end, buffer.Bytes.Length - end);
                if (read == 0) return;
                end += read;
                Bytes += read;
            }
        }
        finally
        {
            buffer.Release();
        }
    }

    /// <summary>Handles the frames that have come wholly; the bytes of the next one, as far as they are known.</summary>
    private int HandleAll(ReceiveBuffer buffer, ref int start, int end, int most)
    {
        _turns.Begin();
        try
        {
            while (end - start >= 4)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(buffer.Bytes.AsSpan(start));
                if (length < 1 || length > most) throw new RemoteTransportException($"a frame of {length} bytes, where 1 to {most} are allowed");
                if (end - start < 4 + length) return 4 + length;
                Handle(buffer, start + 4, length);
                start += 4 + length;
            }

            return 4;
        }
        finally
        {
            _turns.TakeAll();
        }
    }

    private void Handle(ReceiveBuffer buffer, int at, int length)
    {
        Frames++;
        ReadOnlySpan<byte> body = buffer.Bytes.AsSpan(at, length);
        switch (body[0])
        {
            case FrameType.Message:
                HandleMessage(buffer, at, length);
                break;
            case FrameType.System when length > 9:
                HandleSystem(body);
                break;
            case FrameType.Ack when length == 13:
                if (BinaryPrimitives.ReadInt32LittleEndian(body[1..]) == _remoting.Uid) _association.Acknowledged(_peer.Uid, BinaryPrimitives.ReadInt64LittleEndian(body[5..]));
                break;
            case FrameType.Barrier when length == 9:
                _association.BarrierPassed(_peer.Uid, BinaryPrimitives.ReadInt64LittleEndian(body[1..]));
                break;
            case FrameType.ResetTable:
                _table.Clear();
                break;
            case FrameType.Close:
                throw new RemoteTransportException(CloseFrame.Read(body[1..]));
            default:
                throw new RemoteTransportException($"a frame of type {body[0]} with {length} bytes");
        }
    }

    private void HandleSystem(ReadOnlySpan<byte> body)
    {
        _ackDue = true;
        if (!_association.IsNextInbound(_peer.Uid, BinaryPrimitives.ReadInt64LittleEndian(body[1..]))) return;
        (IInternalActorRef recipient, Dispatch.SysMsg.SystemMessage message, var barrier) = SystemMessageCodec.Read(body[9..].ToArray(), _remoting.Provider);
        if (!recipient.IsLocal || (_remoting.Settings.UntrustedMode && message is IPossiblyHarmful) || IsAgainstTheSystem(recipient, message))
            _remoting.Log.Debug("Dropped system message [{0}] from [{1}] to [{2}]", message, _peer.Address, recipient);
        else if (barrier == 0)
            recipient.SendSystemMessage(message);
        else
            _association.DeliverBehind(_peer.Uid, barrier, () => recipient.SendSystemMessage(message));
    }

    /// <summary>Others may stop and suspend what is the user's, not the actors that the system itself needs.</summary>
    private static bool IsAgainstTheSystem(IInternalActorRef recipient, Dispatch.SysMsg.SystemMessage message) =>
        message is Dispatch.SysMsg.Terminate or Dispatch.SysMsg.Suspend or Dispatch.SysMsg.Resume && recipient.Path.Elements is not ["user", _, ..];

    private void HandleMessage(ReceiveBuffer buffer, int at, int length)
    {
        var frame = new FrameCursor(buffer.Bytes.AsSpan(at, length), 1);
        IInternalActorRef recipient = ReadActor(ref frame);
        IActorRef sender = ReadActor(ref frame);
        var serializerId = frame.ReadInt32();
        var manifest = ReadName(ref frame)?.Text ?? "";
        if (recipient is null) throw new RemoteTransportException("a message without a recipient");
        if (length - frame.At > _remoting.Lanes.MaxFrameBytes) throw new RemoteTransportException($"a message of {length - frame.At} bytes, where {_remoting.Lanes.MaxFrameBytes} are allowed");
        object message;
        try
        {
            message = Deserialize(buffer, at + frame.At, length - frame.At, serializerId, manifest);
        }
        catch (Exception e)
        {
            // A serialiser is the user's: what it cannot read is its message's loss, not the connection's.
            _remoting.Log.Error(e, "Could not deserialize a message from [{0}] to [{1}]: serializer {2}, manifest [{3}]", _peer.Address, recipient, serializerId, manifest);
            return;
        }

        if (message is null) return;
        if ((Frames & MailboxCheckMask) == 0) WaitForReceiver(recipient);
        Deliver(recipient, sender, message);
    }

    private object Deserialize(ReceiveBuffer buffer, int at, int length, int serializerId, string manifest)
    {
        if (_remoting.System.Serialization.ById(serializerId) is IPayloadSerializer direct)
        {
            _reader.Open(buffer, _window, at, length);
            try
            {
                return direct.Read(_reader, manifest);
            }
            finally
            {
                _reader.Close();
            }
        }

        return NestedMessage.Read(_remoting.System, serializerId, manifest, buffer.Bytes.AsSpan(at, length).ToArray());
    }

    private void Deliver(IInternalActorRef recipient, IActorRef sender, object message)
    {
        if (!recipient.IsLocal)
        {
            _remoting.Log.Debug("Dropped message [{0}] from [{1}] for non-local recipient [{2}]", message.GetType(), _peer.Address, recipient);
            return;
        }

        if (message is ActorSelectionMessage selection)
        {
            if (_remoting.Settings.UntrustedMode && !IsTrusted(recipient, selection))
                _remoting.Log.Debug("operating in UntrustedMode, dropping inbound actor selection to [{0}]", selection);
            else
                ActorSelection.DeliverSelection(recipient, sender, selection);
        }
        else if (_remoting.Settings.UntrustedMode && message is IPossiblyHarmful)
        {
            _remoting.Log.Debug("operating in UntrustedMode, dropping inbound IPossiblyHarmful message of type [{0}]", message.GetType());
        }
        else
        {
            recipient.Tell(message, sender);
        }
    }

    private bool IsTrusted(IInternalActorRef recipient, ActorSelectionMessage selection) =>
        recipient.Equals(_remoting.Provider.RootGuardian)
        && WrappedMessage.Unwrap(selection) is not IPossiblyHarmful
        && _remoting.Settings.TrustedSelectionPaths.Contains("/" + string.Join('/', selection.Elements.Select(static e => e.ToString())));

    /// <summary>A receiver that is far behind holds this lane up, and so its senders: that is what bounds memory.</summary>
    private void WaitForReceiver(IInternalActorRef recipient)
    {
        if (_peer.Lane == Lane.Control || recipient is not LocalActorRef { Cell: { } cell } || cell.NumberOfMessages <= _remoting.Lanes.ReceiverMailboxLimit) return;
        _turns.TakeAll();
        var start = Stopwatch.GetTimestamp();
        while (_closeReason is null && cell.NumberOfMessages > _remoting.Lanes.ReceiverMailboxLimit && Stopwatch.GetElapsedTime(start) < _remoting.Lanes.ReceiverPause)
            Thread.Sleep(1);
    }

    private IInternalActorRef ReadActor(ref FrameCursor frame)
    {
        if (ReadName(ref frame) is not { } entry) return null;
        if (entry.Actor is { IsTerminated: false } known) return known;
        return entry.Actor = (IInternalActorRef)_remoting.Provider.ResolveActorRef(entry.Text);
    }

    private Entry ReadName(ref FrameCursor frame)
    {
        var code = frame.ReadVarint();
        switch (code)
        {
            case 0:
                return null;
            case 1:
                return new Entry(frame.ReadText());
            case 2:
                if (_table.Count >= MaxTableEntries) throw new RemoteTransportException("more abbreviations than are allowed");
                var entry = new Entry(frame.ReadText());
                _table.Add(entry);
                return entry;
            default:
                return code - 3 < _table.Count ? _table[(int)code - 3] : throw new RemoteTransportException($"abbreviation {code - 3} is not known");
        }
    }

    private sealed class Entry
    {
        public Entry(string text) => Text = text;

        public string Text { get; }

        public IInternalActorRef Actor { get; set; }
    }
}
