#nullable disable
using Akka.Actor.Internal;
using Akka.Event;
using Akka.Routing;

namespace Akka.Actor.Internal
{
    /// <summary>What tests of state machines see.</summary>
    public interface IInternalSupportsTestFSMRef<TState, TData>
    {
        bool IsStateTimerActive { get; }

        void ApplyState(FSMBase.State<TState, TData> upcomingState);
    }
}

namespace Akka.Actor
{
    /// <summary>
    /// A finite state machine: <see cref="When"/> declares the handler of a state, which answers an event with the next state.
    /// </summary>
    public abstract class FSM<TState, TData> : FSMBase, IListeners, IInternalSupportsTestFSMRef<TState, TData>
    {
        protected bool DebugEvent;

        private readonly ILoggingAdapter _log = Context.GetLogger();
        private readonly Dictionary<TState, StateFunction> _stateFunctions = [];
        private readonly Dictionary<TState, TimeSpan?> _stateTimeouts = [];
        private readonly Dictionary<string, NamedTimer> _timers = [];
        private readonly List<TransitionHandler> _transitionHandlers = [];
        private State<TState, TData> _currentState;
        private State<TState, TData> _nextState;
        private StateFunction _unhandled;
        private Action<StopEvent<TState, TData>> _onTermination = static _ => { };
        private ScheduledWork _timeout;
        private long _generation;
        private long _timerNumbers;

        protected FSM() => DebugEvent = Context.System.Settings.FsmDebugEvent;

        /// <summary>Handles an event of a state; null leaves it unhandled.</summary>
        public delegate State<TState, TData> StateFunction(Event<TData> fsmEvent);

        /// <summary>Called at transitions.</summary>
        public delegate void TransitionHandler(TState initialState, TState nextState);

        public ListenerSupport Listeners { get; } = new();

        /// <summary>Data of the state after the transition; only inside a transition handler.</summary>
        /// <exception cref="InvalidOperationException">There is no transition.</exception>
        public TData NextStateData => _nextState is null
            ? throw new InvalidOperationException("NextStateData is only available during OnTransition")
            : _nextState.StateData;

        public TData StateData => Current.StateData;

        public TState StateName => Current.StateName;

        bool IInternalSupportsTestFSMRef<TState, TData>.IsStateTimerActive => _timeout is not null;

        private State<TState, TData> Current => _currentState ?? throw new IllegalActorStateException("You must call StartWith before calling anything else");

        /// <summary>Declares the handler of a state and its timeout.</summary>
        public void When(TState stateName, StateFunction func, TimeSpan? timeout = null)
        {
            if (_stateFunctions.TryGetValue(stateName, out StateFunction earlier))
            {
                _stateFunctions[stateName] = fsmEvent => earlier(fsmEvent) ?? func(fsmEvent);
                _stateTimeouts[stateName] = timeout ?? _stateTimeouts[stateName];
            }
            else
            {
                _stateFunctions[stateName] = func;
                _stateTimeouts[stateName] = timeout;
            }
        }

        /// <summary>Sets the first state.</summary>
        public void StartWith(TState stateName, TData stateData, TimeSpan? timeout = null) =>
            _currentState = new State<TState, TData>(stateName, stateData, timeout);

        /// <summary>Enters the first state; the last call of a constructor.</summary>
        public void Initialize() => MakeTransition(Current, first: true);

        public State<TState, TData> GoTo(TState nextStateName) => new(nextStateName, Current.StateData);

        public State<TState, TData> GoTo(TState nextStateName, TData stateData) => new(nextStateName, stateData);

        /// <summary>Stays without a transition.</summary>
        public State<TState, TData> Stay() => new(Current.StateName, Current.StateData, notifies: false);

        public State<TState, TData> Stop() => Stop(Normal.Instance);

        public State<TState, TData> Stop(Reason reason) => Stop(reason, Current.StateData);

        public State<TState, TData> Stop(Reason reason, TData stateData) => Stay().Using(stateData).WithStopReason(reason);

        /// <summary>A handler whose result another function changes.</summary>
        public TransformHelper Transform(StateFunction func) => new(func);

        /// <summary>Starts a timer that sends an event; a timer of the same name ends.</summary>
        public void SetTimer(string name, object msg, TimeSpan timeout, bool repeat = false)
        {
            CancelTimer(name);
            var timer = new NamedTimer(name, msg, repeat, ++_timerNumbers);
            timer.Work = repeat
                ? ScheduledWork.TellRepeatedly(Context.System.Scheduler, timeout, timeout, Self, timer, Self)
                : ScheduledWork.Tell(Context.System.Scheduler, timeout, Self, timer, Self);
            _timers[name] = timer;
        }

        public void CancelTimer(string name)
        {
            if (_timers.Remove(name, out NamedTimer timer)) timer.Work.Cancel();
        }

        public bool IsTimerActive(string name) => _timers.ContainsKey(name);

        /// <summary>Sets the timeout of a state; null for none.</summary>
        public void SetStateTimeout(TState state, TimeSpan? timeout) => _stateTimeouts[state] = timeout;

        /// <summary>Adds a handler of transitions.</summary>
        public void OnTransition(TransitionHandler transitionHandler) => _transitionHandlers.Add(transitionHandler);

        /// <summary>Sets the handler of the machine's end.</summary>
        public void OnTermination(Action<StopEvent<TState, TData>> terminationHandler) => _onTermination = terminationHandler;

        /// <summary>Sets the handler of events that no state handles.</summary>
        public void WhenUnhandled(StateFunction stateFunction) => _unhandled = stateFunction;

        void IInternalSupportsTestFSMRef<TState, TData>.ApplyState(State<TState, TData> upcomingState) => ApplyState(upcomingState);

        /// <summary>Logs failures.</summary>
        protected virtual void LogTermination(Reason reason)
        {
            if (reason is not Failure failure) return;
            if (failure.Cause is Exception cause) _log.Error(cause, "terminating due to Failure");
            else _log.Error("terminating due to Failure: {0}", failure.Cause);
        }

        protected override void PostStop()
        {
            Terminate(Stay().WithStopReason(Shutdown.Instance));
            base.PostStop();
        }

        protected override bool Receive(object message)
        {
            switch (message)
            {
                case TimeoutMarker marker:
                    if (marker.Generation == _generation) ProcessEvent(StateTimeout.Instance);
                    return true;
                case NamedTimer timer:
                    if (!_timers.TryGetValue(timer.Name, out NamedTimer running) || running.Number != timer.Number) return true;
                    CancelTimeout();
                    _generation++;
                    if (!timer.Repeats) _timers.Remove(timer.Name);
                    ProcessEvent(timer.Message);
                    return true;
                case SubscribeTransitionCallBack subscribe:
                    Context.Watch(subscribe.ActorRef);
                    Listeners.Add(subscribe.ActorRef);
                    subscribe.ActorRef.Tell(new CurrentState<TState>(Self, Current.StateName), Self);
                    return true;
                case UnsubscribeTransitionCallBack unsubscribe:
                    Context.Unwatch(unsubscribe.ActorRef);
                    Listeners.Remove(unsubscribe.ActorRef);
                    return true;
                case Listen listen:
                    Context.Watch(listen.Listener);
                    Listeners.Add(listen.Listener);
                    listen.Listener.Tell(new CurrentState<TState>(Self, Current.StateName), Self);
                    return true;
                case Deafen deafen:
                    Context.Unwatch(deafen.Listener);
                    Listeners.Remove(deafen.Listener);
                    return true;
                default:
                    CancelTimeout();
                    _generation++;
                    ProcessEvent(message);
                    return true;
            }
        }

        private void ProcessEvent(object message)
        {
            var fsmEvent = new Event<TData>(message, Current.StateData);
            if (DebugEvent) _log.Debug("processing {0} from {1} in state {2}", fsmEvent, Sender, StateName);
            State<TState, TData> upcoming = _stateFunctions.TryGetValue(Current.StateName, out StateFunction handler) ? handler(fsmEvent) : null;
            upcoming ??= _unhandled?.Invoke(fsmEvent);
            if (upcoming is null)
            {
                _log.Warning("unhandled event {0} in state {1}", message, Current.StateName);
                upcoming = Stay();
            }

            ApplyState(upcoming);
        }

        private void ApplyState(State<TState, TData> upcoming)
        {
            if (upcoming.StopReason is null)
            {
                MakeTransition(upcoming, first: false);
                return;
            }

            foreach (var reply in upcoming.Replies.Reverse()) Sender.Tell(reply, Self);
            Terminate(upcoming);
            Context.Stop(Self);
        }

        private void MakeTransition(State<TState, TData> upcoming, bool first)
        {
            if (!_stateFunctions.ContainsKey(upcoming.StateName))
            {
                Terminate(Stay().WithStopReason(new Failure($"Next state {upcoming.StateName} does not exist")));
                Context.Stop(Self);
                return;
            }

            foreach (var reply in upcoming.Replies.Reverse()) Sender.Tell(reply, Self);
            TState from = Current.StateName;
            if (!first && (upcoming.Notifies || !EqualityComparer<TState>.Default.Equals(from, upcoming.StateName)))
            {
                _nextState = upcoming;
                foreach (TransitionHandler handler in _transitionHandlers) handler(from, upcoming.StateName);
                if (DebugEvent) _log.Debug("transition {0} -> {1}", from, upcoming.StateName);
                Listeners.Gossip(new Transition<TState>(Self, from, upcoming.StateName), Self);
                _nextState = null;
            }

            _currentState = upcoming;
            TimeSpan? timeout = upcoming.Timeout ?? _stateTimeouts.GetValueOrDefault(upcoming.StateName);
            if (timeout is { } wait && wait < TimeSpan.MaxValue && wait >= TimeSpan.Zero)
            {
                CancelTimeout();
                _timeout = ScheduledWork.Tell(Context.System.Scheduler, wait, Self, new TimeoutMarker(++_generation), Self);
            }
        }

        private void Terminate(State<TState, TData> upcoming)
        {
            if (_currentState is null || _currentState.StopReason is not null) return;
            Reason reason = upcoming.StopReason;
            LogTermination(reason);
            foreach (NamedTimer timer in _timers.Values) timer.Work.Cancel();
            _timers.Clear();
            CancelTimeout();
            _currentState = upcoming;
            _onTermination(new StopEvent<TState, TData>(reason, upcoming.StateName, upcoming.StateData));
        }

        private void CancelTimeout()
        {
            _timeout?.Cancel();
            _timeout = null;
        }

        /// <summary>A handler whose result another function changes.</summary>
        public sealed class TransformHelper
        {
            public TransformHelper(StateFunction func) => Func = func;

            public StateFunction Func { get; }

            public StateFunction Using(Func<State<TState, TData>, State<TState, TData>> andThen) => fsmEvent => andThen(Func(fsmEvent));
        }

        private sealed record TimeoutMarker(long Generation) : INoSerializationVerificationNeeded;

        private sealed class NamedTimer(string name, object message, bool repeats, long number) : INoSerializationVerificationNeeded
        {
            public string Name { get; } = name;

            public object Message { get; } = message;

            public bool Repeats { get; } = repeats;

            public long Number { get; } = number;

            public ScheduledWork Work { get; set; }
        }

    }
}
