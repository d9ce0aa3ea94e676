using System.Net;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;

namespace ActorBroker.Actors.Remoting;

/// <summary>Puts <see cref="GuardedTransport"/> over the transport of an actor system that was created with a <see cref="PeerSetup"/>.</summary>
public sealed class GuardedTransportProvider : ITransportAdapterProvider
{
    /// <exception cref="InvalidOperationException">The system has no such setup: rather no remoting than an open one.</exception>
    public Transport Create(Transport wrappedTransport, ExtendedActorSystem system)
    {
        var peer = system.Settings.Setup.Get<PeerSetup>();
        return peer.HasValue
            ? new GuardedTransport(wrappedTransport, system, peer.Value)
            : throw new InvalidOperationException($"an actor system that speaks to others needs a {nameof(PeerSetup)}");
    }
}

/// <summary>
/// A transport whose connections begin with the <see cref="Handshake"/>: no byte of a stranger reaches Akka.NET's protocol, and with it its serialisers.
/// Addresses stay those of the transport below.
/// </summary>
internal sealed class GuardedTransport : Transport
{
    private const int MaxHandshakes = 256;
    private const int MaxHandshakesOfAddress = 16;

    /// <summary>How long a handshake may take.</summary>
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(5);

    private readonly Transport wrapped;
    private readonly ILoggingAdapter log;
    private readonly PeerSetup peer;
    private readonly PeerRefusals refusals;
    private readonly HandshakeSeats seats = new(MaxHandshakes, MaxHandshakesOfAddress);

    public GuardedTransport(Transport wrapped, ExtendedActorSystem system, PeerSetup peer)
    {
        this.wrapped = wrapped;
        this.peer = peer;
        log = Logging.GetLogger(system, typeof(GuardedTransport));
        refusals = new PeerRefusals(log, TimeProvider.System);
        System = system;
        Config = wrapped.Config;
    }

    public override string SchemeIdentifier => wrapped.SchemeIdentifier;

    public override long MaximumPayloadBytes => wrapped.MaximumPayloadBytes;

    public override bool IsResponsibleFor(Address remote) => wrapped.IsResponsibleFor(remote);

    public override Task<bool> Shutdown() => wrapped.Shutdown();

    public override Task<bool> ManagementCommand(object message) => wrapped.ManagementCommand(message);

    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        var (address, listener) = await wrapped.Listen().ConfigureAwait(false);
        var upstream = new TaskCompletionSource<IAssociationEventListener>();
        _ = Pass(upstream.Task, listener);
        return (address, upstream);
    }

    public override async Task<AssociationHandle> Associate(Address remoteAddress)
    {
        var below = await wrapped.Associate(remoteAddress).ConfigureAwait(false);
        var name = $"{remoteAddress.Host}:{remoteAddress.Port}";
        var connection = new HandshakeConnection(below, new Handshake(peer, isDialler: true), HandshakeLimit, log);
        return await connection.Run().ConfigureAwait(false) switch
        {
            { Handle: { } handle } => handle,
            var failed => throw Refused(name, failed),
        };
    }

    /// <summary>The other side's IP address without its port, which is another one each time.</summary>
    private static string PeerName(Address remote)
    {
        var host = (remote.Host ?? "").Trim('[', ']');
        return IPAddress.TryParse(host, out var address) && address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString() : host;
    }

    private InvalidAssociationException Refused(string name, HandshakeEnd end)
    {
        if (end.IsRefusal)
        {
            refusals.Say(name, end.Why);
        }

        return new InvalidAssociationException($"{name}: {end.Why}");
    }

    private async Task Pass(Task<IAssociationEventListener> upstream, TaskCompletionSource<IAssociationEventListener> below) =>
        below.TrySetResult(new Inbound(this, await upstream.ConfigureAwait(false)));

    private async Task Accept(AssociationHandle below, IAssociationEventListener upstream)
    {
        var address = PeerName(below.RemoteAddress);
        if (!seats.TryTake(address))
        {
            below.Disassociate("too many handshakes", log);
            refusals.Say(address, $"more than {MaxHandshakesOfAddress} of its connections, or {MaxHandshakes} of all, have not said yet who they are");
            return;
        }

        try
        {
            var connection = new HandshakeConnection(below, new Handshake(peer, isDialler: false), HandshakeLimit, log);
            var end = await connection.Run().ConfigureAwait(false);
            if (end.Handle is { } handle)
            {
                upstream.Notify(new InboundAssociation(handle));
            }
            else if (end.IsRefusal)
            {
                refusals.Say(address, end.Why);
            }

            await connection.Closed.ConfigureAwait(false);
        }
        finally
        {
            seats.Leave(address);
        }
    }

    /// <summary>Hears of connections from the transport below.</summary>
    private sealed class Inbound(GuardedTransport transport, IAssociationEventListener upstream) : IAssociationEventListener
    {
        public void Notify(IAssociationEvent ev)
        {
            if (ev is InboundAssociation inbound)
            {
                _ = transport.Accept(inbound.Association, upstream);
            }
        }
    }
}
