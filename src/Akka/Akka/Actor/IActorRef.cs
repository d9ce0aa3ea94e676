#nullable disable
using Akka.Dispatch.SysMsg;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Something that can be told a message.</summary>
public interface ICanTell
{
    /// <summary>Sends <paramref name="message"/>, not waiting for anything; at most once, in order per sender and receiver.</summary>
    void Tell(object message, IActorRef sender);
}

/// <summary>The handle of an actor. It stays valid, and equal, after the actor's death.</summary>
public interface IActorRef : ICanTell, IEquatable<IActorRef>, IComparable<IActorRef>, ISurrogated, IComparable
{
    /// <summary>Path of the actor, with its incarnation's uid.</summary>
    ActorPath Path { get; }
}

/// <summary>Says whether a reference is of this process.</summary>
public interface IActorRefScope
{
    /// <summary>True if the actor lives in this process.</summary>
    bool IsLocal { get; }
}

/// <summary>The runtime's own view of a reference.</summary>
public interface IInternalActorRef : IActorRef, IActorRefScope
{
    /// <summary>True if the actor is known to have stopped.</summary>
    bool IsTerminated { get; }

    /// <summary>The supervisor.</summary>
    IInternalActorRef Parent { get; }

    /// <summary>The provider that made the reference.</summary>
    IActorRefProvider Provider { get; }

    /// <summary>Walks down <paramref name="name"/>; <see cref="ActorRefs.Nobody"/> if there is no such descendant.</summary>
    IActorRef GetChild(IReadOnlyList<string> name);

    /// <summary>Asks for a restart.</summary>
    void Restart(Exception cause);

    /// <summary>Ends a suspension.</summary>
    void Resume(Exception causedByFailure = null);

    /// <summary>Sends a system message; <paramref name="sender"/> is not used.</summary>
    [Obsolete("Use SendSystemMessage(message)")]
    void SendSystemMessage(ISystemMessage message, IActorRef sender);

    /// <summary>Sends a system message, which overtakes user messages.</summary>
    void SendSystemMessage(ISystemMessage message);

    /// <summary>Starts a new actor.</summary>
    void Start();

    /// <summary>Asks the actor to stop after the message that it is processing.</summary>
    void Stop();

    /// <summary>Stops the processing of user messages until resumed.</summary>
    void Suspend();
}

/// <summary>What can watch other actors' deaths.</summary>
public interface ICanWatch
{
    /// <summary>Stops watching.</summary>
    IActorRef Unwatch(IActorRef subject);

    /// <summary>Asks for <see cref="Terminated"/> when <paramref name="subject"/> stops.</summary>
    IActorRef Watch(IActorRef subject);

    /// <summary>Asks for <paramref name="message"/> when <paramref name="subject"/> stops.</summary>
    IActorRef WatchWith(IActorRef subject, object message);
}

/// <summary>What can create and find actors.</summary>
public interface IActorRefFactory
{
    /// <summary>Creates an actor below this; without a name it gets a random one.</summary>
    /// <exception cref="InvalidActorNameException">The name is malformed or taken.</exception>
    IActorRef ActorOf(Props props, string name = null);

    /// <summary>Selects the actor at a path.</summary>
    ActorSelection ActorSelection(ActorPath actorPath);

    /// <summary>Selects actors by a path, relative or absolute, with wildcards * and ?.</summary>
    ActorSelection ActorSelection(string actorPath);
}

/// <summary>Marks references that start asynchronously.</summary>
public interface IRepointableRef : IActorRefScope
{
    /// <summary>True once the actor takes messages itself.</summary>
    bool IsStarted { get; }
}
