using ActorBroker.Actors.Partitions;
using ActorBroker.Model.Options;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Node;

/// <summary>
/// Reads all logs again, round after round, and checks the checksums of their batches: on a thread of its own, at a bounded rate. The log
/// itself keeps damaged batches from being served; this actor says where they are, and the replicas have them repaired.
/// Supervision: restarted; the round that ran is abandoned.
/// </summary>
#pragma warning disable CA1001 // An actor ends with PostStop, which disposes what it owns.
public sealed class ScrubberActor : ReceiveActor, IWithTimers
#pragma warning restore CA1001
{
    private static readonly TimeSpan FirstRoundDelay = TimeSpan.FromMinutes(10);

    private readonly TimeSpan interval;
    private readonly LogManager logs;
    private readonly StorageMetrics metrics;
    private readonly PartitionDirectory partitions;
    private readonly LogScrubber scrubber;
    private readonly CancellationTokenSource stopping = new();

    /// <param name="partitions">Whose replicas try to have repaired what is found.</param>
    public ScrubberActor(ScrubOptions options, LogManager logs, StorageMetrics metrics, PartitionDirectory partitions)
    {
        this.partitions = partitions;
        this.logs = logs;
        this.metrics = metrics;
        interval = TimeSpan.FromMilliseconds(options.IntervalMs);
        scrubber = new LogScrubber(options.BytesPerSecond == 0 ? BandwidthLimit.None : new BandwidthLimit(options.BytesPerSecond));
        Receive<BeginRound>(_ => OnBegin());
        Receive<Found>(found => OnFound(found.Range));
        Receive<Unreadable>(OnUnreadable);
        Receive<RoundEnded>(_ => OnEnded());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => BeginAfter(interval < FirstRoundDelay ? interval : FirstRoundDelay);

    protected override void PostStop()
    {
        stopping.Cancel();
        stopping.Dispose();
    }

    private void OnBegin()
    {
        var self = Self;
        var cancellation = stopping.Token;
        Task.Factory.StartNew(() => Run(self, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).PipeTo(self);
    }

    private RoundEnded Run(IActorRef self, CancellationToken cancellation)
    {
        try
        {
            foreach (var log in logs.Logs.Where(log => !log.Directory.IsOffline))
            {
                Scrub(log, self, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }

        return RoundEnded.Instance;
    }

    private void Scrub(PartitionLog log, IActorRef self, CancellationToken cancellation)
    {
        try
        {
            var result = scrubber.Scrub(log, cancellation);
            metrics.Scrubbed(result.BytesChecked);
            foreach (var range in result.Corrupt)
            {
                self.Tell(new Found(range), ActorRefs.NoSender);
            }
        }
        catch (IOException error)
        {
            self.Tell(new Unreadable(log, error), ActorRefs.NoSender);
        }
    }

    private void OnFound(CorruptRange range)
    {
        Report(Context.GetLogger(), range);
        partitions.Find(range.Partition.Topic, range.Partition.Partition)?.Replica.Tell(new ReplicaActor.DamageFound(range.Offset), Self);
    }

    /// <summary>Tells an operator where a log is damaged.</summary>
    internal static void Report(ILoggingAdapter logger, CorruptRange range) => logger.Error(
        "{0} is damaged: {1} at position {2}, {3} bytes from offset {4} on: {5}. They are not served.",
        range.Partition, range.File, range.Position, range.Length, range.Offset, range.Problem);

    /// <summary>A disk that cannot be read takes its directory offline, unless the log was deleted or moved meanwhile.</summary>
    private void OnUnreadable(Unreadable unreadable)
    {
        if (ReferenceEquals(logs.Find(unreadable.Log.Partition), unreadable.Log))
        {
            Context.GetLogger().Error(unreadable.Error, "{0} cannot be read: {1}", unreadable.Log.Partition, unreadable.Error.Message);
            unreadable.Log.Directory.MarkOffline(unreadable.Error);
        }
    }

    private void OnEnded()
    {
        metrics.ScrubRoundEnded();
        BeginAfter(interval);
    }

    private void BeginAfter(TimeSpan delay) => Timers.StartSingleTimer(nameof(BeginRound), BeginRound.Instance, delay);

    private sealed record Found(CorruptRange Range);

    private sealed record Unreadable(PartitionLog Log, IOException Error);

    private sealed record BeginRound
    {
        public static BeginRound Instance { get; } = new();
    }

    private sealed record RoundEnded
    {
        public static RoundEnded Instance { get; } = new();
    }
}
