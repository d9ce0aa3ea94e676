using ActorBroker.Storage;
using Akka.Actor;

namespace ActorBroker.Actors.Node;

/// <summary>
/// Does the storage's regular work off the replicas' way: interval flushes, delayed deletions, checkpoints. One timer for all logs.
/// Supervision: restarted; what one round did not do the next one does.
/// </summary>
public sealed class StorageActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    private readonly TimeSpan checkpointInterval;

    public StorageActor(LogManager logs, TimeSpan checkpointInterval, TimeProvider time)
    {
        this.checkpointInterval = checkpointInterval;
        Receive<Tick>(_ => logs.Tick(time.GetUtcNow().ToUnixTimeMilliseconds()));
        Receive<Checkpoint>(_ => logs.WriteCheckpoints());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TickInterval);
        Timers.StartPeriodicTimer(nameof(Checkpoint), Checkpoint.Instance, checkpointInterval);
    }

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    private sealed record Checkpoint
    {
        public static Checkpoint Instance { get; } = new();
    }
}
