using ActorBroker.Model;

namespace ActorBroker.Links;

/// <summary>What replicas say to each other about damage at rest. It belongs to no stream: which batches are right is seen from the batches.</summary>
public abstract record RepairMessage(TopicIdPartition Partition) : LinkMessage(Partition);

/// <summary>Replica to replica: which bytes do you have at these offsets? Mine are damaged.</summary>
/// <param name="Asker">Where the answer goes.</param>
/// <param name="Attempt">Comes back with the answer.</param>
/// <param name="Until">The offset behind the last one that is asked for.</param>
/// <param name="MaxBytes">More than that cannot be what is missing.</param>
public sealed record RepairQuestion(TopicIdPartition Partition, NodeId Asker, long Attempt, Offset From, Offset Until, int MaxBytes) : RepairMessage(Partition);

/// <summary>The answer: batches as they are stored.</summary>
/// <param name="Batches">Empty when the replica does not have them whole.</param>
public sealed record RepairAnswer(TopicIdPartition Partition, NodeId From, long Attempt, ReadOnlyMemory<byte> Batches) : RepairMessage(Partition);
