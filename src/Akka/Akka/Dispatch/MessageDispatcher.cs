#nullable disable
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Dispatch;

/// <summary>Decides on which threads mailboxes run, and how many messages a turn has.</summary>
public abstract class MessageDispatcher
{
    /// <summary>Messages per turn if nothing is configured.</summary>
    public const int DefaultThroughput = 100;

    private long _inhabitants;

    protected MessageDispatcher(MessageDispatcherConfigurator configurator)
    {
        Configurator = configurator;
        Throughput = DefaultThroughput;
    }

    /// <summary>What made this dispatcher.</summary>
    public MessageDispatcherConfigurator Configurator { get; }

    /// <summary>The system's event stream.</summary>
    public EventStream EventStream => Configurator.Prerequisites.EventStream;

    /// <summary>Path of its configuration.</summary>
    public string Id { get; protected set; }

    /// <summary>The system's mailboxes.</summary>
    public Mailboxes Mailboxes => Configurator.Prerequisites.Mailboxes;

    /// <summary>How long the dispatcher stays up without actors.</summary>
    public TimeSpan ShutdownTimeout { get; protected set; }

    /// <summary>User messages that an actor may process in one turn.</summary>
    public int Throughput { get; protected set; }

    /// <summary>Ticks (100 ns) after which a turn ends even if messages are left; null or 0 for no such limit.</summary>
    public long? ThroughputDeadlineTime { get; protected set; }

    /// <summary>Number of actors attached.</summary>
    protected long Inhabitants => Interlocked.Read(ref _inhabitants);

    /// <summary>Adds an actor and lets it run.</summary>
    public virtual void Attach(ActorCell cell)
    {
        Interlocked.Increment(ref _inhabitants);
        RegisterForExecution(cell.Mailbox, hasMessageHint: false, hasSystemMessageHint: true);
    }

    /// <summary>Removes an actor that has stopped; its messages go to the dead letters.</summary>
    public virtual void Detach(ActorCell cell)
    {
        Mailbox mailbox = cell.SwapMailbox(Mailboxes.DeadLetterMailbox);
        mailbox.BecomeClosed();
        mailbox.CleanUp();
        if (Interlocked.Decrement(ref _inhabitants) == 0) NoInhabitants();
    }

    /// <summary>Puts a user message into an actor's mailbox.</summary>
    public virtual void Dispatch(ActorCell cell, Envelope envelope) =>
        cell.Mailbox.Post(this, cell.Self, envelope.Message, envelope.Sender);

    /// <summary>Runs a delegate on the dispatcher.</summary>
    public void Schedule(Action run) => Schedule(new ActionRunnable(run));

    /// <summary>Runs a piece of work on the dispatcher.</summary>
    public void Schedule(IRunnable run) => ExecuteTask(run);

    /// <summary>Puts a system message into an actor's mailbox.</summary>
    public virtual void SystemDispatch(ActorCell cell, SystemMessage message)
    {
        Mailbox mailbox = cell.Mailbox;
        mailbox.SystemEnqueue(cell.Self, message);
        RegisterForExecution(mailbox, hasMessageHint: false, hasSystemMessageHint: true);
    }

    /// <summary>Runs work on one of the dispatcher's threads.</summary>
    protected abstract void ExecuteTask(IRunnable run);

    /// <summary>Publishes a failure that no actor can handle.</summary>
    protected void ReportFailure(Exception ex) =>
        EventStream.Publish(new Error(ex, GetType().FullName, GetType(), $"Uncaught exception on dispatcher [{Id}]"));

    /// <summary>Releases threads.</summary>
    protected abstract void Shutdown();

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void RegisterForExecution(Mailbox mailbox, bool hasMessageHint, bool hasSystemMessageHint)
    {
        if (!mailbox.CanBeScheduled(hasMessageHint, hasSystemMessageHint) || !mailbox.SetAsScheduled()) return;
        try
        {
            ExecuteTask(mailbox);
        }
        catch
        {
            mailbox.SetAsIdle();
            throw;
        }
    }

    internal void StopThreads() => Shutdown();

    /// <summary>Called when the last actor has left.</summary>
    internal virtual void NoInhabitants()
    {
    }
}

/// <summary>Makes dispatchers from a section of the configuration.</summary>
public abstract class MessageDispatcherConfigurator
{
    protected MessageDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    {
        Config = config;
        Prerequisites = prerequisites;
    }

    /// <summary>The dispatcher's section.</summary>
    public Config Config { get; }

    /// <summary>What dispatchers need from the system.</summary>
    public IDispatcherPrerequisites Prerequisites { get; }

    /// <summary>Gives the dispatcher, shared or new as the type has it.</summary>
    public abstract MessageDispatcher Dispatcher();

    /// <summary>Makes the factory of the executor that the section asks for.</summary>
    protected ExecutorServiceConfigurator ConfigureExecutor()
    {
        var executor = Config.GetString("executor", "default-executor");
        return executor switch
        {
            "" or "default-executor" or "thread-pool-executor" or "task-executor" or "channel-executor" => new ThreadPoolExecutorConfigurator(Config, Prerequisites),
            "fork-join-executor" => new DedicatedThreadsExecutorConfigurator(Config, Prerequisites),
            "current-context-executor" => new CurrentContextExecutorConfigurator(Config, Prerequisites),
            _ => (ExecutorServiceConfigurator)Activator.CreateInstance(
                Type.GetType(executor, throwOnError: false) ?? throw new ConfigurationException($"Unknown executor [{executor}]"), Config, Prerequisites),
        };
    }
}

/// <summary>What dispatchers need from the system.</summary>
public interface IDispatcherPrerequisites
{
    EventStream EventStream { get; }

    Mailboxes Mailboxes { get; }

    IScheduler Scheduler { get; }

    Settings Settings { get; }
}

/// <summary>The parts of a system that its dispatchers get.</summary>
public sealed class DefaultDispatcherPrerequisites : IDispatcherPrerequisites
{
    public DefaultDispatcherPrerequisites(EventStream eventStream, IScheduler scheduler, Settings settings, Mailboxes mailboxes)
    {
        EventStream = eventStream;
        Scheduler = scheduler;
        Settings = settings;
        Mailboxes = mailboxes;
    }

    public EventStream EventStream { get; }

    public Mailboxes Mailboxes { get; }

    public IScheduler Scheduler { get; }

    public Settings Settings { get; }
}
