#nullable disable
using Akka.Event;

namespace Akka.Actor
{
    /// <summary>An actor with timers; they end with a restart and with the actor.</summary>
    public interface IWithTimers
    {
        /// <summary>Set by the runtime before PreStart.</summary>
        ITimerScheduler Timers { get; set; }
    }

    /// <summary>
    /// The timers of one actor, by key. Starting a key again replaces its timer, and a message of the old one that is
    /// in the mailbox already is not delivered any more; the same holds for cancelling.
    /// </summary>
    public interface ITimerScheduler
    {
        /// <summary>Keys of the timers that run.</summary>
        IReadOnlyCollection<object> ActiveTimers { get; }

        void Cancel(object key);

        void CancelAll();

        bool IsTimerActive(object key);

        /// <summary>Sends <paramref name="msg"/> to the actor every <paramref name="interval"/>.</summary>
        void StartPeriodicTimer(object key, object msg, TimeSpan interval);

        void StartPeriodicTimer(object key, object msg, TimeSpan interval, IActorRef sender);

        void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

        void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval, IActorRef sender);

        /// <summary>Sends <paramref name="msg"/> to the actor once, after <paramref name="timeout"/>.</summary>
        void StartSingleTimer(object key, object msg, TimeSpan timeout);

        void StartSingleTimer(object key, object msg, TimeSpan timeout, IActorRef sender);
    }
}

namespace Akka.Actor.Scheduler
{
    /// <summary>What a timer puts into the mailbox; the cell unwraps it if the timer is still the one of its key.</summary>
    internal sealed class TimerMessage : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public TimerMessage(TimerScheduler owner, object key, object message, long generation, bool repeats)
        {
            Owner = owner;
            Key = key;
            Message = message;
            Generation = generation;
            Repeats = repeats;
        }

        public TimerScheduler Owner { get; }

        public object Key { get; }

        public object Message { get; }

        public long Generation { get; }

        public bool Repeats { get; }

        public override string ToString() => $"TimerMsg(key={Key}, generation={Generation})";
    }

    internal sealed class TimerScheduler : ITimerScheduler
    {
        private readonly ActorCell _cell;
        private readonly Dictionary<object, (long Generation, ScheduledWork Work)> _timers = [];
        private long _generation;

        public TimerScheduler(ActorCell cell) => _cell = cell;

        public IReadOnlyCollection<object> ActiveTimers => _timers.Keys;

        public void Cancel(object key)
        {
            if (_timers.Remove(key, out (long Generation, ScheduledWork Work) timer)) timer.Work.Cancel();
        }

        public void CancelAll()
        {
            foreach ((_, ScheduledWork work) in _timers.Values) work.Cancel();
            _timers.Clear();
        }

        public bool IsTimerActive(object key) => _timers.ContainsKey(key);

        public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => Start(key, msg, interval, interval, _cell.Self);

        public void StartPeriodicTimer(object key, object msg, TimeSpan interval, IActorRef sender) => Start(key, msg, interval, interval, sender);

        public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval) =>
            Start(key, msg, initialDelay, interval, _cell.Self);

        public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval, IActorRef sender) =>
            Start(key, msg, initialDelay, interval, sender);

        public void StartSingleTimer(object key, object msg, TimeSpan timeout) => Start(key, msg, timeout, null, _cell.Self);

        public void StartSingleTimer(object key, object msg, TimeSpan timeout, IActorRef sender) => Start(key, msg, timeout, null, sender);

        /// <summary>The user's message of a timer, null if the timer was cancelled or replaced.</summary>
        internal object Accept(TimerMessage message)
        {
            if (message.Owner != this || !_timers.TryGetValue(message.Key, out (long Generation, ScheduledWork Work) timer)
                || timer.Generation != message.Generation) return null;
            if (!message.Repeats) _timers.Remove(message.Key);
            return message.Message;
        }

        private void Start(object key, object message, TimeSpan delay, TimeSpan? interval, IActorRef sender)
        {
            ArgumentNullException.ThrowIfNull(message);
            Cancel(key);
            var generation = ++_generation;
            var timerMessage = new TimerMessage(this, key, message, generation, interval is not null);
            IScheduler scheduler = _cell.System.Scheduler;
            ScheduledWork work = interval is { } every
                ? ScheduledWork.TellRepeatedly(scheduler, delay, every, _cell.Self, timerMessage, sender)
                : ScheduledWork.Tell(scheduler, delay, _cell.Self, timerMessage, sender);
            _timers[key] = (generation, work);
        }
    }
}
