#nullable disable
using System.Collections.Concurrent;
using Akka.Actor;

namespace Akka.Event;

/// <summary>Tells a cell that a node is considered dead.</summary>
internal sealed class AddressTerminated : IAutoReceivedMessage, IPossiblyHarmful, IDeadLetterSuppression
{
    public AddressTerminated(Address address) => Address = address;

    public Address Address { get; }

    public override string ToString() => $"<AddressTerminated>: {Address}";
}

/// <summary>The actors that must hear of dead nodes: those that watch, or are watched by, actors of other nodes.</summary>
internal sealed class AddressTerminatedTopic : IExtension
{
    private readonly ConcurrentDictionary<IActorRef, bool> _subscribers = new();

    public static AddressTerminatedTopic Get(ActorSystem system) => system.WithExtension<AddressTerminatedTopic, Provider>();

    public void Publish(AddressTerminated message)
    {
        foreach (KeyValuePair<IActorRef, bool> subscriber in _subscribers) subscriber.Key.Tell(message, ActorRefs.NoSender);
    }

    public void Subscribe(IActorRef subscriber) => _subscribers[subscriber] = true;

    public void Unsubscribe(IActorRef subscriber) => _subscribers.TryRemove(subscriber, out _);

    private sealed class Provider : ExtensionIdProvider<AddressTerminatedTopic>
    {
        public override AddressTerminatedTopic CreateExtension(ExtendedActorSystem system) => new();
    }
}
