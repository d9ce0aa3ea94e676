using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Model;
using ActorBroker.Records;

namespace ActorBroker.Actors.Tests.Groups;

public sealed class GroupLoaderTests
{
    private readonly MemoryCoordinatorLog _log = new();

    [Fact]
    public void Groups_are_rebuilt_from_all_batches_and_vacant_ones_are_forgotten()
    {
        Write(Commit("a", 0, 1), Commit("a", 1, 2), Commit("b", 0, 3));
        Write(Commit("a", 0, 4), new GroupRecord.OffsetTombstone("b", new TopicPartition("t", 0)));
        Write(new GroupRecord.Metadata("c", new GroupSnapshot("consumer", 3, null, null, 1, [])));

        var loaded = Load();

        Assert.Equal(["a", "c"], loaded.Groups.Select(group => group.GroupId).Order());
        Assert.Equal([4, 2], Offsets(loaded, "a"));
        Assert.Equal(3, loaded.Groups.Single(group => group.GroupId == "c").Generation);
        Assert.Equal(6, loaded.Records);
    }

    [Fact]
    public void Offsets_of_a_transaction_count_once_it_is_committed()
    {
        WriteTransactional(7, Commit("a", 0, 1));
        WriteTransactional(8, Commit("a", 1, 2));
        _log.Add(new TransactionMarker(true, 0).ToBatch(7, 0, 1));
        _log.Add(new TransactionMarker(false, 0).ToBatch(8, 0, 1));

        Assert.Equal([1], Offsets(Load(), "a"));
    }

    [Fact]
    public void A_record_that_is_none_of_a_group_fails_the_load()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(1, new byte[] { 0, 1, 0x7f }, new byte[] { 0 });
        _log.Add(builder.BuildArray());

        Assert.Throws<InvalidDataException>(Load);
    }

    private LoadedGroups Load() => new GroupLoader(_log, GroupSettings.Default).Load(() => false);

    private void Write(params GroupRecord[] records) => _log.Add(GroupRecordCodec.EncodeBatch(records, 1));

    private void WriteTransactional(long producerId, GroupRecord record)
    {
        Assert.True(RecordBatchView.TryRead(GroupRecordCodec.EncodeBatch([record], 1), out var plain, out _));
        var records = new RecordEnumerator(plain.Payload, plain);
        Assert.True(records.MoveNext());
        using var builder = new RecordBatchBuilder(new BatchProperties { ProducerId = producerId, ProducerEpoch = 0, BaseSequence = 0, IsTransactional = true });
        builder.Append(1, records.Current.Key, records.Current.Value);
        _log.Add(builder.BuildArray());
    }

    private static GroupRecord Commit(string group, int partition, long offset) => new GroupRecord.OffsetCommit(
        group, new TopicPartition("t", partition), new CommittedOffset(new Offset(offset), LeaderEpoch.Unknown, "", 1));

    private static IEnumerable<long> Offsets(LoadedGroups loaded, string groupId)
    {
        var core = loaded.Groups.Single(group => group.GroupId == groupId);
        var effects = core.Step(new GroupEvent.FetchOffsets(new RequestToken(1), null), 1);
        return ((GroupReply.FetchOffsets)effects.OfType<GroupEffect.Reply>().Single().Result).Offsets.Select(offset => offset.Offset.Value);
    }
}
