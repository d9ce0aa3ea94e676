using System.Net;
using ActorBroker.Configuration;
using ActorBroker.Hosting;
using ActorBroker.Model.Options;
using ActorBroker.Server.Network;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorBroker.Tests.Hosting;

/// <summary>From the host name of a node's own cluster address to where it listens.</summary>
public sealed class ClusterAddressTests
{
    private const string Nowhere = "nosuch.invalid";

    [Fact]
    public async Task A_voters_own_name_without_an_address_names_the_list_of_voters()
    {
        var options = Options("node.id=1", $"controller.quorum.voters=1@{Nowhere}:23801,2@127.0.0.1:23802");

        var refused = await Assert.ThrowsAsync<ListenerException>(() => Resolve(options));

        Assert.Contains($"{Nowhere}:23801, which the entry of node 1 in cluster.voters (Kafka: controller.quorum.voters) says", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"the name {Nowhere} has no address", refused.Message, StringComparison.Ordinal);
        Assert.Contains("cluster.listener=:23801", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task A_listeners_name_without_an_address_names_the_listener()
    {
        var options = Options("node.id=5", "process.roles=broker", "controller.quorum.voters=1@127.0.0.1:23801", $"actorbroker.cluster.listener={Nowhere}:9093");

        var refused = await Assert.ThrowsAsync<ListenerException>(() => Resolve(options));

        Assert.Contains($"{Nowhere}:9093, which cluster.listener says", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("")]
    [InlineData("::")]
    public async Task What_is_no_name_stays_as_it_is(string host)
    {
        var options = Options("node.id=1", "controller.quorum.voters=1@127.0.0.1:23801");
        options = options with { Cluster = options.Cluster with { Listener = new HostPort(host, 23801) } };

        Assert.Same(options, await Resolve(options));
    }

    [Fact]
    public async Task A_name_becomes_an_address_and_the_others_are_told_the_name()
    {
        var options = Options("node.id=1", "controller.quorum.voters=1@localhost:23801");

        var cluster = (await Resolve(options)).Cluster;

        Assert.True(IPAddress.IsLoopback(IPAddress.Parse(cluster.Listener.Host)));
        Assert.Equal((23801, "localhost:23801"), (cluster.Listener.Port, cluster.Advertised.ToString()));
    }

    private static Task<BrokerOptions> Resolve(BrokerOptions options) =>
        ClusterAddress.ResolveAsync(options, patience: TimeSpan.Zero, NullLogger.Instance, CancellationToken.None);

    private static BrokerOptions Options(params string[] settings) =>
        OptionsLoader.Load(new SettingSources { DataDir = "unused", Listeners = ["127.0.0.1:0"], Sets = [.. settings] }).Options;
}
