using System.Net;
using ActorBroker.Configuration;
using ActorBroker.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorBroker.Tests;

/// <summary>A node in this process, on a free port, with data directories that go with it.</summary>
public sealed class RunningNode : IAsyncLifetime
{
    private readonly DirectoryInfo directory = Scratch.Create("node");
    private CancellationTokenSource stop = new();
    private Task<int> running = Task.FromResult(0);

    public IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, FreePorts.One());

    public string Address => EndPoint.ToString();

    public string DataDirectory => directory.FullName;

    /// <summary>Besides those that tests want anyway, as <c>--set</c> takes them.</summary>
    public string[] Settings { get; init; } = [];

    /// <summary>The data directories in <see cref="DataDirectory"/>; none: that itself is the only one.</summary>
    public IReadOnlyList<string> SubDirectories { get; init; } = [];

    public async Task InitializeAsync()
    {
        var sources = new SettingSources { DataDir = DataDirectory, Listeners = [Address], Sets = ["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=2", .. Settings] };
        var options = OptionsLoader.Load(sources).Options;
        if (SubDirectories.Count > 0)
            options = options with { Storage = options.Storage with { DataDirs = [.. SubDirectories.Select(name => Path.Combine(DataDirectory, name))] } };
        running = Task.Run(() => BrokerHost.RunAsync(options, NullLoggerFactory.Instance, stop.Token));
        await Task.Run(() => BrokerCalls.AwaitMetadata(EndPoint, Eventually.Deadline));
        Assert.False(running.IsCompleted);
    }

    public async Task DisposeAsync()
    {
        await Stop();
        directory.Delete(recursive: true);
    }

    /// <summary>Stops the node in order and starts it again on its data.</summary>
    public async Task Restart()
    {
        await Stop();
        stop = new CancellationTokenSource();
        await InitializeAsync();
    }

    /// <summary>Runs a command against the node.</summary>
    internal Task<Cli.CommandRun> Run(string input, params string[] args) => Cli.CommandRun.Of(input, [.. args, "--bootstrap-server", Address]);

    private async Task Stop()
    {
        await stop.CancelAsync();
        Assert.Equal(0, await running.WaitAsync(Eventually.Deadline));
        stop.Dispose();
    }
}
