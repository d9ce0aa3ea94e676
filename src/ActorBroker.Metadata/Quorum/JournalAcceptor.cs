using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

/// <summary>What the shell of an acceptor has to do, in the order given, each before the next.</summary>
public abstract record AcceptorEffect;

/// <summary>Write the promise durably before anything that follows.</summary>
public sealed record StorePromise(ControllerEpoch Epoch, NodeId Proposer) : AcceptorEffect
{
    public override string ToString() => $"store promise {Epoch}";
}

/// <summary>Cut the journal's records from <paramref name="EndOffset"/> on. They were never committed.</summary>
public sealed record TruncateJournal(Offset EndOffset) : AcceptorEffect
{
    public override string ToString() => $"truncate to {EndOffset}";
}

/// <summary>Append these batches, the last ones of the request that is being handled, to the journal. They need not be durable yet.</summary>
public sealed record WriteBatches(ImmutableArray<JournalBatch> Batches) : AcceptorEffect
{
    public override string ToString() => $"write [{string.Join(", ", Batches)}]";
}

/// <summary>Make everything written so far durable, off this thread if that is better, and then call <see cref="JournalAcceptor.OnFlushed"/> with
/// <paramref name="Token"/>. A flush covers the earlier ones that were asked for; several may be done as one.</summary>
public sealed record FlushJournal(long Token) : AcceptorEffect
{
    public override string ToString() => "flush";
}

/// <summary>Drop the journal's records below the snapshot, or all of them when <paramref name="IsWhole"/>: the journal then starts at the snapshot's
/// offset. The snapshot's file is durable already.</summary>
public sealed record StartJournalAt(JournalPosition Snapshot, bool IsWhole) : AcceptorEffect
{
    public override string ToString() => $"start journal at {Snapshot}{(IsWhole ? ", whole" : "")}";
}

/// <summary>Send the answer to whoever sent the request that it belongs to: the proposer of its epoch.</summary>
public sealed record ReplyToProposer(JournalReply Reply) : AcceptorEffect
{
    public override string ToString() => Reply.ToString();
}

/// <summary>Read the journal's batches from <paramref name="Request"/>'s position on, as many whole ones as fit a message, at least one when there is one,
/// and answer with <see cref="Pulled"/>.</summary>
public sealed record ReadForPull(Pull Request) : AcceptorEffect
{
    public override string ToString() => $"read after {Request.From}";
}

/// <summary>
/// A journal replica's part of the quorum: keeps its promise, takes the batches of the proposer that it promised, cuts what never was committed, and
/// acknowledges what is on its disk. A pure state machine: every call returns what the shell has to do; it does no I/O and knows no clock.
/// <para>After a restart the shell makes a new one from what its disk held: the promise and the outline. What was written but not flushed may be gone.</para>
/// </summary>
/// <param name="self">This replica.</param>
/// <param name="promised">The newest epoch promised; from the disk.</param>
/// <param name="outline">What the journal holds; from the disk.</param>
public sealed class JournalAcceptor(JournalReplica self, ControllerEpoch promised, JournalOutline outline)
{
    private static readonly ImmutableArray<AcceptorEffect> Nothing = [];

    /// <summary>Acknowledgements that wait for the flush of their token; in the order of both.</summary>
    private readonly Queue<(long Token, Accepted Reply)> unflushed = new();

    /// <summary>Whom the promise was given to. Unknown after a restart: then nobody is promised this epoch again.</summary>
    private ProposerId? proposer;

    private long writtenToken;
    private long flushedToken;

    public JournalReplica Self => self;

    /// <summary>Requests of older epochs are refused.</summary>
    public ControllerEpoch Promised { get; private set; } = promised;

    /// <summary>What the journal holds, flushed or not.</summary>
    public JournalOutline Outline { get; private set; } = outline;

    /// <summary>Everything below is decided and will never change. Never goes back while the process lives; starts at the snapshot.</summary>
    public Offset Committed { get; private set; } = outline.Start.Offset;

    /// <summary>Handles a request of a proposer.</summary>
    public ImmutableArray<AcceptorEffect> Step(JournalRequest request)
    {
        if (request.Epoch < Promised || (request is Prepare prepare && request.Epoch == Promised && prepare.Proposer != proposer))
        {
            return [new ReplyToProposer(new Refused(self, request.Epoch, Promised))];
        }

        return request switch
        {
            Prepare asked => OnPrepare(asked),
            Append append => OnAppend(append),
            InstallSnapshot install => OnInstall(install),
            Pull pull => OnPull(pull),
            _ => throw new ArgumentException($"unknown journal request {request.GetType().Name}", nameof(request)),
        };
    }

    /// <summary>A flush is done that was started at or after the <see cref="FlushJournal"/> with this token.</summary>
    public ImmutableArray<AcceptorEffect> OnFlushed(long token)
    {
        flushedToken = Math.Max(flushedToken, token);
        if (unflushed.Count == 0 || unflushed.Peek().Token > flushedToken)
        {
            return Nothing;
        }

        var replies = ImmutableArray.CreateBuilder<AcceptorEffect>();
        while (unflushed.TryPeek(out var waiting) && waiting.Token <= flushedToken)
        {
            replies.Add(new ReplyToProposer(unflushed.Dequeue().Reply));
        }

        return replies.ToImmutable();
    }

    /// <summary>This node has stored a snapshot of its own, of a committed position: the journal below is not needed any more.</summary>
    /// <exception cref="InvalidOperationException">The position is not committed here: the snapshot is of something else.</exception>
    public ImmutableArray<AcceptorEffect> OnSnapshotStored(JournalPosition snapshot)
    {
        if (snapshot.Offset <= Outline.Start.Offset)
        {
            return Nothing;
        }

        if (snapshot.Offset > Committed || !Outline.Contains(snapshot))
        {
            throw new InvalidOperationException($"snapshot {snapshot} is not of the committed journal {Outline}, committed {Committed}");
        }

        Outline = Outline.DropBefore(snapshot);
        return [new StartJournalAt(snapshot, IsWhole: false)];
    }

    private ImmutableArray<AcceptorEffect> OnPrepare(Prepare prepare)
    {
        var effects = ImmutableArray.CreateBuilder<AcceptorEffect>(2);
        MaybePromise(prepare.Epoch, prepare.Proposer.Node, effects);
        proposer = prepare.Proposer;
        effects.Add(new ReplyToProposer(new Promise(self, prepare.Epoch, Outline, Committed)));
        return effects.ToImmutable();
    }

    private ImmutableArray<AcceptorEffect> OnAppend(Append append)
    {
        var effects = ImmutableArray.CreateBuilder<AcceptorEffect>(4);
        // Whoever sends batches has a majority's promise, whether this replica's was asked for or not.
        MaybePromise(append.Epoch, NodeId.None, effects);
        if (!Outline.Contains(append.Previous))
        {
            effects.Add(new ReplyToProposer(new Mismatch(self, append.Epoch, Outline)));
            return effects.ToImmutable();
        }

        var known = 0;
        while (known < append.Batches.Length && Outline.Contains(append.Batches[known]))
        {
            known++;
        }

        var added = append.Batches[known..];
        if (!added.IsEmpty)
        {
            MaybeTruncate(added[0].BaseOffset, effects);
            Outline = added.Aggregate(Outline, (outline, batch) => outline.Append(batch));
            effects.Add(new WriteBatches(added));
            effects.Add(new FlushJournal(++writtenToken));
        }

        // Only what this proposer has vouched for is known to be what was decided.
        Committed = Offset.Max(Committed, Offset.Min(append.Committed, append.EndOffset));
        Acknowledge(append.Epoch, append.EndOffset, effects);
        return effects.ToImmutable();
    }

    private ImmutableArray<AcceptorEffect> OnInstall(InstallSnapshot install)
    {
        var effects = ImmutableArray.CreateBuilder<AcceptorEffect>(3);
        MaybePromise(install.Epoch, NodeId.None, effects);
        var snapshot = install.Snapshot;
        if (snapshot.Offset > Outline.Start.Offset)
        {
            var isWhole = !Outline.Contains(snapshot);
            Outline = isWhole ? JournalOutline.OfSnapshot(snapshot, install.Voters) : Outline.DropBefore(snapshot);
            effects.Add(new StartJournalAt(snapshot, isWhole));
            Committed = Offset.Max(Committed, snapshot.Offset);
        }

        Acknowledge(install.Epoch, snapshot.Offset, effects);
        return effects.ToImmutable();
    }

    private ImmutableArray<AcceptorEffect> OnPull(Pull pull)
    {
        var effects = ImmutableArray.CreateBuilder<AcceptorEffect>(2);
        MaybePromise(pull.Epoch, NodeId.None, effects);
        effects.Add(Outline.Contains(pull.From) ? new ReadForPull(pull) : new ReplyToProposer(new Mismatch(self, pull.Epoch, Outline)));
        return effects.ToImmutable();
    }

    private void MaybePromise(ControllerEpoch epoch, NodeId node, ImmutableArray<AcceptorEffect>.Builder effects)
    {
        if (epoch <= Promised)
        {
            return;
        }

        Promised = epoch;
        proposer = null;
        // Acknowledgements of older epochs must not arrive after this promise: the batches may be cut under it.
        unflushed.Clear();
        effects.Add(new StorePromise(epoch, node));
    }

    private void MaybeTruncate(Offset end, ImmutableArray<AcceptorEffect>.Builder effects)
    {
        if (end >= Outline.EndOffset)
        {
            return;
        }

        if (end < Committed)
        {
            throw new InvalidOperationException($"a proposer asks to cut the journal at {end}, below the committed offset {Committed}: {Outline}");
        }

        Outline = Outline.TruncateTo(end);
        effects.Add(new TruncateJournal(end));
    }

    private void Acknowledge(ControllerEpoch epoch, Offset end, ImmutableArray<AcceptorEffect>.Builder effects)
    {
        var reply = new Accepted(self, epoch, end);
        if (writtenToken == flushedToken)
        {
            effects.Add(new ReplyToProposer(reply));
        }
        else
        {
            unflushed.Enqueue((writtenToken, reply));
        }
    }
}
