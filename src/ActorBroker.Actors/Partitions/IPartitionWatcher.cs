namespace ActorBroker.Actors.Partitions;

/// <summary>Told whenever a partition's readable end moved or its leader changed: parked fetches wait with it.</summary>
public interface IPartitionWatcher
{
    /// <summary>Called on the replica's thread: must be short, and hand real work elsewhere.</summary>
    void OnProgress(Partition partition);
}
