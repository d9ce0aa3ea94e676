#nullable disable
namespace Akka.Remote.Transport;

/// <summary>Holds what must not overtake the bulk lane until the barrier before it has gone by.</summary>
internal sealed class BarrierGate
{
    /// <summary>What may wait; beyond it nothing is held up any more.</summary>
    private const int MaxWaiting = 20_000;

    private readonly object _gate = new();
    private readonly Queue<(long Barrier, Action Deliver)> _waiting = [];
    private int _uid;
    private long _passed;

    /// <summary>True if the barrier has gone by; else the delivery waits for it.</summary>
    public bool IsPassed(int uid, long barrier, Action deliver)
    {
        lock (_gate)
        {
            Know(uid);
            if (barrier <= _passed || _waiting.Count >= MaxWaiting) return true;
            _waiting.Enqueue((barrier, deliver));
            return false;
        }
    }

    /// <summary>A barrier of an incarnation has gone by: delivers what waited for it, in order.</summary>
    public void Pass(int uid, long barrier)
    {
        lock (_gate)
        {
            Know(uid);
            _passed = Math.Max(_passed, barrier);

            // Barriers of one incarnation come in order, so the first that has to wait ends it.
            while (_waiting.TryPeek(out (long Barrier, Action Deliver) first) && first.Barrier <= _passed)
            {
                _waiting.Dequeue();
                first.Deliver();
            }
        }
    }

    /// <summary>Another incarnation counts anew; what waited of the earlier one waits no more.</summary>
    private void Know(int uid)
    {
        if (_uid == uid) return;
        _uid = uid;
        _passed = 0;
        while (_waiting.TryDequeue(out (long Barrier, Action Deliver) next)) next.Deliver();
    }
}
