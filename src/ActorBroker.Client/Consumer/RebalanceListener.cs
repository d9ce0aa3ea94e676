using ActorBroker.Model;

namespace ActorBroker.Client;

/// <summary>Is told when a group shares its partitions out anew. Called on a background thread; the rebalance waits for it.</summary>
public interface IRebalanceListener
{
    /// <summary>These partitions are this consumer's now; reading starts afterwards.</summary>
    Task OnAssignedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation);

    /// <summary>These partitions go to others; their positions may still be committed.</summary>
    Task OnRevokedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation);

    /// <summary>These partitions were taken away already, for example after a session timeout; commits would be refused.</summary>
    Task OnLostAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellation);
}
