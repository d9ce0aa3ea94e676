namespace AkkaExtensions.Remoting;

/// <summary>
/// Marks a type of small messages that must not wait behind bulk payloads: they use the control lane, as if the type were in
/// akka.remote.lanes.control.types. It is not part of Akka.NET's API.
/// </summary>
public interface IControlMessage
{
}
