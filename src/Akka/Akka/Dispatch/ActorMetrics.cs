#nullable disable
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;

namespace Akka.Dispatch;

/// <summary>
/// The meter "Akka" of one system, if akka.actor.metrics.enabled is on: actors, waiting messages, restarts, processing time. Mailboxes are counted when somebody reads
/// the meter, by a walk over the tree; processing time is taken of one run of a mailbox in so many, so that a message costs nothing.
/// </summary>
internal sealed class ActorMetrics : IDisposable
{
    private static readonly TimeSpan WalkAgainAfter = TimeSpan.FromMilliseconds(100);

    [ThreadStatic]
    private static int runs;

    private readonly ActorSystemImpl _system;
    private readonly KeyValuePair<string, object> _systemTag;
    private readonly int _sampleEvery;
    private readonly Meter _meter = new("Akka");
    private readonly Histogram<double> _processing;
    private readonly Counter<long> _restarts;
    private readonly Lock _gate = new();
    private Tree _tree;
    private long _walkedAt;

    private ActorMetrics(ActorSystemImpl system, int sampleEvery)
    {
        _system = system;
        _systemTag = new KeyValuePair<string, object>("system", system.Name);
        _sampleEvery = Math.Max(1, sampleEvery);
        _processing = _meter.CreateHistogram<double>("akka.actor.processing.time", "s", "Mean time of a message in sampled runs of mailboxes");
        _restarts = _meter.CreateCounter<long>("akka.actor.restarts", "{restart}", "Restarts of failed actors");
        _meter.CreateObservableUpDownCounter("akka.actors", () => new Measurement<long>(Walk().Actors, _systemTag), "{actor}", "Actors that live");
        _meter.CreateObservableUpDownCounter("akka.mailbox.messages", () => new Measurement<long>(Walk().Messages, _systemTag), "{message}", "Messages that wait in all mailboxes");
        _meter.CreateObservableGauge("akka.mailbox.longest", Longest, "{message}", "Messages that wait in the fullest mailbox");
    }

    /// <summary>The meter of a system; null if it is off.</summary>
    public static ActorMetrics Create(ActorSystemImpl system)
    {
        Config config = system.Settings.Config;
        return config.GetBoolean("akka.actor.metrics.enabled") ? new ActorMetrics(system, config.GetInt("akka.actor.metrics.sample-every", 64)) : null;
    }

    /// <summary>The moment at which a run of a mailbox begins; 0 if it is not sampled.</summary>
    public long Begin() => ++runs % _sampleEvery == 0 ? Stopwatch.GetTimestamp() : 0;

    /// <summary>A sampled run has processed so many messages.</summary>
    public void Processed(ActorCell actor, long begin, int messages)
    {
        if (messages > 0) _processing.Record(Stopwatch.GetElapsedTime(begin).TotalSeconds / messages, _systemTag, new("actor", actor.Props.Type.Name));
    }

    public void Restarted(ActorCell actor) => _restarts.Add(1, _systemTag, new("actor", actor.Props.Type.Name));

    public void Dispose() => _meter.Dispose();

    private Measurement<long> Longest()
    {
        Tree tree = Walk();
        return new Measurement<long>(tree.Longest, _systemTag, new("path", tree.LongestPath));
    }

    /// <summary>Counts all actors; the gauges of one reading share a walk.</summary>
    private Tree Walk()
    {
        lock (_gate)
        {
            if (_walkedAt != 0 && Stopwatch.GetElapsedTime(_walkedAt) < WalkAgainAfter) return _tree;
            var tree = default(Tree);
            var open = new Stack<IActorRef>([_system.LookupRoot]);
            while (open.TryPop(out IActorRef actor))
            {
                if (actor is not ActorRefWithCell withCell) continue;
                var waiting = withCell.Underlying.NumberOfMessages;
                var isLongest = waiting > tree.Longest;
                tree = new Tree(
                    tree.Actors + 1, tree.Messages + waiting, isLongest ? waiting : tree.Longest, isLongest ? withCell.Path.ToStringWithoutAddress() : tree.LongestPath);
                foreach (IActorRef child in withCell.Children) open.Push(child);
            }

            _tree = tree;
            _walkedAt = Stopwatch.GetTimestamp();
            return tree;
        }
    }

    private readonly record struct Tree(long Actors, long Messages, long Longest, string LongestPath);
}
