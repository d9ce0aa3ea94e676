#nullable disable
using Akka.Actor;

namespace Akka.Util;

/// <summary>The serialisable stand-in of an <see cref="ISurrogated"/> value.</summary>
public interface ISurrogate
{
    /// <summary>Turns the stand-in back into the value, resolving references within <paramref name="system"/>.</summary>
    ISurrogated FromSurrogate(ActorSystem system);
}

/// <summary>A value that travels as its <see cref="ISurrogate"/>.</summary>
public interface ISurrogated
{
    /// <summary>Makes the stand-in that is written instead of the value.</summary>
    ISurrogate ToSurrogate(ActorSystem system);
}
