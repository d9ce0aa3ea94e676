using ActorBroker.Model;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace ActorBroker.Protocol;

/// <summary>The bytes of a record set inside a message: in memory, or a range of a file that can go straight into a socket.</summary>
public abstract class RecordsPayload : IReferenceCounted
{
    private int _references = 1;

    /// <summary>Bytes.</summary>
    public abstract int Size { get; }

    /// <summary>The bytes, when they are in memory.</summary>
    public virtual bool TryGetMemory(out ReadOnlyMemory<byte> memory)
    {
        memory = default;
        return false;
    }

    /// <summary>The file that holds the <see cref="Size"/> bytes from <paramref name="position"/> on, when they are in one.</summary>
    public virtual bool TryGetFile([NotNullWhen(true)] out SafeFileHandle? handle, out long position)
    {
        handle = null;
        position = 0;
        return false;
    }

    /// <summary>The payloads that make up this one, in order, when it is a sequence; null otherwise.</summary>
    public virtual IReadOnlyList<RecordsPayload>? Parts => null;

    /// <summary>Copies all bytes to the start of <paramref name="destination"/>.</summary>
    public abstract void CopyTo(Span<byte> destination);

    /// <summary>A copy of all bytes.</summary>
    public byte[] ToArray()
    {
        var copy = new byte[Size];
        CopyTo(copy);
        return copy;
    }

    public virtual void Retain()
    {
        if (Interlocked.Increment(ref _references) <= 1)
        {
            throw new InvalidOperationException("records were retained after their last release");
        }
    }

    public virtual void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left == 0)
        {
            OnReleased();
        }
        else if (left < 0)
        {
            throw new InvalidOperationException("records were released more often than retained");
        }
    }

    /// <summary>Called once, when the last reference is gone.</summary>
    protected virtual void OnReleased()
    {
    }
}

/// <summary>Records in memory. References are those of the buffer's owner; without an owner the garbage collector is the owner.</summary>
public sealed class MemoryRecords(ReadOnlyMemory<byte> memory, IReferenceCounted? owner = null) : RecordsPayload
{
    /// <summary>No records.</summary>
    public static MemoryRecords Empty { get; } = new(default);

    public ReadOnlyMemory<byte> Memory { get; } = memory;

    /// <summary>What keeps <see cref="Memory"/> alive; null when the garbage collector does.</summary>
    public IReferenceCounted? Owner { get; } = owner;

    public override int Size => Memory.Length;

    public override bool TryGetMemory(out ReadOnlyMemory<byte> memory)
    {
        memory = Memory;
        return true;
    }

    public override void CopyTo(Span<byte> destination) => Memory.Span.CopyTo(destination);

    public override void Retain() => Owner?.Retain();

    public override void Release() => Owner?.Release();
}

/// <summary>Several payloads one after another, for example the end of one segment file and the start of the next. Owns a reference to each.</summary>
public sealed class CompositeRecords : RecordsPayload
{
    private readonly IReadOnlyList<RecordsPayload> _parts;

    public CompositeRecords(IReadOnlyList<RecordsPayload> parts)
    {
        _parts = parts;
        foreach (var part in parts)
        {
            Size = checked(Size + part.Size);
        }
    }

    public override int Size { get; }

    public override IReadOnlyList<RecordsPayload> Parts => _parts;

    public override void CopyTo(Span<byte> destination)
    {
        foreach (var part in _parts)
        {
            part.CopyTo(destination);
            destination = destination[part.Size..];
        }
    }

    protected override void OnReleased()
    {
        foreach (var part in _parts)
        {
            part.Release();
        }
    }
}
