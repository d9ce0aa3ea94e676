using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Fetching;

/// <summary>
/// A fetch on its way: reads what is there, and when that is less than the client wants, waits with the partitions until more
/// is, an error appears, the client's wait is over or the node stops. Completes its request exactly once.
/// </summary>
internal sealed class FetchOperation : IPartitionWatcher, IThreadPoolWorkItem, IDisposable
{
    private const int Evaluating = 0;
    private const int Parked = 1;
    private const int ProgressSeen = 2;
    private const int Done = 3;

    private readonly Broker broker;
    private readonly RequestContext context;
    private readonly FetchRequest request;
    private readonly FetchSession? session;
    private readonly bool incremental;
    private readonly List<FetchTarget> targets;
    private readonly FetchReader reader;
    private readonly List<Partition> watched = [];
    private Timer? deadline;
    private CancellationTokenRegistration stopping;
    private int state = Evaluating;
    private readonly int minBytes;
    private volatile bool expired;

    public FetchOperation(Broker broker, RequestContext context, FetchRequest request, FetchSession? session, bool incremental, List<FetchTarget> targets)
    {
        this.broker = broker;
        this.context = context;
        this.request = request;
        this.session = session;
        this.incremental = incremental;
        this.targets = targets;
        reader = new FetchReader(broker, context, request);
        // More than a response may hold would never come together.
        minBytes = Math.Min(request.MinBytes, reader.MaxBytes);
    }

    /// <summary>Answers at once when it can, else parks.</summary>
    public void Start()
    {
        var read = reader.Read(targets);
        if (request.MaxWaitMs <= 0 || targets.Count == 0 || read.Satisfies(minBytes))
        {
            Respond(read);
            return;
        }

        read.Release();
        // Nothing of the request points into its frame: a parked fetch should not pin network memory.
        context.ReleaseBuffer();
        Park();
        // What arrived between the first look and the parking has told nobody: look again.
        Evaluate();
    }

    public void OnProgress(Partition partition) => Wake();

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            Evaluate();
        }
        catch (Exception exception)
        {
            // Nobody above would catch it: a bug costs the connection, not the process.
            Volatile.Write(ref state, Done);
            Unpark();
            context.Fail(exception);
        }
    }

    /// <summary>Stops the clock; the operation does it itself when it answers.</summary>
    public void Dispose()
    {
        deadline?.Dispose();
        stopping.Unregister();
    }

    private void Park()
    {
        foreach (var target in targets)
        {
            if (target.Topic is { } topic && broker.Partitions.Find(topic, target.Partition) is { } partition)
            {
                partition.Watch(this);
                watched.Add(partition);
            }
        }

        // A connection whose client is gone is noticed when its answer is sent: nobody waits longer than a connection may be idle.
        var longestMs = broker.Options.Limits.ConnectionsMaxIdleMs;
        var waitMs = longestMs < 0 ? request.MaxWaitMs : Math.Min(request.MaxWaitMs, longestMs);
        deadline = new Timer(static operation => ((FetchOperation)operation!).Expire(), this, waitMs, Timeout.Infinite);
        stopping = context.Connection.Stopping.UnsafeRegister(static operation => ((FetchOperation)operation!).Expire(), this);
    }

    private void Expire()
    {
        expired = true;
        Wake();
    }

    private void Wake()
    {
        while (true)
        {
            switch (Volatile.Read(ref state))
            {
                case Parked when Interlocked.CompareExchange(ref state, Evaluating, Parked) == Parked:
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
                    return;
                case Evaluating when Interlocked.CompareExchange(ref state, ProgressSeen, Evaluating) == Evaluating:
                case ProgressSeen:
                case Done:
                    return;
            }
        }
    }

    private void Evaluate()
    {
        while (true)
        {
            var read = reader.Read(targets);
            if (expired || context.Connection.IsClosed || read.Satisfies(minBytes))
            {
                Volatile.Write(ref state, Done);
                Unpark();
                Respond(read);
                return;
            }

            read.Release();
            if (Interlocked.CompareExchange(ref state, Parked, Evaluating) == Evaluating)
            {
                return;
            }

            Volatile.Write(ref state, Evaluating);
        }
    }

    private void Unpark()
    {
        Dispose();
        foreach (var partition in watched)
        {
            partition.Unwatch(this);
        }
    }

    private void Respond(FetchRead read)
    {
        var response = new FetchResponse { SessionId = session?.Id ?? FetchSessionCache.NoSession };
        FetchResponse.FetchableTopicResponse? topic = null;
        for (var i = 0; i < targets.Count; i++)
        {
            var (target, data) = (targets[i], read.Partitions[i]);
            if (incremental && !IsNews(target, data))
            {
                continue;
            }

            Remember(target, data);
            if (topic is null || topic.TopicId != target.TopicId.Value || topic.Topic != (target.Topic ?? ""))
            {
                topic = new() { Topic = target.Topic ?? "", TopicId = target.TopicId.Value };
                response.Responses.Add(topic);
            }

            topic.Partitions.Add(data);
            if (session is not null && data.Records is { Size: > 0 })
            {
                session.MoveToEnd(target);
            }
        }

        reader.AddLeaderEndpoints(response);
        context.Complete(response);
    }

    private static bool IsNews(FetchTarget target, FetchResponse.PartitionData data) =>
        data.Records is { Size: > 0 }
        || data.ErrorCode != ErrorCode.None
        || data.DivergingEpoch.EndOffset >= 0
        || data.PreferredReadReplica >= 0
        || target.ToldHighWatermark != data.HighWatermark
        || target.ToldLastStableOffset != data.LastStableOffset
        || target.ToldLogStartOffset != data.LogStartOffset;

    private static void Remember(FetchTarget target, FetchResponse.PartitionData data)
    {
        // After an error the client must hear of the partition again whatever its state is then.
        target.ToldHighWatermark = data.ErrorCode == ErrorCode.None ? data.HighWatermark : -1;
        target.ToldLastStableOffset = data.LastStableOffset;
        target.ToldLogStartOffset = data.LogStartOffset;
    }
}
