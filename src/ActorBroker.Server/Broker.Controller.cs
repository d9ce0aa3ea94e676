using System.Collections.Immutable;
using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Server.Configs;
using Akka.Actor;

namespace ActorBroker.Server;

/// <summary>What came of a question to the controller: its reply, or why there is none.</summary>
/// <param name="Error">None when there is a reply.</param>
/// <param name="Message">What was wrong, for people.</param>
public readonly record struct ControllerAnswer<TReply>(TReply? Reply, ErrorCode Error, string? Message)
    where TReply : ControllerReply;

/// <summary>Asking the controller, and waiting until this node has what it decided.</summary>
public sealed partial class Broker
{
    /// <summary>How long the controller may take where the client does not say, and at most.</summary>
    private const int LongestWaitMs = 30_000;

    /// <summary>Between a controller that has ended and the question to the next one.</summary>
    private static readonly TimeSpan ControllerPause = TimeSpan.FromMilliseconds(50);

    private readonly Lock creatingGate = new();
    private readonly Dictionary<string, Task> creating = [];

    /// <summary>
    /// Asks the controller, wherever it is; it answers when the change is durable, and this returns when it is applied here too. A node that is not the controller any more is not the
    /// last word while there is time: its successor is asked. A controller that is not known, or not heard of in time, is REQUEST_TIMED_OUT, which clients try again.
    /// </summary>
    /// <param name="timeoutMs">What the client said; 0 and less for no word on it.</param>
    public async Task<ControllerAnswer<TReply>> AskController<TReply>(ControllerCommand command, int timeoutMs = 0)
        where TReply : ControllerReply
    {
        var wait = Bounded(timeoutMs);
        try
        {
            var answer = await AskUntilDecided(command, wait).ConfigureAwait(false);
            // Past the deadline the change is true all the same, and this node shows it soon.
            await cluster.WhenAsync(image => image.Version >= answer.Version, wait, time).ConfigureAwait(false);
            return answer switch
            {
                TReply reply => new(reply, ErrorCode.None, null),
                VerdictReply refused => new(null, refused.Verdict.ToErrorCode(), refused.Verdict.Message),
                var other => new(null, ErrorCode.UnknownServerError, $"The controller answered a {command.GetType().Name} with a {other.GetType().Name}."),
            };
        }
        catch (AskTimeoutException)
        {
            return new(null, ErrorCode.RequestTimedOut, $"The controller did not answer within {wait.TotalMilliseconds:F0} ms. Try again.");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // It decided nothing, and its node's log says why.
            return new(null, ErrorCode.UnknownServerError, $"The controller failed: {e.Message}");
        }
    }

    /// <summary>What is wrong with the cluster id that a client named, which it need not; null when nothing is.</summary>
    public string? ProblemOfCluster(string? clusterId) => clusterId is null || clusterId == cluster.ClusterId ? null : $"This is cluster {cluster.ClusterId}, not {clusterId}.";

    /// <summary>A change that the controller before had begun may be made twice that way, so commands that create something carry its id.</summary>
    private async Task<ControllerReply> AskUntilDecided(ControllerCommand command, TimeSpan wait)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            // A late wake-up may have left no time, which is no time to wait without end.
            var left = wait - time.GetElapsedTime(start);
            var answer = await controller.Ask<ControllerReply>(command, left > ControllerPause ? left : ControllerPause).ConfigureAwait(false);
            if (answer is not VerdictReply { Verdict.Error: MetadataError.NotController } || time.GetElapsedTime(start) + ControllerPause >= wait)
            {
                return answer;
            }

            await Task.Delay(ControllerPause, time).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Waits until this node has applied a change that the controller confirmed, and its replicas of the topics serve or have failed. After
    /// <paramref name="timeoutMs"/> it is left at that: the change is made, and clients try again where they find a partition not yet there.
    /// </summary>
    /// <param name="isApplied">Whether an image has the change.</param>
    public async Task WhenApplied(Func<ClusterImage, bool> isApplied, IEnumerable<string> topics, int timeoutMs = 0)
    {
        var names = topics.ToHashSet();
        var wait = Bounded(timeoutMs);
        if (!await cluster.WhenAsync(isApplied, wait, time).ConfigureAwait(false) || names.Count == 0)
        {
            return;
        }

        try
        {
            await replicas.Ask(new ReplicaManagerActor.WhenServing(names), wait).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
        }
    }

    /// <summary>Waits until every partition that the latest image lets this node lead has heard of it, so that who asks first is not turned away.</summary>
    public async Task WhenLeading()
    {
        var led = cluster.Image.Topics.Values.SelectMany(topic => topic.Partitions.Where(partition => partition.Leader == NodeId)
            .Select(partition => (topic.Name, partition.Index))).ToList();
        await WhenApplied(_ => true, led.Select(partition => partition.Name)).ConfigureAwait(false);
        // What the replica manager told the replicas before is on its way to their mailboxes: who answers on the same way has seen it.
        var heard = led.Select(partition => partitions.Find(partition.Name, partition.Index)).OfType<Partition>()
            .Select(partition => partition.WhenHeardAsync(Bounded(0)));
        try
        {
            await Task.WhenAll(heard).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            // A replica that is busy for so long answers its clients that they should try again.
        }
    }

    /// <summary>
    /// Creates the topics that are missing, with the broker's defaults or, for internal topics, with theirs. Several requests for one topic at a
    /// time ask the controller once. What could not be created is missing afterwards.
    /// </summary>
    public Task EnsureTopics(IEnumerable<string> names)
    {
        var missing = names.Where(name => cluster.Image.FindTopic(name) is null).ToHashSet();
        if (missing.Count == 0)
        {
            return Task.CompletedTask;
        }

        lock (creatingGate)
        {
            var fresh = missing.Where(name => !creating.ContainsKey(name)).ToList();
            if (fresh.Count > 0)
            {
                var creation = Create(fresh);
                fresh.ForEach(name => creating.Add(name, creation));
            }

            return Task.WhenAll(missing.Select(name => creating[name]).Distinct().ToArray());
        }
    }

    private async Task Create(List<string> names)
    {
        // Not under the lock of who starts it.
        await Task.Yield();
        try
        {
            var answer = await AskController<CreateTopicsReply>(new CreateTopics([.. names.Select(NewTopic)], ValidateOnly: false)).ConfigureAwait(false);
            // Another node may have been faster with the same topic: then it is there as well.
            var there = answer.Reply?.Topics
                .Where(topic => topic.Verdict.IsOk || topic.Verdict.Error == MetadataError.TopicAlreadyExists).Select(topic => topic.Name).ToList() ?? [];
            await WhenApplied(image => there.TrueForAll(name => image.FindTopic(name) is not null), there).ConfigureAwait(false);
        }
        finally
        {
            lock (creatingGate)
            {
                names.ForEach(name => creating.Remove(name));
            }
        }
    }

    /// <summary>A block of producer ids; null when there is none now, be it that this node's registration is not known here yet.</summary>
    private async Task<ProducerIdBlock?> NextProducerIds() =>
        // The epoch of the latest registration: the controller refuses older ones.
        cluster.Image.Brokers.GetValueOrDefault(NodeId) is { } self
            ? (await AskController<ProducerIdBlock>(new AllocateProducerIds(NodeId, self.Epoch)).ConfigureAwait(false)).Reply
            : null;

    private static TimeSpan Bounded(int timeoutMs) => TimeSpan.FromMilliseconds(timeoutMs <= 0 ? LongestWaitMs : Math.Min(timeoutMs, LongestWaitMs));

    private NewTopic NewTopic(string name)
    {
        var (count, replication, settings) = InternalTopics.LayoutOf(name, Options);
        return new NewTopic(
            name,
            TopicId.NewRandom(),
            count,
            replication,
            ImmutableSortedDictionary<int, ImmutableArray<NodeId>>.Empty,
            settings.ToImmutableSortedDictionary(setting => setting.Key, string? (setting) => setting.Value));
    }
}
