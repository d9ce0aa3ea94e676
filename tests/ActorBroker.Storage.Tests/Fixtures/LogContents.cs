using System.Text;
using ActorBroker.Records;

namespace ActorBroker.Storage.Tests.Fixtures;

/// <summary>What a reader finds in a log.</summary>
internal static class LogContents
{
    /// <summary>The data records, of aborted transactions too.</summary>
    public static List<(long Offset, string Key, string? Value)> Records(LogFixture log)
    {
        var found = new List<(long, string, string?)>();
        foreach (var bytes in Batches(log))
        {
            RecordBatchView.TryRead(bytes, out var batch, out _);
            if (batch.IsControl)
                continue;
            Assert.Equal(RecordsProblem.None, BatchRecords.TryOpen(batch, 1 << 20, out var records));
            using (records)
            {
                while (records.MoveNext())
                {
                    var value = records.Current.Value;
                    found.Add((records.Current.Offset, Encoding.UTF8.GetString(records.Current.Key.Bytes), value.HasValue ? Encoding.UTF8.GetString(value.Bytes) : null));
                }
            }
        }
        return found;
    }

    /// <summary>Base offsets of the control batches that still have their record.</summary>
    public static List<long> ControlOffsets(LogFixture log)
    {
        var found = new List<long>();
        foreach (var bytes in Batches(log))
        {
            RecordBatchView.TryRead(bytes, out var batch, out _);
            if (batch.IsControl && batch.RecordCount > 0)
                found.Add(batch.BaseOffset);
        }
        return found;
    }

    public static List<byte[]> Batches(LogFixture log)
    {
        var batches = new List<byte[]>();
        var next = log.View.LogStartOffset;
        while (true)
        {
            var result = log.View.Read(next, 4096, log.View.LogEndOffset, atLeastOneBatch: true);
            Assert.Equal(ReadStatus.Ok, result.Status);
            var bytes = result.Slice.ToArray();
            result.Slice.Release();
            if (bytes.Length == 0)
                return batches;
            for (var at = 0; at < bytes.Length;)
            {
                Assert.True(RecordBatchView.TryRead(bytes.AsSpan(at), out var batch, out _));
                Assert.True(batch.IsCrcValid);
                batches.Add(batch.Bytes.ToArray());
                next = new Model.Offset(batch.NextOffset);
                at += batch.SizeInBytes;
            }
        }
    }
}
