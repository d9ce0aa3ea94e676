#nullable disable
using System.Collections.Immutable;
using System.Text;
using Akka.Actor;

namespace Akka.Cluster.Sharding.Serialization;

/// <summary>Writes the parts that messages of sharding are made of.</summary>
internal sealed class ShardingWriter(Stream stream) : BinaryWriter(stream, Encoding.UTF8, leaveOpen: true)
{
    public ShardingWriter Text(string text)
    {
        Write(text);
        return this;
    }

    public ShardingWriter Number(long number)
    {
        Write(number);
        return this;
    }

    /// <summary>A list; one more than its length comes first, 0 for none.</summary>
    public ShardingWriter Texts(ImmutableArray<string> texts)
    {
        Write7BitEncodedInt(texts.IsDefault ? 0 : texts.Length + 1);
        if (!texts.IsDefault) foreach (var text in texts) Write(text);
        return this;
    }

    public ShardingWriter Ref(IActorRef actor) => Text(actor is null ? "" : Akka.Serialization.Serialization.SerializedActorPath(actor));

    public ShardingWriter Node(UniqueAddress node) => Text(node.Address.ToString()).Number(node.Uid);

    public ShardingWriter Stats(ShardRegionStats stats)
    {
        Texts([.. stats.Failed]).Write7BitEncodedInt(stats.Stats.Count);
        foreach ((string shard, int entities) in stats.Stats) Text(shard).Number(entities);
        return this;
    }
}

/// <summary>Reads them. A count larger than the bytes that are left is refused, so that nothing is allocated for it.</summary>
internal sealed class ShardingReader(byte[] bytes, ExtendedActorSystem system) : BinaryReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true))
{
    public string Text() => ReadString();

    public long Number() => ReadInt64();

    public int Count()
    {
        var count = Read7BitEncodedInt();
        return count >= 0 && count <= BaseStream.Length - BaseStream.Position + 1 ? count : throw new FormatException($"A list of {count} elements does not fit into its message");
    }

    public ImmutableArray<string> Texts() => MaybeTexts() is { IsDefault: false } texts ? texts : throw new FormatException("A list is missing");

    /// <summary>A list that may be unknown; default then.</summary>
    public ImmutableArray<string> MaybeTexts()
    {
        var count = Count();
        if (count == 0) return default;
        var texts = ImmutableArray.CreateBuilder<string>(count - 1);
        for (var i = 1; i < count; i++) texts.Add(ReadString());
        return texts.MoveToImmutable();
    }

    public IActorRef Ref() => ReadString() is { Length: > 0 } path ? system.Provider.ResolveActorRef(path) : null;

    public UniqueAddress Node() => new(Address.Parse(ReadString()), checked((int)ReadInt64()));

    public ShardRegionStats Stats()
    {
        var failed = Texts().ToImmutableHashSet();
        var stats = ImmutableDictionary.CreateBuilder<string, int>();
        for (var left = Count(); left > 0; left--) stats[ReadString()] = checked((int)ReadInt64());
        return new ShardRegionStats(stats.ToImmutable(), failed);
    }

    public byte[] Rest() => ReadBytes((int)(BaseStream.Length - BaseStream.Position));
}
