#nullable disable
using Akka.Actor.Internal;

namespace Akka.Actor.Internal
{
    /// <summary>An actor that is set up after its constructor has run.</summary>
    public interface IInitializableActor
    {
        void Init();
    }
}

namespace Akka.Actor
{
    /// <summary>
    /// An actor whose handlers are declared by type, in its constructor or in <see cref="Become(Action)"/>. They are tried in
    /// the order of declaration; the first whose type and predicate fit handles the message.
    /// </summary>
    public abstract class ReceiveActor : UntypedActor, IInitializableActor
    {
        private static readonly Handler[] None = [];

        private List<Handler> _declaring = [];
        private Handler[] _handlers = None;
        private bool _declared;

        void IInitializableActor.Init()
        {
            _handlers = Declared();
            _declared = true;
        }

        protected sealed override void OnReceive(object message) => Handle(_handlers, message);

        /// <summary>Handles messages by what <paramref name="configure"/> declares from now on.</summary>
        protected void Become(Action configure) => base.Become(Behavior(configure));

        /// <summary>Handles messages by what <paramref name="configure"/> declares until UnbecomeStacked.</summary>
        protected void BecomeStacked(Action configure) => base.BecomeStacked(Behavior(configure));

        protected void Receive<T>(Action<T> handler, Predicate<T> shouldHandle = null) => Add(new ActionHandler<T>(handler, shouldHandle));

        protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Add(new ActionHandler<T>(handler, shouldHandle));

        protected void Receive(Type messageType, Action<object> handler, Predicate<object> shouldHandle = null) =>
            Add(new TypedHandler(messageType, handler, shouldHandle));

        protected void Receive(Type messageType, Predicate<object> shouldHandle, Action<object> handler) =>
            Add(new TypedHandler(messageType, handler, shouldHandle));

        /// <summary>Declares a handler that says by its result whether it has handled the message.</summary>
        protected void Receive<T>(Func<T, bool> handler) => Add(new FuncHandler<T>(handler));

        protected void Receive(Type messageType, Func<object, bool> handler) =>
            Add(new FuncHandler<object>(message => messageType.IsInstanceOfType(message) && handler(message)));

        /// <summary>Declares the handler of all messages that no earlier one took. Nothing can be declared after it.</summary>
        protected void ReceiveAny(Action<object> handler) => Add(new ActionHandler<object>(handler, null) { TakesAll = true });

        /// <inheritdoc cref="ReceiveAny"/>
        protected void ReceiveAnyAsync(Func<object, Task> handler) => ReceiveAny(message => RunTask(() => handler(message)));

        /// <summary>Declares an asynchronous handler; no other user message is processed before it ends.</summary>
        protected void ReceiveAsync<T>(Func<T, Task> handler, Predicate<T> shouldHandle = null) =>
            Receive(message => RunTask(() => handler(message)), shouldHandle);

        /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
        protected void ReceiveAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) => ReceiveAsync(handler, shouldHandle);

        /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
        protected void ReceiveAsync(Type messageType, Func<object, Task> handler, Predicate<object> shouldHandle = null) =>
            Receive(messageType, message => RunTask(() => handler(message)), shouldHandle);

        /// <inheritdoc cref="ReceiveAsync{T}(Func{T, Task}, Predicate{T})"/>
        protected void ReceiveAsync(Type messageType, Predicate<object> shouldHandle, Func<object, Task> handler) =>
            ReceiveAsync(messageType, handler, shouldHandle);

        private void Add(Handler handler)
        {
            if (_declaring is null)
                throw new InvalidOperationException("You may only call Receive-methods when constructing the actor and inside Become().");
            if (_declaring is [.., { TakesAll: true }])
                throw new InvalidOperationException("A handler that catches all messages has been added. No handler can be added after that.");
            _declaring.Add(handler);
        }

        private UntypedReceive Behavior(Action configure)
        {
            // A Become in the constructor must not take over what the constructor declares.
            List<Handler> outer = _declaring;
            _declaring = [];
            try
            {
                configure();
                Handler[] handlers = [.. _declaring];
                return message => Handle(handlers, message);
            }
            finally
            {
                _declaring = _declared ? null : outer;
            }
        }

        private Handler[] Declared()
        {
            Handler[] handlers = [.. _declaring];
            _declaring = null;
            return handlers;
        }

        private void Handle(Handler[] handlers, object message)
        {
            foreach (Handler handler in handlers)
                if (handler.TryHandle(message)) return;
            Unhandled(message);
        }

        private abstract class Handler
        {
            public bool TakesAll { get; init; }

            public abstract bool TryHandle(object message);
        }

        private sealed class ActionHandler<T> : Handler
        {
            private readonly Action<T> _handler;
            private readonly Predicate<T> _shouldHandle;

            public ActionHandler(Action<T> handler, Predicate<T> shouldHandle)
            {
                _handler = handler ?? throw new ArgumentNullException(nameof(handler));
                _shouldHandle = shouldHandle;
                TakesAll = shouldHandle is null && typeof(T) == typeof(object);
            }

            public override bool TryHandle(object message)
            {
                if (message is not T typed || (_shouldHandle is not null && !_shouldHandle(typed))) return false;
                _handler(typed);
                return true;
            }
        }

        private sealed class FuncHandler<T> : Handler
        {
            private readonly Func<T, bool> _handler;

            public FuncHandler(Func<T, bool> handler) => _handler = handler ?? throw new ArgumentNullException(nameof(handler));

            public override bool TryHandle(object message) => message is T typed && _handler(typed);
        }

        private sealed class TypedHandler : Handler
        {
            private readonly Type _type;
            private readonly Action<object> _handler;
            private readonly Predicate<object> _shouldHandle;

            public TypedHandler(Type type, Action<object> handler, Predicate<object> shouldHandle)
            {
                _type = type;
                _handler = handler ?? throw new ArgumentNullException(nameof(handler));
                _shouldHandle = shouldHandle;
            }

            public override bool TryHandle(object message)
            {
                if (!_type.IsInstanceOfType(message) || (_shouldHandle is not null && !_shouldHandle(message))) return false;
                _handler(message);
                return true;
            }
        }
    }
}
