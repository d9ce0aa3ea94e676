#nullable disable
using System.Linq.Expressions;
using System.Reflection;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Makes actors in place of their constructor, for example from a container.</summary>
public interface IIndirectActorProducer
{
    /// <summary>Class of the actors.</summary>
    Type ActorType { get; }

    /// <summary>Makes one.</summary>
    ActorBase Produce();

    /// <summary>Takes one back that has stopped.</summary>
    void Release(ActorBase actor);
}

/// <summary>How to create an actor: immutable, may be shared and sent.</summary>
public class Props : IEquatable<Props>, ISurrogated
{
    /// <summary>Creates nothing.</summary>
    public static readonly Props None = new(null, null, null, Deploy.None, null);

    internal static readonly Props Terminated = new TerminatedProps();

    private readonly IIndirectActorProducer _producer;
    private ConstructorInvoker _constructor;

    protected Props()
        : this(typeof(EmptyActor), [])
    {
    }

    protected Props(Props copy)
        : this(copy.Type, copy.Arguments, copy._producer, copy.Deploy, copy.SupervisorStrategy)
    {
    }

    public Props(Type type, object[] args)
        : this(Checked(type), args, null, Deploy.None, null)
    {
    }

    public Props(Type type)
        : this(type, [])
    {
    }

    public Props(Type type, SupervisorStrategy supervisorStrategy, IEnumerable<object> args)
        : this(Checked(type), [.. args], null, Deploy.None, supervisorStrategy)
    {
    }

    public Props(Type type, SupervisorStrategy supervisorStrategy, params object[] args)
        : this(Checked(type), args, null, Deploy.None, supervisorStrategy)
    {
    }

    public Props(Deploy deploy, Type type, IEnumerable<object> args)
        : this(Checked(type), [.. args], null, deploy, null)
    {
    }

    public Props(Deploy deploy, Type type, params object[] args)
        : this(Checked(type), args, null, deploy, null)
    {
    }

    private Props(Type type, object[] arguments, IIndirectActorProducer producer, Deploy deploy, SupervisorStrategy strategy)
    {
        Type = type;
        Arguments = arguments ?? [];
        _producer = producer;
        Deploy = deploy;
        SupervisorStrategy = strategy;
    }

    /// <summary>Props of an actor that does nothing.</summary>
    public static Props Empty { get; } = new(typeof(EmptyActor), []);

    /// <summary>Arguments of the constructor.</summary>
    public object[] Arguments { get; }

    /// <summary>Dispatcher, mailbox and scope.</summary>
    public Deploy Deploy { get; protected set; }

    /// <summary>Id of the dispatcher.</summary>
    public string Dispatcher => Deploy.Dispatcher == Deploy.NoDispatcherGiven ? Dispatch.Dispatchers.DefaultDispatcherId : Deploy.Dispatcher;

    /// <summary>Id of the mailbox.</summary>
    public string Mailbox => Deploy.Mailbox;

    /// <summary>Replaces the actor's own supervision strategy; may be null.</summary>
    public SupervisorStrategy SupervisorStrategy { get; protected set; }

    /// <summary>Class of the actor.</summary>
    public Type Type { get; }

    /// <summary>Name of the class.</summary>
    public string TypeName => Type.AssemblyQualifiedName;

    /// <summary>Props by a constructor call: () => new MyActor(1, "a"). The arguments are evaluated once, now.</summary>
    /// <exception cref="ArgumentException">The expression is not a constructor call.</exception>
    public static Props Create<TActor>(Expression<Func<TActor>> factory, SupervisorStrategy supervisorStrategy = null)
        where TActor : ActorBase => factory.Body is NewExpression call
            ? new Props(typeof(TActor), [.. call.Arguments.Select(Evaluate)], null, Deploy.None, supervisorStrategy) { _constructor = ConstructorInvoker.Create(call.Constructor) }
            : throw new ArgumentException("The create function must be a 'new T (args)' expression");

    public static Props Create<TActor>(params object[] args)
        where TActor : ActorBase => new(typeof(TActor), args);

    public static Props Create<TActor>(SupervisorStrategy supervisorStrategy)
        where TActor : ActorBase, new() => new(typeof(TActor), supervisorStrategy);

    public static Props Create(Type type, params object[] args) => new(type, args);

    /// <summary>Props of a producer, made by its constructor with <paramref name="args"/>.</summary>
    public static Props CreateBy<TProducer>(params object[] args)
        where TProducer : class, IIndirectActorProducer =>
        CreateBy((IIndirectActorProducer)Activator.CreateInstance(typeof(TProducer), args), args);

    /// <summary>Props of a producer.</summary>
    public static Props CreateBy(IIndirectActorProducer producer, params object[] args) =>
        new(producer.ActorType, args, producer, Deploy.None, null);

    public bool Equals(Props other) => other is not null
        && (ReferenceEquals(this, other)
            || (Type == other.Type && Equals(_producer, other._producer) && Deploy.Equals(other.Deploy)
                && Equals(SupervisorStrategy, other.SupervisorStrategy) && Arguments.AsSpan().SequenceEqual(other.Arguments)));

    public override bool Equals(object obj) => Equals(obj as Props);

    public override int GetHashCode() => HashCode.Combine(Type, Deploy, Arguments.Length);

    /// <summary>Makes an instance. Works only while the runtime creates an actor.</summary>
    /// <exception cref="TypeLoadException">The class could not be constructed.</exception>
    public virtual ActorBase NewActor()
    {
        if (_producer is not null) return _producer.Produce();
        if (_constructor is not null) return (ActorBase)_constructor.Invoke(Arguments.AsSpan());
        try
        {
            return (ActorBase)Activator.CreateInstance(Type, Arguments);
        }
        catch (TargetInvocationException e)
        {
            throw new TypeLoadException($"Error while creating actor instance of type {Type} with {Arguments.Length} args: ({string.Join(",", Arguments)})", e.InnerException);
        }
        catch (MissingMethodException e)
        {
            throw new TypeLoadException($"Error while creating actor instance of type {Type} with {Arguments.Length} args: ({string.Join(",", Arguments)})", e);
        }
    }

    public ISurrogate ToSurrogate(ActorSystem system) => new PropsSurrogate { Arguments = Arguments, Type = Type, Deploy = Deploy };

    /// <summary>Props with another deployment, whose gaps the present one fills.</summary>
    public Props WithDeploy(Deploy deploy)
    {
        Props copy = Copy();
        copy.Deploy = deploy.WithFallback(copy.Deploy);
        return copy;
    }

    public Props WithDispatcher(string dispatcher)
    {
        Props copy = Copy();
        copy.Deploy = Deploy.WithDispatcher(dispatcher);
        return copy;
    }

    public Props WithMailbox(string mailbox)
    {
        Props copy = Copy();
        copy.Deploy = Deploy.WithMailbox(mailbox);
        return copy;
    }

    public Props WithStashCapacity(int stashCapacity)
    {
        Props copy = Copy();
        copy.Deploy = Deploy.WithStashCapacity(stashCapacity);
        return copy;
    }

    public Props WithSupervisorStrategy(SupervisorStrategy supervisorStrategy)
    {
        Props copy = Copy();
        copy.SupervisorStrategy = supervisorStrategy;
        return copy;
    }

    internal void Release(ActorBase actor) => _producer?.Release(actor);

    protected virtual Props Copy() => new(Type, Arguments, _producer, Deploy, SupervisorStrategy) { _constructor = _constructor };

    private static Type Checked(Type type) => typeof(ActorBase).IsAssignableFrom(type)
        ? type
        : throw new ArgumentException($"Props needs a class derived from ActorBase, not [{type}]", nameof(type));

    private static object Evaluate(Expression argument) => argument switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field } member => field.GetValue(member.Expression is null ? null : Evaluate(member.Expression)),
        MemberExpression { Member: PropertyInfo property } member => property.GetValue(member.Expression is null ? null : Evaluate(member.Expression)),
        _ => Expression.Lambda(argument).Compile(preferInterpretation: true).DynamicInvoke(),
    };

    private sealed class EmptyActor : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }

    /// <summary>What a serialiser writes for props.</summary>
    public class PropsSurrogate : ISurrogate
    {
        public object[] Arguments { get; set; }

        public Deploy Deploy { get; set; }

        public Type Type { get; set; }

        public ISurrogated FromSurrogate(ActorSystem system) => new Props(Deploy, Type, Arguments);
    }
}

/// <summary>The props of an actor that has stopped.</summary>
public class TerminatedProps : Props
{
    public override ActorBase NewActor() => throw new InvalidOperationException("This actor has been terminated");
}
