using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Actors.Partitions;

/// <summary>Who writes: decides whether the append is checked against <c>min.insync.replicas</c>.</summary>
public enum RequiredAcks : short
{
    /// <summary>Every in-sync replica.</summary>
    All = -1,

    /// <summary>Nobody: the producer hears nothing.</summary>
    None = 0,

    /// <summary>The leader.</summary>
    Leader = 1,
}

/// <summary>What came of an append.</summary>
/// <param name="Error">None, or Kafka's code.</param>
/// <param name="BaseOffset">Offset of the first record; -1 on an error.</param>
/// <param name="LogAppendTimeMs">The broker's time when the topic says LogAppendTime, else -1.</param>
/// <param name="LogStartOffset">Earliest readable offset; -1 when unknown.</param>
/// <param name="Message">What was wrong, for people; null when there is nothing to add to the code.</param>
public readonly record struct AppendOutcome(
    ErrorCode Error, long BaseOffset, long LogAppendTimeMs, long LogStartOffset, string? Message = null)
{
    public static AppendOutcome Failed(ErrorCode error, string? message = null) => new(error, -1, -1, -1, message);
}

/// <summary>
/// The message that appends validated batches to a partition. The sender owns it: it may pool it, and must keep the memory
/// of the batches alive until <see cref="Complete"/>.
/// </summary>
public abstract class Append
{
    /// <summary>One or more complete v2 batches, already validated. Base offsets and leader epochs are patched in place.</summary>
    public Memory<byte> Batches { get; protected set; }

    public RequiredAcks Acks { get; protected set; }

    /// <summary>The time stamped on records of a LogAppendTime topic, milliseconds; -1 otherwise.</summary>
    public long LogAppendTimeMs { get; protected set; } = -1;

    /// <summary>The leader epoch in which alone it may be appended: a coordinator's, whose state belongs to it. Unknown: in any.</summary>
    public LeaderEpoch ExpectedEpoch { get; protected set; } = LeaderEpoch.Unknown;

    /// <summary>Whether clients wrote it (and producer sequences are checked), or a coordinator of this node.</summary>
    public bool FromClient { get; protected set; } = true;

    /// <summary>Called exactly once, on a thread of the replica's dispatcher: must be short and must not throw.</summary>
    public abstract void Complete(in AppendOutcome outcome);
}
