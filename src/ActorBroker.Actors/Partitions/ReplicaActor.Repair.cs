using ActorBroker.Actors.Node;
using ActorBroker.Actors.Streams;
using ActorBroker.Links;
using ActorBroker.Model;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Partitions;

/// <summary>
/// Damage at rest, found by the scrubber or by a read: the other replicas are asked for the damaged bytes one after the other, those in sync first, and the
/// first that has exactly what belongs there (<see cref="PartitionLog.TryRepair"/>) repairs it. Nothing is truncated, so nothing that was acknowledged is lost;
/// meanwhile, and when nobody has it, the damage is not served.
/// </summary>
public sealed partial class ReplicaActor
{
    /// <summary>One batch is less; more is damaged together only when no index tells where batches begin.</summary>
    private const int MaxRepairBytes = 8 << 20;

    private static readonly TimeSpan RepairTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Readers come again and again.</summary>
    private static readonly TimeSpan RepairPause = TimeSpan.FromSeconds(30);

    /// <summary>Damage that nobody could repair, and when somebody may be asked again.</summary>
    private readonly Dictionary<(string File, long Position), long> unrepairedUntilMs = [];

    private RepairAttempt? repair;
    private long repairAttempts;
    private long nextScrubMs;

    /// <summary>A batch at the offset is damaged. Any sender.</summary>
    internal sealed record DamageFound(Offset At);

    private sealed record RepairTimedOut(long Attempt);

    private sealed record SegmentScrubbed(IReadOnlyList<CorruptRange> Found, Exception? Error);

    /// <param name="ToAsk">Nodes that were not asked yet.</param>
    private sealed record RepairAttempt(long Number, DamagedSpan Span, NodeId Asked, Queue<NodeId> ToAsk)
    {
        /// <summary>Why the nodes that were asked could not help.</summary>
        public List<string> Reasons { get; init; } = [];
    }

    private void OnDamageFound(Offset at)
    {
        if (log is null || repair is not null || settings.Replication is null || state is not { Replicas.Length: > 1 })
        {
            return;
        }

        try
        {
            var spans = log.FindDamage();
            if (spans.Any(span => span.From <= at && at < span.Until))
            {
                RepairNext(spans);
            }
            else if (NowMs >= nextScrubMs)
            {
                nextScrubMs = NowMs + (long)RepairPause.TotalMilliseconds;
                FindOut(log, at);
            }
        }
        catch (IOException e)
        {
            Context.GetLogger().Error(e, "{0} is damaged at offset {1} and cannot be read for its repair: {2}", partition.Id, at, e.Message);
        }
    }

    /// <summary>A reader knows only that something is wrong; where it begins and ends is seen by reading the segment, off this actor's thread.</summary>
    private void FindOut(PartitionLog damaged, Offset at) => Task
        .Run(() => new SegmentScrubbed(new LogScrubber(BandwidthLimit.None).ScrubAt(damaged, at, CancellationToken.None).Corrupt, null))
        .PipeTo(Self, Self, failure: error => new SegmentScrubbed([], error));

    private void OnSegmentScrubbed(SegmentScrubbed scrubbed)
    {
        if (scrubbed.Error is { } error)
        {
            Context.GetLogger().Error(error, "{0} cannot be read for its repair: {1}", partition.Id, error.Message);
        }

        foreach (var range in scrubbed.Found)
        {
            ScrubberActor.Report(Context.GetLogger(), range);
        }

        if (log is not null && repair is null)
        {
            RepairNext(log.FindDamage());
        }
    }

    private void RepairNext(IReadOnlyList<DamagedSpan> spans)
    {
        repair = null;
        var span = spans.FirstOrDefault(span => unrepairedUntilMs.GetValueOrDefault((span.File, span.Position)) <= NowMs);
        if (span is null)
        {
            return;
        }

        var others = state!.Replicas.Where(replica => replica.Node != partition.Self && !replica.IsFenced).Select(replica => replica.Node);
        var toAsk = new Queue<NodeId>(others.OrderBy(node => state.Isr.Contains(node) ? 0 : 1));
        Ask(new RepairAttempt(0, span, NodeId.None, span.Length > MaxRepairBytes ? [] : toAsk));
    }

    private void Ask(RepairAttempt attempt)
    {
        if (!attempt.ToAsk.TryDequeue(out var node))
        {
            GiveUp(attempt);
            return;
        }

        repair = attempt with { Number = ++repairAttempts, Asked = node };
        var span = attempt.Span;
        Replication.Streams.Tell(node, new RepairQuestion(WirePartition, partition.Self, repair.Number, span.From, span.Until, span.Length));
        Context.RemindAfter(RepairTimeout, new RepairTimedOut(repair.Number));
    }

    private void OnRepairTimedOut(long attempt)
    {
        if (repair?.Number == attempt && log is not null)
        {
            repair.Reasons.Add($"node {repair.Asked} did not answer");
            Ask(repair);
        }
    }

    private void OnRepairAnswer(RepairAnswer answer)
    {
        if (log is null || repair is not { } attempt || attempt.Number != answer.Attempt || attempt.Asked != answer.From)
        {
            return;
        }

        try
        {
            var problem = answer.Batches.IsEmpty ? "it does not have them whole" : log.TryRepair(attempt.Span, answer.Batches);
            if (problem is not null)
            {
                attempt.Reasons.Add($"node {answer.From}: {problem}");
                Ask(attempt);
                return;
            }

            Context.GetLogger().Warning("{0}: damage is repaired with the bytes of node {1}: {2}", partition.Id, answer.From, attempt.Span);
            logs.Listener.DamageRepaired(partition.Id, attempt.Span);
            unrepairedUntilMs.Remove((attempt.Span.File, attempt.Span.Position));
            partition.NotifyWatchers();
            RepairNext(log.FindDamage());
        }
        catch (IOException e)
        {
            repair = null;
            Fail(e);
        }
    }

    private void GiveUp(RepairAttempt attempt)
    {
        var spans = log!.FindDamage();
        if (spans.Any(span => span.File == attempt.Span.File && span.Position == attempt.Span.Position))
        {
            var reasons = attempt.Span.Length > MaxRepairBytes ? $"they are more than {MaxRepairBytes}"
                : attempt.Reasons.Count == 0 ? "no other replica is there" : string.Join("; ", attempt.Reasons);
            Context.GetLogger().Error(
                "{0} stays damaged, and these bytes are not served: {1}. Nobody has what belongs there: {2}", partition.Id, attempt.Span, reasons);
            logs.Listener.DamageRemains(partition.Id, attempt.Span);
            unrepairedUntilMs[(attempt.Span.File, attempt.Span.Position)] = NowMs + (long)RepairPause.TotalMilliseconds;
        }

        RepairNext(spans);
    }

    private void OnRepairQuestion(RepairQuestion question)
    {
        var batches = Array.Empty<byte>();
        try
        {
            batches = question.MaxBytes is > 0 and <= MaxRepairBytes ? log?.ReadWhole(question.From, question.Until, question.MaxBytes) ?? [] : [];
        }
        catch (IOException e)
        {
            Context.GetLogger().Warning("{0} could not be read for the repair of node {1} at offset {2}: {3}", partition.Id, question.Asker, question.From, e.Message);
        }

        Replication.Streams.Tell(question.Asker, new RepairAnswer(question.Partition, partition.Self, question.Attempt, batches));
    }
}
