namespace ActorBroker.Model;

/// <summary>Something that lives while somebody holds a reference to it; it starts with one.</summary>
public interface IReferenceCounted
{
    /// <summary>Adds a reference.</summary>
    void Retain();

    /// <summary>Gives a reference back; the last one frees the resources.</summary>
    void Release();
}
