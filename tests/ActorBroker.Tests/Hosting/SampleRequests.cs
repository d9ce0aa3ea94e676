using System.Net;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Records;

namespace ActorBroker.Tests.Hosting;

/// <summary>One sensible request of each API, in the shape that a version has, about a topic and a group of the sample's own.</summary>
internal sealed class SampleRequests
{
    private const sbyte TopicResource = 2;
    private static readonly Dictionary<ApiKey, Func<SampleRequests, short, IApiRequest>> Makers = new()
    {
        [ApiKey.ApiVersions] = (_, _) => new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1.0" },
        [ApiKey.Metadata] = (s, version) => new MetadataRequest { Topics = [new() { Name = s.topic }] },
        [ApiKey.Produce] = (s, version) => new ProduceRequest { Acks = 1, TimeoutMs = 1000, TopicData = [new() { Name = s.topic, PartitionData = [new() { Index = 0, Records = Records(version) }] }] },
        [ApiKey.Fetch] = (s, version) => s.Fetch(version),
        [ApiKey.ListOffsets] = (s, _) => new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = s.topic, Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }] }] },
        [ApiKey.OffsetForLeaderEpoch] = (s, _) => new OffsetForLeaderEpochRequest { Topics = [new() { Topic = s.topic, Partitions = [new() { Partition = 0, LeaderEpoch = 0 }] }] },
        [ApiKey.DeleteRecords] = (s, _) => new DeleteRecordsRequest { TimeoutMs = 1000, Topics = [new() { Name = s.topic, Partitions = [new() { PartitionIndex = 0, Offset = 1 }] }] },
        [ApiKey.InitProducerId] = (_, _) => new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 1000 },
        [ApiKey.CreateTopics] = (s, _) => new CreateTopicsRequest { TimeoutMs = 1000, Topics = [new() { Name = s.topic + "-new", NumPartitions = 1, ReplicationFactor = 1 }] },
        [ApiKey.DeleteTopics] = (s, version) => version < 6
            ? new DeleteTopicsRequest { TimeoutMs = 1000, TopicNames = [s.topic] }
            : new DeleteTopicsRequest { TimeoutMs = 1000, Topics = [new() { Name = s.topic }] },
        [ApiKey.CreatePartitions] = (s, _) => new CreatePartitionsRequest { TimeoutMs = 1000, Topics = [new() { Name = s.topic, Count = 3, Assignments = null }] },
        [ApiKey.DescribeConfigs] = (s, _) => new DescribeConfigsRequest { Resources = [new() { ResourceType = TopicResource, ResourceName = s.topic, ConfigurationKeys = null }] },
        [ApiKey.AlterConfigs] = (s, _) => new AlterConfigsRequest { Resources = [new() { ResourceType = TopicResource, ResourceName = s.topic, Configs = [new() { Name = "retention.ms", Value = "1000" }] }] },
        [ApiKey.IncrementalAlterConfigs] = (s, _) => new IncrementalAlterConfigsRequest { Resources = [new() { ResourceType = TopicResource, ResourceName = s.topic, Configs = [new() { Name = "retention.ms", Value = "1000" }] }] },
        [ApiKey.DescribeCluster] = (_, _) => new DescribeClusterRequest(),
        [ApiKey.AlterPartitionReassignments] = (s, _) => new AlterPartitionReassignmentsRequest { TimeoutMs = 1000, Topics = [new() { Name = s.topic, Partitions = [new() { PartitionIndex = 0, Replicas = [1] }] }] },
        [ApiKey.ListPartitionReassignments] = (_, _) => new ListPartitionReassignmentsRequest { TimeoutMs = 1000, Topics = null },
        [ApiKey.ElectLeaders] = (s, _) => new ElectLeadersRequest { TimeoutMs = 1000, TopicPartitions = [new() { Topic = s.topic, Partitions = [0] }] },
        [ApiKey.UnregisterBroker] = (_, _) => new UnregisterBrokerRequest { BrokerId = 99 },
        [ApiKey.DescribeQuorum] = (_, _) => new DescribeQuorumRequest { Topics = [new() { TopicName = "__cluster_metadata", Partitions = [new() { PartitionIndex = 0 }] }] },
        [ApiKey.AddRaftVoter] = (_, _) => new AddRaftVoterRequest { ClusterId = null, TimeoutMs = 1000, VoterId = 1, VoterDirectoryId = Guid.NewGuid() },
        [ApiKey.RemoveRaftVoter] = (_, _) => new RemoveRaftVoterRequest { ClusterId = null, VoterId = 99, VoterDirectoryId = Guid.NewGuid() },
        [ApiKey.DescribeTopicPartitions] = (s, _) => new DescribeTopicPartitionsRequest { Topics = [new() { Name = s.topic }] },
        [ApiKey.DescribeLogDirs] = (_, _) => new DescribeLogDirsRequest { Topics = null },
        [ApiKey.AlterReplicaLogDirs] = (s, _) => s.StayInDirectory(),
        [ApiKey.FindCoordinator] = (s, version) => version < 4 ? new FindCoordinatorRequest { Key = s.group } : new FindCoordinatorRequest { CoordinatorKeys = [s.group] },
        [ApiKey.JoinGroup] = (s, _) => new JoinGroupRequest { GroupId = s.group, SessionTimeoutMs = 10_000, ProtocolType = "consumer", Protocols = [new() { Name = "range", Metadata = new byte[] { 1 } }] },
        [ApiKey.SyncGroup] = (s, _) => new SyncGroupRequest { GroupId = s.group, MemberId = "nobody", ProtocolType = "consumer", ProtocolName = "range" },
        [ApiKey.Heartbeat] = (s, _) => new HeartbeatRequest { GroupId = s.group, MemberId = "nobody" },
        [ApiKey.LeaveGroup] = (s, version) => version < 3
            ? new LeaveGroupRequest { GroupId = s.group, MemberId = "nobody" }
            : new LeaveGroupRequest { GroupId = s.group, Members = [new() { MemberId = "nobody" }] },
        [ApiKey.OffsetCommit] = (s, _) => new OffsetCommitRequest { GroupId = s.group, Topics = [new() { Name = s.topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = 1, CommittedMetadata = "" }] }] },
        [ApiKey.OffsetFetch] = (s, version) => version < 8
            ? new OffsetFetchRequest { GroupId = s.group, Topics = [new() { Name = s.topic, PartitionIndexes = [0] }] }
            : new OffsetFetchRequest { Groups = [new() { GroupId = s.group, Topics = [new() { Name = s.topic, PartitionIndexes = [0] }] }] },
        [ApiKey.OffsetDelete] = (s, _) => new OffsetDeleteRequest { GroupId = s.group, Topics = [new() { Name = s.topic, Partitions = [new() { PartitionIndex = 0 }] }] },
        [ApiKey.ListGroups] = (_, _) => new ListGroupsRequest(),
        [ApiKey.DescribeGroups] = (s, _) => new DescribeGroupsRequest { Groups = [s.group] },
        [ApiKey.DeleteGroups] = (s, _) => new DeleteGroupsRequest { GroupsNames = [s.group] },
    };

    private readonly string topic;
    private readonly string group;
    private readonly IPEndPoint address;

    /// <summary>Creates the topic, with one record in partition 0, and the group, with one committed offset.</summary>
    public SampleRequests(IPEndPoint address, string name)
    {
        this.address = address;
        topic = "topic-" + name;
        group = "group-" + name;
        BrokerCalls.CreateTopic(address, topic, 2, new Dictionary<string, string>());
        using var connection = new WireConnection(address, 30_000);
        connection.Call<ProduceResponse>(BrokerCalls.Produce(topic, 0, TestBatch.Build([[1], [2]], -1, -1, -1, 1), acks: 1), BrokerCalls.ProduceVersion);
        AwaitCoordinator(connection);
        connection.Call<OffsetCommitResponse>((OffsetCommitRequest)Make(ApiKey.OffsetCommit, 2), 2);
    }

    public static IEnumerable<ApiKey> Keys => Makers.Keys;

    public IApiRequest Make(ApiKey key, short version) => Makers[key](this, version);

    private void AwaitCoordinator(WireConnection connection)
    {
        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (connection.Call<FindCoordinatorResponse>(new FindCoordinatorRequest { Key = group }, 2).ErrorCode != ErrorCode.None
            || connection.Call<HeartbeatResponse>(new HeartbeatRequest { GroupId = group, MemberId = "nobody" }, 2).ErrorCode == ErrorCode.CoordinatorLoadInProgress)
        {
            Assert.True(DateTime.UtcNow < deadline, "no coordinator within 30 s");
        }
    }

    private AlterReplicaLogDirsRequest StayInDirectory()
    {
        using var connection = new WireConnection(address);
        var directories = connection.Call<DescribeLogDirsResponse>(new DescribeLogDirsRequest { Topics = [new() { Topic = topic, Partitions = [0] }] }, 4).Results;
        var path = directories.Single(directory => directory.Topics.Count > 0).LogDir;
        return new AlterReplicaLogDirsRequest { Dirs = [new() { Path = path, Topics = [new() { Name = topic, Partitions = [0] }] }] };
    }

    private FetchRequest Fetch(short version)
    {
        var wanted = new FetchRequest.FetchTopic { Partitions = [new() { Partition = 0, FetchOffset = 0, PartitionMaxBytes = 1 << 20 }] };
        if (version < 13)
        {
            wanted.Topic = topic;
        }
        else
        {
            using var connection = new WireConnection(address);
            wanted.TopicId = connection.Call<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = topic }] }, 12).Topics[0].TopicId;
        }

        return new FetchRequest { MaxWaitMs = 0, MinBytes = 0, Topics = [wanted] };
    }

    /// <summary>What a producer of that time sent: messages of magic 0, then 1, then batches.</summary>
    private static MemoryRecords Records(short produceVersion)
    {
        if (produceVersion >= 3)
        {
            return new MemoryRecords(TestBatch.Build([[1], [2]], -1, -1, -1, 1));
        }

        using var set = new PooledBytes();
        MessageSetWriter.Append(set, (byte)(produceVersion < 2 ? 0 : 1), 0, CompressionCodec.None, TimestampType.CreateTime, 1, default, (byte[])[1]);
        return new MemoryRecords(set.Span.ToArray());
    }
}
