using ActorBroker.Actors.Partitions;
using ActorBroker.Model.Options;
using ActorBroker.Storage;
using ActorBroker.Storage.Compaction;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Node;

/// <summary>
/// Compacts logs, one at a time, the dirtiest first: the log's replica begins the job and puts its result in place, the work itself runs on a
/// thread of its own. A log with a batch that cannot be read is left alone from then on, and said so.
/// Supervision: restarted; a job that ran is abandoned with its files.
/// </summary>
#pragma warning disable CA1001 // An actor ends with PostStop, which disposes what it owns.
public sealed class CleanerActor : ReceiveActor, IWithTimers
#pragma warning restore CA1001
{
    private readonly Func<CleanerOptions> options;
    private readonly PartitionDirectory partitions;
    private readonly BandwidthLimit bandwidth;
    private readonly StorageMetrics metrics;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();

    /// <param name="options">Asked for before each compaction: they may be changed at run time.</param>
    public CleanerActor(Func<CleanerOptions> options, PartitionDirectory partitions, StorageMetrics metrics, TimeProvider time)
    {
        this.options = options;
        this.partitions = partitions;
        this.metrics = metrics;
        this.time = time;
        bandwidth = new BandwidthLimit(() => options().MaxBytesPerSecond is > 0 and var rate ? rate : double.PositiveInfinity);
        Receive<Look>(_ => OnLook());
        Receive<ReplicaActor.CompactionBegun>(OnBegun);
        Receive<Ran>(OnRan);
        Receive<ReplicaActor.CompactionEnded>(OnEnded);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => LookLater();

    protected override void PostStop()
    {
        stopping.Cancel();
        stopping.Dispose();
    }

    private void OnLook()
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        IActorRef? dirtiest = null;
        var most = -1.0;
        foreach (var partition in partitions.All)
        {
            if (partition.Log is { } log && log.WantsCompaction(now, out var estimate))
            {
                var dirt = estimate.IsOverdue ? 1 + estimate.DirtyRatio : estimate.DirtyRatio;
                (dirtiest, most) = dirt > most ? (partition.Replica, dirt) : (dirtiest, most);
            }
        }

        if (dirtiest is null)
        {
            LookLater();
        }
        else
        {
            dirtiest.Tell(new ReplicaActor.BeginCompaction(new CompactionLimits { OffsetMapBytes = options().OffsetMapBytes, Bandwidth = bandwidth }), Self);
        }
    }

    private void OnBegun(ReplicaActor.CompactionBegun begun)
    {
        if (begun.Job is not { } job)
        {
            LookLater();
            return;
        }

        var replica = Sender;
        var cancellation = stopping.Token;
        Task.Factory.StartNew(() => Run(job, replica, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).PipeTo(Self);
    }

    private static Ran Run(CompactionJob job, IActorRef replica, CancellationToken cancellation)
    {
        try
        {
            job.Run(cancellation);
            return new Ran(job, replica, null);
        }
        catch (Exception error) when (error is UncleanableLogException or IOException or OperationCanceledException)
        {
            return new Ran(job, replica, error);
        }
    }

    private void OnRan(Ran ran)
    {
        if (ran.Error is not null and not OperationCanceledException)
        {
            metrics.CompactionFailed();
            Context.GetLogger().Error(ran.Error, "compaction of {0} failed: {1}", ran.Job.Log.Partition, ran.Error.Message);
        }

        ran.Replica.Tell(new ReplicaActor.EndCompaction(ran.Job, ran.Error), Self);
        // A replica that was stopped meanwhile does not answer.
        LookLater();
    }

    private void OnEnded(ReplicaActor.CompactionEnded ended)
    {
        if (ended.Result is { } result)
        {
            metrics.Compacted(result);
        }

        OnLook();
    }

    private void LookLater() => Timers.StartSingleTimer(nameof(Look), Look.Instance, TimeSpan.FromMilliseconds(options().BackoffMs));

    private sealed record Ran(CompactionJob Job, IActorRef Replica, Exception? Error);

    private sealed record Look
    {
        public static Look Instance { get; } = new();
    }
}
