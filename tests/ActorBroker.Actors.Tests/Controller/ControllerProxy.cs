using Akka.Actor;

namespace ActorBroker.Actors.Tests.Controller;

/// <summary>Stands for the singleton's proxy: passes on to wherever the controller is said to be.</summary>
internal sealed class ControllerProxy : ReceiveActor
{
    private string? path;

    public ControllerProxy()
    {
        Receive<Moved>(moved => path = moved.Path);
        ReceiveAny(message =>
        {
            if (path is not null)
            {
                Context.ActorSelection(path).Tell(message, Sender);
            }
        });
    }

    public sealed record Moved(string Path);
}
