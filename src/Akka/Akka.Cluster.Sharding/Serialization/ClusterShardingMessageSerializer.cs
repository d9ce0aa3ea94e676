#nullable disable
using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Remote.Transport;
using Akka.Serialization;

namespace Akka.Cluster.Sharding.Serialization;

/// <summary>The messages of sharding, in a form of our own: lengths are 7-bit encoded, strings are UTF-8, references are paths.</summary>
public class ClusterShardingMessageSerializer : SerializerWithStringManifest
{
    private static readonly Dictionary<Type, string> Manifests = new()
    {
        [typeof(CollectShards)] = "AA", [typeof(ShardsCollected)] = "AB", [typeof(EpochRefused)] = "AC", [typeof(RegisterRegion)] = "AD",
        [typeof(RegisterProxy)] = "AE", [typeof(RegisterAck)] = "AF", [typeof(GetShardHome)] = "AG", [typeof(ShardHome)] = "AH",
        [typeof(HostShard)] = "AI", [typeof(ShardStarted)] = "AJ", [typeof(BeginHandOff)] = "AK", [typeof(BeginHandOffAck)] = "AL",
        [typeof(HandOff)] = "AM", [typeof(ShardStopped)] = "AN", [typeof(GracefulShutdownRequest)] = "AO",
        [typeof(RememberedStarted)] = "BA", [typeof(RememberedStopped)] = "BB", [typeof(RememberedAll)] = "BC",
        [typeof(ShardingEnvelope)] = "CA", [typeof(ShardRegion.StartEntity)] = "CB",
        [typeof(GetCurrentRegions)] = "DA", [typeof(CurrentRegions)] = "DB", [typeof(GetShardRegionStats)] = "DC", [typeof(ShardRegionStats)] = "DD",
        [typeof(GetClusterShardingStats)] = "DE", [typeof(ClusterShardingStats)] = "DF", [typeof(GetShardRegionState)] = "DG",
        [typeof(CurrentShardRegionState)] = "DH", [typeof(ShardState)] = "DI",
    };

    public ClusterShardingMessageSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    public override int Identifier => 13;

    /// <exception cref="ArgumentException">The object is no message of sharding.</exception>
    public override string Manifest(object o) => o is not null && Manifests.TryGetValue(o.GetType(), out var manifest)
        ? manifest
        : throw new ArgumentException($"Cannot serialize object of type [{o?.GetType()}] in [{nameof(ClusterShardingMessageSerializer)}]", nameof(o));

    public override byte[] ToBinary(object obj)
    {
        using var stream = new MemoryStream();
        using var writer = new ShardingWriter(stream);
        switch (obj)
        {
            case CollectShards m: writer.Text(m.TypeName).Number(m.Epoch); break;
            case ShardsCollected m: writer.Node(m.Node).Number(m.Epoch).Ref(m.Region).Texts(m.Hosted).Texts(m.Known); break;
            case EpochRefused m: writer.Number(m.Promised); break;
            case RegisterRegion m: writer.Node(m.Node).Texts(m.Hosted); break;
            case RegisterAck m: writer.Number(m.Epoch); break;
            case GetShardHome m: writer.Text(m.Shard); break;
            case ShardHome m: writer.Text(m.Shard).Ref(m.Region).Number(m.Epoch); break;
            case HostShard m: writer.Text(m.Shard).Number(m.Epoch).Number(m.Number).Texts(m.Entities); break;
            case ShardStarted m: writer.Text(m.Shard).Number(m.Number); break;
            case BeginHandOff m: writer.Text(m.Shard).Number(m.Epoch); break;
            case BeginHandOffAck m: writer.Text(m.Shard); break;
            case HandOff m: writer.Text(m.Shard).Number(m.Epoch).Number(m.Number); break;
            case ShardStopped m: writer.Text(m.Shard).Number(m.Number).Texts(m.Entities); break;
            case RememberedEvent m: writer.Texts(m.Ids); break;
            case ShardingEnvelope m:
                writer.Text(m.EntityId);
                writer.Write(NestedMessage.Write(system, m.Message));
                break;
            case ShardRegion.StartEntity m: writer.Text(m.EntityId); break;
            case CurrentRegions m: writer.Texts([.. m.Regions.Select(static a => a.ToString())]); break;
            case ShardRegionStats m: writer.Stats(m); break;
            case GetClusterShardingStats m: writer.Number(m.Timeout.Ticks); break;
            case ClusterShardingStats m:
                writer.Write7BitEncodedInt(m.Regions.Count);
                foreach ((Address address, ShardRegionStats stats) in m.Regions) writer.Text(address.ToString()).Stats(stats);
                break;
            case CurrentShardRegionState m:
                writer.Texts([.. m.Failed]).Write7BitEncodedInt(m.Shards.Count);
                foreach (ShardState shard in m.Shards) writer.Text(shard.ShardId).Texts([.. shard.EntityIds]);
                break;
            case ShardState m: writer.Text(m.ShardId).Texts([.. m.EntityIds]); break;
            default: _ = Manifest(obj); break;
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <exception cref="SerializationException">The manifest is not known, or the bytes do not fit it.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        using var reader = new ShardingReader(bytes, system);
        try
        {
            return Read(reader, manifest);
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException or OverflowException)
        {
            throw new SerializationException($"The bytes do not fit manifest [{manifest}] of sharding", e);
        }
    }

    /// <summary>Adds the serialiser to a system that does not have it yet.</summary>
    internal static void Register(ExtendedActorSystem system)
    {
        var serializer = new ClusterShardingMessageSerializer(system);
        system.Serialization.AddSerializer("akka-sharding", serializer);
        system.Serialization.AddSerializationMap(typeof(IClusterShardingSerializable), serializer);
    }

    private object Read(ShardingReader reader, string manifest) => manifest switch
    {
        "AA" => new CollectShards(reader.Text(), reader.Number()),
        "AB" => new ShardsCollected(reader.Node(), reader.Number(), reader.Ref(), reader.Texts(), reader.Texts()),
        "AC" => new EpochRefused(reader.Number()),
        "AD" => new RegisterRegion(reader.Node(), reader.Texts()),
        "AE" => new RegisterProxy(),
        "AF" => new RegisterAck(reader.Number()),
        "AG" => new GetShardHome(reader.Text()),
        "AH" => new ShardHome(reader.Text(), reader.Ref() ?? throw new FormatException("A home is missing"), reader.Number()),
        "AI" => new HostShard(reader.Text(), reader.Number(), reader.Number(), reader.MaybeTexts()),
        "AJ" => new ShardStarted(reader.Text(), reader.Number()),
        "AK" => new BeginHandOff(reader.Text(), reader.Number()),
        "AL" => new BeginHandOffAck(reader.Text()),
        "AM" => new HandOff(reader.Text(), reader.Number(), reader.Number()),
        "AN" => new ShardStopped(reader.Text(), reader.Number(), reader.MaybeTexts()),
        "AO" => new GracefulShutdownRequest(),
        "BA" => new RememberedStarted(reader.Texts()),
        "BB" => new RememberedStopped(reader.Texts()),
        "BC" => new RememberedAll(reader.Texts()),
        "CA" => new ShardingEnvelope(reader.Text(), NestedMessage.Read(system, reader.Rest())),
        "CB" => new ShardRegion.StartEntity(reader.Text()),
        "DA" => GetCurrentRegions.Instance,
        "DB" => new CurrentRegions(reader.Texts().Select(Address.Parse).ToImmutableHashSet()),
        "DC" => GetShardRegionStats.Instance,
        "DD" => reader.Stats(),
        "DE" => new GetClusterShardingStats(TimeSpan.FromTicks(reader.Number())),
        "DF" => ReadClusterStats(reader),
        "DG" => GetShardRegionState.Instance,
        "DH" => ReadRegionState(reader),
        "DI" => new ShardState(reader.Text(), reader.Texts().ToImmutableHashSet()),
        _ => throw new SerializationException($"Unknown manifest [{manifest}] in [{nameof(ClusterShardingMessageSerializer)}]"),
    };

    private static ClusterShardingStats ReadClusterStats(ShardingReader reader)
    {
        var regions = ImmutableDictionary.CreateBuilder<Address, ShardRegionStats>();
        for (var left = reader.Count(); left > 0; left--) regions[Address.Parse(reader.Text())] = reader.Stats();
        return new ClusterShardingStats(regions.ToImmutable());
    }

    private static CurrentShardRegionState ReadRegionState(ShardingReader reader)
    {
        var failed = reader.Texts().ToImmutableHashSet();
        var shards = ImmutableHashSet.CreateBuilder<ShardState>();
        for (var left = reader.Count(); left > 0; left--) shards.Add(new ShardState(reader.Text(), reader.Texts().ToImmutableHashSet()));
        return new CurrentShardRegionState(shards.ToImmutable(), failed);
    }
}
