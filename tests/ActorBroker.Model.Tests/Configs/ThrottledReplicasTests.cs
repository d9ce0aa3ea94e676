using ActorBroker.Model.Configs;

namespace ActorBroker.Model.Tests.Configs;

public sealed class ThrottledReplicasTests
{
    private static readonly NodeId Two = new(2);

    [Fact]
    public void A_list_names_partitions_with_brokers()
    {
        var replicas = ThrottledReplicas.Parse("0:1, 3:2");

        Assert.True(replicas.Contains(3, Two));
        Assert.False(replicas.Contains(0, Two));
        Assert.False(replicas.IsEmpty);
    }

    [Fact]
    public void A_star_names_all()
    {
        Assert.True(ThrottledReplicas.Parse("*").Contains(7, Two));
    }

    [Fact]
    public void Nothing_names_none()
    {
        Assert.True(ThrottledReplicas.Parse("").IsEmpty);
    }

    [Theory]
    [InlineData("0:1,3")]
    [InlineData("a:b")]
    [InlineData("0:1,*")]
    [InlineData("-1:2")]
    public void Anything_else_is_refused_as_by_kafka(string text)
    {
        Assert.Contains("must be the literal '*' or a list of replicas", TopicConfigs.Problem("leader.replication.throttled.replicas", text), StringComparison.Ordinal);
        Assert.Null(TopicConfigs.Problem("leader.replication.throttled.replicas", "0:1,1:2"));
    }
}
