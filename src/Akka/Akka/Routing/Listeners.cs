#nullable disable
using Akka.Actor;

namespace Akka.Routing;

/// <summary>An actor that others listen to.</summary>
public interface IListeners
{
    ListenerSupport Listeners { get; }
}

/// <summary>Messages about listening.</summary>
public abstract class ListenerMessage
{
}

/// <summary>Adds a listener.</summary>
public sealed class Listen : ListenerMessage
{
    public Listen(IActorRef listener) => Listener = listener;

    public IActorRef Listener { get; }
}

/// <summary>Removes a listener.</summary>
public sealed class Deafen : ListenerMessage
{
    public Deafen(IActorRef listener) => Listener = listener;

    public IActorRef Listener { get; }
}

/// <summary>Runs a function for each listener.</summary>
public sealed class WithListeners : ListenerMessage
{
    public WithListeners(Action<IActorRef> listenerFunction) => ListenerFunction = listenerFunction;

    public Action<IActorRef> ListenerFunction { get; }
}

/// <summary>The listeners of an actor.</summary>
public class ListenerSupport
{
    private readonly HashSet<IActorRef> _listeners = [];

    /// <summary>Handles messages about listening.</summary>
    public Receive ListenerReceive => message =>
    {
        switch (message)
        {
            case Listen listen:
                Add(listen.Listener);
                return true;
            case Deafen deafen:
                Remove(deafen.Listener);
                return true;
            case WithListeners with:
                foreach (IActorRef listener in _listeners) with.ListenerFunction(listener);
                return true;
            default:
                return false;
        }
    };

    public void Add(IActorRef actor) => _listeners.Add(actor);

    /// <summary>Sends to all listeners.</summary>
    public void Gossip(object message) => Gossip(message, ActorRefs.NoSender);

    public void Gossip(object message, IActorRef sender)
    {
        foreach (IActorRef listener in _listeners) listener.Tell(message, sender);
    }

    public void Remove(IActorRef actor) => _listeners.Remove(actor);
}
