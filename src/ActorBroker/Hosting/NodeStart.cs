using ActorBroker.Actors.Node;
using ActorBroker.Model.Options;
using ActorBroker.Storage;
using Akka.Actor;

namespace ActorBroker.Hosting;

/// <summary>What the parts of a node are started with.</summary>
/// <param name="Node">The parts' parent.</param>
/// <param name="Links">To the other nodes; null on a node alone.</param>
/// <param name="Stop">The node is to stop, or its actors have ended: nobody answers any more.</param>
internal sealed record NodeStart(
    ActorSystem System, IActorRef Node, BrokerOptions Options, LogManager Logs, StorageMetrics Metrics, TimeProvider Time, NodeLinks? Links, CancellationToken Stop)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Starts one more part under the node's supervision.</summary>
    /// <exception cref="IOException">The node's actors do not answer: only a new process helps.</exception>
    /// <exception cref="OperationCanceledException"><see cref="Stop"/>: as when the cluster removes the node that is just starting.</exception>
    public async Task<IActorRef> StartPart(Props props, string name)
    {
        try
        {
            return await Node.Ask<IActorRef>(new NodeActor.Start(props, name), Limit, Stop).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            throw new IOException($"the node's part '{name}' could not be started within {Limit.TotalSeconds} s");
        }
    }
}
