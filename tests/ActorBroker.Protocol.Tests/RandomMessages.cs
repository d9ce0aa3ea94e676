using System.Collections;
using System.Reflection;
using ActorBroker.Protocol.Generator;

namespace ActorBroker.Protocol.Tests;

/// <summary>Fills messages with random values that a version can express, and compares them member by member.</summary>
internal sealed class RandomMessages(Message message, int seed)
{
    private readonly Random _random = new(seed);

    public IMessage Make(int version)
    {
        var made = SchemaFiles.Create(message);
        Fill(made, message.Fields, version, depth: 0);
        return made;
    }

    /// <summary>The first member that differs; null when none does.</summary>
    public static string? Difference(object? left, object? right, string path)
    {
        switch (left, right)
        {
            case (null, null):
                return null;
            case (null, _) or (_, null):
                return $"{path}: {left ?? "null"} is not {right ?? "null"}";
            case (ReadOnlyMemory<byte> leftBytes, ReadOnlyMemory<byte> rightBytes):
                return leftBytes.Span.SequenceEqual(rightBytes.Span) ? null : path + ": bytes differ";
            case (RecordsPayload leftRecords, RecordsPayload rightRecords):
                return leftRecords.ToArray().AsSpan().SequenceEqual(rightRecords.ToArray()) ? null : path + ": records differ";
            case (string or ValueType, _):
                return left.Equals(right) ? null : $"{path}: {left} is not {right}";
            case (IList leftList, IList rightList):
                return leftList.Count != rightList.Count
                    ? $"{path}: {leftList.Count} elements are not {rightList.Count}"
                    : Enumerable.Range(0, leftList.Count).Select(i => Difference(leftList[i], rightList[i], $"{path}[{i}]")).FirstOrDefault(found => found is not null);
        }

        return left.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => Difference(property.GetValue(left), property.GetValue(right), path + "." + property.Name))
            .FirstOrDefault(found => found is not null);
    }

    /// <summary>A value that differs from the default.</summary>
    public object NotDefault(Field field, PropertyInfo property)
    {
        while (true)
        {
            var value = field.IsArray ? List(field, property.PropertyType, field.Versions.First, 1, atLeast: 1) : Single(field, property.PropertyType, field.Versions.First, 1);
            var made = SchemaFiles.Create(message);
            if (field.IsArray || Difference(property.GetValue(made), value, "") is not null)
            {
                return value;
            }
        }
    }

    private void Fill(object target, List<Field> fields, int version, int depth)
    {
        foreach (var field in fields.Where(field => field.Versions.Contains(version)))
        {
            var property = target.GetType().GetProperty(field.Name)!;
            if ((field.Nullable.Contains(version) && _random.Next(4) == 0) || (!field.Tagged.IsEmpty && _random.Next(3) == 0))
            {
                if (field.Nullable.Contains(version))
                {
                    property.SetValue(target, null);
                }

                continue;
            }

            property.SetValue(target, field.IsArray
                ? List(field, property.PropertyType, version, depth, atLeast: 0)
                : Single(field, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, version, depth));
        }
    }

    private IList List(Field field, Type type, int version, int depth, int atLeast)
    {
        var list = (IList)Activator.CreateInstance(type)!;
        var element = type.GetGenericArguments()[0];
        for (var count = _random.Next(atLeast, depth > 2 ? 2 : 4); count > 0; count--)
        {
            list.Add(Single(field, element, version, depth + 1));
        }

        return list;
    }

    private object Single(Field field, Type type, int version, int depth)
    {
        switch (field.Type)
        {
            case "bool": return _random.Next(2) == 1;
            case "int8": return (sbyte)_random.Next(sbyte.MinValue, sbyte.MaxValue + 1);
            case "int16": return (short)_random.Next(short.MinValue, short.MaxValue + 1);
            case "uint16": return (ushort)_random.Next(ushort.MaxValue + 1);
            case "int32": return unchecked((int)_random.NextInt64());
            case "uint32": return unchecked((uint)_random.NextInt64());
            case "int64": return unchecked(_random.NextInt64() * 2 + _random.Next(2));
            case "float64": return _random.NextDouble() * 1e9;
            case "error": return (ErrorCode)_random.Next(-1, 129);
            case "uuid": return new Guid(Bytes(16));
            case "string": return Text();
            case "bytes": return new ReadOnlyMemory<byte>(Bytes(_random.Next(40)));
            case "records": return new MemoryRecords(Bytes(_random.Next(8) == 0 ? 3 * ProtocolWriter.SpliceThreshold : _random.Next(60)));
        }

        var made = Activator.CreateInstance(type)!;
        Fill(made, message.StructNamed(field.Type).Fields, version, depth + 1);
        return made;
    }

    private string Text()
    {
        const string letters = "abcXYZ019-_.äß€漢 ";
        var length = _random.Next(20) == 0 ? 300 : _random.Next(12);
        return string.Create(length, _random, static (span, random) =>
        {
            foreach (ref var letter in span)
            {
                letter = letters[random.Next(letters.Length)];
            }
        });
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }
}
