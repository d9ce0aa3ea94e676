using Akka.Actor;

namespace ActorBroker.Actors.Runtime;

/// <summary>Props of actors that a plain delegate makes. <c>ActorProps.Of(() => …)</c> takes an expression apart, compiles its arguments and then calls the constructor by
/// reflection: tens of milliseconds and megabytes at the start of a node, for nothing.</summary>
public static class ActorProps
{
    /// <param name="create">Is called on the actor's thread, and again for each restart: it must make a new one each time.</param>
    public static Props Of<TActor>(Func<TActor> create)
        where TActor : ActorBase => Props.CreateBy(new Producer<TActor>(create));

    private sealed class Producer<TActor>(Func<TActor> create) : IIndirectActorProducer
        where TActor : ActorBase
    {
        public Type ActorType => typeof(TActor);

        public ActorBase Produce() => create();

        public void Release(ActorBase actor)
        {
        }
    }
}
