#nullable disable
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

public partial class ActorCell
{
    private ActorChildren OwnChildren =>
        _children ?? Interlocked.CompareExchange(ref _children, new ActorChildren(), null) ?? _children;

    public virtual IActorRef ActorOf(Props props, string name = null) => AttachChild(props, isSystemService: false, name);

    /// <summary>Creates a child.</summary>
    /// <exception cref="InvalidActorNameException">The name is malformed or taken.</exception>
    public virtual IActorRef AttachChild(Props props, bool isSystemService, string name = null)
    {
        if (name is not null) CheckName(name);
        if (_system.SerializesAllCreators && !isSystemService) VerifySerializable(props);
        ActorChildren children = OwnChildren;
        if (IsTerminating || _terminated) throw new InvalidOperationException("Cannot create child while terminating or terminated");
        name ??= children.NextRandomName();
        children.Reserve(name);
        IInternalActorRef child;
        try
        {
            var path = new ChildActorPath(_self.Path, name, NewUid());
            child = _system.Provider.ActorOf(_system, props, _self, path, isSystemService, deploy: null, lookupDeploy: true, async: false);
        }
        catch
        {
            children.Unreserve(name);
            throw;
        }

        if (Mailbox.IsSuspended) child.Suspend();
        InitChild(child);
        child.Start();
        return child;
    }

    /// <summary>Takes the name of a child before it exists.</summary>
    public void ReserveChild(string name) => OwnChildren.Reserve(name);

    /// <summary>Makes the cell know a child; null if it may have none any more.</summary>
    public ChildRestartStats InitChild(IInternalActorRef actor)
    {
        ActorChildren children = OwnChildren;
        if (children.TryGetByName(actor.Path.Name, out IChildStats known) && known is ChildRestartStats stats) return stats;
        stats = new ChildRestartStats(actor);
        children.Add(actor.Path.Name, stats);
        return stats;
    }

    public IInternalActorRef GetChildByName(string name) =>
        TryGetChildStatsByName(name, out IChildStats stats) && stats is ChildRestartStats child ? child.Child : ActorRefs.Nobody;

    public IEnumerable<IInternalActorRef> GetChildren() => _children is { } children ? children.Children : [];

    IEnumerable<IActorRef> IActorContext.GetChildren() => GetChildren();

    IActorRef IActorContext.Child(string name) => GetChildByName(name);

    public IInternalActorRef GetSingleChild(string name)
    {
        (var plain, var uid) = LocalActorRef.SplitNameAndUid(name);
        IInternalActorRef child = GetChildByName(plain);
        return uid == UndefinedUid || child is Nobody || child.Path.Uid == uid ? child : ActorRefs.Nobody;
    }

    public bool TryGetChildStatsByName(string name, out IChildStats child)
    {
        child = null;
        return _children is { } children && children.TryGetByName(name, out child);
    }

    /// <summary>Stops a child; any other actor is asked to stop too.</summary>
    public void Stop(IActorRef child)
    {
        // Marked first: a restart or stop of this actor then waits for the child's end.
        if (_children is { } children && children.TryGetByRef(child, out _)) children.ShallDie(child);
        ((IInternalActorRef)child).Stop();
    }

    protected bool TryGetChildStatsByRef(IActorRef actor, out ChildRestartStats child)
    {
        child = null;
        return _children is { } children && children.TryGetByRef(actor, out child);
    }

    /// <summary>Says why to wait for the dying children; false if there is none.</summary>
    protected bool SetChildrenTerminationReason(SuspendReason reason) => _children is { } children && children.WaitFor(reason);

    /// <summary>Removes a child that has stopped and gives what waited for the last of them.</summary>
    protected SuspendReason RemoveChildAndGetStateChange(IActorRef child) => _children?.RemoveAndGetFinished(child);

    /// <summary>Gives a reserved name back.</summary>
    protected void UnreserveChild(string name) => _children?.Unreserve(name);

    private static void CheckName(string name)
    {
        if (name.Length == 0) throw new InvalidActorNameException("Actor name must not be empty.");
        if (!ActorPath.IsValidPathElement(name))
        {
            throw new InvalidActorNameException(
                $"Illegal actor name [{name}]. Actor paths MUST: not start with `$`, include only ASCII letters and can only contain these special characters: ${ActorPath.ValidSymbols}.");
        }
    }

    private static long NewUid()
    {
        long uid;
        do uid = Random.Shared.Next();
        while (uid == UndefinedUid);
        return uid;
    }

    private void VerifySerializable(Props props)
    {
        foreach (var argument in props.Arguments)
        {
            if (argument is null or INoSerializationVerificationNeeded) continue;
            Serialization.Serializer serializer = _system.Serialization.FindSerializerFor(argument);
            _system.Serialization.Deserialize(
                serializer.ToBinary(argument), serializer.Identifier, Serialization.Serialization.ManifestFor(serializer, argument));
        }
    }

    private void Supervise(Supervise message)
    {
        if (IsTerminating) ((IInternalActorRef)message.Child).Stop();
        else InitChild((IInternalActorRef)message.Child);
    }
}
