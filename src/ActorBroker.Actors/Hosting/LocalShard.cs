using Akka.Actor;

namespace ActorBroker.Actors.Hosting;

/// <summary>
/// What a region and its shard do for the replicas of a node that is in no cluster: starts them with their first message, and again when something waits for
/// one that was asked to stop. Supervision: as in a shard, a replica that fails is restarted; it has its own bound.
/// </summary>
internal sealed class LocalShard(Func<string, Props> entityProps) : UntypedActor
{
    /// <summary>Messages that may wait for a replica to stop.</summary>
    private const int MaxWaiting = 1000;

    private readonly Dictionary<string, Entity> entities = [];
    private readonly Dictionary<IActorRef, string> ids = [];

    /// <summary>From an entity: it wants to be stopped, and what comes for its name meanwhile is for the next one.</summary>
    public sealed record Goodbye
    {
        public static Goodbye Instance { get; } = new();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReplicaEnvelope envelope:
                Deliver(envelope.EntityId, envelope.Message, Sender);
                break;
            case Goodbye when ids.TryGetValue(Sender, out var id):
                entities[id].Waiting ??= new Queue<(object, IActorRef)>();
                Sender.Tell(PoisonPill.Instance, Self);
                break;
            case Terminated terminated:
                OnTerminated(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Deliver(string id, object message, IActorRef sender)
    {
        if (!entities.TryGetValue(id, out var entity))
        {
            entity = new Entity(Context.Watch(Context.ActorOf(entityProps(id), Uri.EscapeDataString(id))));
            entities[id] = entity;
            ids[entity.Actor] = id;
        }

        if (entity.Waiting is null)
        {
            entity.Actor.Tell(message, sender);
        }
        else if (entity.Waiting.Count < MaxWaiting)
        {
            entity.Waiting.Enqueue((message, sender));
        }
        else
        {
            Context.System.DeadLetters.Tell(message, sender);
        }
    }

    private void OnTerminated(IActorRef actor)
    {
        if (!ids.Remove(actor, out var id))
        {
            return;
        }

        entities.Remove(id, out var ended);
        foreach (var (message, sender) in ended!.Waiting ?? [])
        {
            Deliver(id, message, sender);
        }
    }

    /// <summary>A replica that runs; <see cref="Waiting"/> while it is asked to stop.</summary>
    private sealed class Entity(IActorRef actor)
    {
        public IActorRef Actor => actor;

        public Queue<(object Message, IActorRef Sender)>? Waiting { get; set; }
    }
}
