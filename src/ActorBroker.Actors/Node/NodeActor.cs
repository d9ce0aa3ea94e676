using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Node;

/// <summary>
/// The root of this node's actors: the controller, the replicas, the group coordinators. Supervision: a part that fails twice in a minute,
/// or once with an I/O error, takes the node down, since a broker without one of them would only pretend to serve.
/// </summary>
public sealed class NodeActor : ReceiveActor
{
    public NodeActor()
    {
        Receive<Start>(start => Sender.Tell(Context.Watch(Context.ActorOf(start.Props, start.Name)), Self));
        Receive<Terminated>(OnTerminated);
    }

    /// <summary>Starts a part of the node; answered with its reference.</summary>
    public sealed record Start(Props Props, string Name);

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(1, TimeSpan.FromMinutes(1), error =>
    {
        Context.GetLogger().Error(error, "{0} failed", Sender.Path.Name);
        return error is IOException ? Directive.Stop : Directive.Restart;
    });

    private static void OnTerminated(Terminated terminated)
    {
        Context.GetLogger().Error("{0} has ended: the node stops", terminated.ActorRef.Path.Name);
        _ = Context.System.Terminate();
    }
}
