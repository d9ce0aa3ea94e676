#nullable disable
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote;

/// <summary>Brings messages to other systems.</summary>
public abstract class RemoteTransport
{
    protected RemoteTransport(ExtendedActorSystem system, RemoteActorRefProvider provider)
    {
        System = system;
        Provider = provider;
    }

    /// <summary>Addresses at which this system can be reached.</summary>
    public abstract ISet<Address> Addresses { get; }

    public abstract Address DefaultAddress { get; }

    public ILoggingAdapter Log { get; set; }

    public RemoteActorRefProvider Provider { get; }

    public ExtendedActorSystem System { get; }

    /// <summary>Whether connections are logged.</summary>
    public bool logRemoteLifeCycleEvents { get; set; }

    protected bool UseUntrustedMode { get; set; }

    /// <summary>The address by which <paramref name="remote"/> knows this system.</summary>
    public abstract Address LocalAddressForRemote(Address remote);

    /// <summary>Commands to the transport; this one knows none and answers false.</summary>
    public abstract Task<bool> ManagementCommand(object cmd);

    /// <inheritdoc cref="ManagementCommand(object)"/>
    public abstract Task<bool> ManagementCommand(object cmd, CancellationToken cancellationToken);

    /// <summary>Ignores an incarnation of a system from now on; null for the one that is known.</summary>
    public abstract void Quarantine(Address address, int? uid);

    /// <inheritdoc cref="Quarantine(Address, int?)"/>
    /// <param name="reason">For the log: who wants it, and why.</param>
    internal virtual void Quarantine(Address address, int? uid, string reason) => Quarantine(address, uid);

    /// <summary>Sends a message, or a system message.</summary>
    public abstract void Send(object message, IActorRef sender, RemoteActorRef recipient);

    /// <summary>Writes what waits, then closes all.</summary>
    public abstract Task Shutdown();

    /// <summary>Begins to listen.</summary>
    public abstract void Start();
}

/// <summary>The transport failed.</summary>
public class RemoteTransportException : AkkaException
{
    public RemoteTransportException(string message, Exception cause = null)
        : base(message, cause)
    {
    }
}
