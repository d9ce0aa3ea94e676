#nullable disable
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.Util;

namespace Akka.Actor;

public partial class ActorCell
{
    private DeathWatchState DeathWatch => _deathWatch ??= new DeathWatchState();

    public IActorRef Watch(IActorRef subject) => Watch(subject, message: null);

    public IActorRef WatchWith(IActorRef subject, object message) =>
        Watch(subject, message ?? throw new ArgumentNullException(nameof(message)));

    public IActorRef Unwatch(IActorRef subject)
    {
        if (_deathWatch is not { } watch || subject.Equals(_self)) return subject;
        if (watch.Watching.Remove(subject))
        {
            var watchee = (IInternalActorRef)subject;
            watchee.SendSystemMessage(new Unwatch(watchee, _self));
        }

        watch.TerminatedQueued?.Remove(subject);
        return subject;
    }

    /// <summary>Remembers that <see cref="Terminated"/> of <paramref name="subject"/> is in the mailbox: an unwatch takes it back.</summary>
    public void TerminatedQueuedFor(IActorRef subject, Option<object> customMessage) =>
        (DeathWatch.TerminatedQueued ??= [])[subject] = customMessage.Value;

    /// <summary>Delivers the death of an actor that is still watched.</summary>
    protected void ReceivedTerminated(Terminated t)
    {
        if (_deathWatch?.TerminatedQueued is not { } queued || !queued.Remove(t.ActorRef, out var customMessage)) return;
        if (customMessage is null)
        {
            ReceiveMessage(t);
        }
        else
        {
            _currentMessage = customMessage;
            ReceiveMessage(customMessage);
        }
    }

    /// <summary>Handles the notification that an actor has stopped: a child, a watched one, or both.</summary>
    protected void WatchedActorTerminated(IActorRef actor, bool existenceConfirmed, bool addressTerminated)
    {
        if (_deathWatch is { } watch && watch.Watching.Remove(actor, out var customMessage) && !IsTerminating)
        {
            TerminatedQueuedFor(actor, new Option<object>(customMessage));
            _self.Tell(new Terminated(actor, existenceConfirmed, addressTerminated), actor);
        }

        if (_children is { } children && children.Contains(actor)) HandleChildTerminated(actor);
    }

    /// <summary>A whole node is considered dead: those of its actors that are watched have died, and its watchers are forgotten.</summary>
    protected void AddressTerminated(Address address)
    {
        if (_deathWatch is not { } watch) return;
        watch.WatchedBy.RemoveWhere(watcher => watcher.Path.Address.Equals(address));
        List<IActorRef> died = null;
        foreach (IActorRef watched in watch.Watching.Keys)
            if (watched.Path.Address.Equals(address)) (died ??= []).Add(watched);
        if (died is null) return;
        foreach (IActorRef actor in died)
            _self.SendSystemMessage(new DeathWatchNotification(actor, existenceConfirmed: _children is { } children && children.Contains(actor), addressTerminated: true));
    }

    protected void AddWatcher(IActorRef watchee, IActorRef watcher)
    {
        var watcheeIsSelf = watchee.Equals(_self);
        var watcherIsSelf = watcher.Equals(_self);
        if (watcheeIsSelf && !watcherIsSelf) WatchedByAlso(watcher);
        else if (!watcheeIsSelf && watcherIsSelf) Watch(watchee);
    }

    protected void RemWatcher(IActorRef watchee, IActorRef watcher)
    {
        var watcheeIsSelf = watchee.Equals(_self);
        var watcherIsSelf = watcher.Equals(_self);
        if (watcheeIsSelf && !watcherIsSelf) _deathWatch?.WatchedBy.Remove(watcher);
        else if (!watcheeIsSelf && watcherIsSelf) Unwatch(watchee);
    }

    /// <summary>Notifies the watchers; the supervisor has its own notification.</summary>
    protected void TellWatchersWeDied()
    {
        if (_deathWatch is not { } watch) return;
        foreach (IActorRef watcher in watch.WatchedBy)
            if (!watcher.Equals(Parent)) ((IInternalActorRef)watcher).SendSystemMessage(new DeathWatchNotification(_self, existenceConfirmed: true, addressTerminated: false));
        watch.WatchedBy.Clear();
    }

    protected void UnwatchWatchedActors(ActorBase actor)
    {
        if (_deathWatch is not { } watch) return;
        foreach (IActorRef watched in watch.Watching.Keys)
        {
            var watchee = (IInternalActorRef)watched;
            watchee.SendSystemMessage(new Unwatch(watchee, _self));
        }

        watch.Watching.Clear();
        watch.TerminatedQueued = null;
    }

    private IActorRef Watch(IActorRef subject, object message)
    {
        if (subject.Equals(_self)) return subject;
        Dictionary<IActorRef, object> watching = DeathWatch.Watching;
        if (watching.TryGetValue(subject, out var earlier))
        {
            if (!Equals(earlier, message))
                throw new InvalidOperationException($"Watch({subject}) termination message was not changed. Use Unwatch first.");
            return subject;
        }

        watching.Add(subject, message);
        var watchee = (IInternalActorRef)subject;
        HearOfAddressesIfRemote(watchee);
        watchee.SendSystemMessage(new Watch(watchee, _self));
        return subject;
    }

    private void WatchedByAlso(IActorRef watcher)
    {
        DeathWatch.WatchedBy.Add(watcher);
        HearOfAddressesIfRemote((IInternalActorRef)watcher);
    }

    private void HearOfAddressesIfRemote(IInternalActorRef other)
    {
        if (other.IsLocal || DeathWatch.HearsOfAddresses) return;
        DeathWatch.HearsOfAddresses = true;
        AddressTerminatedTopic.Get(_system).Subscribe(_self);
    }

    private sealed class DeathWatchState
    {
        /// <summary>True once the actor watches another node's actor or is watched by one.</summary>
        public bool HearsOfAddresses;

        public readonly HashSet<IActorRef> WatchedBy = [];

        /// <summary>Watched actors and what to send instead of <see cref="Terminated"/>; null for nothing else.</summary>
        public readonly Dictionary<IActorRef, object> Watching = [];

        public Dictionary<IActorRef, object> TerminatedQueued;
    }
}
