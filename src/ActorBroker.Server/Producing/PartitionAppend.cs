using System.Runtime.InteropServices;
using ActorBroker.Actors.Partitions;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Records;

namespace ActorBroker.Server.Producing;

/// <summary>The append of one partition's batches of a produce request.</summary>
internal sealed class PartitionAppend : Append
{
    private const short FirstVersionWithBatches = 3;
    private const short FirstVersionWithZstd = 7;

    private readonly ProduceOperation operation;
    private readonly Partition partition;
    private readonly ProduceResponse.PartitionProduceResponse answer;
    private ValidationResult validated;

    public PartitionAppend(ProduceOperation operation, Partition partition, ProduceResponse.PartitionProduceResponse answer, RequiredAcks acks)
    {
        this.operation = operation;
        this.partition = partition;
        this.answer = answer;
        Acks = acks;
    }

    /// <summary>Checks the batches by the topic's settings, and converts those of old producers.</summary>
    public bool TryValidate(RecordsPayload? records, short version, long nowMs, out AppendOutcome refused)
    {
        if (records is null || !records.TryGetMemory(out var memory) || memory.IsEmpty)
        {
            refused = AppendOutcome.Failed(ErrorCode.InvalidRecord, "The request holds no records for the partition.");
            return false;
        }

        var options = partition.Validation with
        {
            NowMs = nowMs,
            MinimumMagic = version >= FirstVersionWithBatches ? (byte)2 : (byte)0,
            AllowsZstd = version >= FirstVersionWithZstd,
        };
        // The frame is this request's alone: offsets and epochs are patched where the batch lies.
        validated = BatchValidator.Validate(MemoryMarshal.AsMemory(memory), options);
        if (!validated.IsValid)
        {
            answer.RecordErrors = [.. validated.RecordErrors.Select(error => new ProduceResponse.BatchIndexAndErrorMessage
            {
                BatchIndex = error.BatchIndex,
                BatchIndexErrorMessage = error.Message,
            })];
            refused = AppendOutcome.Failed(RecordErrors.ToErrorCode(validated.Error), validated.Message);
            validated.Dispose();
            return false;
        }

        if (HasTransaction(validated.Batches.Span))
        {
            // Without a coordinator that ends it, an open transaction would hide all that follows from read_committed consumers for ever.
            refused = AppendOutcome.Failed(ErrorCode.InvalidTxnState, "Transactions are not supported by this broker.");
            validated.Dispose();
            return false;
        }

        Batches = validated.Batches;
        LogAppendTimeMs = options.TimestampType == TimestampType.LogAppendTime ? nowMs : -1;
        refused = default;
        return true;
    }

    private static bool HasTransaction(ReadOnlySpan<byte> batches)
    {
        while (RecordBatchView.TryRead(batches, out var batch, out _))
        {
            if (batch.IsTransactional)
            {
                return true;
            }

            batches = batches[batch.SizeInBytes..];
        }

        return false;
    }

    public override void Complete(in AppendOutcome outcome)
    {
        validated.Dispose();
        if (outcome.Error == ErrorCode.None)
        {
            answer.BaseOffset = outcome.BaseOffset;
            answer.LogAppendTimeMs = outcome.LogAppendTimeMs;
            answer.LogStartOffset = outcome.LogStartOffset;
        }
        else
        {
            operation.Fail(answer, outcome, partition.Id);
        }

        operation.Decided();
    }
}
