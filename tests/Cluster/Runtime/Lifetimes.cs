namespace ActorBroker.Faults.Runtime;

/// <summary>
/// The laws of what may exist once only, judged by the events of all nodes: instances of the singleton, and of each entity, are never active at
/// the same time. An instance is active from its start to its stop or the end of its process, except while the process is paused.
/// </summary>
/// <param name="log">What happened.</param>
/// <param name="graceAfterPause">How long an instance may go on existing in a process that was paused until others replaced it: it has to find out first.</param>
internal sealed class Lifetimes(EventLog log, TimeSpan graceAfterPause)
{
    private readonly List<ClusterEvent> _events = log.Snapshot();

    /// <summary>Everything that breaks a law; empty if nothing does.</summary>
    public List<string> Problems() => [.. Overlaps("singleton"), .. Overlaps("entity"), .. LateAnswers()];

    /// <summary>How many instances of a kind, "singleton" or "entity", are active now, by name.</summary>
    public Dictionary<string, int> Alive(string kind) =>
        Lives(kind).Where(static life => life.EndUs == long.MaxValue).GroupBy(static life => life.Name).ToDictionary(static group => group.Key, static group => group.Count());

    private IEnumerable<string> Overlaps(string kind)
    {
        foreach (var lives in Lives(kind).GroupBy(static life => life.Name))
        {
            var spans = lives.SelectMany(Active).OrderBy(static span => span.FromUs).ToList();
            for (var i = 0; i < spans.Count; i++)
            {
                for (var j = i + 1; j < spans.Count && spans[j].FromUs < spans[i].ToUs; j++)
                {
                    if (spans[i].Life != spans[j].Life && !Excused(spans[i], spans[j]) && !Excused(spans[j], spans[i]))
                    {
                        var togetherUs = Math.Min(spans[i].ToUs, spans[j].ToUs) - spans[j].FromUs;
                        yield return $"{lives.Key} was active at two places for {(togetherUs > 1_000_000_000 ? "ever" : $"{togetherUs / 1000.0:0.0} ms")}: {spans[i].Life.Instance} and {spans[j].Life.Instance}";
                    }
                }
            }
        }
    }

    /// <summary>An instance that was replaced while its process was paused is excused for a while after it woke up.</summary>
    private bool Excused(Span woken, Span other) =>
        woken.AfterPause && other.Life.StartUs > woken.Life.StartUs && woken.ToUs - woken.FromUs <= graceAfterPause.TotalMicroseconds;

    /// <summary>Nobody but its own node may be answered by an instance to a question that was asked when another had replaced it.</summary>
    private IEnumerable<string> LateAnswers()
    {
        var lives = Lives("singleton").ToDictionary(static life => life.Instance);
        foreach (var answer in _events.Where(static e => e.Kind == "answer"))
        {
            var by = lives.GetValueOrDefault(answer.Words[1]);
            if (by is null || RuntimeCluster.NodeOf(by.Instance) == answer.Node)
            {
                continue;
            }

            if (lives.Values.FirstOrDefault(other => other.StartUs > by.StartUs && other.StartUs < RuntimeCluster.AskedUs(answer)) is { } newer)
            {
                yield return $"node {answer.Node} was answered by {by.Instance} to a question asked {(RuntimeCluster.AskedUs(answer) - newer.StartUs) / 1000.0:0.0} ms after {newer.Instance} had started";
            }
        }
    }

    private IEnumerable<Life> Lives(string kind)
    {
        foreach (var start in _events.Where(e => e.Kind == kind + "-start"))
        {
            var end = _events.Find(e => (e.Kind == kind + "-stop" && e.Words[1] == start.Words[1]) || (e.Kind is "kill" or "ended" && e.ProcessId == start.ProcessId));
            yield return new Life(start.Words[0], start.Words[1], start.ProcessId, start.TimeUs, end?.TimeUs ?? long.MaxValue);
        }
    }

    /// <summary>The parts of a life in which its process was not paused.</summary>
    private IEnumerable<Span> Active(Life life)
    {
        var fromUs = life.StartUs;
        var afterPause = false;
        foreach (var e in _events.Where(e => e.ProcessId == life.ProcessId && e.Kind is ("pause" or "resume") && e.TimeUs > life.StartUs && e.TimeUs < life.EndUs))
        {
            if (e.Kind == "pause")
            {
                yield return new Span(life, fromUs, e.TimeUs, afterPause);
                fromUs = long.MaxValue;
            }
            else
            {
                fromUs = e.TimeUs;
                afterPause = true;
            }
        }

        if (fromUs < life.EndUs)
        {
            yield return new Span(life, fromUs, life.EndUs, afterPause);
        }
    }

    private sealed record Life(string Name, string Instance, int ProcessId, long StartUs, long EndUs);

    private sealed record Span(Life Life, long FromUs, long ToUs, bool AfterPause);
}
