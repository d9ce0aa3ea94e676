using ActorBroker.Actors.Groups;
using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Records;

namespace ActorBroker.Actors.Tests.Groups;

/// <summary>A partition in memory. Appends complete at once, unless a test holds them.</summary>
internal sealed class MemoryCoordinatorLog : ICoordinatorLog
{
    private readonly Lock _gate = new();
    private readonly List<byte[]> _batches = [];
    private readonly Queue<Append> _held = [];
    private long _end;

    public bool Hold { get; set; }

    public LeaderEpoch LeaderEpoch { get; set; }

    /// <summary>Appends that wait for <see cref="Release"/>.</summary>
    public int HeldCount
    {
        get
        {
            lock (_gate)
            {
                return _held.Count;
            }
        }
    }

    /// <summary>The epoch that the last append was for.</summary>
    public LeaderEpoch LastEpoch { get; private set; } = LeaderEpoch.Unknown;

    /// <summary>What every append is answered with from now on.</summary>
    public ErrorCode Error { get; set; }

    /// <summary>The next append throws, as code with a mistake in it does.</summary>
    public bool ThrowOnce { get; set; }

    public Offset LogStartOffset => Offset.Zero;

    public Offset LogEndOffset
    {
        get
        {
            lock (_gate)
            {
                return new(_end);
            }
        }
    }

    public void Append(Append request)
    {
        lock (_gate)
        {
            LastEpoch = request.ExpectedEpoch;
            if (ThrowOnce)
            {
                ThrowOnce = false;
                throw new InvalidOperationException("as the test wants it");
            }

            if (Hold)
            {
                _held.Enqueue(request);
                return;
            }
        }

        Complete(request);
    }

    public void Release()
    {
        Hold = false;
        while (_held.TryDequeue(out var request))
        {
            Complete(request);
        }
    }

    public void Add(byte[] batch)
    {
        lock (_gate)
        {
            Assert.True(RecordBatchView.TryRead(batch, out var view, out _));
            var next = _end + view.LastOffsetDelta + 1;
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(batch, _end);
            _batches.Add(batch);
            _end = next;
        }
    }

    public PartitionRead Read(Offset from, int maxBytes)
    {
        lock (_gate)
        {
            // One batch at a time, so that loads have to go on.
            foreach (var batch in _batches)
            {
                Assert.True(RecordBatchView.TryRead(batch, out var view, out _));
                if (view.LastOffset >= from.Value)
                {
                    return new PartitionRead(ErrorCode.None, _end, _end, 0, new MemoryRecords(batch));
                }
            }

            return new PartitionRead(ErrorCode.None, _end, _end, 0, MemoryRecords.Empty);
        }
    }

    private void Complete(Append request)
    {
        if (Error == ErrorCode.None)
        {
            Add(request.Batches.ToArray());
            request.Complete(new AppendOutcome(ErrorCode.None, 0, -1, 0));
        }
        else
        {
            request.Complete(AppendOutcome.Failed(Error));
        }
    }
}
