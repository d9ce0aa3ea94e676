using Akka.Actor;

namespace ActorBroker.Actors.Node;

/// <summary>
/// Single messages to oneself after a while, for actors of which a node has many: a timer scheduler of its own would make each idle one larger. What comes too
/// late, after the actor has ended, is a dead letter; who is restarted gets it and must know whether it is still wanted.
/// </summary>
internal static class Reminders
{
    public static void RemindAfter(this IActorContext context, TimeSpan delay, object message) =>
        context.System.Scheduler.ScheduleTellOnce(delay, context.Self, message, context.Self);
}
