#nullable disable
using System.Collections.Concurrent;
using Akka.Configuration;

namespace Akka.Dispatch;

/// <summary>Runs work on some threads.</summary>
public abstract class ExecutorService
{
    protected ExecutorService(string id) => Id = id;

    /// <summary>Id of the dispatcher.</summary>
    public string Id { get; }

    /// <summary>Runs <paramref name="run"/> soon.</summary>
    public abstract void Execute(IRunnable run);

    /// <summary>Releases threads; queued work may be dropped.</summary>
    public abstract void Shutdown();
}

/// <summary>Makes executors.</summary>
public abstract class ExecutorServiceFactory
{
    /// <summary>Makes the executor of a dispatcher.</summary>
    public abstract ExecutorService Produce(string id);
}

/// <summary>Makes executors from a dispatcher's configuration.</summary>
public abstract class ExecutorServiceConfigurator : ExecutorServiceFactory
{
    protected ExecutorServiceConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    {
        Config = config;
        Prerequisites = prerequisites;
    }

    /// <summary>The dispatcher's section.</summary>
    public Config Config { get; }

    /// <summary>What dispatchers need from the system.</summary>
    public IDispatcherPrerequisites Prerequisites { get; }
}

/// <summary>.NET's thread pool.</summary>
internal sealed class ThreadPoolExecutorConfigurator : ExecutorServiceConfigurator
{
    public ThreadPoolExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
    }

    public override ExecutorService Produce(string id) => new Service(id);

    private sealed class Service : ExecutorService
    {
        public Service(string id)
            : base(id)
        {
        }

        public override void Execute(IRunnable run) =>
            ThreadPool.UnsafeQueueUserWorkItem(run as IThreadPoolWorkItem ?? new WorkItem(run), preferLocal: false);

        public override void Shutdown()
        {
        }
    }

    private sealed class WorkItem : IThreadPoolWorkItem
    {
        private readonly IRunnable _run;

        public WorkItem(IRunnable run) => _run = run;

        public void Execute() => _run.Run();
    }
}

/// <summary>Background threads of the dispatcher's own; they end when the dispatcher stops.</summary>
internal sealed class DedicatedThreadsExecutorConfigurator : ExecutorServiceConfigurator
{
    private readonly int _threads;
    private readonly bool _background;

    public DedicatedThreadsExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : this(config, prerequisites, Threads(config))
    {
    }

    public DedicatedThreadsExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites, int threads)
        : base(config, prerequisites)
    {
        _threads = threads;
        _background = config.GetString("dedicated-thread-pool.threadtype", "background") != "foreground";
    }

    public override ExecutorService Produce(string id) => new Service(id, _threads, _background);

    private static int Threads(Config config)
    {
        var dedicated = config.GetInt("dedicated-thread-pool.thread-count", 0);
        if (dedicated > 0) return dedicated;
        Config forkJoin = config.GetConfig("fork-join-executor");
        return forkJoin is null
            ? Environment.ProcessorCount
            : Math.Clamp(
                (int)Math.Ceiling(Environment.ProcessorCount * forkJoin.GetDouble("parallelism-factor", 1)),
                forkJoin.GetInt("parallelism-min", 8),
                forkJoin.GetInt("parallelism-max", 64));
    }

    private sealed class Service : ExecutorService
    {
        private readonly BlockingCollection<IRunnable> _work = [];

        public Service(string id, int threads, bool background)
            : base(id)
        {
            for (var i = 0; i < threads; i++)
                new Thread(RunAll) { IsBackground = background, Name = $"{id}-{i}" }.Start();
        }

        public override void Execute(IRunnable run)
        {
            try
            {
                _work.Add(run);
            }
            catch (InvalidOperationException e)
            {
                throw new RejectedExecutionException($"Dispatcher [{Id}] has been stopped.", e);
            }
        }

        public override void Shutdown() => _work.CompleteAdding();

        private void RunAll()
        {
            foreach (IRunnable run in _work.GetConsumingEnumerable()) run.Run();
        }
    }
}

/// <summary>The synchronisation context of the thread that first looks the dispatcher up.</summary>
internal sealed class CurrentContextExecutorConfigurator : ExecutorServiceConfigurator
{
    private readonly SynchronizationContext _context =
        SynchronizationContext.Current ?? throw new InvalidOperationException("This thread has no synchronization context for a SynchronizedDispatcher.");

    public CurrentContextExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
    }

    public override ExecutorService Produce(string id) => new Service(id, _context);

    private sealed class Service : ExecutorService
    {
        private readonly SynchronizationContext _context;

        public Service(string id, SynchronizationContext context)
            : base(id) => _context = context;

        public override void Execute(IRunnable run) => _context.Post(static r => ((IRunnable)r).Run(), run);

        public override void Shutdown()
        {
        }
    }
}
