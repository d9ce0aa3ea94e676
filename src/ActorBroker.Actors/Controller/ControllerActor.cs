using ActorBroker.Actors.Runtime;
using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// The controller: the persistent shell around <see cref="ControllerCore"/>. It decides commands one after the other against the image as it will be when all earlier
/// decisions are true, gathers decisions, persists them, and goes on; a persisted decision changes the committed image, is published, and only then are its commands
/// answered. How a decision becomes true, and that only one controller's do, is the work of <see cref="QuorumJournal"/>; all its state comes from there, by recovery.
/// Commands that wait when the journal is lost are answered with <see cref="MetadataError.NotController"/>: they may be tried again.
/// Messages: <see cref="ControllerCommand"/>, answered with its <see cref="ControllerReply"/>; <see cref="SubscribeMetadata"/> and <see cref="MetadataApplied"/> of nodes;
/// <see cref="PullSnapshotPart"/>.
/// Supervision: it stops when its journal is lost; <see cref="ControllerSupervisor"/> starts another one.
/// </summary>
public sealed partial class ControllerActor : ReceivePersistentActor, IWithTimers
{
    private readonly ControllerSetup setup;
    private readonly ControllerCore core;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly long began;

    /// <summary>Decisions that are not persisted yet.</summary>
    private readonly Queue<Decided> gathered = new();

    /// <summary>Decisions on their way to the journal: those that share a batch, and those without events, which wait for what they rest on.</summary>
    private readonly Queue<List<Decided>> inFlight = new();

    private ClusterImage committed = ClusterImage.Empty;
    private ClusterImage speculative = ClusterImage.Empty;
    private ControllerEpoch epoch;
    private long recoveredFrom;
    private int waiting;
    private int gatheredEvents;
    private int eventsInFlight;
    private int batchesInFlight;
    private bool isProposeDue;
    private Exception? lostBy;
    private string endReason = "the controller stops";

    public ControllerActor(ControllerSetup setup)
    {
        this.setup = setup;
        core = setup.Core();
        began = setup.Time.GetTimestamp();
        JournalPluginId = ControllerPersistence.Journal;
        SnapshotPluginId = ControllerPersistence.Snapshots;
        publisher = new MetadataPublisher(Self, Read, new SnapshotServer(setup.Journal));
        snapshots = new SnapshotServer(setup.Journal);
        Recover<SnapshotOffer>(offer => (committed, recoveredFrom) = ((ClusterImage)offer.Snapshot, offer.Metadata.SequenceNr));
        Recover<MetadataRestored>(restored => committed = restored.Image);
        Recover<MetadataDecision>(OnReplayed);
        Recover<RecoveryCompleted>(_ => OnRecovered());
        Command<DescribeQuorum>(_ => Journal.Tell(new QuorumJournal.DescribeJournal(true, Subscribers()), Sender));
        Command<ControllerCommand>(command => OnCommand(command, Sender));
        Command<Propose>(_ => OnPropose());
        Command<Regular>(regular => OnCommand(regular.Command, ActorRefs.Nobody));
        Command<SubscribeMetadata>(request => publisher.OnSubscribe(Sender, request, tick, epoch, committed));
        Command<MetadataApplied>(applied => publisher.OnApplied(Sender, applied, tick, epoch, committed));
        Command<PullSnapshotPart>(request => Sender.Tell(snapshots.Answer(request), Self));
        Command<PublishTick>(_ => publisher.Tick(++tick, epoch, committed));
        Command<JournalLost>(OnJournalLost);
    }

    public override string PersistenceId => ControllerPersistence.PersistenceId;

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Told to the supervisor: commands may come.</summary>
    internal sealed record Serves
    {
        public static Serves Instance { get; } = new();
    }

    /// <summary>A decision, and whom to tell when it is true.</summary>
    private sealed record Decided(ImmutableArray<MetadataEvent> Events, ClusterImage After, ControllerReply Reply, IActorRef Sender);

    private sealed record Propose
    {
        public static Propose Instance { get; } = new();
    }

    private sealed record Regular(ControllerCommand Command);

    internal static Props Create(ControllerSetup setup) => ActorProps.Of(() => new ControllerActor(setup));

    protected override void PostStop()
    {
        foreach (var decided in inFlight.SelectMany(batch => batch).Concat(gathered))
        {
            decided.Sender.Tell(ControllerSupervisor.Refusal(endReason), Self);
        }
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => OnLost(cause);

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        throw new InvalidOperationException($"a decision of {((MetadataDecision)@event).Events.Length} changes cannot be persisted: {cause.Message}", cause);

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        if (reason is InvalidDataException or IOException)
        {
            throw new IOException($"the metadata could not be replayed: {reason.Message}", reason);
        }

        OnLost(reason);
    }

    /// <summary>Confirmations may be on their way still: those come first, and what is not confirmed fails.</summary>
    private void OnJournalLost(JournalLost lost)
    {
        lostBy = lost.Cause;
        MaybeEnd();
    }

    private void MaybeEnd()
    {
        if (lostBy is not null && batchesInFlight == 0)
        {
            OnLost(lostBy);
        }
    }

    /// <summary>What is lost to another controller is its gain; an error of the journal is one of the controller.</summary>
    private void OnLost(Exception cause)
    {
        endReason = cause.Message;
        if (cause is not (QuorumLostException or RecoveryTimedOutException))
        {
            throw cause is IOException ? new IOException(cause.Message, cause) : new InvalidOperationException($"the metadata journal failed: {cause.Message}", cause);
        }

        Context.Stop(Self);
    }

    private void OnReplayed(MetadataDecision decision)
    {
        var image = committed;
        foreach (var change in decision.Events)
        {
            image = MetadataSnapshot.Apply(image, change, decision.Batch.BaseOffset);
        }

        committed = image with { Version = decision.Batch.NextOffset.Value };
        epoch = decision.Batch.Epoch;
    }

    private void OnRecovered()
    {
        speculative = committed;
        log.Info(
            "node {0} is the controller with epoch {1}, from offset {2} on; {3} records were replayed, in {4:0} ms from its start",
            setup.Node, epoch, committed.Version, committed.Version - recoveredFrom, setup.Time.GetElapsedTime(began).TotalMilliseconds);
        Timers.StartPeriodicTimer(nameof(PublishTick), PublishTick.Instance, setup.Tick);
        foreach (var (command, interval) in setup.Regularly)
        {
            Timers.StartPeriodicTimer(command.GetType().Name, new Regular(command), interval);
        }

        Announce();
        Context.Parent.Tell(Serves.Instance, Self);
    }

    private void OnCommand(ControllerCommand command, IActorRef sender)
    {
        if (waiting >= setup.MaxWaiting)
        {
            sender.Tell(ControllerSupervisor.TooMany(waiting), Self);
        }
        else
        {
            Decide(command, sender);
        }
    }

    private void Decide(ControllerCommand command, IActorRef sender)
    {
        Decision decision;
        var after = speculative;
        try
        {
            decision = core.Decide(speculative, command, (long)setup.Time.GetElapsedTime(0).TotalMilliseconds);
            foreach (var change in decision.Events)
            {
                after = after.Apply(change);
            }
        }
        catch (Exception e)
        {
            // A bug in a decision has changed nothing yet: whoever asked hears of it, everybody else goes on.
            log.Error(e, "{0} could not be decided", command.GetType().Name);
            sender.Tell(new Status.Failure(e), Self);
            return;
        }

        TellOfLost(decision.Events);
        speculative = after;
        gathered.Enqueue(new Decided(decision.Events, after, decision.Reply, sender));
        gatheredEvents += decision.Events.Length;
        waiting++;
        ProposeSoon();
    }

    private void TellOfLost(ImmutableArray<MetadataEvent> events)
    {
        foreach (var change in events)
        {
            if (change is not BrokerChanged { Fenced: true } fenced || core.Steadiness.Breaks(fenced.Id) is var breaks && breaks == 0)
            {
                continue;
            }

            var pause = core.Steadiness.PauseMs(fenced.Id);
            ControllerMetrics.BrokerLost(fenced.Id, pause is not null);
            if (pause is { } pauseMs)
            {
                log.Warning(
                    "broker {0} was lost {1} times in a row; others are preferred as leaders until it has stayed for {2} s. Look at its network, also in one direction, and its load",
                    fenced.Id, breaks, pauseMs / 1000);
            }
        }
    }

    /// <summary>The message to itself comes after the commands that wait already: their decisions share a batch.</summary>
    private void ProposeSoon()
    {
        if (!isProposeDue && gathered.Count > 0 && (batchesInFlight < setup.MaxBatchesInFlight || gatheredEvents == 0))
        {
            isProposeDue = true;
            Self.Tell(Propose.Instance, Self);
        }
    }

    private void OnPropose()
    {
        isProposeDue = false;
        if (gathered.Count > 0)
        {
            Persist(TakeBatch(out var events), events);
        }

        ProposeSoon();
    }

    private void Persist(List<Decided> decisions, ImmutableArray<MetadataEvent> events)
    {
        inFlight.Enqueue(decisions);
        if (events.IsEmpty)
        {
            // Decided on what may not be committed yet: the answer comes after that.
            DeferAsync(decisions, _ => AnswerNext());
            return;
        }

        batchesInFlight++;
        eventsInFlight += events.Length;
        PersistAsync(new MetadataDecision(events), OnCommitted);
    }

    private List<Decided> TakeBatch(out ImmutableArray<MetadataEvent> events)
    {
        var decisions = new List<Decided>();
        var taken = ImmutableArray.CreateBuilder<MetadataEvent>();
        while (gathered.TryPeek(out var next) && (taken.Count == 0 || taken.Count + next.Events.Length <= setup.MaxEventsOfBatch))
        {
            decisions.Add(gathered.Dequeue());
            taken.AddRange(next.Events);
        }

        gatheredEvents -= taken.Count;
        events = taken.DrainToImmutable();
        return decisions;
    }

    private void OnCommitted(MetadataDecision decision)
    {
        var end = decision.Batch.NextOffset.Value;
        var before = committed.Version;
        batchesInFlight--;
        eventsInFlight -= decision.Events.Length;
        committed = inFlight.Peek()[^1].After with { Version = end };
        // The quorum's own batches take offsets too.
        speculative = speculative with { Version = Math.Max(speculative.Version, end + eventsInFlight + gatheredEvents) };
        recent.Add(decision.Batch, decision.Bytes, decision.Batch.NextOffset);
        publisher.OnCommitted(epoch, new LocalMetadata(committed, before, decision.Events));
        AnswerNext();
        ProposeSoon();
        MaybeEnd();
    }

    private void AnswerNext()
    {
        var answered = inFlight.Dequeue();
        waiting -= answered.Count;
        answered.ForEach(decided => decided.Sender.Tell(decided.Reply with { Version = committed.Version }, Self));
    }
}
