using ActorBroker.Network;
using System.Net;
using ActorBroker.Harness;
using ActorBroker.Model.Options;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Handlers;
using ActorBroker.Server.Network;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Server.Tests.Network;

/// <summary>A listening host with handlers of the test's, checked buffers, and time that stands still. Leaked request memory fails the test.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = Eventually.Deadline;

    private readonly ListenerHost _host;

    public TestServer(
        LimitOptions? limits = null,
        int receiveBufferBytes = 4096,
        long bufferLimitBytes = 64 << 20,
        NetworkOptions? network = null,
        ListenerOptions? listener = null,
        params IApiHandler[] handlers)
    {
        Buffers = new BufferPool(receiveBufferBytes, bufferLimitBytes, retainedLimitBytes: 1 << 20, poison: true);
        _host = new ListenerHost(
            [listener ?? new ListenerOptions { Port = 0 }],
            network ?? new NetworkOptions(),
            limits ?? new LimitOptions(),
            new HandlerTable([new ApiVersionsHandler(), new EchoHandler(), .. handlers]),
            Log,
            Time,
            Buffers);
        _host.Bind();
        _host.Start();
    }

    public BufferPool Buffers { get; }

    public ManualTime Time { get; } = new();

    public RecordedLog Log { get; } = new();

    public ListenerHost Host => _host;

    public IPEndPoint Address => _host.Listeners[0].Address;

    public Task<TestClient> ConnectAsync(int receiveBufferBytes = 0) => TestClient.ConnectAsync(Address, receiveBufferBytes);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await Eventually.Holds(() => Buffers.BuffersInUse == 0, "all request memory is given back");
    }
}

/// <summary>Answers FindCoordinator with the key that was asked for.</summary>
internal sealed class EchoHandler() : ApiHandler<FindCoordinatorRequest>(0, 2)
{
    private int _started;

    public int Started => Volatile.Read(ref _started);

    protected override void Handle(RequestContext context, FindCoordinatorRequest request)
    {
        Interlocked.Increment(ref _started);
        context.Complete(new FindCoordinatorResponse { Host = request.Key });
    }
}

/// <summary>Keeps requests until the test completes them.</summary>
internal sealed class HeldHandler(ApiKey key, bool allowsPipelining) : IApiHandler
{
    private readonly List<RequestContext> _held = [];

    public ApiKey ApiKey => key;

    public short MinVersion => 0;

    public short MaxVersion => 3;

    public bool AllowsPipelining => allowsPipelining;

    public int Count
    {
        get
        {
            lock (_held)
            {
                return _held.Count;
            }
        }
    }

    public RequestContext this[int index]
    {
        get
        {
            lock (_held)
            {
                return _held[index];
            }
        }
    }

    public void Handle(RequestContext context)
    {
        lock (_held)
        {
            _held.Add(context);
        }
    }

    public Task ReachesAsync(int count) => Eventually.Holds(() => Count >= count, $"{count} {key} requests have started");
}

/// <summary>Answers Fetch with a payload that the test makes.</summary>
internal sealed class PayloadHandler(Func<RecordsPayload> payload) : ApiHandler<FetchRequest>(4, 4)
{
    private int _started;

    public int Started => Volatile.Read(ref _started);

    protected override void Handle(RequestContext context, FetchRequest request)
    {
        Interlocked.Increment(ref _started);
        context.Complete(new FetchResponse
        {
            Responses = [new() { Topic = "t", Partitions = [new() { AbortedTransactions = null, Records = payload() }] }],
        });
    }
}

internal sealed class ThrowingHandler(Exception exception) : ApiHandler<MetadataRequest>(0, 1)
{
    protected override void Handle(RequestContext context, MetadataRequest request) => throw exception;
}

/// <summary>Log lines of a test.</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public Task SaysAsync(string part) => Eventually.Holds(
        () => Lines.Any(line => line.Contains(part, StringComparison.Ordinal)), $"the log says '{part}'", () => string.Join('\n', Lines));

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add($"{logLevel} {formatter(state, exception)} {exception?.Message}");
        }
    }

    public void Dispose()
    {
    }
}
