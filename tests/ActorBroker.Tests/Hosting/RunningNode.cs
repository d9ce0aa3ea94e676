using System.Net;
using ActorBroker.Harness;
using ActorBroker.Hosting;
using ActorBroker.Model.Options;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorBroker.Tests.Hosting;

/// <summary>A whole node in this process, with two empty data directories, on a port of its own; stopped and removed in the end.</summary>
public sealed class RunningNode : IAsyncLifetime
{
    private readonly CancellationTokenSource stop = new();
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("node-test-");
    private Task<int> run = Task.FromResult(0);

    public IPEndPoint Address { get; } = new(IPAddress.Loopback, Launcher.FreePort());

    internal long MinFreeBytes { get; init; }

    public IReadOnlyList<string> DataDirectories => [Path.Combine(directory.FullName, "a"), Path.Combine(directory.FullName, "b")];

    public async Task InitializeAsync()
    {
        var options = new BrokerOptions
        {
            Listeners = [new ListenerOptions { Host = "127.0.0.1", Port = Address.Port }],
            Storage = new StorageOptions { DataDirs = DataDirectories, MinFreeBytes = MinFreeBytes },
            Groups = new GroupOptions { InitialRebalanceDelayMs = 0 },
        };
        run = Task.Run(() => BrokerHost.RunAsync(options, NullLoggerFactory.Instance, stop.Token));
        await Task.Run(() => BrokerCalls.AwaitMetadata(Address, TimeSpan.FromSeconds(60)));
    }

    public async Task DisposeAsync()
    {
        await stop.CancelAsync();
        Assert.Equal(0, await run);
        directory.Delete(recursive: true);
    }
}
