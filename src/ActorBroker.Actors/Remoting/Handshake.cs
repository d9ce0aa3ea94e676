using System.Security.Cryptography;

namespace ActorBroker.Actors.Remoting;

/// <summary>
/// The conversation before the first byte of Akka.NET's protocol: the dialler greets, the listener greets, the dialler proves that it knows the cookie, the listener
/// proves it, too. A stranger that dials hears nothing that would let it try cookies at leisure. Pure; not thread-safe.
/// <code>
///   dialler                    listener
///   hello  ----------------->
///          &lt;-----------------  hello, or a refusal
///   proof  ----------------->
///          &lt;-----------------  proof, or a refusal
/// </code>
/// </summary>
internal sealed class Handshake(PeerSetup peer, bool isDialler)
{
    /// <summary>No frame of a handshake is longer.</summary>
    public const int MaxFrameBytes = 256;

    private const int ProofBytes = 32;
    private const byte RefusalMark = 0xff;
    private const int RefusalBytes = 2;

    private readonly Hello own = Hello.Of(peer, isDialler);
    private Hello? theirs;

    /// <summary>The reasons that the other side is told.</summary>
    private enum Reason : byte
    {
        NoNode = 1,
        Version = 2,
        Cluster = 3,
        Cookie = 4,
    }

    /// <summary>Both sides have proved that they belong together.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Why the connection must end; null while it may go on.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The frame that begins it; null when the other side begins.</summary>
    public byte[]? First => isDialler ? own.Bytes : null;

    /// <summary>Takes a frame of the other side.</summary>
    /// <returns>The frames to send, perhaps a refusal as the last.</returns>
    public IReadOnlyList<byte[]> Take(ReadOnlySpan<byte> frame)
    {
        if (IsDone || Refusal is not null)
        {
            throw new InvalidOperationException("the handshake has ended");
        }

        if (frame.Length == RefusalBytes && frame[0] == RefusalMark)
        {
            Refusal = Explain((Reason)frame[1]);
            return [];
        }

        return theirs is null ? TakeHello(frame) : TakeProof(frame);
    }

    private IReadOnlyList<byte[]> TakeHello(ReadOnlySpan<byte> frame)
    {
        if (!Hello.TryRead(frame, out theirs))
        {
            return Refuse(Reason.NoNode);
        }

        if (theirs.Version != Hello.OurVersion)
        {
            return Refuse(Reason.Version);
        }

        if (theirs.IsDialler == isDialler)
        {
            return Refuse(Reason.NoNode);
        }

        if (theirs.ClusterId != peer.ClusterId)
        {
            // The dialler is to learn which cluster it has met.
            var refusal = Refuse(Reason.Cluster);
            return isDialler ? refusal : [own.Bytes, .. refusal];
        }

        return [isDialler ? ProofOf(true) : own.Bytes];
    }

    private IReadOnlyList<byte[]> TakeProof(ReadOnlySpan<byte> frame)
    {
        if (frame.Length != ProofBytes || !CryptographicOperations.FixedTimeEquals(frame, ProofOf(!isDialler)))
        {
            return Refuse(frame.Length == ProofBytes ? Reason.Cookie : Reason.NoNode);
        }

        IsDone = true;
        return isDialler ? [] : [ProofOf(false)];
    }

    private byte[] ProofOf(bool ofDialler) => Hello.Proof(peer, ofDialler, isDialler ? own : theirs!, isDialler ? theirs! : own);

    private IReadOnlyList<byte[]> Refuse(Reason reason)
    {
        Refusal = Explain(reason);
        return [[RefusalMark, (byte)reason]];
    }

    private string Explain(Reason reason) => reason switch
    {
        Reason.Version when theirs is not null && theirs.Version != Hello.OurVersion =>
            $"it speaks version {theirs.Version} of the handshake between nodes, this node version {Hello.OurVersion}: run versions of the broker that fit together",
        Reason.Version => "it speaks another version of the handshake between nodes: run versions of the broker that fit together",
        Reason.Cluster when theirs is not null && isDialler =>
            $"this node has data of cluster {peer.ClusterId}, but this is cluster {theirs.ClusterId}. Check its data directories, and actorbroker.cluster.voters",
        Reason.Cluster when theirs is not null =>
            $"node {theirs.Node} has data of cluster {theirs.ClusterId}, but this is cluster {peer.ClusterId}. Check its data directories, and its actorbroker.cluster.voters",
        Reason.Cluster => "it belongs to another cluster",
        Reason.Cookie when theirs is not null =>
            $"node {theirs.Node} does not have the same cookie as node {peer.Node}: give all nodes the same actorbroker.cluster.cookie",
        Reason.Cookie => "it does not have the same cookie: give all nodes the same actorbroker.cluster.cookie",
        _ => "it does not speak as a node of a cluster: something else listens or dials there, or a node of a version without the handshake",
    };
}
