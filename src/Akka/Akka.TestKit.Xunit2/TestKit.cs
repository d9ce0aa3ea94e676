#nullable disable
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Xunit2.Internals;
using Xunit.Abstractions;

namespace Akka.TestKit.Xunit2;

/// <summary>Base of xunit tests with an actor system; it stops with the test.</summary>
public class TestKit : TestKitBase, IDisposable
{
    protected readonly ITestOutputHelper Output;
    private bool _isDisposed;

    public TestKit(ActorSystem system = null, ITestOutputHelper output = null)
        : base(Assertions, system)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    public TestKit(ActorSystemSetup config, string actorSystemName = null, ITestOutputHelper output = null)
        : base(Assertions, config, actorSystemName)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    public TestKit(Config config, string actorSystemName = null, ITestOutputHelper output = null)
        : base(Assertions, config, actorSystemName)
    {
        Output = output;
        InitializeLogger(Sys);
    }

    public TestKit(string config, ITestOutputHelper output = null)
        : base(Assertions, ConfigurationFactory.ParseString(config))
    {
        Output = output;
        InitializeLogger(Sys);
    }

    public static new Config DefaultConfig => TestKitBase.DefaultConfig;

    public static new Config FullDebugConfig => TestKitBase.FullDebugConfig;

    protected static XunitAssertions Assertions { get; } = new();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Called after the test, before the system is stopped.</summary>
    protected virtual void AfterAll()
    {
    }

    protected virtual void Dispose(bool disposing)
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (!disposing) return;
        try
        {
            AfterAll();
        }
        finally
        {
            Shutdown();
        }
    }

    /// <summary>Sends the log to the test's output.</summary>
    protected void InitializeLogger(ActorSystem system) => InitializeLogger(system, null);

    /// <inheritdoc cref="InitializeLogger(ActorSystem)"/>
    protected void InitializeLogger(ActorSystem system, string prefix)
    {
        if (Output is null) return;
        ITestOutputHelper output = prefix is null ? Output : new PrefixedOutput(Output, prefix);
        IActorRef logger = ((ExtendedActorSystem)system).SystemActorOf(Props.Create(() => new TestOutputLogger(output)));
        logger.Ask<LoggerInitialized>(new InitializeLogger(system.EventStream), TestKitSettings.TestTimeFactor * TimeSpan.FromSeconds(5))
            .ConfigureAwait(false).GetAwaiter().GetResult();
    }

    private sealed class PrefixedOutput : ITestOutputHelper
    {
        private readonly ITestOutputHelper _output;
        private readonly string _prefix;

        public PrefixedOutput(ITestOutputHelper output, string prefix)
        {
            _output = output;
            _prefix = prefix;
        }

        public void WriteLine(string message) => _output.WriteLine(_prefix + message);

        public void WriteLine(string format, params object[] args) => _output.WriteLine(_prefix + format, args);
    }
}
