#nullable disable
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.MessageQueues;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Dispatch;

/// <summary>
/// The messages of one actor and the state of their processing. At most one thread at a time runs a mailbox; it handles
/// all system messages first and then up to the dispatcher's throughput of user messages.
/// </summary>
public class Mailbox : IRunnable
{
    private const int Closed = 1;
    private const int Scheduled = 2;
    private const int AwaitingTask = 4;
    private const int SuspendUnit = 8;

    private static readonly SystemMessage ClosedQueue = new NoMessage();

    private readonly UnboundedMessageQueue _unbounded;
    private ActorCell _actor;
    private int _status;
    private SystemMessage _systemQueue;

    public Mailbox(IMessageQueue messageQueue)
    {
        MessageQueue = messageQueue;
        if (messageQueue?.GetType() == typeof(UnboundedMessageQueue)) _unbounded = (UnboundedMessageQueue)messageQueue;
    }

    /// <summary>The dispatcher that runs this mailbox.</summary>
    public MessageDispatcher Dispatcher => _actor?.Dispatcher;

    /// <summary>The user messages.</summary>
    public IMessageQueue MessageQueue { get; }

    internal bool IsClosed => (Volatile.Read(ref _status) & Closed) != 0;

    /// <summary>True while a failure suspends the actor; waiting for an asynchronous handler does not count.</summary>
    internal bool IsSuspended => Volatile.Read(ref _status) >= SuspendUnit;

    internal bool HasSystemMessages
    {
        get
        {
            SystemMessage head = Volatile.Read(ref _systemQueue);
            return head is not null && head != ClosedQueue;
        }
    }

    private bool MayProcessUserMessages
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Volatile.Read(ref _status) & ~Scheduled) == 0;
    }

    /// <summary>Writes a line for a developer, in debug builds only.</summary>
    [Conditional("MAILBOXDEBUG")]
    public static void DebugPrint(string message, params object[] args) => Console.WriteLine(message, args);

    /// <summary>Sends what is left to the dead letters after the actor has stopped.</summary>
    public virtual void CleanUp()
    {
        if (_actor is null) return;
        DeadLetterMailbox deadLetters = _actor.SystemImpl.Mailboxes.DeadLetterMailbox;
        SystemMessage message = DrainSystemMessages(ClosedQueue);
        while (message is not null)
        {
            SystemMessage next = message.Next;
            message.Unlink();
            deadLetters.SystemEnqueue(_actor.Self, message);
            message = next;
        }

        MessageQueue?.CleanUp(_actor.Self, deadLetters.MessageQueue);
    }

    /// <summary>Processes one batch. Called by dispatchers only.</summary>
    public void Run()
    {
        ActorCell previous = InternalCurrentActorCellKeeper.Current;
        InternalCurrentActorCellKeeper.Current = _actor;
        var processed = 0;
        try
        {
            if (!IsClosed)
            {
                ProcessAllSystemMessages();
                processed = ProcessMailbox();
            }
        }
        finally
        {
            InternalCurrentActorCellKeeper.Current = previous;
            ActorCell actor = _actor;
            if (_unbounded is not null && !_unbounded.HasMessages) _unbounded.ShrinkIfQuiet(processed);
            SetAsIdle();
            actor.Dispatcher.RegisterForExecution(this, hasMessageHint: false, hasSystemMessageHint: false);
        }
    }

    /// <summary>Ties the mailbox to its actor.</summary>
    public virtual void SetActor(ActorCell actorCell) => _actor = actorCell;

    /// <summary>Puts a user message and has the dispatcher run the mailbox if it is idle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Post(MessageDispatcher dispatcher, IActorRef receiver, object message, IActorRef sender)
    {
        if (_unbounded is not null) _unbounded.Put(message, sender);
        else MessageQueue.Enqueue(receiver, new Envelope(message, sender));
        if ((Volatile.Read(ref _status) & (Scheduled | Closed)) == 0)
            dispatcher.RegisterForExecution(this, hasMessageHint: true, hasSystemMessageHint: false);
    }

    internal virtual void SystemEnqueue(IActorRef receiver, SystemMessage message)
    {
        while (true)
        {
            SystemMessage head = Volatile.Read(ref _systemQueue);
            if (head == ClosedQueue)
            {
                _actor?.SystemImpl.Mailboxes.DeadLetterMailbox.SystemEnqueue(receiver, message);
                return;
            }

            message.Next = head;
            if (Interlocked.CompareExchange(ref _systemQueue, message, head) == head) return;
        }
    }

    internal bool CanBeScheduled(bool hasMessageHint, bool hasSystemMessageHint)
    {
        var status = Volatile.Read(ref _status);
        if ((status & (Closed | Scheduled)) != 0) return false;
        return hasSystemMessageHint || HasSystemMessages || (status == 0 && (hasMessageHint || MessageQueue.HasMessages));
    }

    internal bool SetAsScheduled()
    {
        while (true)
        {
            var status = Volatile.Read(ref _status);
            if ((status & (Closed | Scheduled)) != 0) return false;
            if (Interlocked.CompareExchange(ref _status, status | Scheduled, status) == status) return true;
        }
    }

    internal void SetAsIdle() => Interlocked.And(ref _status, ~Scheduled);

    internal void Suspend() => Interlocked.Add(ref _status, SuspendUnit);

    internal void Resume()
    {
        while (true)
        {
            var status = Volatile.Read(ref _status);
            if (status < SuspendUnit || Interlocked.CompareExchange(ref _status, status - SuspendUnit, status) == status) return;
        }
    }

    internal void BeginTask() => Interlocked.Or(ref _status, AwaitingTask);

    internal void EndTask() => Interlocked.And(ref _status, ~AwaitingTask);

    internal void BecomeClosed() => Interlocked.Or(ref _status, Closed);

    private int ProcessMailbox()
    {
        ActorCell actor = _actor;
        MessageDispatcher dispatcher = actor.Dispatcher;
        var throughput = Math.Max(dispatcher.Throughput, 1);
        var deadlineTicks = dispatcher.ThroughputDeadlineTime ?? 0;
        var deadline = deadlineTicks > 0 ? Stopwatch.GetTimestamp() + (long)(deadlineTicks / (double)TimeSpan.TicksPerSecond * Stopwatch.Frequency) : 0;
        var processed = 0;
        ActorMetrics metrics = actor.SystemImpl.Metrics;
        var sampledFrom = metrics?.Begin() ?? 0;
        while (MayProcessUserMessages && (_unbounded is { } queue ? queue.TryDequeue(out Envelope next) : MessageQueue.TryDequeue(out next)))
        {
            actor.InvokeInContext(next);
            processed++;
            if (Volatile.Read(ref _systemQueue) is not null) ProcessAllSystemMessages();
            if (processed >= throughput || (deadline != 0 && Stopwatch.GetTimestamp() >= deadline)) break;
        }

        if (sampledFrom != 0) metrics.Processed(actor, sampledFrom, processed);
        return processed;
    }

    private void ProcessAllSystemMessages()
    {
        Exception interruption = null;
        while (HasSystemMessages && !IsClosed)
        {
            SystemMessage message = DrainSystemMessages(null);
            while (message is not null && !IsClosed)
            {
                SystemMessage next = message.Next;
                message.Unlink();
                try
                {
                    _actor.SystemInvoke(message);
                }
                catch (Exception e)
                {
                    interruption ??= e;
                }

                message = next;
            }

            // Stopped in the middle: the rest belongs to the dead letters.
            for (; message is not null; )
            {
                SystemMessage next = message.Next;
                message.Unlink();
                _actor.SystemImpl.Mailboxes.DeadLetterMailbox.SystemEnqueue(_actor.Self, message);
                message = next;
            }
        }

        if (interruption is not null)
            _actor.SystemImpl.EventStream.Publish(new Error(interruption, _actor.Self.ToString(), GetType(), "system message processing failed"));
    }

    private SystemMessage DrainSystemMessages(SystemMessage replacement)
    {
        SystemMessage newestFirst = Interlocked.Exchange(ref _systemQueue, replacement);
        SystemMessage oldestFirst = null;
        while (newestFirst is not null && newestFirst != ClosedQueue)
        {
            SystemMessage next = newestFirst.Next;
            newestFirst.Next = oldestFirst;
            oldestFirst = newestFirst;
            newestFirst = next;
        }

        return oldestFirst;
    }
}

/// <summary>A mailbox that the thread pool can run without a wrapper.</summary>
internal sealed class PooledMailbox : Mailbox, IThreadPoolWorkItem
{
    public PooledMailbox(IMessageQueue messageQueue)
        : base(messageQueue)
    {
    }

    void IThreadPoolWorkItem.Execute() => Run();
}
