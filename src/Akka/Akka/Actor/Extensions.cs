#nullable disable
namespace Akka.Actor;

/// <summary>Marks what can be added to a system, once.</summary>
public interface IExtension
{
}

/// <summary>Identifies and makes an extension.</summary>
public interface IExtensionId
{
    /// <summary>Type of the extension.</summary>
    Type ExtensionType { get; }

    /// <summary>Adds the extension to a system, or gives the one it has.</summary>
    object Apply(ActorSystem system);

    /// <summary>Makes the extension; called once for a system.</summary>
    object CreateExtension(ExtendedActorSystem system);

    /// <summary>The extension of a system, added if needed.</summary>
    object Get(ActorSystem system);
}

/// <summary>Identifies and makes an extension of a type.</summary>
public interface IExtensionId<out T> : IExtensionId
    where T : IExtension
{
    /// <inheritdoc cref="IExtensionId.Apply"/>
    new T Apply(ActorSystem system);

    /// <inheritdoc cref="IExtensionId.CreateExtension"/>
    new T CreateExtension(ExtendedActorSystem system);

    /// <inheritdoc cref="IExtensionId.Get"/>
    new T Get(ActorSystem system);
}

/// <summary>Base of extension ids; ids of one extension type are equal.</summary>
public abstract class ExtensionIdProvider<T> : IExtensionId<T>
    where T : IExtension
{
    public Type ExtensionType => typeof(T);

    public T Apply(ActorSystem system) => (T)system.RegisterExtension(this);

    object IExtensionId.Apply(ActorSystem system) => Apply(system);

    public abstract T CreateExtension(ExtendedActorSystem system);

    object IExtensionId.CreateExtension(ExtendedActorSystem system) => CreateExtension(system);

    public override bool Equals(object obj) => obj is ExtensionIdProvider<T>;

    public T Get(ActorSystem system) => Apply(system);

    object IExtensionId.Get(ActorSystem system) => Get(system);

    public override int GetHashCode() => typeof(T).GetHashCode();
}

/// <summary>Short forms for extensions.</summary>
public static class ActorSystemWithExtensions
{
    /// <summary>The extension of that type, which must have been added.</summary>
    public static T WithExtension<T>(this ActorSystem system)
        where T : class, IExtension => system.GetExtension<T>();

    /// <summary>The extension of that type, added by an id of <paramref name="extensionId"/> if needed.</summary>
    public static T WithExtension<T>(this ActorSystem system, Type extensionId)
        where T : class, IExtension => system.HasExtension<T>()
        ? system.GetExtension<T>()
        : (T)system.RegisterExtension((IExtensionId)Activator.CreateInstance(extensionId));

    /// <summary>The extension of that type, added by a <typeparamref name="TI"/> if needed.</summary>
    public static T WithExtension<T, TI>(this ActorSystem system)
        where T : class, IExtension
        where TI : IExtensionId => system.WithExtension<T>(typeof(TI));
}
