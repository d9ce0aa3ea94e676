using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Records;

namespace ActorBroker.Actors.Tests.Groups;

public sealed class GroupRecordCodecTests
{
    private static readonly TopicPartition Partition = new("t", 3);

    [Fact]
    public void An_offset_is_written_in_Kafkas_bytes()
    {
        var record = new GroupRecord.OffsetCommit("g", Partition, new CommittedOffset(new Offset(5), new LeaderEpoch(7), "m", 9));

        var (key, value) = Bytes(record);

        Assert.Equal("000100016700017400000003", Convert.ToHexStringLower(key));
        Assert.Equal("0003" + "0000000000000005" + "00000007" + "00016d" + "0000000000000009", Convert.ToHexStringLower(value!));
    }

    [Fact]
    public void An_offset_with_an_expiry_is_written_in_version_1()
    {
        var record = new GroupRecord.OffsetCommit("g", Partition, new CommittedOffset(new Offset(5), LeaderEpoch.Unknown, "", 9, 10));

        var (key, value) = Bytes(record);

        Assert.Equal("0001" + "0000000000000005" + "0000" + "0000000000000009" + "000000000000000a", Convert.ToHexStringLower(value!));
        Assert.Equal(record, GroupRecordCodec.Decode(key, (ReadOnlyMemory<byte>)value!));
    }

    [Fact]
    public void A_group_is_written_in_version_3_and_read_again()
    {
        var member = new MemberSnapshot("m", "i", "c", "/h", 60_000, 10_000, new byte[] { 1, 2 }, new byte[] { 3 });
        var record = new GroupRecord.Metadata("g", new GroupSnapshot("consumer", 4, "range", "m", 99, [member]));

        var (key, value) = Bytes(record);
        var again = Assert.IsType<GroupRecord.Metadata>(GroupRecordCodec.Decode(key, (ReadOnlyMemory<byte>)value!)).Snapshot;

        Assert.Equal("0002000167", Convert.ToHexStringLower(key));
        Assert.StartsWith("0003", Convert.ToHexStringLower(value!));
        Assert.Equal(("consumer", 4, "range", "m", 99L), (again.ProtocolType, again.Generation, again.Protocol, again.Leader, again.StateTimestampMs));
        var back = Assert.Single(again.Members);
        Assert.Equal(("m", "i", "c", "/h", 60_000, 10_000),
            (back.MemberId, back.GroupInstanceId, back.ClientId, back.ClientHost, back.RebalanceTimeoutMs, back.SessionTimeoutMs));
        Assert.Equal([1, 2], back.Subscription.ToArray());
        Assert.Equal([3], back.Assignment.ToArray());
    }

    [Fact]
    public void Tombstones_have_no_value()
    {
        foreach (GroupRecord record in new GroupRecord[] { new GroupRecord.OffsetTombstone("g", Partition), new GroupRecord.MetadataTombstone("g") })
        {
            var (key, value) = Bytes(record);

            Assert.Null(value);
            Assert.Equal(record, GroupRecordCodec.Decode(key, null));
        }
    }

    [Theory]
    [InlineData("0000" + "000000000000002a" + "0000" + "0000000000000001", 42, null)]
    [InlineData("0002" + "000000000000002a" + "0000" + "0000000000000001", 42, null)]
    [InlineData("0001" + "000000000000002a" + "0000" + "0000000000000001" + "0000000000000002", 42, 2L)]
    [InlineData("0004" + "000000000000002a" + "ffffffff" + "01" + "0000000000000001" + "00", 42, null)]
    public void Older_and_newer_versions_of_offsets_are_read(string value, long offset, long? expires)
    {
        var read = GroupRecordCodec.Decode(Convert.FromHexString("0000" + "000167" + "000174" + "00000003"), (ReadOnlyMemory<byte>)Convert.FromHexString(value));

        Assert.Equal(new GroupRecord.OffsetCommit("g", Partition, new CommittedOffset(new Offset(offset), LeaderEpoch.Unknown, "", 1, expires)), read);
    }

    [Fact]
    public void Records_of_newer_kinds_of_groups_are_left_alone() =>
        Assert.Null(GroupRecordCodec.Decode(Convert.FromHexString("0003" + "000167"), (ReadOnlyMemory<byte>)new byte[] { 0, 0 }));

    [Theory]
    [InlineData("00")]
    [InlineData("00017fff67")]
    public void A_damaged_key_is_an_error(string key) =>
        Assert.Throws<ProtocolException>(() => GroupRecordCodec.Decode(Convert.FromHexString(key), null));

    private static (byte[] Key, byte[]? Value) Bytes(GroupRecord record)
    {
        Assert.True(RecordBatchView.TryRead(GroupRecordCodec.EncodeBatch([record], 1234), out var batch, out _));
        Assert.True(batch.IsCrcValid);
        var records = new RecordEnumerator(batch.Payload, batch);
        Assert.True(records.MoveNext());
        Assert.Equal(1234, records.Current.Timestamp);
        return (records.Current.Key.ToArray()!, records.Current.Value.ToArray());
    }
}
