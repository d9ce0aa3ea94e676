using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace ActorBroker.Actors.Runtime;

/// <summary>
/// An unbounded mailbox whose queue is a <see cref="RingQueue"/>. Akka.NET's own begins with room for 32 messages, which makes an idle actor twice as large, and a broker
/// has an actor for each replica and group. Chosen by <c>akka.actor.default-mailbox.mailbox-type</c>.
/// </summary>
public sealed class RingMailbox(Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<RingQueue>
{
    /// <summary>Makes it the mailbox of all actors that ask for no other.</summary>
    public const string Hocon = """
        akka.actor.default-mailbox.mailbox-type = "ActorBroker.Actors.Runtime.RingMailbox, ActorBroker.Actors"
        """;

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new RingQueue();
}
