#nullable disable
namespace Akka.Actor;

/// <summary>Receives messages outside of actors.</summary>
public interface IInboxable : ICanWatch
{
    IActorRef Receiver { get; }

    /// <summary>The next message; waits akka.actor.inbox.default-timeout.</summary>
    /// <exception cref="TimeoutException">None came.</exception>
    object Receive();

    object Receive(TimeSpan timeout);

    Task<object> ReceiveAsync();

    Task<object> ReceiveAsync(TimeSpan timeout);

    /// <summary>The first message that fits; the others stay.</summary>
    object ReceiveWhere(Predicate<object> predicate);

    object ReceiveWhere(Predicate<object> predicate, TimeSpan timeout);

    /// <summary>Sends with the inbox as the sender.</summary>
    void Send(IActorRef target, object message);
}

/// <summary>An actor that keeps what it receives for code outside of actors.</summary>
public class Inbox : IInboxable, IDisposable
{
    private readonly ActorSystem _system;
    private readonly Messages _messages;
    private readonly TimeSpan _defaultTimeout;
    private bool _disposed;

    private Inbox(ActorSystem system)
    {
        _system = system;
        _messages = new Messages(system.Settings.Config.GetInt("akka.actor.inbox.inbox-size", 1000));
        _defaultTimeout = system.Settings.Config.GetTimeSpan("akka.actor.inbox.default-timeout", TimeSpan.FromSeconds(5));
        Receiver = ((ExtendedActorSystem)system).SystemActorOf(Props.CreateBy(new Producer(_messages)));
    }

    public IActorRef Receiver { get; }

    public static Inbox Create(ActorSystem system) => new(system);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    public object Receive() => Receive(_defaultTimeout);

    public object Receive(TimeSpan timeout) => ReceiveWhere(static _ => true, timeout);

    public Task<object> ReceiveAsync() => ReceiveAsync(_defaultTimeout);

    public Task<object> ReceiveAsync(TimeSpan timeout) => Task.Run(() => Receive(timeout));

    public object ReceiveWhere(Predicate<object> predicate) => ReceiveWhere(predicate, _defaultTimeout);

    public object ReceiveWhere(Predicate<object> predicate, TimeSpan timeout) => _messages.Take(predicate, timeout);

    public void Send(IActorRef actorRef, object message) => actorRef.Tell(message, Receiver);

    public IActorRef Unwatch(IActorRef subject)
    {
        var watchee = (IInternalActorRef)subject;
        watchee.SendSystemMessage(new Dispatch.SysMsg.Unwatch(watchee, (IInternalActorRef)Receiver));
        ((IInternalActorRef)Receiver).SendSystemMessage(new Dispatch.SysMsg.Unwatch(watchee, (IInternalActorRef)Receiver));
        return subject;
    }

    public IActorRef Watch(IActorRef subject)
    {
        Receiver.Tell(new WatchRequest(subject, null), ActorRefs.NoSender);
        return subject;
    }

    public IActorRef WatchWith(IActorRef subject, object message)
    {
        Receiver.Tell(new WatchRequest(subject, message), ActorRefs.NoSender);
        return subject;
    }

    protected virtual void Dispose(bool disposing)
    {
        if (_disposed) return;
        _disposed = true;
        if (disposing) _system.Stop(Receiver);
    }

    private sealed record WatchRequest(IActorRef Subject, object Message) : INoSerializationVerificationNeeded;

    private sealed class Producer(Messages messages) : IIndirectActorProducer
    {
        public Type ActorType => typeof(Keeper);

        public ActorBase Produce() => new Keeper(messages);

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed class Keeper(Messages messages) : ActorBase
    {
        protected override bool Receive(object message)
        {
            if (message is WatchRequest { Message: null } watch) Context.Watch(watch.Subject);
            else if (message is WatchRequest with) Context.WatchWith(with.Subject, with.Message);
            else messages.Add(message);
            return true;
        }
    }

    /// <summary>What the inbox has received; the newest are dropped when it is full.</summary>
    private sealed class Messages(int capacity)
    {
        private readonly LinkedList<object> _messages = new();

        public void Add(object message)
        {
            lock (_messages)
            {
                if (_messages.Count < capacity) _messages.AddLast(message);
                Monitor.PulseAll(_messages);
            }
        }

        public object Take(Predicate<object> predicate, TimeSpan timeout)
        {
            var started = System.Diagnostics.Stopwatch.GetTimestamp();
            lock (_messages)
            {
                while (true)
                {
                    for (LinkedListNode<object> node = _messages.First; node is not null; node = node.Next)
                    {
                        if (!predicate(node.Value)) continue;
                        _messages.Remove(node);
                        return node.Value;
                    }

                    TimeSpan left = timeout - System.Diagnostics.Stopwatch.GetElapsedTime(started);
                    if (left <= TimeSpan.Zero) throw new TimeoutException($"Inbox received no message within {timeout}");
                    Monitor.Wait(_messages, left);
                }
            }
        }
    }
}
