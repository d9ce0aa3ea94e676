using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Tests.Requests;

/// <summary>Requests of every API that hardly a client sends: empty ones, and wrong ones whose answer says what is wrong.</summary>
internal static class OddRequests
{
    /// <summary>The requests of an API in one version; <paramref name="topic"/> exists, with one partition.</summary>
    public static IEnumerable<IApiRequest> Of(ApiKey key, short version, string topic, Guid topicId)
    {
        if (key != ApiKey.ApiVersions)
        {
            yield return ApiCatalog.CreateRequest(key);
        }

        foreach (var name in (string[])[topic, Unknown(key), "not a name!"])
        {
            foreach (var index in (int[])[0, 7, -1])
            {
                foreach (var request in About(key, version, name, name == topic ? topicId : Guid.NewGuid(), index))
                {
                    yield return request;
                }
            }
        }

        foreach (var request in Others(key, version, topic))
        {
            yield return request;
        }
    }

    private static string Unknown(ApiKey key) => $"missing-{key}";

    private static IEnumerable<IApiRequest> About(ApiKey key, short version, string name, Guid id, int index) => key switch
    {
        ApiKey.Produce =>
        [
            new ProduceRequest { Acks = 1, TopicData = [new() { Name = name, PartitionData = [new() { Index = index, Records = new MemoryRecords(new byte[100]) }] }] },
            new ProduceRequest { Acks = -1, TopicData = [new() { Name = name, PartitionData = [new() { Index = index, Records = new MemoryRecords(WireClient.Batch("x")) }] }] },
            new ProduceRequest { Acks = 5, TopicData = [new() { Name = name, PartitionData = [new() { Index = index }] }] },
        ],
        ApiKey.Fetch => ((long[])[0, 1_000_000, -5]).Select(offset => new FetchRequest
        {
            MaxBytes = 1000,
            SessionEpoch = 0,
            Topics = [new() { Topic = name, TopicId = id, Partitions = [new() { Partition = index, FetchOffset = offset, PartitionMaxBytes = 1000, LastFetchedEpoch = version >= 12 && offset == 0 ? 0 : -1 }] }],
        }),
        ApiKey.ListOffsets => ((long[])[-1, -2, -3, -4, -5, -6, 0, long.MaxValue]).Select(time => new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics = [new() { Name = name, Partitions = [new() { PartitionIndex = index, Timestamp = time, MaxNumOffsets = version == 0 ? 3 : 1 }] }],
        }),
        ApiKey.OffsetForLeaderEpoch => ((int[])[-1, 0, 5]).Select(epoch => new OffsetForLeaderEpochRequest
        {
            Topics = [new() { Topic = name, Partitions = [new() { Partition = index, LeaderEpoch = epoch }] }],
        }),
        ApiKey.DeleteRecords => ((long[])[-1, -2, 1_000_000]).Select(offset => new DeleteRecordsRequest
        {
            Topics = [new() { Name = name, Partitions = [new() { PartitionIndex = index, Offset = offset }] }],
        }),
        ApiKey.Metadata => [new MetadataRequest { Topics = [new() { Name = name }], AllowAutoTopicCreation = version < 4 }],
        ApiKey.CreateTopics => [new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = index, ReplicationFactor = 1 }] }],
        ApiKey.CreatePartitions => [new CreatePartitionsRequest { Topics = [new() { Name = name, Count = index, Assignments = null }], ValidateOnly = true }],
        ApiKey.DeleteTopics when name == Unknown(key) && version >= 6 =>
        [
            new DeleteTopicsRequest { Topics = [new() { Name = name }, new() { TopicId = id }, new() { Name = name, TopicId = id }] },
        ],
        ApiKey.DeleteTopics when name == Unknown(key) => [new DeleteTopicsRequest { TopicNames = [name] }],
        ApiKey.DescribeConfigs =>
        [
            new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = name }, new() { ResourceType = 99, ResourceName = name }], IncludeSynonyms = version >= 1, IncludeDocumentation = version >= 3 },
        ],
        ApiKey.AlterConfigs =>
        [
            new AlterConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = name, Configs = [new() { Name = "retention.ms", Value = index.ToString() }] }] },
            new AlterConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = name, Configs = [new() { Name = "no.such", Value = null }] }] },
        ],
        ApiKey.IncrementalAlterConfigs => ((sbyte[])[0, 1, 2, 3, 9]).Select(operation => new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = name, Configs = [new() { Name = "cleanup.policy", Value = "delete", ConfigOperation = operation }] }],
        }),
        ApiKey.DescribeTopicPartitions => [new DescribeTopicPartitionsRequest { Topics = [new() { Name = name }], ResponsePartitionLimit = index, Cursor = new() { TopicName = name, PartitionIndex = index } }],
        ApiKey.DescribeLogDirs => [new DescribeLogDirsRequest { Topics = [new() { Topic = name, Partitions = [index] }] }],
        ApiKey.OffsetCommit => [new OffsetCommitRequest { GroupId = "g", Topics = [new() { Name = name, Partitions = [new() { PartitionIndex = index, CommittedOffset = 1 }] }] }],
        ApiKey.OffsetFetch when version >= 8 =>
        [
            new OffsetFetchRequest { Groups = [new() { GroupId = "g", Topics = [new() { Name = name, PartitionIndexes = [index] }] }] },
        ],
        ApiKey.OffsetFetch => [new OffsetFetchRequest { GroupId = "g", Topics = [new() { Name = name, PartitionIndexes = [index] }] }],
        ApiKey.OffsetDelete => [new OffsetDeleteRequest { GroupId = "g", Topics = [new() { Name = name, Partitions = [new() { PartitionIndex = index }] }] }],
        _ => [],
    };

    private static IEnumerable<IApiRequest> Others(ApiKey key, short version, string topic) => key switch
    {
        ApiKey.ApiVersions =>
        [
            new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1.0" },
            new ApiVersionsRequest { ClientSoftwareName = "!", ClientSoftwareVersion = "" },
        ],
        ApiKey.Metadata when version >= 1 => [new MetadataRequest { Topics = null }],
        ApiKey.CreateTopics =>
        [
            new CreateTopicsRequest { Topics = [new() { Name = $"made-{version}", NumPartitions = 2, ReplicationFactor = 1, Configs = [new() { Name = "retention.ms", Value = "5" }, new() { Name = "retention.ms", Value = "6" }] }] },
            new CreateTopicsRequest { Topics = [new() { Name = topic, NumPartitions = 1, ReplicationFactor = 1 }, new() { Name = topic, NumPartitions = 1, ReplicationFactor = 1 }] },
            new CreateTopicsRequest { Topics = [new() { Name = "far", NumPartitions = 1, ReplicationFactor = 3 }] },
            new CreateTopicsRequest { Topics = [new() { Name = "placed", NumPartitions = -1, ReplicationFactor = -1, Assignments = [new() { PartitionIndex = 0, BrokerIds = [99] }] }] },
            new CreateTopicsRequest { Topics = [new() { Name = "empty", NumPartitions = -1, ReplicationFactor = -1, Assignments = [new() { PartitionIndex = 0 }] }] },
            new CreateTopicsRequest { Topics = [new() { Name = "null", NumPartitions = 1, ReplicationFactor = 1, Configs = [new() { Name = "retention.ms", Value = null }] }] },
        ],
        ApiKey.DescribeConfigs => [new DescribeConfigsRequest { Resources = [new() { ResourceType = 4, ResourceName = "1" }, new() { ResourceType = 4, ResourceName = "" }, new() { ResourceType = 4, ResourceName = "x" }] }],
        ApiKey.AlterConfigs => [new AlterConfigsRequest { Resources = [new() { ResourceType = 4, ResourceName = "1", Configs = [new() { Name = "num.partitions", Value = "4" }] }] }],
        ApiKey.DescribeCluster when version >= 1 => [new DescribeClusterRequest { EndpointType = 2 }],
        ApiKey.DescribeLogDirs => [new DescribeLogDirsRequest { Topics = null }],
        ApiKey.InitProducerId => [new InitProducerIdRequest { TransactionalId = null }, new InitProducerIdRequest { TransactionalId = "x" }, new InitProducerIdRequest { TransactionalId = null, ProducerId = version >= 3 ? 4 : -1 }],
        ApiKey.FindCoordinator when version >= 4 => [new FindCoordinatorRequest { CoordinatorKeys = ["a", "b"] }, new FindCoordinatorRequest { KeyType = 1, CoordinatorKeys = ["t"] }],
        ApiKey.FindCoordinator => [new FindCoordinatorRequest { Key = "a" }],
        ApiKey.JoinGroup => [new JoinGroupRequest { GroupId = "g", SessionTimeoutMs = 10_000, RebalanceTimeoutMs = 10_000, MemberId = "nobody", ProtocolType = "consumer", Protocols = [new() { Name = "range" }] }],
        ApiKey.SyncGroup => [new SyncGroupRequest { GroupId = "g", MemberId = "nobody" }],
        ApiKey.Heartbeat => [new HeartbeatRequest { GroupId = "g", MemberId = "nobody" }],
        ApiKey.LeaveGroup => [version >= 3 ? new LeaveGroupRequest { GroupId = "g", Members = [new() { MemberId = "nobody" }] } : new LeaveGroupRequest { GroupId = "g", MemberId = "nobody" }],
        ApiKey.DescribeGroups => [new DescribeGroupsRequest { Groups = ["g"] }],
        ApiKey.DeleteGroups => [new DeleteGroupsRequest { GroupsNames = ["g"] }],
        ApiKey.OffsetFetch when version is >= 2 and < 8 => [new OffsetFetchRequest { GroupId = "g", Topics = null }],
        _ => [],
    };
}
