using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Storage;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// What a node that starts can prove of the logs that it has: that they were its replicas when it stopped, or became its replicas in the changes that it missed. Its own disk (the
/// image or the journal) tells the first. Such a replica that a newer image does not have was given up by the cluster while the node was away; one of which nothing is known may be
/// anything, also what somebody restored. One that this node itself saw given up is not known any more: its files went then, and what is there now came later.
/// Only logs that were here at the start are kept. Any thread.
/// </summary>
public sealed class EarlierReplicas
{
    private readonly Lock gate = new();
    private readonly NodeId node;
    private readonly Dictionary<TopicId, Topic> topics = [];

    /// <summary>The version that the node's own disk reaches to; null while that is read.</summary>
    private long? ownEnd;

    private EarlierReplicas(NodeId node) => this.node = node;

    /// <summary>Of a node without logs.</summary>
    public static EarlierReplicas None { get; } = new(NodeId.None) { ownEnd = 0 };

    /// <summary>Whether the node's own disk has anything to tell.</summary>
    public bool WantsOwn
    {
        get
        {
            lock (gate)
            {
                return ownEnd is null && topics.Count > 0;
            }
        }
    }

    /// <summary>For the logs that are open now; nothing is known yet.</summary>
    public static EarlierReplicas Of(LogManager logs, NodeId node)
    {
        var earlier = new EarlierReplicas(node);
        foreach (var log in logs.Logs)
        {
            if (log.Partition.Topic != TopicName.ClusterMetadata && log.TopicId != TopicId.Zero)
            {
                earlier.topics.TryAdd(log.TopicId, new Topic());
                earlier.topics[log.TopicId].Replicas[log.Partition.Partition] = null;
            }
        }

        return earlier;
    }

    /// <summary>Whether the log was a replica of this node at an older version than this one.</summary>
    /// <param name="topic">The topic that the log's files name.</param>
    /// <param name="partition">The partition that its directory names: a directory may have been copied to another name.</param>
    public bool Had(TopicId topic, TopicPartition partition, long before)
    {
        lock (gate)
        {
            return topics.TryGetValue(topic, out var known) && known.Name == partition.Topic && known.Replicas.GetValueOrDefault(partition.Partition) < before;
        }
    }

    /// <summary>The image on the node's own disk.</summary>
    public void NoteOwn(ClusterImage image)
    {
        lock (gate)
        {
            foreach (var (id, known) in topics)
            {
                if (image.FindTopic(id) is { } topic)
                {
                    known.Name = topic.Name;
                    foreach (var partition in topic.Partitions)
                    {
                        Note(known, partition.Index, partition.Replicas, image.Version, givesUp: true);
                    }
                }
            }
        }
    }

    /// <summary>A change after that image, on the node's own disk, in order: it may give up what was there.</summary>
    /// <param name="version">A version that is not newer than the change.</param>
    public void NoteOwn(MetadataEvent change, long version)
    {
        lock (gate)
        {
            if (ownEnd is null)
            {
                Note(change, version, givesUp: true);
            }
        }
    }

    /// <summary>All of the node's own disk is noted. A node that had no metadata at all missed nothing: whatever it has came from elsewhere.</summary>
    /// <param name="version">The version that it reaches to; zero for none.</param>
    public void EndOwn(long version)
    {
        lock (gate)
        {
            ownEnd ??= version > 0 ? version : long.MaxValue;
        }
    }

    /// <summary>A change that came from the cluster. What the node's own disk told already is passed over; a change that only gives up leaves what was there known.</summary>
    /// <param name="version">A version that is not newer than the change.</param>
    public void NoteMissed(MetadataEvent change, long version)
    {
        lock (gate)
        {
            if (version >= ownEnd)
            {
                Note(change, version, givesUp: false);
            }
        }
    }

    private void Note(MetadataEvent change, long version, bool givesUp)
    {
        switch (change)
        {
            case TopicCreated created when topics.TryGetValue(created.Id, out var known):
                known.Name = created.Name;
                break;
            case PartitionCreated created when topics.TryGetValue(created.Topic, out var known):
                Note(known, created.Partition.Index, created.Partition.Replicas, version, givesUp);
                break;
            case PartitionChanged { Replicas: { } replicas } changed when topics.TryGetValue(changed.Topic, out var known):
                Note(known, changed.Index, replicas, version, givesUp);
                break;
            case TopicDeleted deleted when givesUp && topics.TryGetValue(deleted.Id, out var known):
                foreach (var index in known.Replicas.Keys.ToList())
                {
                    known.Replicas[index] = null;
                }

                break;
        }
    }

    private void Note(Topic known, int index, ImmutableArray<NodeId> replicas, long version, bool givesUp)
    {
        if (!known.Replicas.TryGetValue(index, out var since))
        {
            return;
        }

        if (replicas.Contains(node))
        {
            known.Replicas[index] = since ?? version;
        }
        else if (givesUp)
        {
            known.Replicas[index] = null;
        }
    }

    /// <summary>A topic that has logs here.</summary>
    private sealed class Topic
    {
        /// <summary>What the metadata calls it; null while the metadata is not known to have had it.</summary>
        public string? Name { get; set; }

        /// <summary>Of each partition that has a log here, the version of the metadata since which it is known to be this node's replica; null for none.</summary>
        public Dictionary<int, long?> Replicas { get; } = [];
    }
}
