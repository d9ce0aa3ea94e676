#nullable disable
using System.Globalization;
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>The reference of an actor in this process.</summary>
public class LocalActorRef : ActorRefWithCell
{
    private readonly ActorPath _path;
    private readonly ActorCell _cell;

    /// <summary>Makes the actor's cell and mailbox; it does nothing before <see cref="Start"/>.</summary>
    public LocalActorRef(
        ActorSystemImpl system, Props props, MessageDispatcher dispatcher, MailboxType mailboxType, IInternalActorRef supervisor, ActorPath path)
    {
        _path = path;
        _cell = NewActorCell(system, this, props, dispatcher, supervisor);
        _cell.Init(sendSupervise: false, mailboxType);
    }

    /// <summary>The actor's cell.</summary>
    public ActorCell Cell => _cell;

    public override IEnumerable<IActorRef> Children => _cell.GetChildren();

    public override bool IsLocal => true;

    public override bool IsTerminated => _cell.IsTerminated;

    public override IInternalActorRef Parent => _cell.Parent;

    public override ActorPath Path => _path;

    public override IActorRefProvider Provider => _cell.SystemImpl.Provider;

    public override ICell Underlying => _cell;

    protected MessageDispatcher Dispatcher => _cell.Dispatcher;

    protected Props Props => _cell.Props;

    protected IInternalActorRef Supervisor => _cell.Parent;

    protected ActorSystem System => _cell.System;

    public override IActorRef GetChild(IReadOnlyList<string> name)
    {
        IInternalActorRef current = this;
        for (var i = 0; i < name.Count; i++)
        {
            if (name[i].Length == 0) continue;
            if (current is not ActorRefWithCell withCell)
                return current.GetChild([.. name.Skip(i)]);
            current = name[i] == ".." ? withCell.Parent : withCell.GetSingleChild(name[i]);
            if (current is Nobody) return current;
        }

        return current;
    }

    public override IInternalActorRef GetSingleChild(string name) => _cell.GetSingleChild(name);

    public override void Restart(Exception cause) => _cell.Restart(cause);

    public override void Resume(Exception causedByFailure = null) => _cell.Resume(causedByFailure);

    public override void SendSystemMessage(ISystemMessage message) => _cell.SendSystemMessage(message);

    public override void Start() => _cell.Start();

    public override void Stop() => _cell.Stop();

    public override void Suspend() => _cell.Suspend();

    /// <summary>Makes the cell; subclasses may make another kind.</summary>
    protected virtual ActorCell NewActorCell(
        ActorSystemImpl system, IInternalActorRef self, Props props, MessageDispatcher dispatcher, IInternalActorRef supervisor) =>
        new(system, self, props, dispatcher, supervisor);

    protected override void TellInternal(object message, IActorRef sender) => _cell.SendMessage(sender, message);

    internal static (string Name, long Uid) SplitNameAndUid(string name)
    {
        var hash = name.IndexOf('#');
        return hash < 0 ? (name, 0) : (name[..hash], long.Parse(name.AsSpan(hash + 1), CultureInfo.InvariantCulture));
    }
}
