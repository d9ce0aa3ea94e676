#nullable disable
using System.Collections.Concurrent;

namespace Akka.Util;

/// <summary>Questions about types that the runtime asks often.</summary>
public static class TypeExtensions
{
    private static readonly ConcurrentDictionary<Type, string> QualifiedNames = new();

    /// <summary>True if a value of <paramref name="type"/> can be used as a <typeparamref name="T"/>.</summary>
    public static bool Implements<T>(this Type type) => typeof(T).IsAssignableFrom(type);

    /// <summary>True if a value of <paramref name="type"/> can be used as a <paramref name="moreGeneralType"/>.</summary>
    public static bool Implements(this Type type, Type moreGeneralType) => moreGeneralType.IsAssignableFrom(type);

    /// <summary>"Namespace.Type, Assembly" without version, culture and key.</summary>
    public static string TypeQualifiedName(this Type type) =>
        QualifiedNames.GetOrAdd(type, static t => $"{t.FullName}, {t.Assembly.GetName().Name}");
}
