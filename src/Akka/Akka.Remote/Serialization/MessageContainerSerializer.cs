#nullable disable
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Remote.Transport;
using Akka.Serialization;

namespace Akka.Remote.Serialization;

/// <summary>Selections on their way, with the message inside in its own serialiser's form.</summary>
public class MessageContainerSerializer : Serializer
{
    private const int MaxElements = 256;

    /// <summary>Matching a pattern takes time to the power of its wildcards.</summary>
    private const int MaxWildcards = 4;

    public MessageContainerSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj)
    {
        var selection = obj as ActorSelectionMessage ?? throw new ArgumentException($"Cannot serialize object of type [{obj?.GetType()}]", nameof(obj));
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(selection.WildCardFanOut);
        writer.Write((ushort)selection.Elements.Length);
        foreach (SelectionPathElement element in selection.Elements)
        {
            (byte kind, string text) = element switch
            {
                SelectChildName name => ((byte)0, name.Name),
                SelectChildPattern pattern => ((byte)1, pattern.PatternStr),
                SelectChildRecursive => ((byte)2, ""),
                _ => ((byte)3, ""),
            };
            writer.Write(kind);
            writer.Write(text);
        }

        writer.Write(NestedMessage.Write(system, selection.Message));
        writer.Flush();
        return stream.ToArray();
    }

    public override object FromBinary(byte[] bytes, Type type)
    {
        using var stream = new MemoryStream(bytes);
        using var reader = new BinaryReader(stream);
        try
        {
            var fanOut = reader.ReadBoolean();
            var count = reader.ReadUInt16();
            if (count > MaxElements) throw new SerializationException($"A selection of {count} elements");
            var elements = new SelectionPathElement[count];
            for (var i = 0; i < count; i++)
            {
                var kind = reader.ReadByte();
                var text = reader.ReadString();
                if (kind == 1 && text.Count(static c => c is '*') > MaxWildcards) throw new SerializationException($"A pattern with more than {MaxWildcards} wildcards");
                elements[i] = kind switch
                {
                    0 => new SelectChildName(text),
                    1 => new SelectChildPattern(text),
                    2 => SelectChildRecursive.Instance,
                    3 => SelectParent.Instance,
                    _ => throw new SerializationException($"Unknown selection element {kind}"),
                };
            }

            return new ActorSelectionMessage(NestedMessage.Read(system, bytes.AsSpan((int)stream.Position).ToArray()), elements, fanOut);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            throw new SerializationException("A selection is malformed", e);
        }
    }
}
