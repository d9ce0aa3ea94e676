using ActorBroker.Actors.Runtime;
using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// The controller: the shell around <see cref="ControllerCore"/>, which decides, and <see cref="JournalProposer"/>, which makes decisions true. A cluster has one;
/// that there is one at a time is for speed, that at most one commits is the quorum's work. It decides commands one after the other against the image as it will
/// be when all earlier decisions are committed, gathers decisions into batches, has several batches on their way, and answers a command when its batch is committed.
/// Commands that wait when it loses the quorum are answered with <see cref="MetadataError.NotController"/>: they may be tried again.
/// Messages: <see cref="ControllerCommand"/>, answered with its <see cref="ControllerReply"/>; <see cref="SubscribeMetadata"/> and <see cref="MetadataApplied"/> of nodes.
/// Supervision: an I/O error stops the node, since nothing may change that is not on disk.
/// </summary>
public sealed partial class ControllerActor : ReceiveActor, IWithTimers
{
    private readonly ControllerSetup setup;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly SnapshotServer snapshots;
    private readonly MetadataPublisher publisher;

    /// <summary>Commands that came before this controller serves.</summary>
    private readonly Queue<(ControllerCommand Command, IActorRef Sender)> early = new();

    /// <summary>Nodes that asked for the image before this controller serves.</summary>
    private readonly Dictionary<IActorRef, SubscribeMetadata> earlySubscribers = [];

    /// <summary>Decisions that have no place in the journal yet.</summary>
    private readonly Queue<Decided> gathered = new();

    /// <summary>Batches that are not committed yet.</summary>
    private readonly Queue<Proposal> proposals = new();

    private ControllerCore core;
    private ClusterImage committed = ClusterImage.Empty;
    private ClusterImage speculative = ClusterImage.Empty;
    private int gatheredEvents;
    private bool isProposeDue;
    private (Offset Until, IActorRef Sender)? votersChange;

    public ControllerActor(ControllerSetup setup)
    {
        this.setup = setup;
        core = setup.Core();
        snapshots = new SnapshotServer(setup.Journal);
        publisher = new MetadataPublisher(Self, Read, snapshots);
        proposer = NewProposer(setup.Journal.Promised);
        Receive<DescribeQuorum>(_ => Sender.Tell(Describe(), Self));
        Receive<AddQuorumVoter>(command => ChangeVoters(proposer.AddVoter(new JournalReplica(command.Node, command.DirectoryId), out var verdict), verdict));
        Receive<RemoveQuorumVoter>(command => ChangeVoters(proposer.RemoveVoter(new JournalReplica(command.Node, command.DirectoryId), out var verdict), verdict));
        Receive<ControllerCommand>(OnCommand);
        Receive<Propose>(_ => OnPropose());
        Receive<Regular>(regular => OnCommand(regular.Command));
        Receive<JournalReply>(reply => Run(proposer.Step(reply)));
        Receive<JournalPulled>(OnPulled);
        Receive<PullSnapshotPart>(OnPullSnapshot);
        Receive<SnapshotPart>(OnSnapshotPart);
        Receive<QuorumTick>(_ => OnTick());
        Receive<StartAgain>(_ => OnStartAgain());
        Receive<Replayed>(OnReplayed);
        Receive<ReplayFailed>(failure => throw new IOException($"the metadata could not be replayed: {failure.Error.Message}", failure.Error));
        Receive<SubscribeMetadata>(OnSubscribe);
        Receive<MetadataApplied>(OnApplied);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private bool IsServing => proposer.Phase == ProposerPhase.Serving && isReplayed;

    private int Waiting => early.Count + gathered.Count + proposals.Sum(proposal => proposal.Decisions.Count);

    /// <summary>A decision, and whom to tell when it is true.</summary>
    private sealed record Decided(ImmutableArray<MetadataEvent> Events, ClusterImage After, ControllerReply Reply, IActorRef Sender);

    /// <summary>Decisions that share a batch.</summary>
    private sealed record Proposal(Offset NextOffset, List<Decided> Decisions);

    private sealed record Propose
    {
        public static Propose Instance { get; } = new();
    }

    private sealed record Regular(ControllerCommand Command);

    public static Props Create(ControllerSetup setup) => ActorProps.Of(() => new ControllerActor(setup));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(QuorumTick), QuorumTick.Instance, setup.Tick);
        foreach (var (command, interval) in setup.Regularly)
        {
            Timers.StartPeriodicTimer(command.GetType().Name, new Regular(command), interval);
        }

        Run(proposer.Start());
    }

    protected override void PostStop() => FailWaiting("the controller stops");

    private void OnSubscribe(SubscribeMetadata request)
    {
        if (IsServing)
        {
            publisher.OnSubscribe(Sender, request, Tick, proposer.Epoch, committed);
        }
        else if (earlySubscribers.Count < setup.MaxWaiting)
        {
            earlySubscribers[Sender] = request;
        }
    }

    private void OnApplied(MetadataApplied applied)
    {
        if (IsServing)
        {
            publisher.OnApplied(Sender, applied, Tick, proposer.Epoch, committed);
        }
    }

    private void OnCommand(ControllerCommand command)
    {
        if (Waiting >= setup.MaxWaiting)
        {
            Sender.Tell(Refusal($"{Waiting} commands wait for the controller already"), Self);
        }
        else if (IsServing)
        {
            Decide(command, Sender);
        }
        else
        {
            early.Enqueue((command, Sender));
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
        if (!isProposeDue && gathered.Count > 0)
        {
            isProposeDue = true;
            Self.Tell(Propose.Instance, Self);
        }
    }

    private void OnPropose()
    {
        isProposeDue = false;
        while (IsServing && gathered.Count > 0 && (proposals.Count < setup.MaxBatchesInFlight || gatheredEvents == 0))
        {
            var decisions = TakeBatch(out var events);
            if (events.Count == 0)
            {
                // Decided on what may not be committed yet: the answer comes after that.
                AnswerInTurn(decisions);
                continue;
            }

            assigning = events;
            proposer.TryPropose(events.Count, out var batch, out var effects);
            proposals.Enqueue(new Proposal(batch!.NextOffset, decisions));
            Run(effects);
        }
    }

    private List<Decided> TakeBatch(out List<MetadataEvent> events)
    {
        var decisions = new List<Decided>();
        events = [];
        while (gathered.TryPeek(out var next) && (events.Count == 0 || events.Count + next.Events.Length <= setup.MaxEventsOfBatch))
        {
            decisions.Add(gathered.Dequeue());
            events.AddRange(next.Events);
        }

        gatheredEvents -= events.Count;
        return decisions;
    }

    private void AnswerInTurn(List<Decided> decisions)
    {
        if (proposals.Count > 0)
        {
            proposals.Last().Decisions.AddRange(decisions);
        }
        else
        {
            decisions.ForEach(Answer);
        }
    }

    private void OnCommitted(Offset end)
    {
        while (proposals.TryPeek(out var proposal) && proposal.NextOffset <= end)
        {
            proposals.Dequeue();
            var before = committed.Version;
            committed = proposal.Decisions[^1].After with { Version = proposal.NextOffset.Value };
            publisher.OnCommitted(proposer.Epoch, new LocalMetadata(committed, before, [.. proposal.Decisions.SelectMany(decided => decided.Events)]));
            proposal.Decisions.ForEach(Answer);
        }

        if (votersChange is { } change && change.Until <= end)
        {
            votersChange = null;
            change.Sender.Tell(new VerdictReply(Verdict.Ok), Self);
        }

        ProposeSoon();
    }

    private void Answer(Decided decided) => decided.Sender.Tell(decided.Reply with { Version = committed.Version }, Self);

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

    private void FailWaiting(string reason)
    {
        foreach (var decided in proposals.SelectMany(proposal => proposal.Decisions).Concat(gathered))
        {
            decided.Sender.Tell(Refusal(reason), Self);
        }

        foreach (var (_, sender) in early)
        {
            sender.Tell(Refusal(reason), Self);
        }

        votersChange?.Sender.Tell(Refusal(reason), Self);
        votersChange = null;
        early.Clear();
        gathered.Clear();
        proposals.Clear();
        gatheredEvents = 0;
    }

    private static VerdictReply Refusal(string reason) => new(new Verdict(MetadataError.NotController, $"Try again: {reason}."));
}
