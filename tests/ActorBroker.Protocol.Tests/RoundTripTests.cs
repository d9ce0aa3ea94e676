using ActorBroker.Protocol.Generator;
using FsCheck;
using FsCheck.Fluent;

namespace ActorBroker.Protocol.Tests;

public sealed class RoundTripTests
{
    private const int Rounds = 12;

    public static TheoryData<string> Names => SchemaFiles.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_version_reads_back_what_it_wrote(string name)
    {
        var message = SchemaFiles.Get(name);
        for (var version = message.Versions.First; version <= message.Versions.Last; version++)
        {
            var at = version;
            Check.One(Config.QuickThrowOnFailure.WithMaxTest(Rounds), Prop.ForAll<int>(seed => RoundTrip(message, at, seed)));
        }
    }

    /// <summary>FsCheck chooses the seed of the message's values, and says which one failed.</summary>
    private static void RoundTrip(Message message, int version, int seed)
    {
        var written = new RandomMessages(message, seed).Make(version);

        var bytes = Write(written, version);
        var read = Read(message, bytes, version);

        Assert.Null(RandomMessages.Difference(written, read, $"{message.Name} v{version} seed {seed}"));
        Assert.Equal(bytes, Write(read, version));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_version_without_schema_is_refused(string name)
    {
        var message = SchemaFiles.Get(name);
        foreach (var version in (int[])[message.Versions.First - 1, message.Versions.Last + 1])
        {
            Assert.Throws<ProtocolException>(() => Write(SchemaFiles.Create(message), version));
            Assert.Throws<ProtocolException>(() => Read(message, new byte[100], version));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_value_without_place_is_dropped_only_when_ignorable(string name)
    {
        var message = SchemaFiles.Get(name);
        foreach (var field in message.Fields)
        {
            for (var version = message.Versions.First; version <= message.Versions.Last; version++)
            {
                if (field.Versions.Contains(version))
                {
                    continue;
                }

                var made = SchemaFiles.Create(message);
                var property = made.GetType().GetProperty(field.Name)!;
                property.SetValue(made, new RandomMessages(message, version).NotDefault(field, property));
                if (field.Ignorable)
                {
                    Write(made, version);
                }
                else
                {
                    Assert.Throws<ProtocolException>(() => Write(made, version));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Broken_bytes_are_refused_with_little_memory(string name)
    {
        var message = SchemaFiles.Get(name);
        var random = new Random(7);
        for (var version = message.Versions.First; version <= message.Versions.Last; version++)
        {
            for (var round = 0; round < Rounds; round++)
            {
                var bytes = Write(new RandomMessages(message, round).Make(version), version);
                for (var mutation = 0; mutation < 8; mutation++)
                {
                    TryRead(message, Mutate(bytes, random, mutation), version);
                }
            }
        }
    }

    private static byte[] Mutate(byte[] bytes, Random random, int mutation)
    {
        if (bytes.Length == 0 || mutation < 2)
        {
            return bytes[..random.Next(bytes.Length + 1)];
        }

        var copy = (byte[])bytes.Clone();
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            copy[random.Next(copy.Length)] = mutation < 5 ? (byte)0xff : (byte)random.Next(256);
        }

        return copy;
    }

    private static void TryRead(Message message, byte[] bytes, int version)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Read(message, bytes, version);
        }
        catch (ProtocolException)
        {
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 65536 + (400L * bytes.Length));
    }

    private static byte[] Write(IMessage message, int version)
    {
        using var writer = new ProtocolWriter(16);
        message.Write(writer, (short)version);
        return writer.ToArray();
    }

    private static IMessage Read(Message message, byte[] bytes, int version)
    {
        var made = SchemaFiles.Create(message);
        var reader = new ProtocolReader(bytes);
        made.Read(ref reader, (short)version);
        reader.EndMessage();
        return made;
    }
}
