#nullable disable
using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>What an observer thinks of a subject. The worst opinion counts.</summary>
internal enum ReachabilityStatus : byte
{
    Reachable = 0,

    /// <summary>Silent.</summary>
    Unreachable = 1,

    /// <summary>Its process has ended: its connections broke, and nobody listens at its address or somebody else does.</summary>
    Terminated = 2,
}

/// <summary>One opinion, and the number of the observer's change that made it.</summary>
internal sealed record ReachabilityRecord(UniqueAddress Observer, UniqueAddress Subject, ReachabilityStatus Status, long Version);

/// <summary>
/// The table of who reaches whom. Each observer changes its own row alone and counts its changes, so rows merge by their numbers. A row whose opinions are
/// all good again is empty, and its number remains.
/// </summary>
internal sealed class Reachability
{
    public static readonly Reachability Empty = new(
        ImmutableDictionary<UniqueAddress, ImmutableDictionary<UniqueAddress, ReachabilityRecord>>.Empty,
        ImmutableDictionary<UniqueAddress, long>.Empty);

    private readonly ImmutableDictionary<UniqueAddress, ImmutableDictionary<UniqueAddress, ReachabilityRecord>> _rows;
    private readonly Dictionary<UniqueAddress, ReachabilityStatus> _worst = [];

    private Reachability(
        ImmutableDictionary<UniqueAddress, ImmutableDictionary<UniqueAddress, ReachabilityRecord>> rows, ImmutableDictionary<UniqueAddress, long> versions)
    {
        _rows = rows;
        Versions = versions;
        foreach (ReachabilityRecord record in Records)
            if (record.Status > _worst.GetValueOrDefault(record.Subject)) _worst[record.Subject] = record.Status;
    }

    public IEnumerable<ReachabilityRecord> Records => _rows.Values.SelectMany(static row => row.Values);

    /// <summary>Changes that each observer has made.</summary>
    public ImmutableDictionary<UniqueAddress, long> Versions { get; }

    public bool IsAllReachable => _worst.Count == 0;

    /// <summary>Subjects of which somebody thinks that they are silent or have ended.</summary>
    public IReadOnlyCollection<UniqueAddress> AllUnreachable => _worst.Keys;

    public IEnumerable<UniqueAddress> AllTerminated => _worst.Where(static w => w.Value == ReachabilityStatus.Terminated).Select(static w => w.Key);

    /// <summary>Observers with a bad opinion of somebody.</summary>
    public IEnumerable<UniqueAddress> AllObservers => _rows.Keys;

    public static Reachability Of(IEnumerable<ReachabilityRecord> records, ImmutableDictionary<UniqueAddress, long> versions) => new(
        records.GroupBy(static r => r.Observer).ToImmutableDictionary(static g => g.Key, static g => g.ToImmutableDictionary(static r => r.Subject)), versions);

    public bool IsReachable(UniqueAddress subject) => !_worst.ContainsKey(subject);

    public bool IsTerminated(UniqueAddress subject) => _worst.GetValueOrDefault(subject) == ReachabilityStatus.Terminated;

    public bool IsReachable(UniqueAddress observer, UniqueAddress subject) => Status(observer, subject) == ReachabilityStatus.Reachable;

    public ReachabilityStatus Status(UniqueAddress observer, UniqueAddress subject) =>
        _rows.TryGetValue(observer, out ImmutableDictionary<UniqueAddress, ReachabilityRecord> row) && row.TryGetValue(subject, out ReachabilityRecord record)
            ? record.Status
            : ReachabilityStatus.Reachable;

    public IEnumerable<UniqueAddress> AllUnreachableFrom(UniqueAddress observer) =>
        _rows.TryGetValue(observer, out ImmutableDictionary<UniqueAddress, ReachabilityRecord> row)
            ? row.Values.Where(static r => r.Status != ReachabilityStatus.Reachable).Select(static r => r.Subject)
            : [];

    /// <summary>Who thinks badly of a subject.</summary>
    public IEnumerable<UniqueAddress> ObserversOf(UniqueAddress subject) =>
        Records.Where(r => r.Status != ReachabilityStatus.Reachable && r.Subject.Equals(subject)).Select(static r => r.Observer);

    public Reachability Reachable(UniqueAddress observer, UniqueAddress subject) => Change(observer, subject, ReachabilityStatus.Reachable);

    /// <summary>Silence; of somebody whose process has ended it says nothing new.</summary>
    public Reachability Unreachable(UniqueAddress observer, UniqueAddress subject) =>
        Status(observer, subject) == ReachabilityStatus.Terminated ? this : Change(observer, subject, ReachabilityStatus.Unreachable);

    public Reachability Terminated(UniqueAddress observer, UniqueAddress subject) => Change(observer, subject, ReachabilityStatus.Terminated);

    /// <summary>The newer row of each observer, as far as both ends are still members.</summary>
    public Reachability Merge(IReadOnlySet<UniqueAddress> members, Reachability that)
    {
        var rows = ImmutableDictionary.CreateBuilder<UniqueAddress, ImmutableDictionary<UniqueAddress, ReachabilityRecord>>();
        var versions = ImmutableDictionary.CreateBuilder<UniqueAddress, long>();
        foreach (UniqueAddress observer in members)
        {
            var mine = Versions.GetValueOrDefault(observer);
            var theirs = that.Versions.GetValueOrDefault(observer);
            if (Math.Max(mine, theirs) > 0) versions[observer] = Math.Max(mine, theirs);
            Reachability newer = theirs > mine ? that : this;
            if (!newer._rows.TryGetValue(observer, out ImmutableDictionary<UniqueAddress, ReachabilityRecord> row)) continue;
            row = row.RemoveRange(row.Keys.Where(subject => !members.Contains(subject)));
            if (!row.IsEmpty) rows[observer] = row;
        }

        return new Reachability(rows.ToImmutable(), versions.ToImmutable());
    }

    /// <summary>Without nodes that are no members any more.</summary>
    public Reachability Remove(IReadOnlySet<UniqueAddress> nodes)
    {
        if (nodes.Count == 0) return this;
        var rows = ImmutableDictionary.CreateBuilder<UniqueAddress, ImmutableDictionary<UniqueAddress, ReachabilityRecord>>();
        foreach ((UniqueAddress observer, ImmutableDictionary<UniqueAddress, ReachabilityRecord> row) in _rows)
        {
            if (nodes.Contains(observer)) continue;
            ImmutableDictionary<UniqueAddress, ReachabilityRecord> rest = row.RemoveRange(row.Keys.Where(nodes.Contains));
            if (!rest.IsEmpty) rows[observer] = rest;
        }

        return new Reachability(rows.ToImmutable(), Versions.RemoveRange(nodes));
    }

    /// <summary>Without the opinions of some.</summary>
    public Reachability RemoveObservers(IReadOnlySet<UniqueAddress> observers) =>
        observers.Count == 0 ? this : new Reachability(_rows.RemoveRange(observers), Versions.RemoveRange(observers));

    /// <summary>With the opinions of some alone.</summary>
    public Reachability FilterRecords(Func<ReachabilityRecord, bool> keep) => Of(Records.Where(keep), Versions);

    public override string ToString() => string.Join(", ", Records.Where(static r => r.Status != ReachabilityStatus.Reachable)
        .Select(static r => $"{r.Observer.Address} -> {r.Subject.Address}: {r.Status} ({r.Version})"));

    private Reachability Change(UniqueAddress observer, UniqueAddress subject, ReachabilityStatus status)
    {
        if (Status(observer, subject) == status) return this;
        var version = Versions.GetValueOrDefault(observer) + 1;
        ImmutableDictionary<UniqueAddress, ReachabilityRecord> row = _rows.GetValueOrDefault(observer, ImmutableDictionary<UniqueAddress, ReachabilityRecord>.Empty)
            .SetItem(subject, new ReachabilityRecord(observer, subject, status, version));
        return new Reachability(
            row.Values.All(static r => r.Status == ReachabilityStatus.Reachable) ? _rows.Remove(observer) : _rows.SetItem(observer, row),
            Versions.SetItem(observer, version));
    }
}
