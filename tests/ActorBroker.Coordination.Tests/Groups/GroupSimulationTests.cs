namespace ActorBroker.Coordination.Tests.Groups;

/// <summary>Many consumers, a failing log and crashes of the coordinator, from a seed. A failing seed is replayed by its number.</summary>
public sealed class GroupSimulationTests
{
    public static TheoryData<int> Seeds => new(Enumerable.Range(1, 60));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Members_never_share_a_partition_and_every_request_gets_one_reply(int seed)
    {
        var simulation = new GroupSimulation(seed);

        simulation.Run(steps: 3_000);
        simulation.Settle();

        simulation.CheckSettled();
    }
}
