#nullable disable
using System.Runtime.CompilerServices;
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>
/// The place of an actor in the tree: it survives restarts, owns the mailbox and does for the actor what
/// <see cref="IActorContext"/> offers. Rare state lives in objects made when needed, because most actors are idle.
/// </summary>
public partial class ActorCell : IUntypedActorContext, ICell
{
    /// <summary>The uid of a path that names no incarnation.</summary>
    public const int UndefinedUid = 0;

    private readonly ActorSystemImpl _system;
    private readonly IInternalActorRef _self;
    private Props _props;
    private Mailbox _mailbox;
    private ActorBase _actor;
    private Receive _behavior;
    private object _currentMessage;
    private IActorRef _sender;
    private ActorChildren _children;
    private DeathWatchState _deathWatch;
    private CellExtras _extras;
    private int _envelopeId;
    private bool _failed;
    private bool _failedFatally;
    private bool _terminated;

    public ActorCell(ActorSystemImpl system, IInternalActorRef self, Props props, MessageDispatcher dispatcher, IInternalActorRef parent)
    {
        _system = system;
        _self = self;
        _props = props;
        Dispatcher = dispatcher;
        Parent = parent;
    }

    public IChildrenContainer ChildrenContainer => _children is { } children ? children : NoChildren.Instance;

    /// <summary>Counts the messages that were processed.</summary>
    public int CurrentEnvelopeId => _envelopeId;

    /// <summary>The message being processed; null between messages.</summary>
    public object CurrentMessage => _currentMessage;

    public MessageDispatcher Dispatcher { get; }

    public bool HasMessages => Mailbox.MessageQueue.HasMessages;

    public bool IsLocal => true;

    public bool IsTerminated => Volatile.Read(ref _terminated);

    /// <summary>The mailbox; the dead letters' once the actor has stopped.</summary>
    public Mailbox Mailbox => Volatile.Read(ref _mailbox);

    public int NumberOfMessages => Mailbox.MessageQueue.Count;

    public IInternalActorRef Parent { get; }

    public Props Props => _props;

    public IActorRef Self => _self;

    public IActorRef Sender => _sender ?? _system.DeadLetters;

    public ActorSystem System => _system;

    public ActorSystemImpl SystemImpl => _system;

    /// <summary>Runs the actor's asynchronous handlers.</summary>
    public virtual ActorTaskScheduler TaskScheduler => Extras.TaskScheduler ??= new ActorTaskScheduler(this);

    IActorRef IActorContext.Parent => Parent;

    internal static ActorCell Current => InternalCurrentActorCellKeeper.Current;

    internal ActorBase Actor => _actor;

    /// <summary>True while children may be created and nothing waits for their end.</summary>
    protected bool IsNormal => _children is null || _children.IsNormal;

    /// <summary>True once the actor is stopping.</summary>
    protected bool IsTerminating => _terminated || (_children is not null && _children.IsTerminating);

    private CellExtras Extras => _extras ??= new CellExtras();

    /// <summary>The current actor, null outside actors.</summary>
    public static IActorRef GetCurrentSelfOrNoSender() => InternalCurrentActorCellKeeper.Current?._self;

    /// <summary>Sender of the current actor's message, null outside actors.</summary>
    public static IActorRef GetCurrentSenderOrNoSender() => InternalCurrentActorCellKeeper.Current?.Sender;

    public ActorSelection ActorSelection(string path) => ActorRefFactoryShared.ActorSelection(path, _system, _self);

    public ActorSelection ActorSelection(ActorPath path) => ActorRefFactoryShared.ActorSelection(path, _system);

    public void Become(Receive receive)
    {
        _extras?.Behaviors?.Clear();
        _behavior = receive;
    }

    public void BecomeStacked(Receive receive)
    {
        (Extras.Behaviors ??= new Stack<Receive>()).Push(_behavior);
        _behavior = receive;
    }

    public void UnbecomeStacked()
    {
        if (_extras?.Behaviors is not { Count: > 0 } behaviors) _behavior = null;
        else _behavior = behaviors.Pop();
    }

    void IUntypedActorContext.Become(UntypedReceive receive) => Become(Wrap(receive));

    void IUntypedActorContext.BecomeStacked(UntypedReceive receive) => BecomeStacked(Wrap(receive));

    /// <summary>Makes the mailbox and queues the creation of the actor.</summary>
    public void Init(bool sendSupervise, MailboxType mailboxType)
    {
        var mailbox = new PooledMailbox(mailboxType.Create(_self, _system));
        mailbox.SetActor(this);
        mailbox.SystemEnqueue(_self, new Create());
        Volatile.Write(ref _mailbox, mailbox);
        if (sendSupervise) Parent.SendSystemMessage(new Supervise(_self, async: false));
    }

    /// <summary>Starts processing.</summary>
    public virtual void Start() => Dispatcher.Attach(this);

    public void Stop() => SendSystemMessage(new Terminate());

    public void Suspend() => SendSystemMessage(new Suspend());

    public void Resume(Exception causedByFailure) => SendSystemMessage(new Resume(causedByFailure));

    public void Restart(Exception cause) => SendSystemMessage(new Recreate(cause));

    public virtual void SendMessage(Envelope message) => SendMessage(message.Sender, message.Message);

    public virtual void SendMessage(IActorRef sender, object message)
    {
        if (_system.SerializesAllMessages) message = SerializeAndDeserialize(message);
        Volatile.Read(ref _mailbox).Post(Dispatcher, _self, message, sender);
    }

    public virtual void SendSystemMessage(ISystemMessage systemMessage) => Dispatcher.SystemDispatch(this, (SystemMessage)systemMessage);

    /// <summary>Runs an action as if this actor were processing a message.</summary>
    public void UseThreadContext(Action action)
    {
        ActorCell previous = InternalCurrentActorCellKeeper.Current;
        InternalCurrentActorCellKeeper.Current = this;
        try
        {
            action();
        }
        finally
        {
            InternalCurrentActorCellKeeper.Current = previous;
        }
    }

    internal Mailbox SwapMailbox(Mailbox replacement) => Interlocked.Exchange(ref _mailbox, replacement);

    /// <summary>Makes the actor's instance.</summary>
    /// <exception cref="ActorInitializationException">The factory gave null.</exception>
    protected virtual ActorBase CreateNewActorInstance() => _props.NewActor();

    private static Receive Wrap(UntypedReceive receive) => message =>
    {
        receive(message);
        return true;
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private object SerializeAndDeserialize(object message)
    {
        var unwrapped = message is Event.DeadLetter deadLetter ? deadLetter.Message : message;
        if (unwrapped is INoSerializationVerificationNeeded || WrappedMessage.Unwrap(unwrapped) is INoSerializationVerificationNeeded) return message;
        Serialization.Serialization serialization = _system.Serialization;
        Serialization.Serializer serializer = serialization.FindSerializerFor(unwrapped);
        var bytes = serializer.ToBinary(unwrapped);
        return serialization.Deserialize(bytes, serializer.Identifier, Serialization.Serialization.ManifestFor(serializer, unwrapped));
    }

    private ActorBase NewActor()
    {
        _behavior = null;
        _extras?.Behaviors?.Clear();
        ActorBase instance = CreateNewActorInstance()
            ?? throw new ActorInitializationException(_self, "Actor instance passed to ActorOf can't be 'null'");
        if (instance is IActorStash stashing) stashing.Stash = StashFactory.CreateStash(this, stashing);
        if (instance is IWithTimers timing) timing.Timers = Extras.Timers = new Scheduler.TimerScheduler(this);
        if (instance is IInitializableActor initializable) initializable.Init();
        return instance;
    }

    /// <summary>State that few actors need.</summary>
    private sealed class CellExtras
    {
        public Stack<Receive> Behaviors;
        public IActorRef Perpetrator;
        public ScheduledWork ReceiveTimeout;
        public TimeSpan? ReceiveTimeoutDuration;
        public List<SystemMessage> Stashed;
        public ActorTaskScheduler TaskScheduler;
        public Scheduler.TimerScheduler Timers;
    }
}
