#nullable disable
using Akka.Actor;

namespace Akka.Persistence;

/// <summary>Lets a limited number of actors recover at a time, so that the start of many does not drown the journal.</summary>
internal sealed class RecoveryPermitter(int permits) : UntypedActor
{
    private readonly HashSet<IActorRef> _recovering = [];
    private readonly LinkedList<IActorRef> _waiting = new();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Request:
                // An actor that restarted while it recovered has not returned its permit.
                _recovering.Remove(Sender);
                Context.Watch(Sender);
                _waiting.AddLast(Sender);
                break;
            case Return:
                if (_recovering.Remove(Sender)) Context.Unwatch(Sender);
                break;
            case Terminated terminated:
                _recovering.Remove(terminated.ActorRef);
                while (_waiting.Remove(terminated.ActorRef))
                {
                }

                break;
            default:
                Unhandled(message);
                return;
        }

        while (_recovering.Count < permits && _waiting.First is { } next)
        {
            _waiting.RemoveFirst();
            _recovering.Add(next.Value);
            next.Value.Tell(Granted.Instance);
        }
    }

    internal sealed class Request : INoSerializationVerificationNeeded
    {
        public static readonly Request Instance = new();
    }

    internal sealed class Granted : INoSerializationVerificationNeeded
    {
        public static readonly Granted Instance = new();
    }

    internal sealed class Return : INoSerializationVerificationNeeded
    {
        public static readonly Return Instance = new();
    }
}
