#nullable disable
using System.Globalization;
using System.Text;
using Akka.Util;

namespace Akka.Actor;

/// <summary>
/// The names from the root of a system down to an actor. Paths compare by address and names; the uid tells
/// incarnations of the same path apart and does not count. A path keeps no text: it is built when asked for.
/// </summary>
public abstract class ActorPath : ISurrogated, IComparable<ActorPath>, IEquatable<ActorPath>
{
    /// <summary>What a name may hold besides ASCII letters and digits.</summary>
    public const string ValidSymbols = "\"-_.*$+:@&=,!~';()";

    private readonly ActorPath _parent;

    protected ActorPath(Address address, string name)
    {
        RootAddress = address;
        Name = name;
    }

    protected ActorPath(ActorPath parentPath, string name, long uid)
    {
        _parent = parentPath;
        Name = name;
        Uid = uid;
    }

    private Address RootAddress { get; }

    /// <summary>Address of the system.</summary>
    public Address Address => Root.RootAddress;

    /// <summary>Number of names below the root.</summary>
    public int Depth
    {
        get
        {
            var depth = 0;
            for (ActorPath path = this; path._parent is not null; path = path._parent) depth++;
            return depth;
        }
    }

    /// <summary>The names below the root, topmost first.</summary>
    public IReadOnlyList<string> Elements
    {
        get
        {
            var names = new string[Depth];
            var i = names.Length;
            for (ActorPath path = this; path._parent is not null; path = path._parent) names[--i] = path.Name;
            return names;
        }
    }

    /// <summary>Last name of the path.</summary>
    public string Name { get; }

    /// <summary>Path of the parent; the root is its own parent.</summary>
    public ActorPath Parent => _parent ?? this;

    /// <summary>The root of the path.</summary>
    public ActorPath Root
    {
        get
        {
            ActorPath path = this;
            while (path._parent is not null) path = path._parent;
            return path;
        }
    }

    /// <summary>Incarnation, 0 if not known.</summary>
    public long Uid { get; }

    public static ActorPath operator /(ActorPath path, string name) => new ChildActorPath(path, name, 0);

    public static ActorPath operator /(ActorPath path, IEnumerable<string> name)
    {
        foreach (var element in name)
            if (!string.IsNullOrEmpty(element)) path /= element;
        return path;
    }

    public static bool operator ==(ActorPath left, ActorPath right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(ActorPath left, ActorPath right) => !(left == right);

    /// <summary>"/a/b" for the elements a and b.</summary>
    public static string FormatPathElements(IEnumerable<string> pathElements) => "/" + string.Join("/", pathElements);

    /// <summary>True if <paramref name="s"/> may be the name of an actor: not empty, not beginning with $, only valid symbols.</summary>
    public static bool IsValidPathElement(string s)
    {
        if (string.IsNullOrEmpty(s) || s[0] == '$') return false;
        for (var i = 0; i < s.Length; i++)
        {
            if (char.IsAsciiLetterOrDigit(s[i]) || ValidSymbols.Contains(s[i])) continue;
            if (s[i] != '%' || i + 2 >= s.Length || !char.IsAsciiHexDigit(s[i + 1]) || !char.IsAsciiHexDigit(s[i + 2])) return false;
            i += 2;
        }

        return true;
    }

    /// <summary>Parses "protocol://system[@host:port]/a/b[#uid]".</summary>
    /// <exception cref="UriFormatException">It is not a path.</exception>
    public static ActorPath Parse(string path) =>
        TryParse(path, out ActorPath parsed) ? parsed : throw new UriFormatException($"Can not parse an ActorPath: {path}");

    /// <summary>Parses a whole path.</summary>
    public static bool TryParse(string path, out ActorPath actorPath)
    {
        actorPath = null;
        return TryParseAddress(path, out Address address, out ReadOnlySpan<char> absoluteUri)
            && TryParse(new RootActorPath(address), absoluteUri, out actorPath);
    }

    /// <summary>Parses names below <paramref name="basePath"/>.</summary>
    public static bool TryParse(ActorPath basePath, string absoluteUri, out ActorPath actorPath) =>
        TryParse(basePath, absoluteUri.AsSpan(), out actorPath);

    /// <summary>Parses names below <paramref name="basePath"/>; ".." goes up.</summary>
    public static bool TryParse(ActorPath basePath, ReadOnlySpan<char> absoluteUri, out ActorPath actorPath)
    {
        actorPath = basePath;
        long uid = 0;
        var hash = absoluteUri.IndexOf('#');
        if (hash >= 0)
        {
            if (!long.TryParse(absoluteUri[(hash + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out uid)) return false;
            absoluteUri = absoluteUri[..hash];
        }

        foreach (Range range in absoluteUri.Split('/'))
        {
            ReadOnlySpan<char> element = absoluteUri[range];
            if (element.IsEmpty || element is ".") continue;
            if (element is "..") actorPath = actorPath.Parent;
            else actorPath /= element.ToString();
        }

        if (uid != 0) actorPath = actorPath.WithUid(uid);
        return true;
    }

    /// <summary>Parses the address part of a path.</summary>
    public static bool TryParseAddress(string path, out Address address) => Address.TryParse(path, out address);

    /// <summary>Parses the address part of a path and gives the rest, beginning with a slash.</summary>
    public static bool TryParseAddress(string path, out Address address, out ReadOnlySpan<char> absoluteUri) =>
        Address.TryParse(path.AsSpan(), out address, out absoluteUri);

    /// <summary>Cuts a path into its address and the rest, without looking into either.</summary>
    public static bool TryParseParts(ReadOnlySpan<char> path, out ReadOnlySpan<char> address, out ReadOnlySpan<char> absoluteUri)
    {
        var scheme = path.IndexOf("://");
        if (scheme < 0)
        {
            address = default;
            absoluteUri = path;
            return false;
        }

        var slash = path[(scheme + 3)..].IndexOf('/');
        address = slash < 0 ? path : path[..(scheme + 3 + slash)];
        absoluteUri = slash < 0 ? "/" : path[(scheme + 3 + slash)..];
        return true;
    }

    /// <summary>The path of a child; a name may hold "#uid".</summary>
    public ActorPath Child(string childName)
    {
        var hash = childName.IndexOf('#');
        return hash < 0
            ? new ChildActorPath(this, childName, 0)
            : new ChildActorPath(this, childName[..hash], long.Parse(childName.AsSpan(hash + 1), CultureInfo.InvariantCulture));
    }

    public int CompareTo(ActorPath other)
    {
        if (other is null) return 1;
        if (ReferenceEquals(this, other)) return 0;
        var byAddress = Address.CompareTo(other.Address);
        if (byAddress != 0) return byAddress;
        IReadOnlyList<string> mine = Elements;
        IReadOnlyList<string> theirs = other.Elements;
        for (var i = 0; i < Math.Min(mine.Count, theirs.Count); i++)
        {
            var byName = string.CompareOrdinal(mine[i], theirs[i]);
            if (byName != 0) return byName;
        }

        return mine.Count.CompareTo(theirs.Count);
    }

    public bool Equals(ActorPath other)
    {
        ActorPath left = this;
        ActorPath right = other;
        while (!ReferenceEquals(left, right))
        {
            if (left is null || right is null || left.Name != right.Name) return false;
            if (left._parent is null || right._parent is null)
                return left._parent is null && right._parent is null && left.RootAddress.Equals(right.RootAddress);
            left = left._parent;
            right = right._parent;
        }

        return true;
    }

    public override bool Equals(object obj) => obj is ActorPath other && Equals(other);

    public override int GetHashCode()
    {
        var hash = 17;
        for (ActorPath path = this; path is not null; path = path._parent) hash = (hash * 31) + path.Name.GetHashCode();
        return hash;
    }

    /// <summary>The ancestor at <paramref name="depth"/>: 0 is the root, negative counts from this path upwards.</summary>
    public ActorPath ParentOf(int depth)
    {
        var up = depth >= 0 ? Depth - depth : -depth;
        ActorPath path = this;
        while (up-- > 0 && path._parent is not null) path = path._parent;
        return path;
    }

    /// <summary>Address, names and uid, with the address of the transport that is serialising if there is one.</summary>
    public string ToSerializationFormat()
    {
        Serialization.Information transport = Serialization.Serialization.CurrentTransport;
        return transport?.Address is { } address ? ToSerializationFormatWithAddress(address) : AppendUid(ToStringWithAddress());
    }

    /// <summary>Address, names and uid; <paramref name="address"/> stands in if the path's own is only local.</summary>
    public string ToSerializationFormatWithAddress(Address address) => AppendUid(ToStringWithAddress(address));

    /// <summary>Address and names.</summary>
    public override string ToString() => ToStringWithAddress();

    /// <summary>Address and names.</summary>
    public string ToStringWithAddress() => Format(Address);

    /// <summary>Address and names; <paramref name="address"/> stands in if the path's own is only local.</summary>
    public string ToStringWithAddress(Address address) => Format(Address.HasGlobalScope ? Address : address);

    /// <summary>Address, names and uid.</summary>
    public string ToStringWithUid() => AppendUid(ToStringWithAddress());

    /// <summary>"/a/b".</summary>
    public string ToStringWithoutAddress() => Format(null);

    public ISurrogate ToSurrogate(ActorSystem system) => new Surrogate(ToSerializationFormat());

    /// <summary>The same path for another incarnation.</summary>
    public ActorPath WithUid(long uid)
    {
        if (_parent is null)
            return uid == 0 ? this : throw new NotSupportedException("The root has no uid.");
        return uid == Uid ? this : new ChildActorPath(_parent, Name, uid);
    }

    private string AppendUid(string path) => Uid == 0 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}#{Uid}");

    private string Format(Address address)
    {
        var text = new StringBuilder(address?.ToString());
        if (_parent is null) return text.Append('/').ToString();
        Append(text);
        return text.ToString();
    }

    private void Append(StringBuilder text)
    {
        if (_parent is null) return;
        _parent.Append(text);
        text.Append('/').Append(Name);
    }

    /// <summary>What a serialiser writes for a path.</summary>
    public sealed class Surrogate : ISurrogate, IEquatable<Surrogate>, IEquatable<ActorPath>
    {
        public Surrogate(string path) => Path = path;

        /// <summary>The path as text, with its uid.</summary>
        public string Path { get; }

        public bool Equals(Surrogate other) => other is not null && Path == other.Path;

        public bool Equals(ActorPath other) => other is not null && TryParse(Path, out ActorPath path) && path.Equals(other);

        public override bool Equals(object obj) => obj switch
        {
            Surrogate surrogate => Equals(surrogate),
            ActorPath path => Equals(path),
            _ => false,
        };

        public ISurrogated FromSurrogate(ActorSystem system) => Parse(Path);

        public override int GetHashCode() => Path.GetHashCode();
    }
}

/// <summary>The top of a system's paths.</summary>
public sealed class RootActorPath : ActorPath
{
    public RootActorPath(Address address, string name = "")
        : base(address, name)
    {
    }
}

/// <summary>A path below another.</summary>
public sealed class ChildActorPath : ActorPath
{
    public ChildActorPath(ActorPath parentPath, string name, long uid)
        : base(parentPath, name, uid)
    {
    }
}

/// <summary>Takes relative paths apart.</summary>
public static class RelativeActorPath
{
    /// <summary>The elements of a relative path; null if it is absolute.</summary>
    public static IEnumerable<string> Unapply(string addr) =>
        addr.Contains("://") ? null : addr.Split('#')[0].Split('/');
}
