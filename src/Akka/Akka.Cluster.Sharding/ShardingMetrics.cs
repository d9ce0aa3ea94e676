using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Akka.Cluster.Sharding;

/// <summary>The meter "Akka.Cluster.Sharding": what regions host and hold back, and what has moved.</summary>
internal static class ShardingMetrics
{
    private static readonly Meter Meter = new("Akka.Cluster.Sharding");
    private static readonly ConcurrentDictionary<RegionGauge, byte> Regions = new();
    private static readonly Counter<long> Moves = Meter.CreateCounter<long>("akka.cluster.sharding.moves", "{shard}", "Hand-offs of shards that coordinators here have ended");
    private static readonly Counter<long> DroppedMessages = Meter.CreateCounter<long>("akka.cluster.sharding.dropped", "{message}", "Messages dropped for want of room in a buffer");

    static ShardingMetrics()
    {
        Meter.CreateObservableUpDownCounter("akka.cluster.sharding.shards", static () => PerRegion(static r => r.Shards), "{shard}", "Shards that a region hosts");
        Meter.CreateObservableUpDownCounter("akka.cluster.sharding.entities", static () => PerRegion(static r => r.Entities), "{entity}", "Entities that run in a region");
        Meter.CreateObservableUpDownCounter("akka.cluster.sharding.buffered", static () => PerRegion(static r => r.Buffered), "{message}", "Messages that wait for a shard or an entity");
    }

    public static RegionGauge Region(string typeName, string address)
    {
        var gauge = new RegionGauge(typeName, address);
        Regions[gauge] = 0;
        return gauge;
    }

    public static void Gone(RegionGauge region) => Regions.TryRemove(region, out _);

    public static void Moved(string typeName, bool successfully) =>
        Moves.Add(1, new("type", typeName), new("moved", successfully));

    public static void Dropped(string typeName) => DroppedMessages.Add(1, new KeyValuePair<string, object?>("type", typeName));

    private static IEnumerable<Measurement<long>> PerRegion(Func<RegionGauge, long> value) =>
        Regions.Keys.Select(r => new Measurement<long>(value(r), new("type", r.TypeName), new("node", r.Address)));
}

/// <summary>The figures of one region. The region and its shards change them, a meter's listener reads them.</summary>
internal sealed class RegionGauge(string typeName, string address)
{
    private long _shards;
    private long _entities;
    private long _buffered;

    public string TypeName => typeName;

    public string Address => address;

    public long Shards
    {
        get => Volatile.Read(ref _shards);
        set => Volatile.Write(ref _shards, value);
    }

    public long Entities => Volatile.Read(ref _entities);

    public long Buffered => Volatile.Read(ref _buffered);

    public void AddEntities(int change) => Interlocked.Add(ref _entities, change);

    public void AddBuffered(int change) => Interlocked.Add(ref _buffered, change);
}
