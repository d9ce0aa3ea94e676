using ActorBroker.Model.Options;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Node;

/// <summary>
/// Does the storage's regular work off the replicas' way: interval flushes, delayed deletions, checkpoints, each by one timer for all logs. After a start
/// that had to recover logs, it first makes durable what was verified.
/// Supervision: restarted; what one round did not do the next one does.
/// </summary>
public sealed class StorageActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    private readonly LogManager logs;
    private readonly StorageOptions options;

    public StorageActor(LogManager logs, StorageOptions options, TimeProvider time)
    {
        this.logs = logs;
        this.options = options;
        Receive<Tick>(_ => logs.Tick(time.GetUtcNow().ToUnixTimeMilliseconds()));
        Receive<Checkpoint>(checkpoint => checkpoint.Write(logs));
        Receive<Settled>(OnSettled);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TickInterval);
        Repeat(new Checkpoint(static logs => logs.WriteRecoveryPoints()), "recovery-points", options.RecoveryPointCheckpointIntervalMs);
        Repeat(new Checkpoint(static logs => logs.WriteLogStartOffsets()), "log-start-offsets", options.StartOffsetCheckpointIntervalMs);
        Repeat(new Checkpoint(static logs => logs.WriteHighWatermarks()), "high-watermarks", options.HighWatermarkCheckpointIntervalMs);
        Task.Factory.StartNew(() => new Settled(logs.SettleRecovery()), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).PipeTo(Self);
    }

    private void Repeat(Checkpoint checkpoint, string name, long intervalMs) =>
        Timers.StartPeriodicTimer(name, checkpoint, TimeSpan.FromMilliseconds(intervalMs));

    private static void OnSettled(Settled settled)
    {
        if (settled.Logs > 0)
        {
            Context.GetLogger().Info("{0} recovered logs were synced; their recovery points are written", settled.Logs);
        }
    }

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    private sealed record Checkpoint(Action<LogManager> Write);

    private sealed record Settled(int Logs);
}
