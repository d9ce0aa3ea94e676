using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// The journal plug-in of the persistent controller: the shell around <see cref="JournalProposer"/>, which makes decisions true. For a controller that recovers it
/// prepares a new controller epoch at a majority of the journal's replicas, adopts and completes the newest journal among them, and only then replays this node's copy.
/// A write is confirmed when a majority has it on disk. One for each controller node's actor system; it works for one controller at a time, and ends its term when that
/// one stops, so that it does not contend with a controller on another node.
/// <para>Sequence numbers: that of what is replayed is the offset after it in the journal, the version of the image which it makes. A running controller counts on
/// from there by one for each decision, and a decision has at least one record, so a number is never above its offset, and no recovery goes back behind a number
/// that was used. Where a decision really is, <see cref="MetadataDecision.Batch"/> says.</para>
/// <para>Messages, beside Akka.Persistence's: <see cref="JournalReply"/>, <see cref="JournalPulled"/>, <see cref="PullSnapshotPart"/> and <see cref="SnapshotPart"/> of
/// journal replicas; <see cref="DescribeJournal"/>, <see cref="AddQuorumVoter"/> and <see cref="RemoveQuorumVoter"/>.</para>
/// <para>Supervision: no error leaves it. An error ends the term, and the controller fails with it: an I/O error then stops the node.</para>
/// </summary>
public sealed partial class QuorumJournal : AsyncWriteJournal, IWithTimers
{
    private readonly ControllerSetup setup = ControllerPersistence.Of(Context.System).Setup;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly SnapshotServer snapshots;

    /// <summary>Writes that are not committed yet, in order.</summary>
    private readonly Queue<(Offset End, TaskCompletionSource<IImmutableList<Exception?>?> Done)> writes = new();

    /// <summary>The controller whose term this is; null when none runs here.</summary>
    private IActorRef? owner;

    /// <summary>Done when the proposer serves: where the journal ends that is to be replayed.</summary>
    private TaskCompletionSource<long> serving = NewSignal();

    private (Offset Until, IActorRef Sender)? votersChange;

    public QuorumJournal()
    {
        snapshots = new SnapshotServer(setup.Journal);
        proposer = NewProposer(setup.Journal.Promised);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record QuorumTick
    {
        public static QuorumTick Instance { get; } = new();
    }

    /// <summary>Asks for the state of the quorum, answered to the sender with <see cref="QuorumDescription"/>.</summary>
    /// <param name="IsServing">Whether the controller decides.</param>
    /// <param name="Subscribers">The nodes that follow it.</param>
    internal sealed record DescribeJournal(bool IsServing, ImmutableArray<QuorumReplicaState> Subscribers);

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) =>
        persistenceId == ControllerPersistence.PersistenceId ? serving.Task : Task.FromResult(0L);

    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback) =>
        persistenceId == ControllerPersistence.PersistenceId
            ? Task.Run(() => JournalReplay.Run(setup.Journal, fromSequenceNr, toSequenceNr, max, recoveryCallback))
            : Task.CompletedTask;

    protected override Task<IImmutableList<Exception?>?> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var results = messages.Select(Problem).ToList();
        if (results.Any(static result => result.Problem is not null))
        {
            // Whoever writes anything else is not the controller; nothing of it is taken.
            return Task.FromResult<IImmutableList<Exception?>?>(results.Select(static Exception? (result) => result.Problem ?? Refused()).ToImmutableList());
        }

        return results.Count == 0 ? Task.FromResult<IImmutableList<Exception?>?>(null) : Propose(results.ConvertAll(static result => result.Decision!));
    }

    /// <exception cref="NotSupportedException">Always: the journal's replicas drop what a snapshot holds.</exception>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) =>
        Task.FromException(new NotSupportedException("the metadata journal is cut by its replicas, where a snapshot holds it"));

    protected override bool AroundReceive(Receive receive, object message)
    {
        if (message is ReplayMessages { PersistenceId: ControllerPersistence.PersistenceId } replay)
        {
            Guard(message, () => BeginTerm(replay.PersistentActor));
        }

        Guard(message, () => base.AroundReceive(receive, message));
        return true;
    }

    protected override bool ReceivePluginInternal(object message)
    {
        switch (message)
        {
            case JournalReply reply:
                Run(proposer.Step(reply));
                return true;
            case JournalPulled pulled:
                OnPulled(pulled);
                return true;
            case PullSnapshotPart request:
                OnPullSnapshot(request);
                return true;
            case SnapshotPart part:
                OnSnapshotPart(part);
                return true;
            case QuorumTick:
                OnTick();
                return true;
            case DescribeJournal describe:
                Sender.Tell(Describe(describe), Self);
                return true;
            case AddQuorumVoter command:
                ChangeVoters(proposer.AddVoter(new JournalReplica(command.Node, command.DirectoryId), out var added), added);
                return true;
            case RemoveQuorumVoter command:
                ChangeVoters(proposer.RemoveVoter(new JournalReplica(command.Node, command.DirectoryId), out var removed), removed);
                return true;
            case Terminated terminated:
                OnTerminated(terminated.ActorRef);
                return true;
            default:
                return false;
        }
    }

    protected override void PostStop() => EndTerm(new QuorumLostException("the node stops"));

    private void Guard(object message, Action handle)
    {
        try
        {
            handle();
        }
        catch (Exception e)
        {
            log.Error(e, "{0} could not be handled by the metadata journal", message.GetType().Name);
            EndTerm(e);
        }
    }

    private static (MetadataDecision? Decision, Exception? Problem) Problem(AtomicWrite write) =>
        write.PersistenceId != ControllerPersistence.PersistenceId ? (null, new ArgumentException($"this journal is not for {write.PersistenceId}"))
        : write.Payload is not IImmutableList<IPersistentRepresentation> { Count: 1 } one ? (null, new NotSupportedException("what belongs together is one decision"))
        : one[0].Payload is not MetadataDecision { Events.IsEmpty: false } decision ? (null, new ArgumentException($"{one[0].Payload} is no decision"))
        : (decision, null);

    private static Exception Refused() => new ArgumentException("refused with what was to be written beside it");

    private static TaskCompletionSource<long> NewSignal()
    {
        var signal = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        // It may fail when nobody waits for it.
        _ = signal.Task.ContinueWith(static task => task.Exception, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously);
        return signal;
    }

    /// <summary>A controller starts: another one that this node had is none any more.</summary>
    private void BeginTerm(IActorRef controller)
    {
        if (owner is not null)
        {
            EndTerm(new QuorumLostException("another controller was started on this node"));
        }

        owner = Context.Watch(controller);
        serving = NewSignal();
        Timers.StartPeriodicTimer(nameof(QuorumTick), QuorumTick.Instance, setup.Tick);
        Run(proposer.Start());
    }

    private void OnTerminated(IActorRef controller)
    {
        if (controller.Equals(owner))
        {
            owner = null;
            EndTerm(new QuorumLostException("the controller stops"));
        }
    }

    /// <summary>Nothing more is decided by this term's proposer: whoever waits is told.</summary>
    private void EndTerm(Exception cause)
    {
        Timers.Cancel(nameof(QuorumTick));
        if (owner is not null)
        {
            Context.Unwatch(owner);
            owner.Tell(new JournalLost(cause), Self);
            owner = null;
        }

        proposer = NewProposer(ControllerEpoch.Max(highestSeen, proposer.Epoch));
        pulling = null;
        pulledBatches = default;
        recent.Clear();
        snapshotsSentTick.Clear();
        votersChange?.Sender.Tell(ControllerSupervisor.Refusal(cause.Message), Self);
        votersChange = null;
        serving.TrySetException(cause);
        while (writes.TryDequeue(out var write))
        {
            write.Done.SetException(cause);
        }
    }

    /// <summary>Gives each decision its place, one batch each, and sends them to all replicas without waiting.</summary>
    private Task<IImmutableList<Exception?>?> Propose(List<MetadataDecision> decisions)
    {
        if (proposer.Phase != ProposerPhase.Serving)
        {
            return Task.FromException<IImmutableList<Exception?>?>(new QuorumLostException("this node's controller does not serve"));
        }

        var done = new TaskCompletionSource<IImmutableList<Exception?>?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Offset end = default;
        foreach (var decision in decisions)
        {
            assigning = decision;
            proposer.TryPropose(decision.Events.Length, out var batch, out var effects);
            end = batch!.NextOffset;
            if (ReferenceEquals(decision, decisions[^1]))
            {
                // Before the effects: the quorum of one may be so fast that one of them commits it.
                writes.Enqueue((end, done));
            }

            Run(effects);
        }

        return done.Task;
    }

    private void ChangeVoters(ImmutableArray<ProposerEffect> effects, Verdict verdict)
    {
        if (!verdict.IsOk)
        {
            Sender.Tell(new VerdictReply(verdict), Self);
            return;
        }

        votersChange = (proposer.Journal.EndOffset, Sender);
        Run(effects);
    }

    private void OnCommitted(Offset end)
    {
        while (writes.TryPeek(out var write) && write.End <= end)
        {
            writes.Dequeue().Done.SetResult(null);
        }

        if (votersChange is { } change && change.Until <= end)
        {
            votersChange = null;
            change.Sender.Tell(new VerdictReply(Verdict.Ok), Self);
        }
    }
}
