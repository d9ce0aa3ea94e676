#nullable disable
using Akka.Actor;
using Akka.Actor.Internal;

namespace Akka.Persistence;

/// <summary>
/// A persistent actor whose handlers are declared by type, in its constructor or (for commands) in <see cref="Become(Action)"/>.
/// They are tried in the order of declaration.
/// </summary>
public abstract class ReceivePersistentActor : UntypedPersistentActor, IInitializableActor
{
    private readonly HandlerList _recovers = new("Recover");
    private HandlerList _declaring = new("Command");
    private HandlerList _commands;

    void IInitializableActor.Init()
    {
        _commands = _declaring;
        _declaring = null;
        _recovers.Close();
    }

    /// <summary>Handles commands by what <paramref name="configure"/> declares from now on.</summary>
    protected void Become(Action configure) => base.Become(Behavior(configure));

    /// <summary>Handles commands by what <paramref name="configure"/> declares until UnbecomeStacked.</summary>
    protected void BecomeStacked(Action configure) => base.BecomeStacked(Behavior(configure));

    protected void Command<T>(Action<T> handler, Predicate<T> shouldHandle = null) => Commands.Add(handler, shouldHandle);

    protected void Command<T>(Predicate<T> shouldHandle, Action<T> handler) => Commands.Add(handler, shouldHandle);

    protected void Command(Type messageType, Action<object> handler, Predicate<object> shouldHandle = null) => Commands.Add(messageType, handler, shouldHandle);

    protected void Command(Type messageType, Predicate<object> shouldHandle, Action<object> handler) => Commands.Add(messageType, handler, shouldHandle);

    /// <summary>Declares a handler that says by its result whether it has handled the command.</summary>
    protected void Command<T>(Func<T, bool> handler) => Commands.Add(handler);

    protected void Command(Type messageType, Func<object, bool> handler) =>
        Commands.Add<object>(message => messageType.IsInstanceOfType(message) && handler(message));

    protected void Command(Action<object> handler) => Commands.Add(handler, null);

    /// <summary>Declares the handler of all commands that no earlier one took. Nothing can be declared after it.</summary>
    protected void CommandAny(Action<object> handler) => Commands.Add(handler, null);

    /// <inheritdoc cref="CommandAny"/>
    protected void CommandAnyAsync(Func<object, Task> handler) => CommandAny(message => RunTask(() => handler(message)));

    /// <summary>Declares an asynchronous handler; nothing else is processed before it ends.</summary>
    protected void CommandAsync<T>(Func<T, Task> handler, Predicate<T> shouldHandle = null) =>
        Command(message => RunTask(() => handler(message)), shouldHandle);

    /// <inheritdoc cref="CommandAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void CommandAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) => CommandAsync(handler, shouldHandle);

    /// <inheritdoc cref="CommandAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void CommandAsync(Type messageType, Func<object, Task> handler, Predicate<object> shouldHandle = null) =>
        Command(messageType, message => RunTask(() => handler(message)), shouldHandle);

    /// <inheritdoc cref="CommandAsync{T}(Func{T, Task}, Predicate{T})"/>
    protected void CommandAsync(Type messageType, Predicate<object> shouldHandle, Func<object, Task> handler) =>
        CommandAsync(messageType, handler, shouldHandle);

    protected void Recover<T>(Action<T> handler, Predicate<T> shouldHandle = null) => _recovers.Add(handler, shouldHandle);

    protected void Recover<T>(Predicate<T> shouldHandle, Action<T> handler) => _recovers.Add(handler, shouldHandle);

    protected void Recover(Type messageType, Action<object> handler, Predicate<object> shouldHandle = null) => _recovers.Add(messageType, handler, shouldHandle);

    protected void Recover(Type messageType, Predicate<object> shouldHandle, Action<object> handler) => _recovers.Add(messageType, handler, shouldHandle);

    /// <summary>Declares a handler that says by its result whether it has handled the message.</summary>
    protected void Recover<T>(Func<T, bool> handler) => _recovers.Add(handler);

    protected void Recover(Type messageType, Func<object, bool> handler) =>
        _recovers.Add<object>(message => messageType.IsInstanceOfType(message) && handler(message));

    /// <summary>Declares the handler of everything in recovery that no earlier one took. Nothing can be declared after it.</summary>
    protected void RecoverAny(Action<object> handler) => _recovers.Add(handler, null);

    protected sealed override void OnCommand(object message)
    {
        if (!_commands.TryHandle(message)) Unhandled(message);
    }

    protected sealed override void OnRecover(object message)
    {
        if (!_recovers.TryHandle(message)) Unhandled(message);
    }

    private HandlerList Commands => _declaring
        ?? throw new InvalidOperationException("You may only call Command-methods when constructing the actor and inside Become().");

    private UntypedReceive Behavior(Action configure)
    {
        // A Become in the constructor must not take over what the constructor declares.
        HandlerList outer = _declaring;
        var own = new HandlerList("Command");
        _declaring = own;
        try
        {
            configure();
        }
        finally
        {
            _declaring = outer;
        }

        return message =>
        {
            if (!own.TryHandle(message)) Unhandled(message);
        };
    }

    private sealed class HandlerList(string kind)
    {
        private readonly List<Func<object, bool>> _handlers = [];
        private bool _takesAll;
        private bool _closed;

        public void Close() => _closed = true;

        public bool TryHandle(object message)
        {
            foreach (Func<object, bool> handler in _handlers)
                if (handler(message)) return true;
            return false;
        }

        public void Add<T>(Action<T> handler, Predicate<T> shouldHandle)
        {
            ArgumentNullException.ThrowIfNull(handler);
            Add(message =>
            {
                if (message is not T typed || (shouldHandle is not null && !shouldHandle(typed))) return false;
                handler(typed);
                return true;
            });
            _takesAll = typeof(T) == typeof(object) && shouldHandle is null;
        }

        public void Add(Type type, Action<object> handler, Predicate<object> shouldHandle)
        {
            ArgumentNullException.ThrowIfNull(handler);
            Add<object>(message =>
            {
                if (!type.IsInstanceOfType(message) || (shouldHandle is not null && !shouldHandle(message))) return false;
                handler(message);
                return true;
            });
        }

        public void Add<T>(Func<T, bool> handler)
        {
            ArgumentNullException.ThrowIfNull(handler);
            Add(message => message is T typed && handler(typed));
        }

        private void Add(Func<object, bool> handler)
        {
            if (_closed) throw new InvalidOperationException($"You may only call {kind}-methods when constructing the actor.");
            if (_takesAll) throw new InvalidOperationException("A handler that catches all messages has been added. No handler can be added after that.");
            _handlers.Add(handler);
        }
    }
}
