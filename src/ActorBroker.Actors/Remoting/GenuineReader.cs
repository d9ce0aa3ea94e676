using System.Runtime.Serialization;

namespace ActorBroker.Actors.Remoting;

/// <summary>Reads with a serialiser of Akka.NET, which meets bytes that no node has written with whatever exception comes of them.</summary>
internal static class GenuineReader
{
    /// <param name="what">What the bytes should be.</param>
    /// <exception cref="SerializationException">They are something else. The cause is left out: it says nothing to an operator, and looks like a bug.</exception>
    public static object Read(string what, Func<object> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not SerializationException)
        {
            throw new SerializationException($"{what} was refused: it is malformed");
        }
    }
}
