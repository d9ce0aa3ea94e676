#nullable disable
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Persistence.Journal;

/// <summary>What a journal can read.</summary>
public interface IAsyncRecovery
{
    /// <summary>The highest number ever written, deleted events included; 0 if there is none.</summary>
    Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr);

    /// <summary>Calls back for each event in order; the task ends after the last.</summary>
    Task ReplayMessagesAsync(IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback);
}

/// <summary>Base of journals: turns events into what is written and back, by the journal's event adapters.</summary>
public abstract class WriteJournalBase : ActorBase
{
    private readonly PersistenceExtension _persistence;
    private EventAdapters _adapters;

    protected WriteJournalBase() => _persistence = Persistence.Instance.Apply(Context.System);

    // A plug-in's name is the path of its section.
    private EventAdapters Adapters => _adapters ??= _persistence.AdaptersAt(Self.Path.Name);

    /// <summary>The events that one written event stands for.</summary>
    protected IEnumerable<IPersistentRepresentation> AdaptFromJournal(IPersistentRepresentation representation) =>
        Adapters.Get(representation.Payload.GetType()) is var adapter && ReferenceEquals(adapter, IdentityEventAdapter.Instance)
            ? [representation]
            : adapter.FromJournal(representation.Payload, representation.Manifest).Events.Select(representation.WithPayload);

    /// <summary>What is written for an event.</summary>
    protected IPersistentRepresentation AdaptToJournal(IPersistentRepresentation representation)
    {
        var payload = representation.Payload;
        IEventAdapter adapter = Adapters.Get(payload.GetType());
        return ReferenceEquals(adapter, IdentityEventAdapter.Instance)
            ? representation
            : representation.WithPayload(adapter.ToJournal(payload)).WithManifest(adapter.Manifest(payload));
    }

    /// <summary>The atomic writes of a batch, in the form in which they are written.</summary>
    protected IEnumerable<AtomicWrite> PreparePersistentBatch(IEnumerable<IPersistentEnvelope> resequenceables)
    {
        foreach (IPersistentEnvelope envelope in resequenceables)
        {
            if (envelope is not AtomicWrite write) continue;
            ImmutableList<IPersistentRepresentation>.Builder events = ImmutableList.CreateBuilder<IPersistentRepresentation>();
            foreach (IPersistentRepresentation persistent in write.Events)
                events.Add(AdaptToJournal(persistent.Update(persistent.SequenceNr, persistent.PersistenceId, persistent.IsDeleted, ActorRefs.NoSender, persistent.WriterGuid)));
            yield return new AtomicWrite(events.ToImmutable());
        }
    }
}

/// <summary>
/// Base of journals whose storage answers later. It is an actor at /system/[path of its section]; its constructor takes that
/// section, or nothing. Calls of one persistence id may overlap only if an actor restarted while its write was under way:
/// the plug-in must then let the replay see that write.
/// </summary>
public abstract class AsyncWriteJournal : WriteJournalBase, IAsyncRecovery
{
    public abstract Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr);

    public abstract Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback);

    /// <summary>The exception that an aggregate holds alone.</summary>
    protected static Exception TryUnwrapException(Exception e) =>
        e is AggregateException { InnerExceptions.Count: 1 } aggregate ? TryUnwrapException(aggregate.InnerException) : e;

    /// <summary>Deletes events; their numbers stay used.</summary>
    protected abstract Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr);

    /// <summary>Writes. The task fails if nobody knows what was written.</summary>
    /// <returns>Null if everything was written; else one entry an atomic write: null if written, why it was rejected otherwise.</returns>
    protected abstract Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages);

    protected sealed override bool Receive(object message) => ReceiveWriteJournal(message) || ReceivePluginInternal(message);

    /// <summary>Handles the plug-in's own messages.</summary>
    protected virtual bool ReceivePluginInternal(object message) => false;

    /// <summary>Handles the messages of all journals.</summary>
    protected bool ReceiveWriteJournal(object message)
    {
        switch (message)
        {
            case WriteMessages write:
                Write(write);
                return true;
            case Written written:
                Answer(written);
                return true;
            case ReplayMessages replay:
                _ = ReplayAsync(replay, Context, Self);
                return true;
            case DeleteMessagesTo delete:
                Delete(delete);
                return true;
            default:
                return false;
        }
    }

    private void Write(WriteMessages request)
    {
        IActorRef self = Self;
        AtomicWrite[] prepared;
        try
        {
            prepared = [.. PreparePersistentBatch(request.Messages)];
        }
        catch (Exception e)
        {
            // An adapter refused: nothing has been given to the plug-in.
            Answer(new Written(request, Enumerable.Repeat(e, request.Messages.Count(static m => m is AtomicWrite)).ToImmutableList(), null));
            return;
        }

        if (prepared.Length == 0)
        {
            Answer(new Written(request, null, null));
            return;
        }

        Task<IImmutableList<Exception>> writing;
        try
        {
            writing = WriteMessagesAsync(prepared);
        }
        catch (Exception e)
        {
            writing = Task.FromException<IImmutableList<Exception>>(e);
        }

        // Back through the mailbox, so that the answers of two batches never mix.
        writing.ContinueWith(
            done => self.Tell(Outcome(request, done, prepared.Length), ActorRefs.NoSender),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private static Written Outcome(WriteMessages request, Task<IImmutableList<Exception>> done, int writes)
    {
        if (done.IsFaulted) return new Written(request, null, TryUnwrapException(done.Exception));
        if (done.IsCanceled) return new Written(request, null, new OperationCanceledException("The write was cancelled."));
        return done.Result is { } rejections && rejections.Count != writes
            ? new Written(request, null, new InvalidOperationException($"WriteMessagesAsync returned invalid number of results. Expected [{writes}], but got [{rejections.Count}]."))
            : new Written(request, done.Result, null);
    }

    private static void Answer(Written written)
    {
        WriteMessages request = written.Request;
        IActorRef actor = request.PersistentActor;
        var id = request.ActorInstanceId;
        actor.Tell(written.Failure is null ? WriteMessagesSuccessful.Instance : new WriteMessagesFailed(written.Failure, request.Messages.Count(static m => m is AtomicWrite)), ActorRefs.NoSender);
        var at = 0;
        foreach (IPersistentEnvelope envelope in request.Messages)
        {
            if (envelope is not AtomicWrite write)
            {
                actor.Tell(new LoopMessageSuccess(envelope.Payload, id), envelope.Sender);
                continue;
            }

            Exception rejection = written.Rejections?[at++];
            foreach (IPersistentRepresentation persistent in write.Events)
            {
                actor.Tell(
                    written.Failure is not null ? new WriteMessageFailure(persistent, written.Failure, id)
                        : rejection is not null ? new WriteMessageRejected(persistent, rejection, id)
                        : new WriteMessageSuccess(persistent, id),
                    persistent.Sender);
            }
        }
    }

    private async Task ReplayAsync(ReplayMessages request, IActorContext context, IActorRef self)
    {
        IActorRef actor = request.PersistentActor;
        try
        {
            var highest = await ReadHighestSequenceNrAsync(request.PersistenceId, Math.Max(0, request.FromSequenceNr - 1)).ConfigureAwait(false);
            var to = Math.Min(request.ToSequenceNr, highest);
            if (to > 0 && request.FromSequenceNr <= to)
            {
                await ReplayMessagesAsync(context, request.PersistenceId, request.FromSequenceNr, to, request.Max, persistent =>
                {
                    if (persistent.IsDeleted) return;
                    foreach (IPersistentRepresentation adapted in AdaptFromJournal(persistent))
                        actor.Tell(new ReplayedMessage(adapted), ActorRefs.NoSender);
                }).ConfigureAwait(false);
            }

            actor.Tell(new RecoverySuccess(highest), self);
        }
        catch (Exception e)
        {
            actor.Tell(new ReplayMessagesFailure(TryUnwrapException(e)), self);
        }
    }

    private void Delete(DeleteMessagesTo request)
    {
        Task deleting;
        try
        {
            deleting = DeleteMessagesToAsync(request.PersistenceId, request.ToSequenceNr);
        }
        catch (Exception e)
        {
            deleting = Task.FromException(e);
        }

        deleting.PipeTo(
            request.PersistentActor,
            Self,
            () => new DeleteMessagesSuccess(request.ToSequenceNr),
            e => new DeleteMessagesFailure(TryUnwrapException(e), request.ToSequenceNr));
    }

    private sealed class Written(WriteMessages request, IImmutableList<Exception> rejections, Exception failure) : INoSerializationVerificationNeeded
    {
        public WriteMessages Request { get; } = request;

        public IImmutableList<Exception> Rejections { get; } = rejections;

        public Exception Failure { get; } = failure;
    }
}
