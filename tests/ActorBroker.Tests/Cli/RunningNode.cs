using System.Net;
using System.Net.Sockets;
using ActorBroker.Configuration;
using ActorBroker.Hosting;
using ActorBroker.Model.Options;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorBroker.Tests.Cli;

/// <summary>A node in this process, on a free port, with a data directory that goes with it.</summary>
public sealed class RunningNode : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly string directory = Directory.CreateTempSubdirectory("node").FullName;
    private CancellationTokenSource stop = new();
    private readonly int port = FreePort();
    private Task<int> running = Task.FromResult(0);

    public string Address => $"127.0.0.1:{port}";

    public string DataDirectory => directory;

    /// <summary>Besides those that tests want anyway, as <c>--set</c> takes them.</summary>
    public string[] Settings { get; init; } = [];

    public async Task InitializeAsync()
    {
        var sources = new SettingSources { DataDir = directory, Listeners = [Address], Sets = ["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=2", .. Settings] };
        BrokerOptions options = OptionsLoader.Load(sources).Options;
        running = Task.Run(() => BrokerHost.RunAsync(options, NullLoggerFactory.Instance, stop.Token));
        using var cancellation = new CancellationTokenSource(Deadline);
        while (!running.IsCompleted && !await Answers(cancellation.Token))
            cancellation.Token.ThrowIfCancellationRequested();
        Assert.False(running.IsCompleted);
    }

    public async Task DisposeAsync()
    {
        await Stop();
        Directory.Delete(directory, true);
    }

    /// <summary>Stops the node in order and starts it again on its data.</summary>
    public async Task Restart()
    {
        await Stop();
        stop = new CancellationTokenSource();
        await InitializeAsync();
    }

    /// <summary>Runs a command against the node.</summary>
    internal Task<CommandRun> Run(string input, params string[] args) => CommandRun.Of(input, [.. args, "--bootstrap-server", Address]);

    private async Task Stop()
    {
        await stop.CancelAsync();
        Assert.Equal(0, await running.WaitAsync(Deadline));
        stop.Dispose();
    }

    private async Task<bool> Answers(CancellationToken cancellation)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, cancellation);
            return true;
        }
        catch (SocketException)
        {
            await Task.Yield();
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
