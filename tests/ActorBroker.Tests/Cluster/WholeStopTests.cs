using ActorBroker.Client;

namespace ActorBroker.Tests.Cluster;

/// <summary>Nodes that stop one after the other until none is left.</summary>
public sealed class WholeStopTests
{
    [Fact]
    public async Task The_last_nodes_wait_for_nobody_to_take_over_what_they_lead()
    {
        await using var cluster = new ThreeNodes();
        await cluster.InitializeAsync();
        await using (var admin = new KafkaAdmin(new ClientOptions { BootstrapServers = cluster.Bootstrap }))
        {
            (await admin.CreateTopicsAsync([new NewTopic("orders", Partitions: 6, ReplicationFactor: 3)]))[0].ThrowIfFailed();
        }

        await cluster.StopAsync(1);
        await cluster.StopAsync(2);
        await cluster.StopAsync(3);
    }
}
