using ActorBroker.Server;
using ActorBroker.Server.Fetching;
using ActorBroker.Server.Handlers;
using ActorBroker.Server.Network;

namespace ActorBroker.Hosting;

/// <summary>The APIs that this node serves. ApiVersions lists exactly these.</summary>
internal static class Handlers
{
    public static HandlerTable Create(NodeParts node)
    {
        var broker = node.Broker;
        return new HandlerTable(
        [
            new ApiVersionsHandler(),
            new MetadataHandler(broker),
            new ProduceHandler(broker),
            new FetchHandler(broker, new FetchSessionCache(broker.Options.Limits.FetchSessionSlots, broker.Options.Limits.FetchSessionPartitions, TimeProvider.System)),
            new ListOffsetsHandler(broker),
            new OffsetForLeaderEpochHandler(broker),
            new DeleteRecordsHandler(broker),
            new InitProducerIdHandler(broker),
            new CreateTopicsHandler(broker),
            new DeleteTopicsHandler(broker),
            new CreatePartitionsHandler(broker),
            new AlterPartitionReassignmentsHandler(broker),
            new ListPartitionReassignmentsHandler(broker),
            new ElectLeadersHandler(broker),
            new UnregisterBrokerHandler(broker),
            new DescribeConfigsHandler(broker),
            new AlterConfigsHandler(broker),
            new IncrementalAlterConfigsHandler(broker),
            new DescribeClusterHandler(broker),
            new DescribeQuorumHandler(broker),
            new AddRaftVoterHandler(broker),
            new RemoveRaftVoterHandler(broker),
            new DescribeTopicPartitionsHandler(broker),
            new DescribeLogDirsHandler(broker),
            new AlterReplicaLogDirsHandler(broker),
            .. GroupHandlers.Create(broker, node.Groups),
        ]);
    }
}
