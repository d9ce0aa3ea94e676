using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Records;

namespace ActorBroker.Actors.Tests;

/// <summary>Appends and reads records of a partition as text.</summary>
internal sealed class TestAppend : Append
{
    private readonly TaskCompletionSource<AppendOutcome> done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static Task<AppendOutcome> Send(Partition partition, string value, RequiredAcks acks = RequiredAcks.All, string? key = null)
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(
            DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), key is null ? default : System.Text.Encoding.UTF8.GetBytes(key), System.Text.Encoding.UTF8.GetBytes(value));
        var append = new TestAppend { Batches = builder.BuildArray(), Acks = acks };
        partition.Append(append);
        return append.done.Task;
    }

    /// <summary>All in one batch.</summary>
    public static Task<AppendOutcome> SendTogether(Partition partition, params string[] values)
    {
        using var builder = new RecordBatchBuilder();
        foreach (var value in values)
        {
            builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), default, System.Text.Encoding.UTF8.GetBytes(value));
        }

        var append = new TestAppend { Batches = builder.BuildArray(), Acks = RequiredAcks.All };
        partition.Append(append);
        return append.done.Task;
    }

    public static List<string> ReadAll(Partition partition)
    {
        var values = new List<string>();
        // A read ends with its segment.
        for (var next = partition.LogStartOffset; next < partition.HighWatermark;)
        {
            var read = partition.Read(next, int.MaxValue, ReadIsolation.HighWatermark, true, LeaderEpoch.Unknown);
            Assert.Equal(ErrorCode.None, read.Error);
            var end = AddValues(read.Records!.ToArray(), values);
            read.Records.Release();
            if (end == Offset.Zero)
            {
                break; // nothing can be read there now, as while a replica truncates
            }

            next = end;
        }

        return values;
    }

    private static Offset AddValues(byte[] bytes, List<string> values)
    {
        var next = Offset.Zero;
        foreach (var entry in new BatchEntries(bytes))
        {
            Assert.True(entry.TryGetBatch(out var batch, out _));
            Assert.True(batch.IsCrcValid);
            Assert.Equal(RecordsProblem.None, BatchRecords.TryOpen(batch, 1 << 20, out var records));
            using (records)
            {
                while (records.MoveNext())
                {
                    values.Add(System.Text.Encoding.UTF8.GetString(records.Current.Value.Bytes));
                }
            }

            next = new Offset(batch.NextOffset);
        }

        return next;
    }

    public override void Complete(in AppendOutcome outcome) => done.SetResult(outcome);
}
