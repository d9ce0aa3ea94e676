using System.Buffers.Binary;
using ActorBroker.Model;
using ActorBroker.Replication;

namespace ActorBroker.Links;

/// <summary>Writes the fields of replication messages one after the other.</summary>
internal ref struct FieldWriter(Span<byte> bytes)
{
    private Span<byte> rest = bytes;

    public void Write(byte value)
    {
        rest[0] = value;
        rest = rest[1..];
    }

    public void Write(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(rest, value);
        rest = rest[4..];
    }

    public void Write(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(rest, value);
        rest = rest[8..];
    }

    public void Write(Offset offset) => Write(offset.Value);

    public void Write(LeaderEpoch epoch) => Write(epoch.Value);

    public void Write(in TopicIdPartition partition)
    {
        partition.TopicId.Value.TryWriteBytes(rest, bigEndian: true, out _);
        rest = rest[16..];
        Write(partition.Partition);
    }

    public void Write(in StreamKey stream)
    {
        Write(stream.LeaderEpoch);
        Write(stream.Leader.Value);
        Write(stream.LeaderBrokerEpoch.Value);
        Write(stream.Follower.Value);
        Write(stream.FollowerBrokerEpoch.Value);
        Write(stream.Session);
    }
}

/// <summary>Reads what <see cref="FieldWriter"/> wrote; the caller has checked the length.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public byte ReadByte()
    {
        var value = rest[0];
        rest = rest[1..];
        return value;
    }

    public int ReadInt32()
    {
        var value = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[4..];
        return value;
    }

    public long ReadInt64()
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(rest);
        rest = rest[8..];
        return value;
    }

    public Offset ReadOffset() => new(ReadInt64());

    public LeaderEpoch ReadEpoch() => new(ReadInt32());

    public TopicIdPartition ReadPartition()
    {
        var id = new TopicId(new Guid(rest[..16], bigEndian: true));
        rest = rest[16..];
        return new TopicIdPartition(id, ReadInt32());
    }

    public StreamKey ReadStream() => new(
        ReadEpoch(), new NodeId(ReadInt32()), new BrokerEpoch(ReadInt64()), new NodeId(ReadInt32()), new BrokerEpoch(ReadInt64()), ReadInt64());
}
