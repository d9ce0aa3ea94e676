using System.Reflection;
using System.Runtime.CompilerServices;

namespace Akka.Tests.Conformance;

/// <summary>Writes types and members in the form of the API listing.</summary>
internal static class ApiSignature
{
    private static readonly Dictionary<string, string> Operators = new()
    {
        ["op_Equality"] = "==",
        ["op_Inequality"] = "!=",
        ["op_Division"] = "/",
        ["op_Addition"] = "+",
        ["op_LessThan"] = "<",
        ["op_GreaterThan"] = ">",
    };

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(byte)] = "byte",
        [typeof(char)] = "char", [typeof(short)] = "short", [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long",
        [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double", [typeof(decimal)] = "decimal",
    };

    /// <summary>Key of a type: namespace and nested names, without type parameters.</summary>
    public static string Key(Type type) => type.IsNested
        ? $"{Key(type.DeclaringType!)}.{Plain(type.Name)}"
        : $"{type.Namespace}.{Plain(type.Name)}";

    public static bool IsVisible(Type type) => type.IsNested
        ? IsVisible(type.DeclaringType!) && (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem)
        : type.IsPublic;

    /// <summary>The members that others see and that are declared here, overrides left out: they add nothing.</summary>
    public static IEnumerable<string> Members(Type type)
    {
        const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        if (typeof(Delegate).IsAssignableFrom(type)) yield break;
        foreach (var constructor in type.GetConstructors(Declared))
            if (!constructor.IsStatic && Access(constructor) is { } access) yield return $"{access}{Plain(type.Name)}({Parameters(constructor)})";
        foreach (var field in type.GetFields(Declared))
        {
            if (field.IsSpecialName || !(field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly)) continue;
            if (type.IsEnum) yield return $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue())}";
            else yield return $"{(field.IsPublic ? "public" : "protected")} {(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}";
        }

        foreach (var property in type.GetProperties(Declared))
        {
            MethodInfo?[] accessors = [property.GetMethod, property.SetMethod];
            var visible = accessors.Where(a => a is not null && Access(a) is not null).ToList();
            if (visible.Count == 0 || visible.Any(a => IsOverride(a!))) continue;
            var widest = visible.Any(a => a!.IsPublic) ? "public " : "protected ";
            var interfaceMember = type.IsInterface ? "" : widest;
            yield return $"{interfaceMember}{(visible[0]!.IsStatic ? "static " : "")}{Name(property.PropertyType)} {property.Name} {{ {(visible.Contains(property.GetMethod) ? "get; " : "")}{(visible.Contains(property.SetMethod) ? "set; " : "")}}}";
        }

        foreach (var declared in type.GetEvents(Declared))
            if (Access(declared.AddMethod!) is { } access) yield return $"{access}event {Name(declared.EventHandlerType!)} {declared.Name}";
        foreach (var method in type.GetMethods(Declared))
        {
            if (Access(method) is not { } access || IsOverride(method) || method.Name.StartsWith('<')) continue;
            if (method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal)) continue;
            var generic = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";
            var extension = method.IsDefined(typeof(ExtensionAttribute), false) ? "this " : "";
            yield return $"{(type.IsInterface ? "" : access)}{(method.IsStatic ? "static " : "")}{Name(method.ReturnType)} {Operators.GetValueOrDefault(method.Name, method.Name)}{generic}({extension}{Parameters(method)})";
        }
    }

    /// <summary>What the listing's header of a type must contain.</summary>
    public static IEnumerable<string> HeaderParts(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            yield return "delegate";
            yield break;
        }

        yield return type.IsEnum ? "enum " : type.IsInterface ? "interface " : type.IsValueType ? "struct " : "class ";
        if (type is { IsAbstract: true, IsSealed: true }) yield return "static ";
        else if (type is { IsAbstract: true, IsInterface: false }) yield return "abstract ";
        else if (type is { IsSealed: true, IsValueType: false }) yield return "sealed ";
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum)) yield return Name(parent);
        foreach (var contract in type.GetInterfaces())
            if (contract.Namespace!.StartsWith("Akka", StringComparison.Ordinal) && !Inherited(type, contract)) yield return Name(contract);
    }

    public static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (type.IsGenericParameter) return type.Name;
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        var arguments = type.GetGenericArguments();
        var owner = type.IsNested ? type.DeclaringType! : null;
        var owned = owner?.GetGenericArguments().Length ?? 0;
        var prefix = owner is null ? type.Namespace : Name(owned == 0 ? owner : owner.MakeGenericType(arguments[..owned]));
        var own = arguments[owned..];
        return $"{prefix}.{Plain(type.Name)}{(own.Length == 0 ? "" : $"<{string.Join(", ", own.Select(Name))}>")}";
    }

    private static bool Inherited(Type type, Type contract) => type.BaseType is { } parent && contract.IsAssignableFrom(parent);

    private static string Plain(string name) => name.Split('`')[0];

    private static string? Access(MethodBase method) => method.IsPublic ? "public " : method.IsFamily || method.IsFamilyOrAssembly ? "protected " : null;

    private static bool IsOverride(MethodInfo method) => method.IsVirtual && method.GetBaseDefinition() != method;

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var modifier = parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? "ref " : parameter.IsDefined(typeof(ParamArrayAttribute), false) ? "params " : "";
        return $"{modifier}{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? " = default" : "")}";
    }
}
