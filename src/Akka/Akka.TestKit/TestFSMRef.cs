#nullable disable
using Akka.Actor;
using Akka.Actor.Internal;

namespace Akka.TestKit;

/// <summary>A reference that gives access to a state machine.</summary>
public class TestFSMRef<TActor, TState, TData> : TestActorRefBase<TActor>
    where TActor : FSM<TState, TData>
{
    public TestFSMRef(ActorSystem system, Props props, IActorRef supervisor = null, string name = null, bool activateLogging = false)
        : base(system, props, supervisor, name)
    {
    }

    public TData StateData => UnderlyingActor.StateData;

    public TState StateName => UnderlyingActor.StateName;

    public void CancelTimer(string name) => UnderlyingActor.CancelTimer(name);

    public bool IsStateTimerActive() => ((IInternalSupportsTestFSMRef<TState, TData>)UnderlyingActor).IsStateTimerActive;

    public bool IsTimerActive(string name) => UnderlyingActor.IsTimerActive(name);

    public void SetState(TState stateName, TimeSpan? timeout = null) => Apply(stateName, StateData, timeout, null);

    public void SetState(TState stateName, TData stateData, TimeSpan? timeout = null, FSMBase.Reason stopReason = null) =>
        Apply(stateName, stateData, timeout, stopReason);

    public void SetStateData(TData stateData, TimeSpan? timeout = null) => Apply(StateName, stateData, timeout, null);

    public void SetStateTimeout(TimeSpan timeout) => Apply(StateName, StateData, timeout, null);

    public void SetTimer(string name, object msg, TimeSpan timeout, bool repeat = false) =>
        InternalRef.Cell.UseThreadContext(() => UnderlyingActor.SetTimer(name, msg, timeout, repeat));

    private void Apply(TState stateName, TData stateData, TimeSpan? timeout, FSMBase.Reason stopReason) =>
        InternalRef.Cell.UseThreadContext(() => ((IInternalSupportsTestFSMRef<TState, TData>)UnderlyingActor).ApplyState(
            new FSMBase.State<TState, TData>(stateName, stateData, timeout, stopReason)));
}
