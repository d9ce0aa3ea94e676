#nullable disable
using Akka.Configuration;

namespace Akka.Dispatch;

/// <summary>Runs mailboxes on an executor, started with the first work.</summary>
public class Dispatcher : MessageDispatcher
{
    private readonly ExecutorServiceFactory _factory;
    private ExecutorService _executor;
    private volatile bool _stopped;

    public Dispatcher(
        MessageDispatcherConfigurator configurator,
        string id,
        int throughput,
        long? throughputDeadlineTime,
        ExecutorServiceFactory executorServiceFactory,
        TimeSpan shutdownTimeout)
        : base(configurator)
    {
        _factory = executorServiceFactory;
        Id = id;
        Throughput = throughput;
        ThroughputDeadlineTime = throughputDeadlineTime;
        ShutdownTimeout = shutdownTimeout;
    }

    /// <summary>As a dispatcher's section says.</summary>
    internal Dispatcher(MessageDispatcherConfigurator configurator, ExecutorServiceFactory executor)
        : this(
            configurator,
            configurator.Config.GetString("id"),
            configurator.Config.GetInt("throughput", DefaultThroughput),
            configurator.Config.GetTimeSpan("throughput-deadline-time", TimeSpan.Zero).Ticks,
            executor,
            configurator.Config.GetTimeSpan("shutdown-timeout", TimeSpan.FromSeconds(1)))
    {
    }

    protected override void ExecuteTask(IRunnable run) => (_executor ?? Executor()).Execute(run);

    protected override void Shutdown()
    {
        _stopped = true;
        lock (_factory) _executor?.Shutdown();
    }

    private ExecutorService Executor()
    {
        lock (_factory)
        {
            if (_stopped) throw new RejectedExecutionException($"Dispatcher [{Id}] has been stopped.");
            return _executor ??= _factory.Produce(Id);
        }
    }
}

/// <summary>A dispatcher with a thread for each actor.</summary>
public sealed class PinnedDispatcher : Dispatcher
{
    internal PinnedDispatcher(MessageDispatcherConfigurator configurator, ExecutorServiceFactory executor)
        : base(configurator, executor)
    {
    }

    public PinnedDispatcher(
        MessageDispatcherConfigurator configurator,
        string id,
        int throughput,
        long? throughputDeadlineTime,
        ExecutorServiceFactory executorServiceFactory,
        TimeSpan shutdownTimeout)
        : base(configurator, id, throughput, throughputDeadlineTime, executorServiceFactory, shutdownTimeout)
    {
    }

    // The actor is gone and nobody shares the thread.
    internal override void NoInhabitants() => StopThreads();
}

/// <summary>A dispatcher of the synchronisation context in which it was first looked up, for example a user interface's.</summary>
public sealed class CurrentSynchronizationContextDispatcher : Dispatcher
{
    internal CurrentSynchronizationContextDispatcher(MessageDispatcherConfigurator configurator, ExecutorServiceFactory executor)
        : base(configurator, executor)
    {
    }

    public CurrentSynchronizationContextDispatcher(
        MessageDispatcherConfigurator configurator,
        string id,
        int throughput,
        long? throughputDeadlineTime,
        ExecutorServiceFactory executorServiceFactory,
        TimeSpan shutdownTimeout)
        : base(configurator, id, throughput, throughputDeadlineTime, executorServiceFactory, shutdownTimeout)
    {
    }
}

/// <summary>A dispatcher took no more work because it was stopped.</summary>
public class RejectedExecutionException : Actor.AkkaException
{
    public RejectedExecutionException(string message = null, Exception inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Makes one shared dispatcher.</summary>
public sealed class DispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly Lazy<MessageDispatcher> _dispatcher;

    public DispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new Lazy<MessageDispatcher>(() => new Dispatcher(this, ConfigureExecutor()));

    public override MessageDispatcher Dispatcher() => _dispatcher.Value;
}

/// <summary>Makes one shared dispatcher of threads of its own.</summary>
internal sealed class ForkJoinDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly Lazy<MessageDispatcher> _dispatcher;

    public ForkJoinDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new Lazy<MessageDispatcher>(() => new Dispatcher(this, new DedicatedThreadsExecutorConfigurator(Config, Prerequisites)));

    public override MessageDispatcher Dispatcher() => _dispatcher.Value;
}

/// <summary>Makes one shared dispatcher of the synchronisation context of the first look-up.</summary>
internal sealed class CurrentContextDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly Lazy<MessageDispatcher> _dispatcher;

    public CurrentContextDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) => _dispatcher = new Lazy<MessageDispatcher>(() => new CurrentSynchronizationContextDispatcher(this, new CurrentContextExecutorConfigurator(Config, Prerequisites)));

    public override MessageDispatcher Dispatcher() => _dispatcher.Value;
}

/// <summary>Makes a dispatcher with one thread for every actor that asks.</summary>
internal sealed class PinnedDispatcherConfigurator : MessageDispatcherConfigurator
{
    public PinnedDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
    }

    public override MessageDispatcher Dispatcher() => new PinnedDispatcher(this, new DedicatedThreadsExecutorConfigurator(Config, Prerequisites, threads: 1));
}
