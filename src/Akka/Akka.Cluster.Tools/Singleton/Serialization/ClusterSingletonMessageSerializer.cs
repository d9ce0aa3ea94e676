#nullable disable
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Serialization;

namespace Akka.Cluster.Tools.Singleton.Serialization;

/// <summary>The messages between the managers of a singleton. The form is our own: the sender's address, and its uid in front.</summary>
public class ClusterSingletonMessageSerializer : SerializerWithStringManifest
{
    private const string HandOverToMeManifest = "A";
    private const string HandOverInProgressManifest = "B";
    private const string HandOverDoneManifest = "C";
    private const string TakeOverFromMeManifest = "D";

    public ClusterSingletonMessageSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    public override int Identifier => 14;

    /// <exception cref="ArgumentException">The object is no message of a singleton's manager.</exception>
    public override string Manifest(object o) => o switch
    {
        HandOverToMe => HandOverToMeManifest,
        HandOverInProgress => HandOverInProgressManifest,
        HandOverDone => HandOverDoneManifest,
        TakeOverFromMe => TakeOverFromMeManifest,
        _ => throw new ArgumentException($"Cannot serialize object of type [{o?.GetType()}] in [{nameof(ClusterSingletonMessageSerializer)}]", nameof(o)),
    };

    public override byte[] ToBinary(object obj)
    {
        var message = obj as SingletonMessage
            ?? throw new ArgumentException($"Cannot serialize object of type [{obj?.GetType()}] in [{nameof(ClusterSingletonMessageSerializer)}]", nameof(obj));
        return [.. BitConverter.GetBytes(message.From.Uid), .. Encoding.UTF8.GetBytes(message.From.Address.ToString())];
    }

    /// <exception cref="SerializationException">The manifest is not known, or the bytes are no address.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (bytes.Length < sizeof(int)) throw new SerializationException("The sender of a singleton's message is cut off");
        if (!Address.TryParse(Encoding.UTF8.GetString(bytes, sizeof(int), bytes.Length - sizeof(int)), out Address address))
            throw new SerializationException("The sender of a singleton's message is no address");
        var from = new UniqueAddress(address, BitConverter.ToInt32(bytes));
        return manifest switch
        {
            HandOverToMeManifest => new HandOverToMe(from),
            HandOverInProgressManifest => new HandOverInProgress(from),
            HandOverDoneManifest => new HandOverDone(from),
            TakeOverFromMeManifest => new TakeOverFromMe(from),
            _ => throw new SerializationException($"Unknown manifest [{manifest}] in [{nameof(ClusterSingletonMessageSerializer)}]"),
        };
    }

    /// <summary>Adds the serialiser to a system that does not have it yet.</summary>
    internal static void Register(ExtendedActorSystem system)
    {
        var serializer = new ClusterSingletonMessageSerializer(system);
        system.Serialization.AddSerializer("akka-singleton", serializer);
        system.Serialization.AddSerializationMap(typeof(IClusterSingletonMessage), serializer);
    }
}
