using ActorBroker.Model;

namespace ActorBroker.Replication.Tests;

/// <summary>A record of a test: which epoch wrote it, and a number that no other record has.</summary>
public readonly record struct TestRecord(int Epoch, long Id);

/// <summary>A replica's log in memory: one record for each offset.</summary>
public sealed class TestLog : IEpochHistory
{
    private readonly List<TestRecord> records = [];
    private (int Epoch, long Start)? assigned;

    public long Start { get; private set; }

    public long End => Start + records.Count;

    public long HighWatermark { get; set; }

    public long Flushed { get; set; }

    public LogOffsets Offsets => new(new(Start), new(End), new(HighWatermark), new(Flushed));

    public LeaderEpoch Latest => Entries() is { Count: > 0 } entries ? new(entries[^1].Epoch) : LeaderEpoch.Unknown;

    public TestRecord this[long offset] => records[(int)(offset - Start)];

    public void AssignEpoch(int epoch) => assigned = (epoch, End);

    public void Append(IEnumerable<TestRecord> more) => records.AddRange(more);

    public IReadOnlyList<TestRecord> Read(long from, long end) => records.GetRange((int)(from - Start), (int)(end - from));

    public void Truncate(long to)
    {
        if (to < Start)
        {
            RestartAt(to);
            return;
        }

        if (to < End)
        {
            records.RemoveRange((int)(to - Start), (int)(End - to));
        }

        assigned = null;
        HighWatermark = Math.Min(HighWatermark, End);
        Flushed = Math.Min(Flushed, End);
    }

    public void RestartAt(long offset)
    {
        records.Clear();
        assigned = null;
        Start = HighWatermark = Flushed = offset;
    }

    public void MoveStart(long offset)
    {
        records.RemoveRange(0, (int)(offset - Start));
        Start = offset;
    }

    public EpochEnd EndOf(LeaderEpoch epoch)
    {
        var entries = Entries();
        if (epoch == LeaderEpoch.Unknown || entries.Count == 0 || epoch.Value > entries[^1].Epoch)
        {
            return EpochEnd.Unknown;
        }

        var next = entries.FindIndex(entry => entry.Epoch > epoch.Value);
        return next switch
        {
            -1 => new EpochEnd(new(entries[^1].Epoch), new(End)),
            0 => new EpochEnd(epoch, new(entries[0].Start)),
            _ => new EpochEnd(new(entries[next - 1].Epoch), new(entries[next].Start)),
        };
    }

    public LeaderEpoch At(Offset offset) =>
        offset.Value >= Start && offset.Value < End ? new(this[offset.Value].Epoch) : LeaderEpoch.Unknown;

    private List<(int Epoch, long Start)> Entries()
    {
        var entries = new List<(int Epoch, long Start)>();
        for (var offset = Start; offset < End; offset++)
        {
            if (entries.Count == 0 || entries[^1].Epoch != this[offset].Epoch)
            {
                entries.Add((this[offset].Epoch, offset));
            }
        }

        if (assigned is { } own && (entries.Count == 0 || entries[^1].Epoch < own.Epoch))
        {
            entries.Add(own);
        }

        return entries;
    }
}
