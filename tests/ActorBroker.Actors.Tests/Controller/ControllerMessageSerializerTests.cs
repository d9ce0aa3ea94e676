using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Serialization;
using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Controller;

public sealed class ControllerMessageSerializerTests : IAsyncLifetime
{
    private readonly ActorSystem system = ActorSystem.Create("serialiser");

    public static TheoryData<Type> Messages => [.. All];

    private static IEnumerable<Type> All => AllOf(typeof(ControllerCommand)).Concat(AllOf(typeof(ControllerReply)));

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => system.Terminate();

    [Fact]
    public void Every_command_and_reply_has_a_wire_form() =>
        Assert.Equal(All.Select(type => type.Name).Order(), ControllerMessageSerializer.Types.Select(type => type.Name).Order());

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_is_the_same_after_the_wire(Type type)
    {
        var serializer = new ControllerMessageSerializer((ExtendedActorSystem)system);
        var message = new Samples().Of(type);

        var bytes = serializer.ToBinary(message);
        var read = serializer.FromBinary(bytes, serializer.Manifest(message));

        Assert.Equal(bytes, serializer.ToBinary(read));
        Assert.Equal(type, read.GetType());
        AssertSame(message, read, type.Name);
    }

    [Fact]
    public void An_unknown_manifest_is_refused() => Assert.Throws<SerializationException>(() =>
        new ControllerMessageSerializer((ExtendedActorSystem)system).FromBinary("{}"u8.ToArray(), "System.Diagnostics.Process"));

    [Fact]
    public void Bytes_that_are_no_json_are_refused() => Assert.Throws<SerializationException>(() =>
        new ControllerMessageSerializer((ExtendedActorSystem)system).FromBinary([0xff, 0x00], nameof(BalanceLeaders)));

    private static IEnumerable<Type> AllOf(Type root) => root.Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsSubclassOf(root));

    private static void AssertSame(object? left, object? right, string path)
    {
        if (left is null || right is null || left is string || left.GetType().IsPrimitive || left is Enum or Guid)
        {
            Assert.True(Equals(left, right), $"{path}: {left} became {right}");
            return;
        }

        if (left is System.Collections.IEnumerable items)
        {
            var (before, after) = (items.Cast<object?>().ToList(), ((System.Collections.IEnumerable)right).Cast<object?>().ToList());
            Assert.True(before.Count == after.Count, $"{path}: {before.Count} became {after.Count}");
            for (var i = 0; i < before.Count; i++)
            {
                AssertSame(before[i], after[i], $"{path}[{i}]");
            }

            return;
        }

        foreach (var property in left.GetType().GetProperties().Where(property => property.GetIndexParameters().Length == 0 && property is { CanWrite: true, GetMethod.IsStatic: false }))
        {
            AssertSame(property.GetValue(left), property.GetValue(right), $"{path}.{property.Name}");
        }

        foreach (var field in left.GetType().GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            AssertSame(field.GetValue(left), field.GetValue(right), $"{path}.{field.Name}");
        }
    }

    /// <summary>Makes a value of any message type, no two parts of it alike.</summary>
    private sealed class Samples
    {
        private int next;

        public object Of(Type type)
        {
            next++;
            if (Nullable.GetUnderlyingType(type) is { } inner)
            {
                return Of(inner);
            }

            return type switch
            {
                _ when type == typeof(string) => $"text {next}",
                _ when type == typeof(bool) => true,
                _ when type == typeof(Guid) => Guid.NewGuid(),
                _ when type.IsEnum => Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1)!,
                _ when type.IsPrimitive => Convert.ChangeType(next, type),
                _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) => Array(type.GenericTypeArguments[0]),
                _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableSortedDictionary<,>) => Dictionary(type),
                _ => Made(type),
            };
        }

        private object Made(Type type)
        {
            var constructor = type.GetConstructors().OrderByDescending(made => made.GetParameters().Length).First();
            var value = constructor.Invoke([.. constructor.GetParameters().Select(parameter => Of(parameter.ParameterType))]);
            foreach (var property in type.GetProperties().Where(property => property.CanWrite && constructor.GetParameters().All(parameter => parameter.Name != property.Name)))
            {
                property.SetValue(value, Of(property.PropertyType));
            }

            return value;
        }

        private object Array(Type element)
        {
            var values = System.Array.CreateInstance(element, 2);
            values.SetValue(Of(element), 0);
            values.SetValue(Of(element), 1);
            return typeof(ImmutableArray).GetMethods()
                .Single(method => method.Name == nameof(ImmutableArray.Create) && method.GetParameters() is [{ ParameterType.IsArray: true }])
                .MakeGenericMethod(element).Invoke(null, [values])!;
        }

        private object Dictionary(Type type)
        {
            var empty = type.GetField("Empty")!.GetValue(null)!;
            return type.GetMethod("Add")!.Invoke(empty, [Of(type.GenericTypeArguments[0]), Of(type.GenericTypeArguments[1])])!;
        }
    }
}
