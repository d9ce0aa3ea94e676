namespace ActorBroker.Actors.Tests.Streams;

public sealed partial class RepairTests
{
    [Fact]
    public async Task The_other_replicas_are_asked_through_the_regions_of_their_brokers()
    {
        await using var cluster = await Filled(sharded: settings => settings);
        Flip(cluster, 1, offset: 1);

        await Scrub(cluster[1]);

        await Eventually.Holds(() => cluster[1].Repaired == 1);
        await cluster.HasOnAll("a", "b", "c");
    }
}
