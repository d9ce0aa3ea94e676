using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

/// <summary>The first record of an epoch in a journal.</summary>
public readonly record struct ControllerEpochStart(ControllerEpoch Epoch, Offset StartOffset);

/// <summary>A voter set and the offset of the record that brought it.</summary>
public readonly record struct VotersAt(Offset Offset, VoterSet Voters);

/// <summary>
/// What a journal holds, without the bytes: from where to where, which epochs, which voter sets. An immutable value, small enough to be sent. A batch is
/// fully named by its offset and epoch, since one controller writes an epoch's batches, and in one order; so outlines tell where journals part.
/// </summary>
public sealed record JournalOutline
{
    public static JournalOutline Empty { get; } = new();

    /// <summary>Below is only the snapshot of this name; <see cref="JournalPosition.Beginning"/> when there is none.</summary>
    public JournalPosition Start { get; init; }

    /// <summary>The offset of the next record.</summary>
    public Offset EndOffset { get; init; }

    /// <summary>Where each epoch begins, ascending in both; the first may have begun before <see cref="Start"/>.</summary>
    public ImmutableArray<ControllerEpochStart> Epochs { get; init; } = [];

    /// <summary>The voter sets of the snapshot and of the records after it, ascending.</summary>
    public ImmutableArray<VotersAt> VoterSets { get; init; } = [];

    /// <summary>The newest voter set, committed or not; null when the journal names none yet.</summary>
    public VoterSet? Voters => VoterSets.IsEmpty ? null : VoterSets[^1].Voters;

    /// <summary>Whether nothing was ever written.</summary>
    public bool IsEmpty => EndOffset == Offset.Zero;

    /// <summary>The epoch of the last record.</summary>
    public ControllerEpoch LastEpoch => Epochs.IsEmpty ? Start.Epoch : Epochs[^1].Epoch;

    public JournalPosition End => new(EndOffset, LastEpoch);

    /// <summary>The position at an offset between <see cref="Start"/> and the end.</summary>
    public JournalPosition PositionAt(Offset offset) => new(offset, EpochBefore(offset));

    /// <summary>Whether the journal has this position, so that what follows it can be appended there.</summary>
    public bool Contains(JournalPosition position) =>
        position.Offset >= Start.Offset && position.Offset <= EndOffset && EpochBefore(position.Offset) == position.Epoch;

    /// <summary>Whether the journal holds this very batch.</summary>
    public bool Contains(JournalBatch batch) =>
        batch.BaseOffset >= Start.Offset && batch.NextOffset <= EndOffset && EpochBefore(batch.BaseOffset + 1) == batch.Epoch;

    /// <summary>The order in which journals are adopted: the higher last epoch, then the longer one.</summary>
    public bool IsNewerThan(JournalOutline other) =>
        LastEpoch > other.LastEpoch || (LastEpoch == other.LastEpoch && EndOffset > other.EndOffset);

    /// <summary>The last position that both journals have; null when one begins after the other's end, or after they part.</summary>
    public JournalPosition? CommonEnd(JournalOutline other)
    {
        var lowest = Offset.Max(Start.Offset, other.Start.Offset);
        var candidate = Offset.Min(EndOffset, other.EndOffset);
        while (candidate >= lowest)
        {
            var mine = EpochBefore(candidate);
            var theirs = other.EpochBefore(candidate);
            if (mine == theirs)
            {
                return new JournalPosition(candidate, mine);
            }

            // The higher epoch's records here are all unknown to the other journal.
            var next = mine > theirs ? StartOf(mine) : other.StartOf(theirs);
            if (next >= candidate)
            {
                return null;
            }

            candidate = next;
        }

        return null;
    }

    /// <summary>The outline with one more batch at the end.</summary>
    /// <exception cref="ArgumentException">The batch does not follow.</exception>
    public JournalOutline Append(JournalBatch batch)
    {
        if (batch.BaseOffset != EndOffset || batch.Epoch < LastEpoch || batch.Epoch == ControllerEpoch.None || batch.Count < 1)
        {
            throw new ArgumentException($"batch {batch} does not follow {End}", nameof(batch));
        }

        return this with
        {
            EndOffset = batch.NextOffset,
            Epochs = batch.Epoch > LastEpoch || Epochs.IsEmpty ? Epochs.Add(new ControllerEpochStart(batch.Epoch, batch.BaseOffset)) : Epochs,
            VoterSets = batch.Voters is { } voters ? VoterSets.Add(new VotersAt(batch.BaseOffset, voters)) : VoterSets,
        };
    }

    /// <summary>The outline without the records from <paramref name="end"/> on, and without the voter sets that they brought.</summary>
    public JournalOutline TruncateTo(Offset end) => end >= EndOffset ? this : this with
    {
        EndOffset = end,
        Epochs = Epochs.RemoveAll(epoch => epoch.StartOffset >= end),
        VoterSets = VoterSets.RemoveAll(voters => voters.Offset >= end),
    };

    /// <summary>The outline whose records below a snapshot are gone.</summary>
    /// <param name="snapshot">A position of this journal.</param>
    public JournalOutline DropBefore(JournalPosition snapshot)
    {
        var kept = Epochs.RemoveAll(epoch => StartOfNext(epoch.Epoch) <= snapshot.Offset);
        return this with
        {
            Start = snapshot,
            Epochs = kept,
            VoterSets = VoterSets.RemoveRange(0, Math.Max(0, VoterSets.Count(voters => voters.Offset < snapshot.Offset) - 1)),
        };
    }

    /// <summary>A journal that has a snapshot and nothing else.</summary>
    public static JournalOutline OfSnapshot(JournalPosition snapshot, VoterSet? voters) => new()
    {
        Start = snapshot,
        EndOffset = snapshot.Offset,
        VoterSets = voters is null ? [] : [new VotersAt(snapshot.Offset - 1, voters)],
    };

    /// <summary>The voters that a snapshot of this journal at <paramref name="offset"/> has to name.</summary>
    public VoterSet? VotersBefore(Offset offset) => VoterSets.LastOrDefault(voters => voters.Offset < offset).Voters;

    public bool Equals(JournalOutline? other) => other is not null && Start == other.Start && EndOffset == other.EndOffset
        && Epochs.SequenceEqual(other.Epochs) && VoterSets.SequenceEqual(other.VoterSets);

    public override int GetHashCode() => HashCode.Combine(Start, End);

    public override string ToString() =>
        $"{Start}..{EndOffset} ({string.Join(' ', Epochs.Select(epoch => $"{epoch.Epoch}:{epoch.StartOffset}"))}){(Voters is { } voters ? $" {voters}" : "")}";

    /// <summary>The epoch of the record before an offset that the journal has.</summary>
    private ControllerEpoch EpochBefore(Offset offset)
    {
        if (offset <= Start.Offset)
        {
            return Start.Epoch;
        }

        for (var i = Epochs.Length - 1; i >= 0; i--)
        {
            if (Epochs[i].StartOffset < offset)
            {
                return Epochs[i].Epoch;
            }
        }

        return Start.Epoch;
    }

    private Offset StartOf(ControllerEpoch epoch)
    {
        foreach (var entry in Epochs)
        {
            if (entry.Epoch == epoch)
            {
                return Offset.Max(entry.StartOffset, Start.Offset);
            }
        }

        return Start.Offset;
    }

    private Offset StartOfNext(ControllerEpoch epoch)
    {
        foreach (var entry in Epochs)
        {
            if (entry.Epoch > epoch)
            {
                return entry.StartOffset;
            }
        }

        return EndOffset;
    }
}
