#nullable disable
using Akka.Actor.Internal;
using Akka.Dispatch;

namespace Akka.Actor
{
    /// <summary>Puts messages aside and back in front of the mailbox.</summary>
    public interface IStash
    {
        /// <summary>Most messages, -1 for any number.</summary>
        int Capacity { get; }

        int Count { get; }

        bool IsEmpty { get; }

        bool IsFull { get; }

        bool NonEmpty { get; }

        /// <summary>Empties the stash and gives what was in it.</summary>
        IEnumerable<Envelope> ClearStash();

        /// <summary>Puts messages in front of the stash.</summary>
        void Prepend(IEnumerable<Envelope> envelopes);

        /// <summary>Puts the current message aside.</summary>
        /// <exception cref="IllegalActorStateException">It was put aside already.</exception>
        /// <exception cref="StashOverflowException">The stash is full.</exception>
        void Stash();

        /// <summary>Puts the oldest message back.</summary>
        void Unstash();

        /// <summary>Puts all messages back, in their order.</summary>
        void UnstashAll();

        /// <summary>Puts the messages back that fit, and drops the others.</summary>
        void UnstashAll(Func<Envelope, bool> predicate);
    }

    /// <summary>An actor with a stash.</summary>
    public interface IActorStash
    {
        /// <summary>Set by the runtime before PreStart.</summary>
        IStash Stash { get; set; }
    }

    /// <summary>A stash with any mailbox that has a front.</summary>
    public interface IWithUnrestrictedStash : IActorStash
    {
    }

    /// <summary>A stash whose capacity is the mailbox's stash-capacity.</summary>
    public interface IWithStash : IWithUnrestrictedStash, IRequiresMessageQueue<IDequeBasedMessageQueueSemantics>
    {
    }

    /// <summary>A stash of any size.</summary>
    public interface IWithUnboundedStash : IWithUnrestrictedStash, IRequiresMessageQueue<IUnboundedDequeBasedMessageQueueSemantics>
    {
    }

    /// <summary>A stash with a bounded mailbox.</summary>
    public interface IWithBoundedStash : IWithUnrestrictedStash, IRequiresMessageQueue<IBoundedDequeBasedMessageQueueSemantics>
    {
    }

    /// <summary>An untyped actor with a stash.</summary>
    public abstract class UntypedActorWithStash : UntypedActor, IWithStash
    {
        public IStash Stash { get; set; }
    }

    /// <summary>An untyped actor with a stash of any size.</summary>
    public abstract class UntypedActorWithUnboundedStash : UntypedActor, IWithUnboundedStash
    {
        public IStash Stash { get; set; }
    }

    /// <summary>An untyped actor with a stash and any mailbox that has a front.</summary>
    public abstract class UntypedActorWithUnrestrictedStash : UntypedActor, IWithUnrestrictedStash
    {
        public IStash Stash { get; set; }
    }

    /// <summary>Makes stashes.</summary>
    public static class StashFactory
    {
        public static IStash CreateStash<T>(this IActorContext context)
            where T : ActorBase => context.CreateStash(typeof(T));

        public static IStash CreateStash(this IActorContext context, IActorStash actorInstance) => context.CreateStash(actorInstance.GetType());

        /// <exception cref="ArgumentException">The class has no stash.</exception>
        public static IStash CreateStash(this IActorContext context, Type actorType)
        {
            if (typeof(IWithUnboundedStash).IsAssignableFrom(actorType)) return new UnboundedStashImpl(context);
            if (typeof(IActorStash).IsAssignableFrom(actorType)) return new BoundedStashImpl(context);
            throw new ArgumentException($"Actor {actorType} implements an unrecognized subclass of {typeof(IActorStash)} - cannot instantiate", nameof(actorType));
        }
    }
}

namespace Akka.Actor.Internal
{
    /// <summary>A stash over a mailbox with a front.</summary>
    public abstract class AbstractStash : IStash
    {
        private readonly ActorCell _cell;
        private readonly IDequeBasedMessageQueueSemantics _mailbox;
        private LinkedList<Envelope> _stash = new();
        private int _lastEnvelope = -1;

        /// <exception cref="NotSupportedException">The mailbox has no front.</exception>
        protected AbstractStash(IActorContext context)
        {
            _cell = (ActorCell)context;
            _mailbox = _cell.Mailbox.MessageQueue as IDequeBasedMessageQueueSemantics
                ?? throw new NotSupportedException($"DequeBasedMailbox required, got: {_cell.Mailbox.MessageQueue.GetType().Name}. An (unbounded) deque-based mailbox can be configured with a requirement of the actor's class.");
            Capacity = context.Props.Deploy.StashCapacity is > 0 and var own
                ? own
                : context.System.Mailboxes.StashCapacity(context.Props.Dispatcher, context.Props.Mailbox);
        }

        public virtual int Capacity { get; }

        public int Count => _stash.Count;

        public bool IsEmpty => Count == 0;

        public bool IsFull => Capacity > 0 && Count >= Capacity;

        public bool NonEmpty => !IsEmpty;

        public IEnumerable<Envelope> ClearStash()
        {
            LinkedList<Envelope> stashed = _stash;
            _stash = new LinkedList<Envelope>();
            _lastEnvelope = -1;
            return stashed;
        }

        public void Prepend(IEnumerable<Envelope> envelopes)
        {
            foreach (Envelope envelope in envelopes.Reverse()) _stash.AddFirst(envelope);
        }

        public void Stash()
        {
            var current = new Envelope(_cell.CurrentMessage ?? throw new InvalidOperationException("There is no current message to stash."), _cell.Sender);
            if (_stash.Count > 0 && _cell.CurrentEnvelopeId == _lastEnvelope)
                throw new IllegalActorStateException($"Can't stash the same message {current.Message} more than once");
            if (IsFull) throw new StashOverflowException($"Couldn't enqueue message {current.Message} from {current.Sender} to stash of {_cell.Self}: it holds {Count} messages");
            _stash.AddLast(current);
            _lastEnvelope = _cell.CurrentEnvelopeId;
        }

        public void Unstash()
        {
            if (_stash.First is not { } oldest) return;
            _stash.RemoveFirst();
            _mailbox.EnqueueFirst(oldest.Value);
        }

        public void UnstashAll() => UnstashAll(static _ => true);

        public void UnstashAll(Func<Envelope, bool> filterPredicate)
        {
            for (LinkedListNode<Envelope> node = _stash.Last; node is not null; node = node.Previous)
                if (filterPredicate(node.Value)) _mailbox.EnqueueFirst(node.Value);
            _stash.Clear();
            _lastEnvelope = -1;
        }
    }

    /// <summary>A stash with the capacity that is configured.</summary>
    public class BoundedStashImpl : AbstractStash
    {
        public BoundedStashImpl(IActorContext context)
            : base(context)
        {
        }
    }

    /// <summary>A stash of any size.</summary>
    public class UnboundedStashImpl : AbstractStash
    {
        public UnboundedStashImpl(IActorContext context)
            : base(context)
        {
        }

        public override int Capacity => -1;
    }
}
