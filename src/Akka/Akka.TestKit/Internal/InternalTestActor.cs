#nullable disable
using Akka.Actor;
using Akka.Actor.Internal;

namespace Akka.TestKit.Internal;

/// <summary>Puts what it receives into the queue of a test.</summary>
internal sealed class InternalTestActor : ActorBase
{
    private readonly TestQueue _queue;
    private readonly DelegatingSupervisorStrategy _supervisorStrategy = new();
    private TestActor.Ignore _ignore;
    private AutoPilot _autoPilot = AutoPilot.NoAutoPilot;

    public InternalTestActor(TestQueue queue) => _queue = queue;

    protected override SupervisorStrategy SupervisorStrategy() => _supervisorStrategy;

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case TestActor.SetIgnore setIgnore:
                _ignore = setIgnore.Ignore;
                return true;
            case TestActor.Watch watch:
                Context.Watch(watch.Actor);
                return true;
            case TestActor.Unwatch unwatch:
                Context.Unwatch(unwatch.Actor);
                return true;
            case TestActor.SetAutoPilot setAutoPilot:
                _autoPilot = setAutoPilot.AutoPilot;
                return true;
            case TestActor.Spawn spawn:
                IActorRef child = spawn.Apply(Context);
                if (spawn._supervisorStrategy.HasValue) _supervisorStrategy.Update(child, spawn._supervisorStrategy.Value);
                Sender.Tell(child, Self);
                return true;
        }

        if (_ignore is not null && _ignore(message)) return true;
        AutoPilot next = _autoPilot.Run(Sender, message);
        if (next is not TestKit.KeepRunning) _autoPilot = next;
        _queue.Add(new RealMessageEnvelope(message, Sender));
        return true;
    }
}

/// <summary>Makes the test actor of a queue.</summary>
internal sealed class TestActorProducer : IIndirectActorProducer
{
    private readonly TestQueue _queue;

    public TestActorProducer(TestQueue queue) => _queue = queue;

    public Type ActorType => typeof(InternalTestActor);

    public ActorBase Produce() => new InternalTestActor(_queue);

    public void Release(ActorBase actor)
    {
    }
}

/// <summary>Keeps the test actor as the implicit sender over the awaits of a test.</summary>
internal sealed class ActorCellKeepingSynchronizationContext : SynchronizationContext
{
    private readonly ActorCell _cell;

    public ActorCellKeepingSynchronizationContext(ActorCell cell) => _cell = cell;

    public override SynchronizationContext CreateCopy() => new ActorCellKeepingSynchronizationContext(_cell);

    public override void Post(SendOrPostCallback d, object state) =>
        ThreadPool.QueueUserWorkItem(static s => s.self.RunInContext(s.d, s.state), (self: this, d, state), preferLocal: false);

    public override void Send(SendOrPostCallback d, object state) => RunInContext(d, state);

    private void RunInContext(SendOrPostCallback d, object state)
    {
        ActorCell previousCell = InternalCurrentActorCellKeeper.Current;
        SynchronizationContext previousContext = Current;
        SetSynchronizationContext(this);
        InternalCurrentActorCellKeeper.Current = _cell;
        try
        {
            d(state);
        }
        finally
        {
            InternalCurrentActorCellKeeper.Current = previousCell;
            SetSynchronizationContext(previousContext);
        }
    }
}
