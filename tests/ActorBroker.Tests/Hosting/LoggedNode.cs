using System.Net;
using ActorBroker.Configuration;
using ActorBroker.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Tests.Hosting;

/// <summary>A node in this process, whether it gets to run or not, and what it logs. Its data directory goes with it.</summary>
internal sealed class LoggedNode : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Lines lines = new();
    private CancellationTokenSource stop = new();
    private Task<int> run = Task.FromResult(0);

    public string Directory { get; } = Scratch.Create("logged-node-").FullName;

    public IPEndPoint Address { get; } = new(IPAddress.Loopback, FreePorts.One());

    /// <summary>The exit code of a node that ends by itself.</summary>
    public Task<int> Ended => run.WaitAsync(Patience);

    public void Start(params string[] settings)
    {
        var sources = new SettingSources { DataDir = Directory, Listeners = [Address.ToString()], Sets = [.. settings] };
        var options = OptionsLoader.Load(sources).Options;
        var stopping = stop.Token;
        run = Task.Run(() => BrokerHost.RunAsync(options, lines, stopping));
    }

    /// <summary>Ends as SIGTERM does; it may start again on the same directory.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Ended;
        stop.Dispose();
        stop = new CancellationTokenSource();
    }

    public Task AwaitAnswer() => Task.Run(() => BrokerCalls.AwaitMetadata(Address, Patience));

    /// <summary>Waits until the node logs a line with all these words.</summary>
    public Task Says(params string[] words) => lines.Await(line => Array.TrueForAll(words, word => line.Contains(word, StringComparison.Ordinal))).WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private sealed class Lines : ILoggerFactory, ILogger
    {
        private readonly Lock gate = new();
        private readonly List<string> all = [];
        private readonly List<(Predicate<string> Suits, TaskCompletionSource Found)> awaited = [];

        public Task Await(Predicate<string> suits)
        {
            lock (gate)
            {
                var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (all.Exists(suits))
                {
                    found.SetResult();
                }
                else
                {
                    awaited.Add((suits, found));
                }

                return found.Task;
            }
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = formatter(state, exception);
            lock (gate)
            {
                all.Add(line);
                foreach (var (_, found) in awaited.Where(wanted => wanted.Suits(line)))
                {
                    found.TrySetResult();
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose()
        {
        }
    }
}
