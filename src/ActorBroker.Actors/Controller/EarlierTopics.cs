using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Storage;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// What a node that starts can prove of the topics that it has logs of: that they were once in the metadata of this cluster. The image and the journal on its disk tell, and
/// the changes that it missed. A topic of which that is known and which a newer image does not have was deleted; one of which nothing is known may be anything, also what somebody
/// restored. Only topics of logs that were here at the start are kept. Any thread.
/// </summary>
public sealed class EarlierTopics
{
    private readonly Lock gate = new();

    /// <summary>Of each topic that has a log here, the oldest version of the metadata that is known to have had it; null for none.</summary>
    private readonly Dictionary<TopicId, long?> topics;

    private EarlierTopics(IEnumerable<TopicId> topics) => this.topics = topics.Where(id => id != TopicId.Zero).Distinct().ToDictionary(id => id, _ => (long?)null);

    /// <summary>Of a node without logs.</summary>
    public static EarlierTopics None { get; } = new([]);

    /// <summary>Whether nothing can be learned any more.</summary>
    public bool IsComplete
    {
        get
        {
            lock (gate)
            {
                return topics.Values.All(version => version is not null);
            }
        }
    }

    /// <summary>For the logs that are open now; nothing is known yet.</summary>
    public static EarlierTopics Of(LogManager logs) => new(logs.Logs.Where(log => log.Partition.Topic != TopicName.ClusterMetadata).Select(log => log.TopicId));

    /// <summary>Whether the topic was in the metadata of this cluster at an older version than this one.</summary>
    public bool Had(TopicId topic, long before)
    {
        lock (gate)
        {
            return topics.GetValueOrDefault(topic) < before;
        }
    }

    /// <summary>An image of this cluster that the node had.</summary>
    public void Note(ClusterImage image)
    {
        lock (gate)
        {
            foreach (var id in topics.Keys.Where(id => image.FindTopic(id) is not null).ToList())
            {
                Note(id, image.Version);
            }
        }
    }

    /// <summary>A change of this cluster's metadata: who is created or deleted was there at some time.</summary>
    /// <param name="version">A version that is not newer than the change.</param>
    public void Note(MetadataEvent change, long version)
    {
        if ((change as TopicCreated)?.Id is { } created)
        {
            Note(created, version);
        }
        else if ((change as TopicDeleted)?.Id is { } deleted)
        {
            Note(deleted, version);
        }
    }

    private void Note(TopicId id, long version)
    {
        lock (gate)
        {
            if (topics.TryGetValue(id, out var known) && (known is null || version < known))
            {
                topics[id] = version;
            }
        }
    }
}
