#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Persistence;

/// <summary>
/// Base of persistent actors: it replays its history before the first command, and runs the handler of an event only when the
/// journal has it. While an event of Persist is on its way, commands wait in an internal stash.
/// </summary>
public abstract partial class Eventsourced : ActorBase, IPersistentIdentity, IPersistenceStash, IPersistenceRecovery
{
    /// <summary>False for messages between the actor and its journal, which must not come back after a restart.</summary>
    public static readonly Func<Envelope, bool> UnstashFilterPredicate =
        static envelope => envelope.Message is not (WriteMessageSuccess or ReplayedMessage);

    private static int instances;

    private readonly int _instanceId = Interlocked.Increment(ref instances);
    private readonly string _writerGuid = Guid.NewGuid().ToString();
    private readonly IStash _internalStash;
    private readonly LinkedList<IPendingHandlerInvocation> _pendingInvocations = new();
    private readonly Queue<IPersistentEnvelope> _journalBatch = new();
    private List<IPersistentEnvelope> _eventBatch = [];
    private Phase _phase = Phase.WaitingForPermit;
    private IStashOverflowStrategy _overflowStrategy;
    private ILoggingAdapter _log;
    private IActorRef _journal;
    private IActorRef _snapshotStore;
    private long _sequenceNr;
    private int _pendingStashingInvocations;
    private int? _maxMessageBatchSize;
    private bool _writeInProgress;
    private bool _taskStarted;

    protected Eventsourced()
    {
        Extension = Persistence.Instance.Apply(Context.System);
        // The user's stash has no limit; this one has the limit that is configured, if any.
        _internalStash = new BoundedStashImpl(Context);
    }

    private enum Phase
    {
        WaitingForPermit,
        WaitingForSnapshot,
        Replaying,
        Processing,
        Persisting,
    }

    /// <summary>Name of the actor's history, of which there must be one writer at a time.</summary>
    public abstract string PersistenceId { get; }

    /// <summary>How the actor recovers.</summary>
    public virtual Recovery Recovery => Recovery.Default;

    /// <summary>What happens when the internal stash is full.</summary>
    public virtual IStashOverflowStrategy InternalStashOverflowStrategy => _overflowStrategy ??= Extension.DefaultInternalStashOverflowStrategy;

    /// <summary>The actor's journal.</summary>
    public IActorRef Journal => _journal ??= Extension.JournalFor(JournalPluginId);

    /// <summary>The actor's snapshot store.</summary>
    public IActorRef SnapshotStore => _snapshotStore ??= Extension.SnapshotStoreFor(SnapshotPluginId);

    /// <summary>Section of the journal; null or empty for the default one. Set it in the constructor.</summary>
    public string JournalPluginId { get; protected set; }

    /// <summary>Section of the snapshot store; null or empty for the default one. Set it in the constructor.</summary>
    public string SnapshotPluginId { get; protected set; }

    /// <summary>True until the actor gets <see cref="RecoveryCompleted"/>.</summary>
    public bool IsRecovering => _phase < Phase.Processing;

    public bool IsRecoveryFinished => !IsRecovering;

    /// <summary>Number of the last event that was replayed or written.</summary>
    public long LastSequenceNr { get; private set; }

    /// <summary>The number that a snapshot gets.</summary>
    public long SnapshotSequenceNr => LastSequenceNr;

    /// <summary>Whose snapshots they are.</summary>
    public string SnapshotterId => PersistenceId;

    /// <summary>The user's stash.</summary>
    public IStash Stash { get; set; }

    protected PersistenceExtension Extension { get; }

    protected virtual ILoggingAdapter Log => _log ??= Context.GetLogger();

    /// <summary>Asks for a snapshot; <see cref="LoadSnapshotResult"/> answers.</summary>
    public void LoadSnapshot(string persistenceId, SnapshotSelectionCriteria criteria, long toSequenceNr) =>
        SnapshotStore.Tell(new LoadSnapshot(persistenceId, criteria, toSequenceNr));

    /// <summary>Saves a snapshot; <see cref="SaveSnapshotSuccess"/> or <see cref="SaveSnapshotFailure"/> answers.</summary>
    /// <param name="snapshot">Must not change afterwards: it is serialised by others.</param>
    public void SaveSnapshot(object snapshot) =>
        SnapshotStore.Tell(new SaveSnapshot(new SnapshotMetadata(SnapshotterId, SnapshotSequenceNr, DateTime.UtcNow), snapshot));

    /// <summary>Deletes the snapshots of a number; <see cref="DeleteSnapshotSuccess"/> or a failure answers.</summary>
    public void DeleteSnapshot(long sequenceNr) =>
        SnapshotStore.Tell(new DeleteSnapshot(new SnapshotMetadata(SnapshotterId, sequenceNr, DateTime.MinValue)));

    /// <summary>Deletes snapshots; <see cref="DeleteSnapshotsSuccess"/> or a failure answers.</summary>
    public void DeleteSnapshots(SnapshotSelectionCriteria criteria) => SnapshotStore.Tell(new DeleteSnapshots(SnapshotterId, criteria));

    /// <summary>Deletes events; <see cref="DeleteMessagesSuccess"/> or <see cref="DeleteMessagesFailure"/> answers.</summary>
    /// <param name="toSequenceNr">Last event, inclusive; not after the last one that the actor has seen.</param>
    public void DeleteMessages(long toSequenceNr)
    {
        if (toSequenceNr == long.MaxValue || toSequenceNr <= LastSequenceNr) Journal.Tell(new DeleteMessagesTo(PersistenceId, toSequenceNr, Self));
        else Self.Tell(new DeleteMessagesFailure(new InvalidOperationException($"toSequenceNr [{toSequenceNr}] must be less than or equal to LastSequenceNr [{LastSequenceNr}]"), toSequenceNr));
    }

    /// <summary>Persists an event. The handler runs when the journal has it; no command is processed before.</summary>
    /// <exception cref="InvalidOperationException">The actor recovers.</exception>
    public void Persist<TEvent>(TEvent @event, Action<TEvent> handler)
    {
        RequireRecovered();
        _pendingStashingInvocations++;
        _pendingInvocations.AddLast(new StashingHandlerInvocation(@event, e => handler((TEvent)e)));
        _eventBatch.Add(new AtomicWrite(Represent(@event)));
    }

    /// <summary>Persists events together or not at all. The handler runs for each; no command is processed before the last.</summary>
    /// <exception cref="InvalidOperationException">The actor recovers.</exception>
    public void PersistAll<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler)
    {
        RequireRecovered();
        AddAll(events, e =>
        {
            _pendingStashingInvocations++;
            return new StashingHandlerInvocation(e, o => handler((TEvent)o));
        });
    }

    /// <summary>Persists an event. The handler runs when the journal has it; commands are processed meanwhile.</summary>
    /// <exception cref="InvalidOperationException">The actor recovers.</exception>
    public void PersistAsync<TEvent>(TEvent @event, Action<TEvent> handler)
    {
        RequireRecovered();
        _pendingInvocations.AddLast(new AsyncHandlerInvocation(@event, e => handler((TEvent)e)));
        _eventBatch.Add(new AtomicWrite(Represent(@event)));
    }

    /// <summary>Persists events together or not at all. The handler runs for each; commands are processed meanwhile.</summary>
    /// <exception cref="InvalidOperationException">The actor recovers.</exception>
    public void PersistAllAsync<TEvent>(IEnumerable<TEvent> events, Action<TEvent> handler)
    {
        RequireRecovered();
        AddAll(events, e => new AsyncHandlerInvocation(e, o => handler((TEvent)o)));
    }

    /// <summary>Runs the handler after those of all events that are on their way; nothing is persisted.</summary>
    /// <exception cref="InvalidOperationException">The actor recovers.</exception>
    public void DeferAsync<TEvent>(TEvent evt, Action<TEvent> handler)
    {
        RequireRecovered();
        if (_pendingInvocations.Count == 0)
        {
            handler(evt);
            return;
        }

        _pendingInvocations.AddLast(new AsyncHandlerInvocation(evt, e => handler((TEvent)e)));
        _eventBatch.Add(new NonPersistentMessage(evt, Sender));
    }

    /// <summary>Handles a command; false leaves it unhandled.</summary>
    protected abstract bool ReceiveCommand(object message);

    /// <summary>Handles a snapshot offer, a replayed event or <see cref="RecoveryCompleted"/>.</summary>
    protected abstract bool ReceiveRecover(object message);

    /// <summary>Called when an event was not written, or nobody knows. The actor stops afterwards.</summary>
    protected virtual void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        Log.Error(cause, "Failed to persist event type [{0}] with sequence number [{1}] for persistenceId [{2}].", @event.GetType(), sequenceNr, PersistenceId);

    /// <summary>Called when an event was refused before anything was written. The actor goes on.</summary>
    protected virtual void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        Log.Error(cause, "Rejected to persist event type [{0}] with sequence number [{1}] for persistenceId [{2}].", @event.GetType(), sequenceNr, PersistenceId);

    /// <summary>Called when recovery failed. The actor stops afterwards.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="message">What was being replayed, if anything.</param>
    protected virtual void OnRecoveryFailure(Exception reason, object message = null)
    {
        if (message is null) Log.Error(reason, "Exception in ReceiveRecover when replaying events for persistenceId [{0}]. Last known sequence number [{1}]", PersistenceId, LastSequenceNr);
        else Log.Error(reason, "Exception in ReceiveRecover when replaying event type [{0}] with sequence number [{1}] for persistenceId [{2}]", message.GetType(), LastSequenceNr, PersistenceId);
    }

    /// <summary>Called after the last event of a replay, before <see cref="RecoveryCompleted"/>.</summary>
    protected virtual void OnReplaySuccess()
    {
    }

    /// <summary>Runs an asynchronous handler of a command: nothing else is processed before it ends, and what it persists is sent then.</summary>
    protected void RunTask(Func<Task> action)
    {
        _taskStarted = true;
        ActorTaskScheduler.RunTask(async () =>
        {
            var failed = true;
            try
            {
                await action();
                failed = false;
            }
            finally
            {
                AfterCommand(failed);
            }
        });
    }

    protected override void Unhandled(object message)
    {
        switch (message)
        {
            case RecoveryCompleted:
                break;
            case SaveSnapshotFailure failure:
                Log.Warning("Failed to SaveSnapshot given metadata [{0}] due to: [{1}: {2}]", failure.Metadata, failure.Cause.GetType(), failure.Cause.Message);
                break;
            case DeleteSnapshotFailure failure:
                Log.Warning("Failed to DeleteSnapshot given metadata [{0}] due to: [{1}: {2}]", failure.Metadata, failure.Cause.GetType(), failure.Cause.Message);
                break;
            case DeleteSnapshotsFailure failure:
                Log.Warning("Failed to DeleteSnapshots given criteria [{0}] due to: [{1}: {2}]", failure.Criteria, failure.Cause.GetType(), failure.Cause.Message);
                break;
            case DeleteMessagesFailure failure:
                Log.Warning("Failed to DeleteMessages ToSequenceNr [{0}] for PersistenceId [{1}] due to: [{2}: {3}]", failure.ToSequenceNr, PersistenceId, failure.Cause.GetType(), failure.Cause.Message);
                break;
            default:
                base.Unhandled(message);
                break;
        }
    }

    private void RequireRecovered()
    {
        if (IsRecovering) throw new InvalidOperationException("Cannot persist during replay. Events can be persisted when receiving RecoveryCompleted or later.");
    }

    private void AddAll<TEvent>(IEnumerable<TEvent> events, Func<TEvent, IPendingHandlerInvocation> invocation)
    {
        if (events is null) return;
        ImmutableList<IPersistentRepresentation>.Builder persistents = ImmutableList.CreateBuilder<IPersistentRepresentation>();
        foreach (TEvent e in events)
        {
            _pendingInvocations.AddLast(invocation(e));
            persistents.Add(Represent(e));
        }

        if (persistents.Count > 0) _eventBatch.Add(new AtomicWrite(persistents.ToImmutable()));
    }

    private Persistent Represent(object payload) =>
        new(payload, ++_sequenceNr, PersistenceId, sender: Sender, writerGuid: _writerGuid, timestamp: DateTime.UtcNow.Ticks);
}
