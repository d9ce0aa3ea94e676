using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>Who may be elected when the present leader cannot stay.</summary>
internal enum LeaderElection
{
    /// <summary>A replica that is in sync, or eligible (KIP-966).</summary>
    Clean,

    /// <summary>The same, and the preferred leader takes over from a leader that could stay.</summary>
    Preferred,

    /// <summary>If there is none, any replica that is alive, although records may be lost.</summary>
    Unclean,
}

/// <summary>What a broker may have lost since it was heard of.</summary>
internal enum RecordLoss
{
    None,

    /// <summary>It did not stop in order: what the operating system had not written (KIP-966).</summary>
    Unflushed,

    /// <summary>A log directory is another one: everything in it.</summary>
    Everything,
}

/// <summary>
/// One change of a partition: says what is wanted, and <see cref="Build"/> adds what follows from it. A reassignment whose new replicas
/// are all in sync is completed, a leader is elected if the present one cannot stay, and the eligible leader replicas are kept (KIP-966).
/// </summary>
/// <param name="minIsr">The topic's <c>min.insync.replicas</c>.</param>
/// <param name="mayLead">Whether a broker is unfenced and not stopping.</param>
/// <param name="keepsElr">Whether eligible leader replicas are kept; otherwise the last member of an ISR stays in it.</param>
internal sealed class PartitionChange(TopicId topic, PartitionImage before, int minIsr, Func<NodeId, bool> mayLead, bool keepsElr)
{
    public LeaderElection Election { get; set; } = LeaderElection.Clean;

    /// <summary>Whether a broker has room for records: one that has none leads only where nobody else can.</summary>
    public Func<NodeId, bool> HasRoom { get; init; } = static _ => true;

    /// <summary>Whether a broker stays: one that comes and goes is elected only where nobody else can lead. A leader stays leader.</summary>
    public Func<NodeId, bool> IsSteady { get; init; } = static _ => true;

    public ImmutableArray<NodeId> Isr { get; set; } = before.Isr;

    public ImmutableArray<NodeId> Replicas { get; set; } = before.Replicas;

    public ImmutableArray<NodeId> Adding { get; set; } = before.Adding;

    public ImmutableArray<NodeId> Removing { get; set; } = before.Removing;

    public LeaderRecoveryState RecoveryState { get; set; } = before.LeaderRecoveryState;

    /// <summary>The broker that is removed from the ISR; <see cref="NodeId.None"/> for none.</summary>
    public NodeId Removed { get; set; } = NodeId.None;

    /// <summary>What <see cref="Removed"/> may have lost: it is not eligible for records that it may not have.</summary>
    public RecordLoss Loss { get; set; }

    private ImmutableArray<NodeId> Elr { get; set; } = before.Elr;

    /// <summary>The event, or null when nothing changes.</summary>
    public PartitionChanged? Build()
    {
        if (Isr.IsEmpty && !keepsElr)
        {
            Isr = [.. before.Isr.Intersect(Replicas)];
        }

        MaybeCompleteReassignment();
        Elr = EligibleWith(Isr);
        var leader = Elect(out var unclean);
        if (leader != NodeId.None && (unclean || Isr.IsEmpty))
        {
            Isr = [leader];
            Elr = EligibleWith(Isr);
            RecoveryState = unclean ? LeaderRecoveryState.Recovering : RecoveryState;
        }

        // Replicas that are removed must not go on in the epoch in which they were replicas.
        var isNewEpoch = leader != before.Leader || before.Replicas.Except(Replicas).Any();
        var change = new PartitionChanged(
            topic,
            before.Index,
            Changed(before.Isr, Isr),
            isNewEpoch ? leader : null,
            RecoveryState == before.LeaderRecoveryState ? null : RecoveryState,
            Changed(before.Replicas, Replicas),
            Changed(before.Removing, Removing),
            Changed(before.Adding, Adding),
            Changed(before.Elr, Elr),
            Changed(before.LastKnownElr, LastKnown(leader)));
        return change == new PartitionChanged(topic, before.Index) ? null : change;
    }

    private static ImmutableArray<NodeId>? Changed(ImmutableArray<NodeId> before, ImmutableArray<NodeId> after) =>
        before.AsSpan().SequenceEqual(after.AsSpan()) ? null : after;

    private void MaybeCompleteReassignment()
    {
        ImmutableArray<NodeId> staying = [.. Isr.Except(Removing)];
        if ((Adding.IsEmpty && Removing.IsEmpty) || staying.IsEmpty || Adding.Except(staying).Any())
        {
            return;
        }

        Isr = staying;
        Replicas = [.. Replicas.Except(Removing)];
        (Adding, Removing) = ([], []);
    }

    /// <summary>
    /// While the ISR is smaller than the minimum the high watermark stands still, and who leaves it goes on holding all that is below.
    /// </summary>
    private ImmutableArray<NodeId> EligibleWith(ImmutableArray<NodeId> isr)
    {
        if (!keepsElr || isr.Length >= Math.Min(minIsr, Replicas.Length))
        {
            return [];
        }

        return [.. Replicas.Where(id => (before.Elr.Contains(id) || before.Isr.Contains(id)) && !isr.Contains(id) && !HasLost(id))];
    }

    private bool HasLost(NodeId id) => Loss != RecordLoss.None && id == Removed;

    private NodeId Elect(out bool unclean)
    {
        unclean = false;
        if (Election == LeaderElection.Preferred && IsGoodLeader(Replicas[0]))
        {
            return Replicas[0];
        }

        if (IsGoodLeader(before.Leader))
        {
            return before.Leader;
        }

        if ((FirstReplica(id => IsGoodLeader(id) && IsSteady(id)) ?? FirstReplica(IsGoodLeader)) is { } good)
        {
            return good;
        }

        if (IsCleanLeader(before.Leader))
        {
            return before.Leader;
        }

        if (FirstReplica(IsCleanLeader) is { } clean)
        {
            return clean;
        }

        // Nobody is in sync and nobody eligible: the last leader has the most, and nothing better can come (KIP-966, balanced recovery).
        unclean = true;
        if (Isr.IsEmpty && Elr.IsEmpty && LastKnown(NodeId.None) is [var last] && Replicas.Contains(last) && mayLead(last))
        {
            return last;
        }

        return Election == LeaderElection.Unclean && FirstReplica(mayLead) is { } any ? any : NodeId.None;
    }

    private NodeId? FirstReplica(Func<NodeId, bool> suits)
    {
        foreach (var id in Replicas)
        {
            if (suits(id))
            {
                return id;
            }
        }

        return null;
    }

    private bool IsCleanLeader(NodeId id) => (Isr.Contains(id) || (Isr.IsEmpty && Elr.Contains(id))) && mayLead(id);

    private bool IsGoodLeader(NodeId id) => IsCleanLeader(id) && HasRoom(id);

    /// <summary>The last leader of a partition without one, unless its records are gone. A replica that is alone leads again whatever it has.</summary>
    private ImmutableArray<NodeId> LastKnown(NodeId leader)
    {
        if (leader != NodeId.None || !keepsElr)
        {
            return [];
        }

        var last = before.Leader != NodeId.None ? [before.Leader] : before.LastKnownElr;
        return Loss == RecordLoss.Everything && Replicas.Length > 1 ? last.Remove(Removed) : last;
    }
}
