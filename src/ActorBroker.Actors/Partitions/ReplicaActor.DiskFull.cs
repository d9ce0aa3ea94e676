using ActorBroker.Actors.Node;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Partitions;

/// <summary>A full disk is a state and not a failure: a replica that is open goes on, and one that could not be opened tries again.</summary>
public sealed partial class ReplicaActor
{
    private static readonly TimeSpan ReopenInterval = TimeSpan.FromSeconds(1);

    private sealed record Reopen
    {
        public static Reopen Instance { get; } = new();
    }

    private void OnDiskFull(Exception error)
    {
        if (partition.Log is not null)
        {
            Context.GetLogger().Warning("{0}: {1}", partition.Id, error.Message);
            return;
        }

        log = null;
        Context.RemindAfter(ReopenInterval, Reopen.Instance);
        if (partition.Failure is null)
        {
            Context.GetLogger().Error("replica {0} is opened when there is room for it: {1}", partition.Id, error.Message);
            partition.Failure = error.Message;
            seat.Manager.Tell(new Failed(partition), Self);
        }
    }
}
