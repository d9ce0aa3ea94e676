#nullable disable
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Remote.Transport;

namespace Akka.Remote;

/// <summary>Marks references to other systems' actors.</summary>
public interface IRemoteRef : IActorRefScope
{
}

/// <summary>The handle of an actor in another system.</summary>
public class RemoteActorRef : InternalActorRefBase, IRemoteRef
{
    private readonly RemoteTransport _remote;
    private string _serialized;

    /// <summary>Props and deployment have no effect: actors are not deployed over the network.</summary>
    public RemoteActorRef(RemoteTransport remote, Address localAddressToUse, ActorPath path, IInternalActorRef parent, Props props, Deploy deploy)
    {
        _remote = remote;
        LocalAddressToUse = localAddressToUse;
        Path = path;
        Parent = parent;
        IsTemporary = path.Elements is ["temp", ..];
    }

    public override bool IsLocal => false;

    public override bool IsTerminated => false;

    /// <summary>The address by which the other system knows this one.</summary>
    public Address LocalAddressToUse { get; }

    public override IInternalActorRef Parent { get; }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider => _remote.Provider;

    /// <summary>The link to its system, looked up once.</summary>
    internal Association Association { get; set; }

    /// <summary>Whether its messages use the control lane whatever their type; null before the first.</summary>
    internal bool? OnControlLane { get; set; }

    /// <summary>True for the reference of an ask, which is not worth an abbreviation.</summary>
    internal bool IsTemporary { get; }

    /// <summary>Path and uid as they are sent.</summary>
    internal string Serialized => _serialized ??= Path.ToSerializationFormat();

    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        ActorPath path = Path;
        IInternalActorRef parent = this;
        foreach (var element in name)
        {
            if (element.Length == 0) continue;
            path = element == ".." ? path.Parent : path / element;
        }

        return new RemoteActorRef(_remote, LocalAddressToUse, path, parent, Props.None, Deploy.None);
    }

    /// <summary>True if the watch of another system's actor must go through the remote watcher.</summary>
    public bool IsWatchIntercepted(IActorRef watchee, IActorRef watcher) =>
        !watcher.Equals(_remote.Provider.RemoteWatcher) && watchee.Path.Address.Equals(Path.Address);

    public override void Restart(Exception cause) => SendSystemMessage(new Recreate(cause));

    public override void Resume(Exception causedByFailure = null) => SendSystemMessage(new Resume(causedByFailure));

    public override void SendSystemMessage(ISystemMessage message)
    {
        switch (message)
        {
            case Watch watch when IsWatchIntercepted(watch.Watchee, watch.Watcher):
                _remote.Provider.RemoteWatcher.Tell(new RemoteWatcher.WatchRemote(watch.Watchee, watch.Watcher), ActorRefs.NoSender);
                break;
            case Unwatch unwatch when IsWatchIntercepted(unwatch.Watchee, unwatch.Watcher):
                _remote.Provider.RemoteWatcher.Tell(new RemoteWatcher.UnwatchRemote(unwatch.Watchee, unwatch.Watcher), ActorRefs.NoSender);
                break;
            default:
                _remote.Send(message, null, this);
                break;
        }
    }

    public override void Start()
    {
    }

    public override void Stop() => SendSystemMessage(new Terminate());

    public override void Suspend() => SendSystemMessage(new Suspend());

    protected override void TellInternal(object message, IActorRef sender) => _remote.Send(message, sender, this);
}
