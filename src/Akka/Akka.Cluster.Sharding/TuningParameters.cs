#nullable disable
using Akka.Configuration;

namespace Akka.Cluster.Sharding;

/// <summary>The finer settings of sharding; Configuration/sharding.conf says what each one means.</summary>
public class TuningParameters
{
    public readonly TimeSpan CoordinatorFailureBackoff;

    public readonly TimeSpan RetryInterval;

    public readonly int BufferSize;

    public readonly TimeSpan HandOffTimeout;

    public readonly TimeSpan ShardStartTimeout;

    public readonly TimeSpan ShardFailureBackoff;

    public readonly TimeSpan EntityRestartBackoff;

    public readonly TimeSpan RebalanceInterval;

    public readonly int SnapshotAfter;

    public readonly int KeepNrOfBatches;

    public readonly int LeastShardAllocationRebalanceThreshold;

    public readonly int LeastShardAllocationMaxSimultaneousRebalance;

    public readonly TimeSpan WaitingForStateTimeout;

    public readonly TimeSpan UpdatingStateTimeout;

    public readonly string EntityRecoveryStrategy;

    public readonly TimeSpan EntityRecoveryConstantRateStrategyFrequency;

    public readonly int EntityRecoveryConstantRateStrategyNumberOfEntities;

    public readonly int CoordinatorStateWriteMajorityPlus;

    public readonly int CoordinatorStateReadMajorityPlus;

    public readonly int LeastShardAllocationAbsoluteLimit;

    public readonly double LeastShardAllocationRelativeLimit;

    /// <exception cref="ArgumentException">The recovery strategy is neither "all" nor "constant", or the buffer's size is negative.</exception>
    public TuningParameters(
        TimeSpan coordinatorFailureBackoff,
        TimeSpan retryInterval,
        int bufferSize,
        TimeSpan handOffTimeout,
        TimeSpan shardStartTimeout,
        TimeSpan shardFailureBackoff,
        TimeSpan entityRestartBackoff,
        TimeSpan rebalanceInterval,
        int snapshotAfter,
        int keepNrOfBatches,
        int leastShardAllocationRebalanceThreshold,
        int leastShardAllocationMaxSimultaneousRebalance,
        TimeSpan waitingForStateTimeout,
        TimeSpan updatingStateTimeout,
        string entityRecoveryStrategy,
        TimeSpan entityRecoveryConstantRateStrategyFrequency,
        int entityRecoveryConstantRateStrategyNumberOfEntities,
        int coordinatorStateWriteMajorityPlus,
        int coordinatorStateReadMajorityPlus,
        int leastShardAllocationAbsoluteLimit,
        double leastShardAllocationRelativeLimit)
    {
        if (entityRecoveryStrategy is not ("all" or "constant"))
            throw new ArgumentException($"Unknown entity-recovery-strategy [{entityRecoveryStrategy}], valid values are 'all' or 'constant'.", nameof(entityRecoveryStrategy));
        ArgumentOutOfRangeException.ThrowIfNegative(bufferSize);
        CoordinatorFailureBackoff = coordinatorFailureBackoff;
        RetryInterval = retryInterval;
        BufferSize = bufferSize;
        HandOffTimeout = handOffTimeout;
        ShardStartTimeout = shardStartTimeout;
        ShardFailureBackoff = shardFailureBackoff;
        EntityRestartBackoff = entityRestartBackoff;
        RebalanceInterval = rebalanceInterval;
        SnapshotAfter = snapshotAfter;
        KeepNrOfBatches = keepNrOfBatches;
        LeastShardAllocationRebalanceThreshold = leastShardAllocationRebalanceThreshold;
        LeastShardAllocationMaxSimultaneousRebalance = leastShardAllocationMaxSimultaneousRebalance;
        WaitingForStateTimeout = waitingForStateTimeout;
        UpdatingStateTimeout = updatingStateTimeout;
        EntityRecoveryStrategy = entityRecoveryStrategy;
        EntityRecoveryConstantRateStrategyFrequency = entityRecoveryConstantRateStrategyFrequency;
        EntityRecoveryConstantRateStrategyNumberOfEntities = entityRecoveryConstantRateStrategyNumberOfEntities;
        CoordinatorStateWriteMajorityPlus = coordinatorStateWriteMajorityPlus;
        CoordinatorStateReadMajorityPlus = coordinatorStateReadMajorityPlus;
        LeastShardAllocationAbsoluteLimit = leastShardAllocationAbsoluteLimit;
        LeastShardAllocationRelativeLimit = leastShardAllocationRelativeLimit;
    }

    public TuningParameters WithBufferSize(int bufferSize) => Copy(copy => copy.BufferSize = bufferSize);

    public TuningParameters WithCoordinatorFailureBackoff(TimeSpan coordinatorFailureBackoff) => Copy(copy => copy.CoordinatorFailureBackoff = coordinatorFailureBackoff);

    public TuningParameters WithCoordinatorStateReadMajorityPlus(int coordinatorStateReadMajorityPlus) => Copy(copy => copy.CoordinatorStateReadMajorityPlus = coordinatorStateReadMajorityPlus);

    public TuningParameters WithCoordinatorStateWriteMajorityPlus(int coordinatorStateWriteMajorityPlus) => Copy(copy => copy.CoordinatorStateWriteMajorityPlus = coordinatorStateWriteMajorityPlus);

    public TuningParameters WithEntityRecoveryConstantRateStrategyFrequency(TimeSpan entityRecoveryConstantRateStrategyFrequency) => Copy(copy => copy.EntityRecoveryConstantRateStrategyFrequency = entityRecoveryConstantRateStrategyFrequency);

    public TuningParameters WithEntityRecoveryConstantRateStrategyNumberOfEntities(int entityRecoveryConstantRateStrategyNumberOfEntities) => Copy(copy => copy.EntityRecoveryConstantRateStrategyNumberOfEntities = entityRecoveryConstantRateStrategyNumberOfEntities);

    public TuningParameters WithEntityRecoveryStrategy(string entityRecoveryStrategy) => Copy(copy => copy.EntityRecoveryStrategy = entityRecoveryStrategy);

    public TuningParameters WithEntityRestartBackoff(TimeSpan entityRestartBackoff) => Copy(copy => copy.EntityRestartBackoff = entityRestartBackoff);

    public TuningParameters WithHandOffTimeout(TimeSpan handOffTimeout) => Copy(copy => copy.HandOffTimeout = handOffTimeout);

    public TuningParameters WithKeepNrOfBatches(int keepNrOfBatches) => Copy(copy => copy.KeepNrOfBatches = keepNrOfBatches);

    public TuningParameters WithLeastShardAllocationAbsoluteLimit(int leastShardAllocationAbsoluteLimit) => Copy(copy => copy.LeastShardAllocationAbsoluteLimit = leastShardAllocationAbsoluteLimit);

    public TuningParameters WithLeastShardAllocationMaxSimultaneousRebalance(int leastShardAllocationMaxSimultaneousRebalance) => Copy(copy => copy.LeastShardAllocationMaxSimultaneousRebalance = leastShardAllocationMaxSimultaneousRebalance);

    public TuningParameters WithLeastShardAllocationRebalanceThreshold(int leastShardAllocationRebalanceThreshold) => Copy(copy => copy.LeastShardAllocationRebalanceThreshold = leastShardAllocationRebalanceThreshold);

    public TuningParameters WithLeastShardAllocationRelativeLimit(double leastShardAllocationRelativeLimit) => Copy(copy => copy.LeastShardAllocationRelativeLimit = leastShardAllocationRelativeLimit);

    public TuningParameters WithRebalanceInterval(TimeSpan rebalanceInterval) => Copy(copy => copy.RebalanceInterval = rebalanceInterval);

    public TuningParameters WithRetryInterval(TimeSpan retryInterval) => Copy(copy => copy.RetryInterval = retryInterval);

    public TuningParameters WithShardFailureBackoff(TimeSpan shardFailureBackoff) => Copy(copy => copy.ShardFailureBackoff = shardFailureBackoff);

    public TuningParameters WithShardStartTimeout(TimeSpan shardStartTimeout) => Copy(copy => copy.ShardStartTimeout = shardStartTimeout);

    public TuningParameters WithSnapshotAfter(int snapshotAfter) => Copy(copy => copy.SnapshotAfter = snapshotAfter);

    public TuningParameters WithUpdatingStateTimeout(TimeSpan updatingStateTimeout) => Copy(copy => copy.UpdatingStateTimeout = updatingStateTimeout);

    public TuningParameters WithWaitingForStateTimeout(TimeSpan waitingForStateTimeout) => Copy(copy => copy.WaitingForStateTimeout = waitingForStateTimeout);

    internal static TuningParameters Create(Config config) => new Draft
    {
        CoordinatorFailureBackoff = config.GetTimeSpan("coordinator-failure-backoff"),
        RetryInterval = config.GetTimeSpan("retry-interval"),
        BufferSize = config.GetInt("buffer-size"),
        HandOffTimeout = config.GetTimeSpan("handoff-timeout"),
        ShardStartTimeout = config.GetTimeSpan("shard-start-timeout"),
        ShardFailureBackoff = config.GetTimeSpan("shard-failure-backoff"),
        EntityRestartBackoff = config.GetTimeSpan("entity-restart-backoff"),
        RebalanceInterval = config.GetTimeSpan("rebalance-interval"),
        SnapshotAfter = config.GetInt("snapshot-after"),
        KeepNrOfBatches = config.GetInt("keep-nr-of-batches"),
        LeastShardAllocationRebalanceThreshold = config.GetInt("least-shard-allocation-strategy.rebalance-threshold"),
        LeastShardAllocationMaxSimultaneousRebalance = config.GetInt("least-shard-allocation-strategy.max-simultaneous-rebalance"),
        WaitingForStateTimeout = config.GetTimeSpan("waiting-for-state-timeout"),
        UpdatingStateTimeout = config.GetTimeSpan("updating-state-timeout"),
        EntityRecoveryStrategy = config.GetString("entity-recovery-strategy"),
        EntityRecoveryConstantRateStrategyFrequency = config.GetTimeSpan("entity-recovery-constant-rate-strategy.frequency"),
        EntityRecoveryConstantRateStrategyNumberOfEntities = config.GetInt("entity-recovery-constant-rate-strategy.number-of-entities"),
        CoordinatorStateWriteMajorityPlus = config.GetInt("coordinator-state.write-majority-plus"),
        CoordinatorStateReadMajorityPlus = config.GetInt("coordinator-state.read-majority-plus"),
        LeastShardAllocationAbsoluteLimit = config.GetInt("least-shard-allocation-strategy.rebalance-absolute-limit"),
        LeastShardAllocationRelativeLimit = config.GetDouble("least-shard-allocation-strategy.rebalance-relative-limit"),
    }.Build();

    private TuningParameters Copy(Action<Draft> change)
    {
        var draft = new Draft
        {
            CoordinatorFailureBackoff = CoordinatorFailureBackoff,
            RetryInterval = RetryInterval,
            BufferSize = BufferSize,
            HandOffTimeout = HandOffTimeout,
            ShardStartTimeout = ShardStartTimeout,
            ShardFailureBackoff = ShardFailureBackoff,
            EntityRestartBackoff = EntityRestartBackoff,
            RebalanceInterval = RebalanceInterval,
            SnapshotAfter = SnapshotAfter,
            KeepNrOfBatches = KeepNrOfBatches,
            LeastShardAllocationRebalanceThreshold = LeastShardAllocationRebalanceThreshold,
            LeastShardAllocationMaxSimultaneousRebalance = LeastShardAllocationMaxSimultaneousRebalance,
            WaitingForStateTimeout = WaitingForStateTimeout,
            UpdatingStateTimeout = UpdatingStateTimeout,
            EntityRecoveryStrategy = EntityRecoveryStrategy,
            EntityRecoveryConstantRateStrategyFrequency = EntityRecoveryConstantRateStrategyFrequency,
            EntityRecoveryConstantRateStrategyNumberOfEntities = EntityRecoveryConstantRateStrategyNumberOfEntities,
            CoordinatorStateWriteMajorityPlus = CoordinatorStateWriteMajorityPlus,
            CoordinatorStateReadMajorityPlus = CoordinatorStateReadMajorityPlus,
            LeastShardAllocationAbsoluteLimit = LeastShardAllocationAbsoluteLimit,
            LeastShardAllocationRelativeLimit = LeastShardAllocationRelativeLimit,
        };
        change(draft);
        return draft.Build();
    }

    /// <summary>The same values before they are fixed.</summary>
    private sealed class Draft
    {
        public TimeSpan CoordinatorFailureBackoff { get; set; }

        public TimeSpan RetryInterval { get; set; }

        public int BufferSize { get; set; }

        public TimeSpan HandOffTimeout { get; set; }

        public TimeSpan ShardStartTimeout { get; set; }

        public TimeSpan ShardFailureBackoff { get; set; }

        public TimeSpan EntityRestartBackoff { get; set; }

        public TimeSpan RebalanceInterval { get; set; }

        public int SnapshotAfter { get; set; }

        public int KeepNrOfBatches { get; set; }

        public int LeastShardAllocationRebalanceThreshold { get; set; }

        public int LeastShardAllocationMaxSimultaneousRebalance { get; set; }

        public TimeSpan WaitingForStateTimeout { get; set; }

        public TimeSpan UpdatingStateTimeout { get; set; }

        public string EntityRecoveryStrategy { get; set; }

        public TimeSpan EntityRecoveryConstantRateStrategyFrequency { get; set; }

        public int EntityRecoveryConstantRateStrategyNumberOfEntities { get; set; }

        public int CoordinatorStateWriteMajorityPlus { get; set; }

        public int CoordinatorStateReadMajorityPlus { get; set; }

        public int LeastShardAllocationAbsoluteLimit { get; set; }

        public double LeastShardAllocationRelativeLimit { get; set; }

        public TuningParameters Build() => new(
            CoordinatorFailureBackoff,
            RetryInterval,
            BufferSize,
            HandOffTimeout,
            ShardStartTimeout,
            ShardFailureBackoff,
            EntityRestartBackoff,
            RebalanceInterval,
            SnapshotAfter,
            KeepNrOfBatches,
            LeastShardAllocationRebalanceThreshold,
            LeastShardAllocationMaxSimultaneousRebalance,
            WaitingForStateTimeout,
            UpdatingStateTimeout,
            EntityRecoveryStrategy,
            EntityRecoveryConstantRateStrategyFrequency,
            EntityRecoveryConstantRateStrategyNumberOfEntities,
            CoordinatorStateWriteMajorityPlus,
            CoordinatorStateReadMajorityPlus,
            LeastShardAllocationAbsoluteLimit,
            LeastShardAllocationRelativeLimit);
    }
}
