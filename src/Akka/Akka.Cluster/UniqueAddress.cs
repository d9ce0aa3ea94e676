#nullable disable
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>An incarnation of a system: its address, and a number that another start at the same address does not have.</summary>
public class UniqueAddress : IComparable, IComparable<UniqueAddress>, IEquatable<UniqueAddress>
{
    public UniqueAddress(Address address, int uid)
    {
        Address = address;
        Uid = uid;
    }

    public Address Address { get; }

    public int Uid { get; }

    public static bool operator ==(UniqueAddress left, UniqueAddress right) => Equals(left, right);

    public static bool operator !=(UniqueAddress left, UniqueAddress right) => !Equals(left, right);

    public int CompareTo(UniqueAddress uniqueAddress)
    {
        if (uniqueAddress is null) return 1;
        var byAddress = Member.AddressOrdering.Compare(Address, uniqueAddress.Address);
        return byAddress != 0 ? byAddress : Uid.CompareTo(uniqueAddress.Uid);
    }

    int IComparable.CompareTo(object obj) => CompareTo((UniqueAddress)obj);

    public bool Equals(UniqueAddress other) => other is not null && Uid == other.Uid && Address.Equals(other.Address);

    public override bool Equals(object obj) => Equals(obj as UniqueAddress);

    public override int GetHashCode() => HashCode.Combine(Uid, Address);

    public override string ToString() => $"UniqueAddress: ({Address}, {Uid})";
}
