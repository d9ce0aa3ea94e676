#nullable disable
namespace Akka.Dispatch;

/// <summary>A piece of work.</summary>
public interface IRunnable
{
    /// <summary>Does it.</summary>
    void Run();
}

/// <summary>Runs a delegate.</summary>
public sealed class ActionRunnable : IRunnable
{
    private readonly Action _action;

    public ActionRunnable(Action action) => _action = action;

    public void Run() => _action();
}

/// <summary>Runs a delegate with an argument.</summary>
public sealed class ActionWithStateRunnable : IRunnable
{
    private readonly Action<object> _actionWithState;
    private readonly object _state;

    public ActionWithStateRunnable(Action<object> actionWithState, object state)
    {
        _actionWithState = actionWithState;
        _state = state;
    }

    public void Run() => _actionWithState(_state);
}
