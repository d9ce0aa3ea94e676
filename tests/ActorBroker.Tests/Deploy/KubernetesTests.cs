using System.Text.Json;
using System.Text.RegularExpressions;
using ActorBroker.Tests.Cli;
using ActorBroker.Tests.Hosting;

namespace ActorBroker.Tests.Deploy;

/// <summary>What <c>deploy/kubernetes</c> relies on.</summary>
public sealed partial class KubernetesTests
{
    [Fact]
    public async Task A_node_that_waits_for_a_majority_is_alive()
    {
        var manifest = File.ReadAllText(Path.Combine(Checkout.Root, "deploy", "kubernetes", "actorbroker.yaml"));
        var probe = Liveness().Match(manifest);
        Assert.True(probe.Success);
        await using var node = new LoggedNode();
        string[] command = [.. JsonSerializer.Deserialize<string[]>(probe.Groups[1].Value)!.Skip(1).Select(word => word == "/var/lib/actorbroker" ? node.Directory : word)];
        var ports = FreePorts.Some(3);
        var voters = string.Join(',', ports.Select((port, i) => $"{i + 1}@127.0.0.1:{port}"));

        Assert.Equal(1, (await CommandRun.Of(command)).ExitCode);
        node.Start("node.id=1", $"controller.quorum.voters={voters}");
        await node.Says("still looking for the cluster");

        var run = await CommandRun.Of(command);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("State: Starting", run.Out, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"livenessProbe:\s+exec:\s+command: (\[.*\])")]
    private static partial Regex Liveness();
}
