#nullable disable
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.TestKit.Internal;
using Akka.TestKit.TestEvent;

namespace Akka.TestKit.TestEvent
{
    /// <summary>Adds filters to the listener; events that they pick are not printed.</summary>
    public sealed class Mute : INoSerializationVerificationNeeded
    {
        public Mute(params EventFilterBase[] filters)
            : this((IReadOnlyCollection<EventFilterBase>)filters)
        {
        }

        public Mute(IReadOnlyCollection<EventFilterBase> filters) => Filters = filters;

        public IReadOnlyCollection<EventFilterBase> Filters { get; }
    }

    /// <summary>Removes filters from the listener.</summary>
    public sealed class Unmute : INoSerializationVerificationNeeded
    {
        public Unmute(params EventFilterBase[] filters)
            : this((IReadOnlyCollection<EventFilterBase>)filters)
        {
        }

        public Unmute(IReadOnlyCollection<EventFilterBase> filters) => Filters = filters;

        public IReadOnlyCollection<EventFilterBase> Filters { get; }
    }
}

namespace Akka.TestKit
{
    /// <summary>The logger of tests: it applies their filters. Dead letters and unhandled messages are events too.</summary>
    public class TestEventListener : DefaultLogger
    {
        private readonly List<IEventFilter> _filters = [];

        protected override bool Receive(object message)
        {
            switch (message)
            {
                case InitializeLogger initialize:
                    foreach (Type type in (Type[])[typeof(Mute), typeof(Unmute), typeof(DeadLetter), typeof(UnhandledMessage)])
                        initialize.LoggingBus.Subscribe(Self, type);
                    return base.Receive(message);
                case Mute mute:
                    _filters.AddRange(mute.Filters);
                    return true;
                case Unmute unmute:
                    foreach (EventFilterBase filter in unmute.Filters) _filters.Remove(filter);
                    return true;
                case LogEvent logEvent:
                    PrintUnlessFiltered(logEvent);
                    return true;
                case DeadLetter { Message: not (ISystemMessage or Terminate) } deadLetter:
                    PrintUnlessFiltered(new Warning(deadLetter.Recipient.Path.ToString(), deadLetter.Recipient.GetType(), deadLetter));
                    return true;
                case DeadLetter:
                    return true;
                case UnhandledMessage unhandled:
                    PrintUnlessFiltered(new Warning(
                        unhandled.Recipient.Path.ToString(), unhandled.Recipient.GetType(), $"Unhandled message from {unhandled.Sender}: {unhandled.Message}"));
                    return true;
                default:
                    return base.Receive(message);
            }
        }

        private void PrintUnlessFiltered(LogEvent logEvent)
        {
            foreach (IEventFilter filter in _filters.ToArray())
                if (filter.Apply(logEvent)) return;
            if (logEvent.LogLevel() >= Context.System.EventStream.LogLevel) Print(logEvent);
        }
    }
}
