using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Records;

namespace ActorBroker.Client;

/// <summary>Who an idempotent producer is at the moment.</summary>
/// <param name="Generation">Counts the identities of this producer object, from 1; 0 means none.</param>
internal readonly record struct ProducerIdentity(long ProducerId, short Epoch, int Generation)
{
    public static ProducerIdentity None => new(RecordBatch.NoProducerId, RecordBatch.NoProducerEpoch, 0);
}

/// <summary>
/// The records for one partition that travel together. Counts its references because the socket may still read its bytes after the
/// producer has given it up.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The last reference disposes the builder.")]
internal sealed class ProducerBatch : RecordsPayload
{
    private readonly RecordBatchBuilder _builder;
    private readonly List<Delivery> _deliveries = [];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Memory<byte> _built;

    public ProducerBatch(TopicPartition partition, BatchProperties properties, int capacity, long createdAt)
    {
        Partition = partition;
        CreatedAt = createdAt;
        _builder = new RecordBatchBuilder(properties, capacity);
    }

    public TopicPartition Partition { get; }

    /// <summary>Milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long CreatedAt { get; }

    public int Count => _builder.Count;

    /// <summary>What its records took from the buffer.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Full, or asked for by a flush: goes out without lingering.</summary>
    public bool IsSealed { get; set; }

    public int Attempts { get; set; }

    public long RetryAt { get; set; }

    public int BaseSequence { get; private set; } = RecordBatch.NoSequence;

    /// <summary>The identity under which the sequence was given; 0 while it has none.</summary>
    public int Generation { get; private set; }

    /// <summary>Completes when every record's fate is known.</summary>
    public Task Done => _done.Task;

    public override int Size => _built.Length;

    public bool HasRoom(int recordBytes, int batchBytes) => Count == 0 || _builder.UncompressedSize + recordBytes <= batchBytes;

    public void Append(in ProducerRecord record, long reservedBytes, Delivery delivery)
    {
        _builder.Append(delivery.TimestampMs, OptionalBytes.From(record.Key), OptionalBytes.From(record.Value), record.Headers);
        _deliveries.Add(delivery);
        ReservedBytes += reservedBytes;
    }

    /// <summary>Makes the bytes, once.</summary>
    /// <exception cref="KafkaException">The records cannot be compressed.</exception>
    public void Build()
    {
        if (_built.IsEmpty)
        {
            var problem = _builder.Build(out var bytes);
            if (problem != RecordsProblem.None)
            {
                throw new KafkaException(ErrorCode.UnsupportedCompressionType, $"a batch for {Partition} cannot be compressed: {problem}");
            }

            _built = MemoryMarshal.AsMemory(bytes);
        }
    }

    /// <summary>Writes the producer's identity and the sequence number into the built batch.</summary>
    public void Stamp(ProducerIdentity identity, int baseSequence)
    {
        BaseSequence = baseSequence;
        Generation = identity.Generation;
        var span = _built.Span;
        BinaryPrimitives.WriteInt64BigEndian(span[RecordBatch.ProducerIdAt..], identity.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(span[RecordBatch.ProducerEpochAt..], identity.Epoch);
        BinaryPrimitives.WriteInt32BigEndian(span[RecordBatch.BaseSequenceAt..], baseSequence);
        BatchPatch.RenewCrc(span);
    }

    /// <param name="baseOffset">-1 when unknown.</param>
    /// <param name="logAppendTime">-1 when the records keep their own time.</param>
    public void Succeed(long baseOffset, long logAppendTime)
    {
        for (var i = 0; i < _deliveries.Count; i++)
        {
            var delivery = _deliveries[i];
            if (delivery.Task is not null || delivery.Callback is not null)
            {
                delivery.Succeed(new RecordMetadata(Partition, baseOffset < 0 ? -1 : baseOffset + i, logAppendTime < 0 ? delivery.TimestampMs : logAppendTime));
            }
        }

        _done.TrySetResult();
    }

    public void Fail(Exception error)
    {
        foreach (var delivery in _deliveries)
        {
            delivery.Fail(error);
        }

        _done.TrySetResult();
    }

    public override bool TryGetMemory(out ReadOnlyMemory<byte> memory)
    {
        memory = _built;
        return true;
    }

    public override void CopyTo(Span<byte> destination) => _built.Span.CopyTo(destination);

    protected override void OnReleased() => _builder.Dispose();
}
