using System.Collections;
using System.Reflection;
using ActorBroker.Harness;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Records;

namespace ActorBroker.Fuzz;

/// <summary>
/// Valid requests of every API in every version that has a schema, with random values. Numbers are small or extreme, names come from
/// few, so that requests meet the topics, groups and producers of others. Waits are short: a frame that makes the broker wait is slow.
/// </summary>
internal sealed class Corpus
{
    /// <summary>The topic whose records must survive; no request of the corpus names it.</summary>
    public const string Canary = "canary";
    private const int PerVersion = 6;
    private static readonly string[] Names = ["fuzz-0", "fuzz-1", "fuzz-2", "fuzz-3", "fuzz-4", "", ".", "a b", "ß漢", new string('x', 300)];
    private static readonly string[] ConfigNames = ["retention.ms", "cleanup.policy", "segment.bytes", "no.such.config", "max.message.bytes"];
    private static readonly int[] Extremes = [-1, 0, 0, 1, 1, 2, 3, int.MaxValue, int.MinValue, -2];

    private readonly List<byte[]> _served = [];
    private readonly List<byte[]> _others = [];

    /// <param name="served">What the broker says that it serves; most frames are of these.</param>
    /// <param name="random">Makes the values.</param>
    public Corpus(IReadOnlyList<ApiVersionsResponse.ApiVersion> served, Random random)
    {
        foreach (var key in ApiCatalog.Keys)
        {
            var info = ApiCatalog.Get(key);
            for (var version = info.MinVersion; version <= info.MaxVersion; version++)
            {
                var frames = served.Any(api => api.ApiKey == (short)key && version >= api.MinVersion && version <= api.MaxVersion) ? _served : _others;
                for (var i = 0; i < PerVersion; i++)
                {
                    frames.Add(Encode(key, version, random));
                }
            }
        }
    }

    /// <summary>How many frames there are of served and of other APIs.</summary>
    public (int Served, int Others) Count => (_served.Count, _others.Count);

    /// <summary>A whole frame, size included; nine of ten are of a served API and version.</summary>
    public byte[] Pick(Random random)
    {
        var from = _others.Count == 0 || random.Next(10) > 0 ? _served : _others;
        return from[random.Next(from.Count)];
    }

    /// <summary>Fills fewer and fewer fields until the version has a place for each of them.</summary>
    private static byte[] Encode(ApiKey key, short version, Random random)
    {
        for (var share = 1.0; ; share = share < 0.05 ? 0 : share * 0.85)
        {
            var request = ApiCatalog.CreateRequest(key);
            Fill(request, random, share, depth: 0);
            if (request is UnregisterBrokerRequest unregister)
            {
                // An order to forget the only broker is obeyed until it registers again: the watch would find a cluster without brokers.
                unregister.BrokerId = Math.Min(unregister.BrokerId, -1);
            }

            using var writer = new ProtocolWriter();
            try
            {
                ProtocolFrames.WriteRequest(writer, request, version, random.Next(), "fuzz");
                return writer.ToArray();
            }
            catch (ProtocolException) when (share > 0)
            {
                // the version lacks a field that was filled
            }
        }
    }

    private static void Fill(object target, Random random, double share, int depth)
    {
        foreach (var property in target.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.CanWrite && random.NextDouble() < share)
            {
                property.SetValue(target, Value(property.Name, Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType, random, share, depth));
            }
        }
    }

    private static object Value(string name, Type type, Random random, double share, int depth)
    {
        if (type == typeof(string))
        {
            return name == "ConfigurationKeys" || (name == "Name" && depth > 3) ? ConfigNames[random.Next(ConfigNames.Length)] : Names[random.Next(Names.Length)];
        }

        if (typeof(IList).IsAssignableFrom(type) && type.IsGenericType)
        {
            var list = (IList)Activator.CreateInstance(type)!;
            for (var count = random.Next(depth > 2 ? 2 : 4); count > 0; count--)
            {
                list.Add(Value(name, type.GetGenericArguments()[0], random, share, depth + 1));
            }

            return list;
        }

        return type switch
        {
            _ when type == typeof(bool) => random.Next(2) == 1,
            _ when type == typeof(sbyte) => (sbyte)random.Next(-2, 4),
            _ when type == typeof(short) => (short)random.Next(-2, 4),
            _ when type == typeof(ushort) => (ushort)random.Next(ushort.MaxValue + 1),
            _ when type == typeof(int) => Number(name, random),
            _ when type == typeof(uint) => (uint)random.Next(),
            _ when type == typeof(long) => random.Next(3) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : random.Next(-2, 20),
            _ when type == typeof(double) => random.NextDouble() * 1e9,
            _ when type == typeof(ErrorCode) => (ErrorCode)random.Next(-1, 129),
            _ when type == typeof(Guid) => Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddSeconds(random.Next())),
            _ when type == typeof(ReadOnlyMemory<byte>) => new ReadOnlyMemory<byte>(Bytes(random, random.Next(60))),
            _ when type == typeof(RecordsPayload) => Records(random),
            _ => Struct(type, random, share, depth),
        };
    }

    private static object Struct(Type type, Random random, double share, int depth)
    {
        var made = Activator.CreateInstance(type)!;
        Fill(made, random, share, depth + 1);
        return made;
    }

    private static int Number(string name, Random random) =>
        name.EndsWith("Ms", StringComparison.Ordinal) ? random.Next(-1, 300) : random.Next(4) == 0 ? Extremes[random.Next(Extremes.Length)] : random.Next(0, 6);

    /// <summary>A good batch with any codec named in its attributes, or bytes that are none.</summary>
    private static MemoryRecords Records(Random random)
    {
        if (random.Next(4) == 0)
        {
            return new MemoryRecords(Bytes(random, random.Next(200)));
        }

        var batch = TestBatch.Build([.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => Bytes(random, random.Next(100)))], random.Next(-1, 5), 0, random.Next(-1, 10), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        if (random.Next(3) == 0)
        {
            batch[RecordBatch.AttributesAt + 1] = (byte)random.Next(64);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(RecordBatch.CrcAt), Crc32C.Compute(batch.AsSpan(RecordBatch.AttributesAt)));
        }

        return new MemoryRecords(batch);
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
