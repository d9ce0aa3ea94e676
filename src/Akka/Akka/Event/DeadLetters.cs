#nullable disable
using Akka.Actor;

namespace Akka.Event;

/// <summary>Marks messages whose loss is no news.</summary>
public interface IDeadLetterSuppression
{
}

/// <summary>A message that was not processed.</summary>
public abstract class AllDeadLetters : IWrappedMessage
{
    protected AllDeadLetters(object message, IActorRef sender, IActorRef recipient)
    {
        Message = message;
        Sender = sender;
        Recipient = recipient;
    }

    /// <summary>The message.</summary>
    public object Message { get; }

    /// <summary>Whom it was for.</summary>
    public IActorRef Recipient { get; }

    /// <summary>Who sent it.</summary>
    public IActorRef Sender { get; }

    public override string ToString() => $"{GetType().Name} from {Sender} to {Recipient}: <{Message}>";
}

/// <summary>A message to an actor that has stopped.</summary>
public sealed class DeadLetter : AllDeadLetters
{
    /// <exception cref="ArgumentNullException">The sender or the recipient is null.</exception>
    public DeadLetter(object message, IActorRef sender, IActorRef recipient)
        : base(message, sender, recipient ?? throw new ArgumentNullException(nameof(recipient)))
    {
    }
}

/// <summary>A message to an actor that has stopped, whose loss is no news.</summary>
public sealed class SuppressedDeadLetter : AllDeadLetters
{
    public SuppressedDeadLetter(IDeadLetterSuppression message, IActorRef sender, IActorRef recipient)
        : base(message, sender, recipient)
    {
    }
}

/// <summary>A message that its actor did not handle.</summary>
public sealed class UnhandledMessage : AllDeadLetters
{
    public UnhandledMessage(object message, IActorRef sender, IActorRef recipient)
        : base(message, sender, recipient)
    {
    }
}

/// <summary>A message that was dropped on purpose, for example because a buffer was full.</summary>
public sealed class Dropped : AllDeadLetters
{
    public Dropped(object message, string reason, IActorRef sender, IActorRef recipient)
        : base(message, sender, recipient) => Reason = reason;

    public Dropped(object message, string reason, IActorRef recipient)
        : this(message, reason, ActorRefs.NoSender, recipient)
    {
    }

    /// <summary>Why.</summary>
    public string Reason { get; }
}

/// <summary>Logs dead letters: as many as akka.log-dead-letters says, then it goes quiet for a while.</summary>
public class DeadLetterListener : ActorBase
{
    private readonly EventStream _eventStream = Context.System.EventStream;
    private readonly ILoggingAdapter _log = Logging.GetLogger(Context.System, typeof(DeadLetterListener));
    private readonly int _most = Context.System.Settings.LogDeadLetters;
    private readonly TimeSpan _quiet = Context.System.Settings.LogDeadLettersSuspendDuration;
    private long _count;
    private TimeSpan _quietUntil;

    protected override void PostRestart(Exception reason)
    {
    }

    protected override void PostStop() => _eventStream.Unsubscribe(Self);

    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PreStart()
    {
        _eventStream.Subscribe(Self, typeof(DeadLetter));
        _eventStream.Subscribe(Self, typeof(Dropped));
        if (Context.System.Settings.DebugUnhandledMessage) _eventStream.Subscribe(Self, typeof(UnhandledMessage));
    }

    protected override bool Receive(object message)
    {
        if (message is not AllDeadLetters letter) return false;
        _count++;
        if (_count > _most)
        {
            if (_quiet < TimeSpan.Zero || Context.System.Scheduler.MonotonicClock < _quietUntil) return true;
            _count = 1;
        }

        var why = letter switch
        {
            UnhandledMessage => "was unhandled",
            Dropped dropped => $"was dropped. {dropped.Reason}",
            _ => "was not delivered",
        };
        var last = _count == _most ? ", no more dead letters will be logged for a while" : "";
        _log.Info(
            "Message [{0}] from {1} to {2} {3}. [{4}] dead letters encountered{5}. This logging can be turned off or adjusted with configuration settings 'akka.log-dead-letters' and 'akka.log-dead-letters-during-shutdown'.",
            letter.Message?.GetType().Name ?? "null", letter.Sender, letter.Recipient, why, _count, last);
        if (_count == _most) _quietUntil = Context.System.Scheduler.MonotonicClock + _quiet;
        return true;
    }
}
