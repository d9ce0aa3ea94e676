#nullable disable
using Akka.Actor;
using Akka.Actor.Internal;

namespace Akka.Event;

/// <summary>The system's bus: actors subscribe to types, and get what is published of those types and their subtypes.</summary>
public class EventStream : LoggingBus
{
    private readonly bool _debug;
    private IActorRef _unsubscriber;

    /// <param name="debug">True to log subscriptions.</param>
    public EventStream(bool debug) => _debug = debug;

    /// <summary>Starts the actor that removes the subscriptions of actors that have stopped.</summary>
    public void StartUnsubscriber(ActorSystemImpl system) =>
        _unsubscriber = system.SystemActorOf(Props.CreateBy(new UnsubscriberProducer(this)), "eventStreamUnsubscriber");

    /// <summary>Subscribes an actor to a type and its subtypes; false if it is already.</summary>
    public override bool Subscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        if (_debug) Publish(new Debug(SimpleName(this), GetType(), $"subscribing {subscriber} to channel {channel}"));
        var subscribed = base.Subscribe(subscriber, channel);
        if (subscribed && subscriber is not MinimalActorRef) _unsubscriber?.Tell(new Register(subscriber), ActorRefs.NoSender);
        return subscribed;
    }

    /// <summary>Ends a subscription; false if there was none.</summary>
    public override bool Unsubscribe(IActorRef subscriber, Type channel)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        if (_debug) Publish(new Debug(SimpleName(this), GetType(), $"unsubscribing {subscriber} from channel {channel}"));
        var unsubscribed = base.Unsubscribe(subscriber, channel);
        _unsubscriber?.Tell(new UnregisterIfIdle(subscriber), ActorRefs.NoSender);
        return unsubscribed;
    }

    /// <summary>Ends all subscriptions of an actor; false if it had none.</summary>
    public override bool Unsubscribe(IActorRef subscriber)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        if (_debug) Publish(new Debug(SimpleName(this), GetType(), $"unsubscribing {subscriber} from all channels"));
        var unsubscribed = base.Unsubscribe(subscriber);
        _unsubscriber?.Tell(new UnregisterIfIdle(subscriber), ActorRefs.NoSender);
        return unsubscribed;
    }

    private sealed record Register(IActorRef Subscriber) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed record UnregisterIfIdle(IActorRef Subscriber) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class UnsubscriberProducer : IIndirectActorProducer
    {
        private readonly EventStream _stream;

        public UnsubscriberProducer(EventStream stream) => _stream = stream;

        public Type ActorType => typeof(Unsubscriber);

        public ActorBase Produce() => new Unsubscriber(_stream);

        public void Release(ActorBase actor)
        {
        }
    }

    /// <summary>Watches the subscribers.</summary>
    private sealed class Unsubscriber : ActorBase
    {
        private readonly EventStream _stream;

        public Unsubscriber(EventStream stream) => _stream = stream;

        protected override bool Receive(object message)
        {
            switch (message)
            {
                case Register register:
                    Context.Watch(register.Subscriber);
                    return true;
                case UnregisterIfIdle idle:
                    if (!_stream.HasSubscriptions(idle.Subscriber)) Context.Unwatch(idle.Subscriber);
                    return true;
                case Terminated terminated:
                    _stream.Unsubscribe(terminated.ActorRef);
                    return true;
                default:
                    return false;
            }
        }
    }
}

/// <summary>Subscribing by type argument.</summary>
public static class EventStreamExtensions
{
    public static bool Subscribe<TChannel>(this EventStream eventStream, IActorRef subscriber) => eventStream.Subscribe(subscriber, typeof(TChannel));

    public static bool Unsubscribe<TChannel>(this EventStream eventStream, IActorRef subscriber) => eventStream.Unsubscribe(subscriber, typeof(TChannel));
}
