using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace ActorBroker.Model;

/// <summary>The id of a node (Kafka: broker id, <c>node.id</c>); never negative for a real node.</summary>
public readonly record struct NodeId(int Value) : IComparable<NodeId>
{
    /// <summary>No node, -1 on the wire: "no leader", or a consumer instead of a replica.</summary>
    public static NodeId None => new(-1);

    public int CompareTo(NodeId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}

/// <summary>A topic's 16-byte id (KIP-516). Its text form is URL-safe base64 without padding, 22 characters.</summary>
public readonly record struct TopicId(Guid Value)
{
    /// <summary>All zero: no id.</summary>
    public static TopicId Zero => default;

    /// <summary>A new random id; its text form never starts with '-', which command lines would take for an option.</summary>
    public static TopicId NewRandom()
    {
        Span<byte> bytes = stackalloc byte[16];
        while (true)
        {
            RandomNumberGenerator.Fill(bytes);
            var id = new TopicId(new Guid(bytes, bigEndian: true));
            if (id.ToString()[0] != '-')
            {
                return id;
            }
        }
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads the text form; false when it is not 22 characters of URL-safe base64.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TopicId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (text is { Length: 22 } && Base64Url.TryDecodeFromChars(text, bytes, out var written) && written == 16)
        {
            id = new TopicId(new Guid(bytes, bigEndian: true));
            return true;
        }

        id = default;
        return false;
    }
}

/// <summary>A partition by its topic's name and its index.</summary>
public readonly record struct TopicPartition(string Topic, int Partition)
{
    public override string ToString() => $"{Topic}-{Partition}";
}

/// <summary>A partition by its topic's id and its index; survives a topic's deletion and re-creation under the same name.</summary>
public readonly record struct TopicIdPartition(TopicId TopicId, int Partition)
{
    public override string ToString() => $"{TopicId}-{Partition}";
}

/// <summary>The id of an idempotent or transactional producer; -1 for none.</summary>
public readonly record struct ProducerId(long Value)
{
    public static ProducerId None => new(-1);

    public bool IsNone => Value < 0;

    public override string ToString() => Value.ToString();
}
