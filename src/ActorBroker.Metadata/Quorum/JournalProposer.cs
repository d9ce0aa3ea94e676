using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

/// <summary>
/// The controller's part of the quorum. It takes an epoch above all that it has seen, prepares it at the acceptors, adopts the newest journal of a majority,
/// completes it there with a first batch of its own epoch, and then serves: it gives proposals their places, sends them to all acceptors without waiting, and
/// commits what a majority has on disk. A newer epoch anywhere ends it. A pure state machine: every call returns what the shell has to do; it does no I/O and
/// knows no clock but ticks.
/// <para>Safety is Raft's (and Paxos'): a journal is adopted when it is the newest among replicas that include a majority of its own newest voter set; only
/// batches of the proposer's own epoch are committed by counting, and what is before them with them; voter sets change by one place at a time, each change
/// committed before the next. A new cluster needs all its configured members once, so that nobody who has merely lost a disk can take part in founding
/// another one; from then on the journal names each voter with its directory id.</para>
/// <para>A member that comes back with an empty disk is no voter: first its place in the voter set is emptied (a placeholder), and when it holds the whole
/// journal, its new directory fills the place.</para>
/// </summary>
public sealed partial class JournalProposer
{
    private readonly ProposerOptions options;
    private readonly ProposerId self;
    private readonly SortedDictionary<NodeId, Promise> promises = [];
    private readonly SortedDictionary<NodeId, Follower> followers = [];
    private readonly ImmutableArray<ProposerEffect>.Builder effects = ImmutableArray.CreateBuilder<ProposerEffect>();

    private ControllerEpoch highestSeen;
    private JournalOutline journal = JournalOutline.Empty;
    private long tick;

    /// <param name="incarnation">A new random id.</param>
    /// <param name="highestSeen">The highest epoch that the shell knows of, for example the promise on its own disk; the first try is above it.</param>
    public JournalProposer(ProposerOptions options, Guid incarnation, ControllerEpoch highestSeen)
    {
        this.options = options;
        this.highestSeen = highestSeen;
        self = new ProposerId(options.Node, incarnation);
    }

    public ProposerPhase Phase { get; private set; } = ProposerPhase.Preparing;

    /// <summary>The epoch that this proposer tries or has.</summary>
    public ControllerEpoch Epoch { get; private set; }

    /// <summary>Everything below is decided.</summary>
    public Offset Committed { get; private set; }

    /// <summary>Ticks since it began.</summary>
    public long Ticks => tick;

    /// <summary>The journal as the proposer extends it; before it serves, its node's.</summary>
    public JournalOutline Journal => journal;

    /// <summary>Begins.</summary>
    public ImmutableArray<ProposerEffect> Start()
    {
        PrepareNext();
        return Drain();
    }

    /// <summary>Handles an acceptor's answer. Answers to other epochs are ignored, except that a newer promise is heeded.</summary>
    public ImmutableArray<ProposerEffect> Step(JournalReply reply)
    {
        if (Phase == ProposerPhase.SteppedDown || reply.Epoch != Epoch)
        {
            return [];
        }

        NoteReply(reply);
        switch (reply)
        {
            case Refused refused:
                OnRefused(refused);
                break;
            case Promise promise:
                OnPromise(promise);
                break;
            case Pulled pulled:
                OnPulled(pulled);
                break;
            case Accepted accepted:
                OnAccepted(accepted);
                break;
            case Mismatch mismatch:
                OnMismatch(mismatch);
                break;
            default:
                throw new ArgumentException($"unknown journal reply {reply.GetType().Name}", nameof(reply));
        }

        return Drain();
    }

    /// <summary>Time passes: what was lost is sent again, idle acceptors hear of the committed offset, a proposer without majority ends.</summary>
    public ImmutableArray<ProposerEffect> Tick()
    {
        tick++;
        switch (Phase)
        {
            case ProposerPhase.Preparing:
                TickPreparing();
                break;
            case ProposerPhase.Adopting:
                TickAdopting();
                break;
            case ProposerPhase.Completing or ProposerPhase.Serving:
                TickFollowers();
                break;
        }

        return Drain();
    }

    /// <summary>Gives a batch of events its place and sends it. False, and nothing happens, unless the proposer serves.</summary>
    /// <param name="count">Records in the batch.</param>
    public bool TryPropose(int count, out JournalBatch? batch, out ImmutableArray<ProposerEffect> effects)
    {
        batch = null;
        effects = [];
        if (Phase != ProposerPhase.Serving)
        {
            return false;
        }

        batch = Extend(count, JournalBatchKind.Events, voters: null);
        FeedAll();
        effects = Drain();
        return true;
    }

    /// <summary>The state of the quorum for people.</summary>
    public QuorumStatus Describe() => Phase is ProposerPhase.Preparing or ProposerPhase.Adopting ? DescribePromises() : new(options.Node, Epoch, Phase, Committed, journal.EndOffset, tick,
    [
        .. followers.Values.Select(follower => new ReplicaProgress(
            follower.Replica, journal.Voters?.Contains(follower.Replica) ?? false, follower.Match, follower.LastReplyTick, follower.LastCaughtUpTick)),
        .. (journal.Voters?.Voters ?? []).Where(voter => !followers.ContainsKey(voter.Node))
            .Select(voter => new ReplicaProgress(voter, true, Offset.Unknown, 0, 0)),
    ]);

    private void NoteReply(JournalReply reply)
    {
        if (!followers.TryGetValue(reply.From.Node, out var follower))
        {
            return;
        }

        follower.LastReplyTick = tick;
        if (follower.Replica != reply.From)
        {
            // Another disk: what the old one acknowledged, this one does not have.
            follower.Replica = reply.From;
            follower.Match = Offset.Unknown;
        }
    }

    private void OnRefused(Refused refused)
    {
        highestSeen = ControllerEpoch.Max(highestSeen, refused.Promised);
        if (Phase is ProposerPhase.Preparing or ProposerPhase.Adopting)
        {
            PrepareLater();
        }
        else if (refused.Promised > Epoch)
        {
            End(StepDownReason.Deposed);
        }
        else if (!followers.ContainsKey(refused.From.Node))
        {
            // It had promised us this epoch before it was restarted, and cannot say so again. Its answer to an append tells what it holds.
            followers[refused.From.Node] = new Follower(refused.From, journal.EndOffset) { LastReplyTick = tick };
            Feed(followers[refused.From.Node]);
        }
    }

    private void End(StepDownReason reason)
    {
        Phase = ProposerPhase.SteppedDown;
        effects.Add(new StepDown(reason, ControllerEpoch.Max(highestSeen, Epoch)));
    }

    private JournalBatch Extend(int count, JournalBatchKind kind, VoterSet? voters)
    {
        var batch = new JournalBatch(Epoch, journal.EndOffset, count, kind, voters);
        journal = journal.Append(batch);
        effects.Add(new AssignBatch(batch));
        return batch;
    }

    private ImmutableArray<ProposerEffect> Drain() => effects.Count == 0 ? [] : effects.DrainToImmutable();
}
