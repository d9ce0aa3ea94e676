#nullable disable
using System.Collections.Concurrent;
using Akka.Actor;

namespace Akka.Event;

/// <summary>A subscriber of a bus.</summary>
public abstract class EventBus<TEvent, TClassifier, TSubscriber>
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<TClassifier, TSubscriber[]> _cache = new();
    private volatile (TSubscriber Subscriber, TClassifier Classifier)[] _subscriptions = [];

    /// <summary>Gives an event to everyone whose classifier fits.</summary>
    public virtual void Publish(TEvent @event)
    {
        TClassifier classifier = GetClassifier(@event);
        if (!_cache.TryGetValue(classifier, out TSubscriber[] subscribers)) subscribers = Subscribers(@event, classifier);
        foreach (TSubscriber subscriber in subscribers) Publish(@event, subscriber);
    }

    /// <summary>Adds a subscription; false if there is one that covers it.</summary>
    public virtual bool Subscribe(TSubscriber subscriber, TClassifier classifier)
    {
        lock (_lock)
        {
            foreach ((TSubscriber known, TClassifier has) in _subscriptions)
                if (known.Equals(subscriber) && IsSubClassification(has, classifier)) return false;
            _subscriptions =
            [
                .. _subscriptions.Where(s => !s.Subscriber.Equals(subscriber) || !IsSubClassification(classifier, s.Classifier)),
                (subscriber, classifier),
            ];
            _cache.Clear();
        }

        return true;
    }

    /// <summary>Removes all subscriptions of a subscriber; false if it had none.</summary>
    public virtual bool Unsubscribe(TSubscriber subscriber) => Remove(s => s.Subscriber.Equals(subscriber));

    /// <summary>Removes a subscription and those that are narrower; false if there was none.</summary>
    public virtual bool Unsubscribe(TSubscriber subscriber, TClassifier classifier) =>
        Remove(s => s.Subscriber.Equals(subscriber) && IsSubClassification(classifier, s.Classifier));

    internal bool HasSubscriptions(TSubscriber subscriber) => _subscriptions.Any(s => s.Subscriber.Equals(subscriber));

    /// <summary>True if the event belongs to the class.</summary>
    protected abstract bool Classify(TEvent @event, TClassifier classifier);

    /// <summary>The event's own class.</summary>
    protected abstract TClassifier GetClassifier(TEvent @event);

    /// <summary>True if <paramref name="child"/> is <paramref name="parent"/> or narrower.</summary>
    protected abstract bool IsSubClassification(TClassifier parent, TClassifier child);

    /// <summary>Gives an event to one subscriber.</summary>
    protected abstract void Publish(TEvent @event, TSubscriber subscriber);

    /// <summary>Short name of an object's type.</summary>
    protected string SimpleName(object source) => SimpleName(source.GetType());

    /// <summary>Short name of a type.</summary>
    protected string SimpleName(Type source) => source.Name;

    private bool Remove(Predicate<(TSubscriber Subscriber, TClassifier Classifier)> remove)
    {
        lock (_lock)
        {
            (TSubscriber, TClassifier)[] left = Array.FindAll(_subscriptions, s => !remove(s));
            if (left.Length == _subscriptions.Length) return false;
            _subscriptions = left;
            _cache.Clear();
            return true;
        }
    }

    private TSubscriber[] Subscribers(TEvent @event, TClassifier classifier)
    {
        // Under the lock, so that the cache never keeps an answer that is older than the last change.
        lock (_lock)
        {
            TSubscriber[] subscribers = [.. _subscriptions.Where(s => Classify(@event, s.Classifier)).Select(static s => s.Subscriber).Distinct()];
            _cache[classifier] = subscribers;
            return subscribers;
        }
    }
}

/// <summary>A bus whose subscribers are actors.</summary>
public abstract class ActorEventBus<TEvent, TClassifier> : EventBus<TEvent, TClassifier, IActorRef>
{
}
