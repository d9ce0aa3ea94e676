using ActorBroker.Metadata;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// The shell around <see cref="ControllerCore"/>: decides a command, journals its events, applies them, publishes the image, answers.
/// Messages: <see cref="ControllerCommand"/>, answered with its <see cref="ControllerReply"/> (or <see cref="Status.Failure"/>).
/// Supervision: an I/O error of the journal stops the node, since nothing may change that is not on disk.
/// </summary>
public sealed class ControllerActor(ControllerCore core, MetadataJournal journal, ClusterState cluster, TimeProvider time) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        if (message is ControllerCommand command)
        {
            Execute(command);
        }
        else
        {
            Unhandled(message);
        }
    }

    private void Execute(ControllerCommand command)
    {
        Decision decision;
        try
        {
            decision = core.Decide(cluster.Image, command, (long)time.GetElapsedTime(0).TotalMilliseconds);
        }
        catch (Exception e)
        {
            // A bug in a decision has changed nothing yet: whoever asked hears of it, everybody else goes on.
            Context.GetLogger().Error(e, "{0} could not be decided", command.GetType().Name);
            Sender.Tell(new Status.Failure(e), Self);
            return;
        }

        if (!decision.Events.IsEmpty)
        {
            journal.Append(decision.Events);
            var image = cluster.Image;
            foreach (var change in decision.Events)
            {
                image = image.Apply(change);
            }

            cluster.Image = image;
            Context.System.EventStream.Publish(new MetadataChanged(image, decision.Events));
        }

        Sender.Tell(decision.Reply, Self);
    }
}
