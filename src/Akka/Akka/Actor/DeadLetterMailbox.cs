#nullable disable
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Stands in for the mailbox of a stopped actor and sends everything to the dead letters.</summary>
public sealed class DeadLetterMailbox : Mailbox
{
    private readonly IActorRef _deadLetters;

    public DeadLetterMailbox(IActorRef deadLetters)
        : base(new DeadLetterQueue(deadLetters))
    {
        _deadLetters = deadLetters;
        BecomeClosed();
    }

    public override void CleanUp()
    {
    }

    public override void SetActor(ActorCell actorCell)
    {
    }

    internal override void SystemEnqueue(IActorRef receiver, SystemMessage message) =>
        _deadLetters.Tell(new DeadLetter(message, receiver, receiver), ActorRefs.NoSender);

    private sealed class DeadLetterQueue : IMessageQueue
    {
        private readonly IActorRef _deadLetters;

        public DeadLetterQueue(IActorRef deadLetters) => _deadLetters = deadLetters;

        public int Count => 0;

        public bool HasMessages => false;

        public void CleanUp(IActorRef owner, IMessageQueue deadletters)
        {
        }

        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            if (envelope.Message is not DeadLetter)
                _deadLetters.Tell(new DeadLetter(envelope.Message, envelope.Sender, receiver), envelope.Sender);
        }

        public bool TryDequeue(out Envelope envelope)
        {
            envelope = default;
            return false;
        }
    }
}
