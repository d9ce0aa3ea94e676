namespace Akka.Cluster.Tests;

/// <summary>Members in processes of their own that are killed and paused, with the settings of hocon/cluster.conf.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task A_killed_member_is_unreachable_and_removed_by_its_refused_connections()
    {
        using var members = await Members.Start(3);

        members[0].Kill();

        foreach (MemberProcess other in members.Skip(1)) await other.Heard("MemberRemoved", members[0].Port);
    }

    [Fact]
    public async Task A_paused_member_is_removed_and_ends_when_it_goes_on()
    {
        using var members = await Members.Start(3);

        members[0].Pause();
        foreach (MemberProcess other in members.Skip(1)) await other.Heard("MemberRemoved", members[0].Port);
        members[0].Continue();

        await members[0].Ended();
    }

    [Fact]
    public async Task A_killed_member_that_starts_again_is_a_member_again()
    {
        using var members = await Members.Start(3);
        members[2].Kill();
        await members[2].Ended();

        using var again = MemberProcess.Start(members[2].Port, members.Ports);

        await again.Heard("MemberUp", again.Port);
        await members[0].Heard("MemberRemoved", again.Port);
        await members[0].Heard("MemberUp", again.Port);
    }

    [Fact]
    public async Task The_minority_beside_a_paused_majority_ends_and_the_majority_goes_on_without_it()
    {
        using var members = await Members.Start(3);

        members[0].Pause();
        members[1].Pause();

        await members[2].Ended();
        members[0].Continue();
        members[1].Continue();
        await members[0].Heard("MemberRemoved", members[2].Port);
    }

    private sealed class Members : List<MemberProcess>, IDisposable
    {
        public int[] Ports => [.. this.Select(m => m.Port)];

        public static async Task<Members> Start(int count)
        {
            int[] ports = FreePorts.Some(count);
            Members members = [.. ports.Select(port => MemberProcess.Start(port, ports))];
            foreach (MemberProcess member in members)
                foreach (var port in ports) await member.HeardBefore("MemberUp", port);
            return members;
        }

        public void Dispose() => ForEach(m => m.Dispose());
    }
}
