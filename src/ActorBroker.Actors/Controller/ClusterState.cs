using System.Collections.Immutable;
using ActorBroker.Metadata;

namespace ActorBroker.Actors.Controller;

/// <summary>The latest cluster image that this node has applied. Anybody may read it at any time; only the controller's shell sets it.</summary>
/// <param name="earlier">What this node knows of replicas that the image may not have any more; null for nothing.</param>
public sealed class ClusterState(string clusterId, ClusterImage initial, EarlierReplicas? earlier = null)
{
    private volatile ClusterImage image = initial;
    private TaskCompletionSource changed = NewSignal();

    public string ClusterId { get; } = clusterId;

    /// <summary>What this node knows of replicas that the image may not have any more.</summary>
    public EarlierReplicas Earlier { get; } = earlier ?? EarlierReplicas.None;

    public ClusterImage Image
    {
        get => image;
        internal set
        {
            image = value;
            Interlocked.Exchange(ref changed, NewSignal()).SetResult();
        }
    }

    /// <summary>
    /// Waits for an image that has what the controller confirmed: its answer may be here before the change itself is. False when
    /// <paramref name="timeout"/> was over first.
    /// </summary>
    public async Task<bool> WhenAsync(Func<ClusterImage, bool> condition, TimeSpan timeout, TimeProvider time)
    {
        if (condition(image))
        {
            return true;
        }

        using var deadline = new CancellationTokenSource(timeout, time);
        while (true)
        {
            // Taken before the look at the image, so that no change is missed.
            var next = Volatile.Read(ref changed).Task;
            if (condition(image))
            {
                return true;
            }

            try
            {
                await next.WaitAsync(deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return condition(image);
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Published on the event stream after the image has changed.</summary>
/// <param name="Events">What changed, in order.</param>
public sealed record MetadataChanged(ClusterImage Image, ImmutableArray<MetadataEvent> Events);
