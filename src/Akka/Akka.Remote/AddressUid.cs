#nullable disable
using System.Security.Cryptography;
using Akka.Actor;

namespace Akka.Remote;

/// <summary>Tells incarnations of a system at one address apart.</summary>
public class AddressUid : IExtension
{
    /// <summary>Random, positive, the same for the life of the system.</summary>
    public readonly int Uid = RandomNumberGenerator.GetInt32(1, int.MaxValue);
}

/// <summary>Finds the uid of a system.</summary>
public class AddressUidExtension : ExtensionIdProvider<AddressUid>
{
    public override AddressUid CreateExtension(ExtendedActorSystem system) => new();

    public static int Uid(ActorSystem system) => system.WithExtension<AddressUid, AddressUidExtension>().Uid;
}
