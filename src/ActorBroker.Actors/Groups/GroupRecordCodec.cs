using ActorBroker.Coordination.Groups;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.GroupRecords;
using ActorBroker.Records;

namespace ActorBroker.Actors.Groups;

/// <summary>
/// The records of <c>__consumer_offsets</c> in Kafka's bytes. Keys and values start with an int16 version; in keys it tells the kind:
/// 0 and 1 an offset, 2 a group; others belong to the newer kinds of groups and are left alone. No value: a tombstone.
/// </summary>
public static class GroupRecordCodec
{
    private const short OffsetKeyVersion = 1;
    private const short GroupKeyVersion = 2;
    private const short GroupValueVersion = 3;
    private const short OffsetValueVersion = 3;

    /// <summary>The only value version with a place for an explicit expiry.</summary>
    private const short ExpiringOffsetValueVersion = 1;

    /// <summary>One batch of these records.</summary>
    public static byte[] EncodeBatch(IReadOnlyList<GroupRecord> records, long nowMs)
    {
        using var builder = new RecordBatchBuilder();
        using var writer = new ProtocolWriter();
        foreach (var record in records)
        {
            var key = EncodeKey(record, writer);
            builder.Append(nowMs, key, EncodeValue(record, writer));
        }

        return builder.BuildArray();
    }

    /// <summary>Null when the record is not of a classic group.</summary>
    /// <exception cref="ProtocolException">The bytes are not what their version says.</exception>
    public static GroupRecord? Decode(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value)
    {
        var reader = new ProtocolReader(key);
        var version = reader.ReadInt16();
        switch (version)
        {
            case 0 or OffsetKeyVersion:
                var offsetKey = new OffsetCommitKey();
                offsetKey.Read(ref reader, version);
                var partition = new TopicPartition(offsetKey.Topic, offsetKey.Partition);
                return value is { } offset
                    ? new GroupRecord.OffsetCommit(offsetKey.Group, partition, DecodeOffset(offset))
                    : new GroupRecord.OffsetTombstone(offsetKey.Group, partition);
            case GroupKeyVersion:
                var groupKey = new GroupMetadataKey();
                groupKey.Read(ref reader, version);
                return value is { } metadata
                    ? new GroupRecord.Metadata(groupKey.Group, DecodeGroup(metadata))
                    : new GroupRecord.MetadataTombstone(groupKey.Group);
            default:
                return null;
        }
    }

    private static byte[] EncodeKey(GroupRecord record, ProtocolWriter writer) => record switch
    {
        GroupRecord.OffsetCommit commit => Encode(writer, OffsetKeyVersion, OffsetKey(commit.GroupId, commit.Partition)),
        GroupRecord.OffsetTombstone tombstone => Encode(writer, OffsetKeyVersion, OffsetKey(tombstone.GroupId, tombstone.Partition)),
        _ => Encode(writer, GroupKeyVersion, new GroupMetadataKey { Group = record.GroupId }),
    };

    private static OffsetCommitKey OffsetKey(string groupId, TopicPartition partition) =>
        new() { Group = groupId, Topic = partition.Topic, Partition = partition.Partition };

    private static byte[]? EncodeValue(GroupRecord record, ProtocolWriter writer) => record switch
    {
        GroupRecord.OffsetCommit { Offset: var offset } => Encode(
            writer, offset.ExpireTimestampMs is null ? OffsetValueVersion : ExpiringOffsetValueVersion, new OffsetCommitValue
            {
                Offset = offset.Offset.Value,
                LeaderEpoch = offset.LeaderEpoch.Value,
                Metadata = offset.Metadata,
                CommitTimestamp = offset.CommitTimestampMs,
                ExpireTimestamp = offset.ExpireTimestampMs ?? -1,
            }),
        GroupRecord.Metadata { Snapshot: var snapshot } => Encode(writer, GroupValueVersion, new GroupMetadataValue
        {
            ProtocolType = snapshot.ProtocolType,
            Generation = snapshot.Generation,
            Protocol = snapshot.Protocol,
            Leader = snapshot.Leader,
            CurrentStateTimestamp = snapshot.StateTimestampMs,
            Members = [.. snapshot.Members.Select(member => new GroupMetadataValue.MemberMetadata
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.GroupInstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                RebalanceTimeout = member.RebalanceTimeoutMs,
                SessionTimeout = member.SessionTimeoutMs,
                Subscription = member.Subscription,
                Assignment = member.Assignment,
            })],
        }),
        _ => null,
    };

    private static byte[] Encode(ProtocolWriter writer, short version, IMessage message)
    {
        writer.Reset();
        writer.WriteInt16(version);
        message.Write(writer, version);
        return writer.ToArray();
    }

    private static CommittedOffset DecodeOffset(ReadOnlyMemory<byte> value)
    {
        var stored = Decode<OffsetCommitValue>(value);
        return new CommittedOffset(
            new Offset(stored.Offset), new LeaderEpoch(stored.LeaderEpoch), stored.Metadata, stored.CommitTimestamp,
            stored.ExpireTimestamp < 0 ? null : stored.ExpireTimestamp);
    }

    private static GroupSnapshot DecodeGroup(ReadOnlyMemory<byte> value)
    {
        var stored = Decode<GroupMetadataValue>(value);
        return new GroupSnapshot(
            stored.ProtocolType, stored.Generation, stored.Protocol, stored.Leader, stored.CurrentStateTimestamp,
            [.. stored.Members.Select(member => new MemberSnapshot(
                member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost,
                // Before version 1 there was no rebalance timeout of its own.
                member.RebalanceTimeout < 0 ? member.SessionTimeout : member.RebalanceTimeout,
                member.SessionTimeout, member.Subscription, member.Assignment))]);
    }

    private static T Decode<T>(ReadOnlyMemory<byte> value)
        where T : IMessage, new()
    {
        var reader = new ProtocolReader(value);
        var version = reader.ReadInt16();
        var message = new T();
        message.Read(ref reader, version);
        return message;
    }
}
