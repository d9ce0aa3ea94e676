using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>
/// What a controller remembers of its brokers' heartbeats. It is not part of the image: a new controller begins with none, and gives
/// each broker a whole timeout from the moment it first looks. Times are milliseconds of a clock that never goes back.
/// </summary>
/// <param name="timeoutMs">How long a broker may be silent (<c>broker.session.timeout.ms</c>).</param>
public sealed class BrokerSessions(int timeoutMs)
{
    private readonly Dictionary<NodeId, Session> sessions = [];

    private sealed record Session(long LastContactMs, bool WasHeard)
    {
        /// <summary>The metadata that the broker has applied.</summary>
        public long MetadataVersion { get; init; }

        /// <summary>It has no room for records.</summary>
        public bool IsFull { get; init; }

        /// <summary>The metadata in which the broker's leaders have moved away; null while it is not stopping.</summary>
        public long? ShutdownVersion { get; init; }
    }

    /// <summary>Forgets everything: to be called on becoming the controller.</summary>
    public void Clear() => sessions.Clear();

    /// <summary>The broker was heard of.</summary>
    public void Touch(NodeId id, long metadataVersion, bool isFull, long nowMs)
    {
        var before = sessions.GetValueOrDefault(id);
        sessions[id] = new Session(nowMs, WasHeard: true) { MetadataVersion = metadataVersion, IsFull = isFull, ShutdownVersion = before?.ShutdownVersion };
    }

    /// <summary>A new incarnation has registered.</summary>
    public void Begin(NodeId id, long nowMs) => sessions[id] = new Session(nowMs, WasHeard: true);

    /// <summary>The broker is known to be gone, or fenced: another incarnation may take its place at once.</summary>
    public void End(NodeId id) => sessions.Remove(id);

    /// <summary>
    /// Whether the broker was heard of, by this controller, within the timeout. A broker that only an earlier controller has heard of
    /// does not count: after a power cut all of them come back as new incarnations, and none of the old ones lives.
    /// </summary>
    public bool IsAlive(NodeId id, long nowMs) =>
        sessions.GetValueOrDefault(id) is { WasHeard: true } session && nowMs - session.LastContactMs < timeoutMs;

    /// <summary>Whether the broker has room for records, as far as this controller has heard.</summary>
    public bool HasRoom(NodeId id) => sessions.GetValueOrDefault(id) is not { IsFull: true };

    /// <summary>The unfenced brokers that have been silent for too long, lowest id first.</summary>
    public IReadOnlyList<NodeId> Expired(ClusterImage image, long nowMs)
    {
        var expired = new List<NodeId>();
        foreach (var broker in image.Brokers.Values.Where(broker => !broker.Fenced).OrderBy(broker => broker.Id))
        {
            if (!sessions.TryGetValue(broker.Id, out var session))
            {
                sessions[broker.Id] = new Session(nowMs, WasHeard: false);
            }
            else if (nowMs - session.LastContactMs >= timeoutMs)
            {
                expired.Add(broker.Id);
            }
        }

        return expired;
    }

    /// <summary>Notes the metadata that the others have to know before the broker may stop; the first note stays.</summary>
    public void NoteShutdown(NodeId id, long version)
    {
        if (sessions.GetValueOrDefault(id) is { ShutdownVersion: null } session)
        {
            sessions[id] = session with { ShutdownVersion = version };
        }
    }

    /// <summary>Whether all other active brokers have learned that the broker's leaders moved away.</summary>
    public bool IsShutdownKnown(ClusterImage image, NodeId id)
    {
        var wanted = sessions.GetValueOrDefault(id)?.ShutdownVersion ?? 0;
        return image.Brokers.Values.Where(other => other.Id != id && other.IsActive)
            .All(other => sessions.GetValueOrDefault(other.Id)?.MetadataVersion >= wanted);
    }
}
