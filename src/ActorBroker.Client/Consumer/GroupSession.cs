using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>The requests of one member of a classic group, without deciding when to send them.</summary>
internal sealed class GroupSession(ClusterClient cluster, ConsumerOptions options)
{
    private readonly string _groupId = options.GroupId ?? throw new InvalidOperationException("the consumer has no GroupId");
    private BrokerAddress? _coordinator;

    public string MemberId { get; private set; } = "";

    public int Generation { get; private set; } = -1;

    public GroupIdentity Identity => Generation < 0 ? GroupIdentity.None : new GroupIdentity(Generation, MemberId, options.GroupInstanceId);

    /// <summary>The partition counts by which this member, as leader, shared out; empty when it is not the leader.</summary>
    public IReadOnlyDictionary<string, int> SharedCounts { get; private set; } = new Dictionary<string, int>();

    public void ForgetMember()
    {
        MemberId = "";
        Generation = -1;
    }

    public void ForgetGeneration() => Generation = -1;

    public void ForgetCoordinator() => _coordinator = null;

    /// <param name="purpose">Joins hold up what comes behind them, so that commits go over another connection.</param>
    public async Task<BrokerConnection> ConnectAsync(ConnectionPurpose purpose, CancellationToken cancellation)
    {
        _coordinator ??= await cluster.FindCoordinatorAsync(_groupId, CoordinatorKind.Group, cancellation).ConfigureAwait(false);
        return await cluster.ConnectAsync(_coordinator, purpose, cancellation).ConfigureAwait(false);
    }

    /// <summary>Joins the group and learns this member's partitions.</summary>
    public async Task<IReadOnlyList<TopicPartition>> JoinAsync(IReadOnlyList<string> topics, IReadOnlyList<TopicPartition> owned, CancellationToken cancellation)
    {
        var connection = await ConnectAsync(ConnectionPurpose.Coordinator, cancellation).ConfigureAwait(false);
        var joined = await JoinAsync(connection, new MemberSubscription(topics, owned, Generation), cancellation).ConfigureAwait(false);
        var sync = new SyncGroupRequest
        {
            GroupId = _groupId,
            GenerationId = joined.GenerationId,
            MemberId = joined.MemberId,
            GroupInstanceId = options.GroupInstanceId,
            ProtocolType = ConsumerProtocol.ProtocolType,
            ProtocolName = joined.ProtocolName,
        };
        SharedCounts = new Dictionary<string, int>();
        if (joined.Leader == joined.MemberId && !joined.SkipAssignment)
        {
            sync.Assignments = await ShareOutAsync(joined, cancellation).ConfigureAwait(false);
        }

        var response = await connection.SendAsync<SyncGroupResponse>(sync, connection.Versions.Choose(ApiKey.SyncGroup), cancellation, options.MaxPollIntervalMs).ConfigureAwait(false);
        KafkaException.ThrowIf(response.ErrorCode, "sync of group " + _groupId);
        Generation = joined.GenerationId;
        return ConsumerProtocol.ReadAssignment(response.Assignment);
    }

    public async Task HeartbeatAsync(CancellationToken cancellation)
    {
        var connection = await ConnectAsync(ConnectionPurpose.Coordinator, cancellation).ConfigureAwait(false);
        var request = new HeartbeatRequest { GroupId = _groupId, GenerationId = Generation, MemberId = MemberId, GroupInstanceId = options.GroupInstanceId };
        var response = await connection.SendAsync<HeartbeatResponse>(request, cancellation).ConfigureAwait(false);
        KafkaException.ThrowIf(response.ErrorCode, "heartbeat of group " + _groupId);
    }

    /// <summary>Leaves the group; static members stay until their session ends.</summary>
    public async Task LeaveAsync(CancellationToken cancellation)
    {
        if (MemberId.Length == 0 || options.GroupInstanceId is not null)
        {
            return;
        }

        // Not behind a join that may still be waiting for other members.
        var connection = await ConnectAsync(ConnectionPurpose.General, cancellation).ConfigureAwait(false);
        var version = connection.Versions.Choose(ApiKey.LeaveGroup);
        var request = new LeaveGroupRequest { GroupId = _groupId };
        if (version >= 3)
        {
            request.Members.Add(new LeaveGroupRequest.MemberIdentity { MemberId = MemberId });
        }
        else
        {
            request.MemberId = MemberId;
        }

        await connection.SendAsync<LeaveGroupResponse>(request, version, cancellation).ConfigureAwait(false);
        ForgetMember();
    }

    private async Task<JoinGroupResponse> JoinAsync(BrokerConnection connection, MemberSubscription subscription, CancellationToken cancellation)
    {
        var metadata = ConsumerProtocol.WriteSubscription(subscription);
        while (true)
        {
            var request = new JoinGroupRequest
            {
                GroupId = _groupId,
                SessionTimeoutMs = options.SessionTimeoutMs,
                RebalanceTimeoutMs = options.MaxPollIntervalMs,
                MemberId = MemberId,
                GroupInstanceId = options.GroupInstanceId,
                ProtocolType = ConsumerProtocol.ProtocolType,
                Protocols = [.. options.Assignors.Select(assignor => new JoinGroupRequest.JoinGroupRequestProtocol { Name = Assignments.NameOf(assignor), Metadata = metadata })],
            };
            var version = connection.Versions.Choose(ApiKey.JoinGroup);
            var response = await connection.SendAsync<JoinGroupResponse>(request, version, cancellation, options.MaxPollIntervalMs).ConfigureAwait(false);
            if (response.ErrorCode == ErrorCode.MemberIdRequired && MemberId.Length == 0)
            {
                MemberId = response.MemberId;
                continue;
            }

            KafkaException.ThrowIf(response.ErrorCode, "join of group " + _groupId);
            MemberId = response.MemberId;
            return response;
        }
    }

    private async Task<List<SyncGroupRequest.SyncGroupRequestAssignment>> ShareOutAsync(JoinGroupResponse joined, CancellationToken cancellation)
    {
        var members = joined.Members.ToDictionary(member => member.MemberId, member => ConsumerProtocol.ReadSubscription(member.Metadata));
        var counts = await PartitionCountsAsync(members.Values.SelectMany(member => member.Topics).Distinct(), cancellation).ConfigureAwait(false);
        SharedCounts = counts;
        var assignor = options.Assignors.First(assignor => Assignments.NameOf(assignor) == joined.ProtocolName);
        var existing = counts.Where(topic => topic.Value > 0).ToDictionary(topic => topic.Key, topic => topic.Value);
        return [.. Assignments.Assign(assignor, members, existing).Select(member =>
            new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = member.Key, Assignment = ConsumerProtocol.WriteAssignment(member.Value) })];
    }

    /// <summary>Counts by topic; 0 for a topic that does not exist (yet).</summary>
    private async Task<Dictionary<string, int>> PartitionCountsAsync(IEnumerable<string> topics, CancellationToken cancellation)
    {
        var wanted = topics.ToList();
        foreach (var topic in wanted)
        {
            cluster.UseTopic(topic);
        }

        var snapshot = await cluster.RefreshAsync(cancellation).ConfigureAwait(false);
        if (wanted.Exists(topic => !snapshot.Topics.TryGetValue(topic, out var known) || known.Error == ErrorCode.LeaderNotAvailable))
        {
            // It may be on its way into existence.
            await Task.Delay(options.RetryPause(1), cancellation).ConfigureAwait(false);
            snapshot = await cluster.RefreshAsync(cancellation).ConfigureAwait(false);
        }

        return wanted.ToDictionary(topic => topic, topic => snapshot.Topics.TryGetValue(topic, out var known) ? known.Partitions.Count : 0);
    }
}
