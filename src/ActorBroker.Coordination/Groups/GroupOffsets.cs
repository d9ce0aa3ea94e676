using ActorBroker.Model;

namespace ActorBroker.Coordination.Groups;

/// <summary>
/// The committed offsets of one group. An offset is true only when its record is committed; until then its partition counts as
/// pending, so that it does not expire under the commit's feet.
/// </summary>
internal sealed class GroupOffsets(ClassicGroup group, GroupMembership membership, GroupSettings settings, EffectSink effects)
{
    private readonly Dictionary<TopicPartition, Entry> _committed = [];

    /// <summary>Commits on their way to the log, by partition.</summary>
    private readonly Dictionary<TopicPartition, int> _pending = [];

    public bool IsEmpty => _committed.Count == 0 && _pending.Count == 0;

    public void Commit(GroupEvent.CommitOffsets request, long nowMs)
    {
        var error = ValidateCommit(request, out var member);
        if (error != GroupError.None)
        {
            effects.Reply(request.Token, GroupReply.Refuse(request, error));
            return;
        }

        if (member is not null)
        {
            membership.HeardOf(member, nowMs);
        }

        var errors = new GroupError[request.Offsets.Count];
        var records = new List<GroupRecord>(errors.Length);
        for (var i = 0; i < errors.Length; i++)
        {
            var offset = request.Offsets[i];
            if (offset.Metadata?.Length > settings.OffsetMetadataMaxBytes)
            {
                errors[i] = GroupError.OffsetMetadataTooLarge;
                continue;
            }

            var committedAtMs = offset.CommitTimestampMs ?? nowMs;
            long? expiresAtMs = request.RetentionMs is { } retentionMs ? committedAtMs + retentionMs : null;
            records.Add(new GroupRecord.OffsetCommit(group.GroupId, offset.Partition,
                new CommittedOffset(offset.Offset, offset.LeaderEpoch, offset.Metadata ?? "", committedAtMs, expiresAtMs)));
        }

        if (records.Count == 0)
        {
            effects.Reply(request.Token, new GroupReply.CommitOffsets(errors));
            return;
        }

        CountPending(records, 1);
        long writeId = 0;
        writeId = effects.Write(records, (outcome, _) =>
        {
            CountPending(records, -1);
            if (outcome == WriteOutcome.Written)
            {
                Apply(records, writeId);
            }
            else
            {
                var failure = outcome.ForOffsets();
                for (var i = 0; i < errors.Length; i++)
                {
                    errors[i] = errors[i] == GroupError.None ? failure : errors[i];
                }
            }

            effects.Reply(request.Token, new GroupReply.CommitOffsets(errors));
        });
    }

    private GroupError ValidateCommit(GroupEvent.CommitOffsets request, out GroupMember? member)
    {
        member = null;
        if (request.GenerationId < 0 && group.State == GroupState.Empty)
        {
            // A simple consumer, which assigns itself, or a tool that resets offsets.
            return GroupError.None;
        }

        if (request.GenerationId < 0 && request.MemberId.Length == 0 && request.GroupInstanceId is null)
        {
            return GroupError.UnknownMemberId;
        }

        var error = membership.Validate(request.MemberId, request.GroupInstanceId, out member);
        if (error != GroupError.None)
        {
            return error;
        }

        if (request.GenerationId != group.Generation)
        {
            return GroupError.IllegalGeneration;
        }

        // While members join, the previous generation may still save its work; once the new one has begun, it must sync first.
        return group.State == GroupState.CompletingRebalance ? GroupError.RebalanceInProgress : GroupError.None;
    }

    public void Fetch(GroupEvent.FetchOffsets request)
    {
        var partitions = request.Partitions
            ?? [.. _committed.Keys.OrderBy(partition => partition.Topic, StringComparer.Ordinal).ThenBy(partition => partition.Partition)];
        var offsets = new FetchedOffset[partitions.Count];
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = _committed.TryGetValue(partitions[i], out var entry)
                ? new FetchedOffset(partitions[i], entry.Offset.Offset, entry.Offset.LeaderEpoch, entry.Offset.Metadata)
                : NothingCommitted(partitions[i]);
        }

        effects.Reply(request.Token, new GroupReply.FetchOffsets(GroupError.None, offsets));
    }

    public static FetchedOffset NothingCommitted(TopicPartition partition) => new(partition, Offset.Unknown, LeaderEpoch.Unknown, "");

    public void Delete(GroupEvent.DeleteOffsets request)
    {
        if (group.State != GroupState.Empty && !group.IsConsumerGroup)
        {
            effects.Reply(request.Token, GroupReply.Refuse(request, GroupError.NonEmptyGroup));
            return;
        }

        var errors = new GroupError[request.Partitions.Count];
        var partitions = new List<TopicPartition>();
        for (var i = 0; i < errors.Length; i++)
        {
            var partition = request.Partitions[i];
            if (IsSubscribed(partition.Topic))
            {
                errors[i] = GroupError.GroupSubscribedToTopic;
            }
            else if (_committed.ContainsKey(partition) || _pending.ContainsKey(partition))
            {
                partitions.Add(partition);
            }
        }

        if (partitions.Count == 0)
        {
            effects.Reply(request.Token, new GroupReply.DeleteOffsets(GroupError.None, errors));
            return;
        }

        Drop(partitions, outcome => effects.Reply(request.Token, outcome == WriteOutcome.Written
            ? new GroupReply.DeleteOffsets(GroupError.None, errors)
            : GroupReply.Refuse(request, outcome.ForOffsets())));
    }

    /// <summary>Members read the topic, or might: a consumer group whose subscriptions cannot be read counts as reading everything.</summary>
    private bool IsSubscribed(string topic) =>
        group.State != GroupState.Empty && (group.Topics?.Contains(topic) ?? group.IsConsumerGroup);

    public void DropTopics(IReadOnlySet<string> topics)
    {
        var partitions = Known().Where(partition => topics.Contains(partition.Topic)).ToList();
        if (partitions.Count > 0)
        {
            // Should it fail, the next sweep of the retention finds them again.
            Drop(partitions, static _ => { });
        }
    }

    /// <summary>The offsets whose time is over.</summary>
    public List<TopicPartition> Expired(long nowMs)
    {
        var expired = new List<TopicPartition>();
        foreach (var (partition, entry) in _committed)
        {
            if (!_pending.ContainsKey(partition) && RetentionStartMs(partition, entry.Offset) is { } startMs
                && (entry.Offset.ExpireTimestampMs is { } expiresAtMs ? nowMs >= expiresAtMs : nowMs - startMs >= settings.OffsetsRetentionMs))
            {
                expired.Add(partition);
            }
        }

        return expired;
    }

    /// <summary>Null while the offset is in use (KIP-211).</summary>
    private long? RetentionStartMs(TopicPartition partition, CommittedOffset offset)
    {
        if (group.ProtocolType is null)
        {
            return offset.CommitTimestampMs;
        }

        return group.State switch
        {
            // The group's members left then; each offset could have been needed until that moment.
            GroupState.Empty => group.StateTimestampMs >= 0 ? group.StateTimestampMs : offset.CommitTimestampMs,
            GroupState.Stable when group.Topics is { } topics && !topics.Contains(partition.Topic) => offset.CommitTimestampMs,
            _ => null,
        };
    }

    /// <summary>Every partition with an offset, committed or on its way.</summary>
    public IEnumerable<TopicPartition> Known() => _committed.Keys.Union(_pending.Keys);

    public int CommittedCount => _committed.Count;

    public void Drop(IReadOnlyList<TopicPartition> partitions, Action<WriteOutcome> afterwards)
    {
        GroupRecord[] records = [.. partitions.Select(partition => new GroupRecord.OffsetTombstone(group.GroupId, partition))];
        long writeId = 0;
        writeId = effects.Write(records, (outcome, _) =>
        {
            if (outcome == WriteOutcome.Written)
            {
                Apply(records, writeId);
            }

            afterwards(outcome);
        });
    }

    /// <summary>Makes committed records true. A record never undoes one that was written after it.</summary>
    /// <param name="writeId">0 while loading: the log's order is the order of the calls.</param>
    public void Apply(IReadOnlyList<GroupRecord> records, long writeId)
    {
        foreach (var record in records)
        {
            switch (record)
            {
                case GroupRecord.OffsetCommit commit when IsNewest(commit.Partition, writeId):
                    _committed[commit.Partition] = new Entry(commit.Offset, writeId);
                    break;
                case GroupRecord.OffsetTombstone tombstone when IsNewest(tombstone.Partition, writeId):
                    _committed.Remove(tombstone.Partition);
                    break;
            }
        }
    }

    public void Clear() => _committed.Clear();

    private bool IsNewest(TopicPartition partition, long writeId) =>
        !_committed.TryGetValue(partition, out var entry) || entry.WriteId <= writeId;

    private void CountPending(List<GroupRecord> records, int change)
    {
        foreach (var record in records)
        {
            var partition = ((GroupRecord.OffsetCommit)record).Partition;
            var count = _pending.GetValueOrDefault(partition) + change;
            if (count == 0)
            {
                _pending.Remove(partition);
            }
            else
            {
                _pending[partition] = count;
            }
        }
    }

    private readonly record struct Entry(CommittedOffset Offset, long WriteId);
}
