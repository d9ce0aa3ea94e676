using ActorBroker.Model;
using ActorBroker.Replication;

namespace Simulation;

/// <summary>A record: the leader epoch that wrote it, and a number that no other record has.</summary>
public readonly record struct SimRecord(int Epoch, long Id);

/// <summary>The log of one replica on a simulated disk, with its epoch checkpoint and its high watermark checkpoint. What is deleted at its start is gone.</summary>
public sealed class SimLog : IEpochHistory
{
    private readonly List<SimRecord> records = [];
    private readonly List<(int Epoch, long Start)> epochs = [];

    public long Start { get; private set; }

    public long End => Start + records.Count;

    /// <summary>What survives a power failure.</summary>
    public long Flushed { get; private set; }

    /// <summary>The checkpoint, which lags.</summary>
    public long HighWatermark { get; set; }

    public LeaderEpoch Latest => epochs.Count == 0 ? LeaderEpoch.Unknown : new(epochs[^1].Epoch);

    public SimRecord this[long offset] => records[(int)(offset - Start)];

    public LogOffsets Offsets => new(new(Start), new(End), new(Math.Min(HighWatermark, End)), new(Flushed));

    public void AssignEpoch(LeaderEpoch epoch)
    {
        if (Latest < epoch)
        {
            epochs.RemoveAll(entry => entry.Start >= End);
            epochs.Add((epoch.Value, End));
        }
    }

    public void Append(IEnumerable<SimRecord> more)
    {
        foreach (var record in more)
        {
            AssignEpoch(new LeaderEpoch(record.Epoch));
            records.Add(record);
        }
    }

    public List<SimRecord> Read(Offset from, int count) => records.GetRange((int)(from.Value - Start), (int)Math.Min(count, End - from.Value));

    public void TruncateTo(Offset to)
    {
        if (to.Value < End)
        {
            records.RemoveRange((int)(to.Value - Start), (int)(End - to.Value));
        }

        epochs.RemoveAll(entry => entry.Start >= to.Value);
        Flushed = Math.Min(Flushed, End);
        HighWatermark = Math.Min(HighWatermark, End);
    }

    /// <summary>Deletes what is below.</summary>
    public void DeleteBefore(Offset start)
    {
        if (start.Value <= Start)
        {
            return;
        }

        records.RemoveRange(0, (int)(start.Value - Start));
        Start = start.Value;
        Flushed = Math.Max(Flushed, Start);
        var first = epochs.FindLastIndex(entry => entry.Start <= Start);
        if (first >= 0)
        {
            epochs.RemoveRange(0, first);
            epochs[0] = (epochs[0].Epoch, Start);
        }
    }

    /// <summary>Deletes everything, and goes on at another offset.</summary>
    public void RestartAt(Offset start)
    {
        records.Clear();
        epochs.Clear();
        Start = Flushed = HighWatermark = start.Value;
    }

    public void NoteFlushed(long end) => Flushed = Math.Max(Flushed, Math.Min(end, End));

    public EpochEnd EndOf(LeaderEpoch epoch)
    {
        if (epoch == LeaderEpoch.Unknown || epochs.Count == 0 || epoch > Latest)
        {
            return EpochEnd.Unknown;
        }

        var next = epochs.FindIndex(entry => entry.Epoch > epoch.Value);
        return next switch
        {
            -1 => new EpochEnd(Latest, new(End)),
            0 => new EpochEnd(epoch, new(epochs[0].Start)),
            _ => new EpochEnd(new(epochs[next - 1].Epoch), new(epochs[next].Start)),
        };
    }

    public LeaderEpoch At(Offset offset) =>
        offset.Value >= Start && offset.Value < End ? new(this[offset.Value].Epoch) : LeaderEpoch.Unknown;
}
