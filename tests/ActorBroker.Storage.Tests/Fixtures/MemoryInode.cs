namespace ActorBroker.Storage.Tests.Fixtures;

/// <summary>A file's bytes as programs see them, as the disk has them, and the writes in between.</summary>
internal sealed class MemoryInode
{
    private const int Sector = 512;

    private readonly List<(long Position, byte[]? Bytes)> _unsynced = [];
    private byte[] _durable = [];

    public byte[] Bytes { get; set; } = [];

    public int Length { get; set; }

    /// <summary>Writes, and changes of the length, that no sync has covered.</summary>
    public int UnsyncedWrites => _unsynced.Count;

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        _unsynced.Add((position, bytes.ToArray()));
        Apply(bytes, position);
    }

    public void SetLength(long length)
    {
        _unsynced.Add((length, null));
        Resize(length);
    }

    public void MarkDurable()
    {
        _durable = Bytes[..Length];
        _unsynced.Clear();
    }

    /// <summary>Makes the first so many of the writes durable.</summary>
    public void MarkDurable(int writes)
    {
        if (writes >= _unsynced.Count)
        {
            MarkDurable();
            return;
        }
        var later = _unsynced[writes..];
        var (bytes, length) = (Bytes, Length);
        (Bytes, Length) = ([.. _durable], _durable.Length);
        foreach (var (position, written) in _unsynced[..writes])
        {
            if (written is null)
                Resize(position);
            else
                Apply(written, position);
        }
        MarkDurable();
        _unsynced.AddRange(later);
        (Bytes, Length) = (bytes, length);
    }

    public void FlipBit(long position, int bit)
    {
        Bytes[position] ^= (byte)(1 << bit);
        if (position < _durable.Length)
            _durable[position] ^= (byte)(1 << bit);
    }

    /// <summary>Of what was not synced, any part reaches the disk, in any order of sectors.</summary>
    public void LoseUnsynced(Random random)
    {
        Bytes = [.. _durable];
        Length = _durable.Length;
        foreach (var (position, bytes) in _unsynced)
        {
            var fate = random.Next(3);
            if (bytes is null)
            {
                if (fate != 0)
                    Resize(position);
                continue;
            }
            if (fate == 1)
                Apply(bytes, position);
            else if (fate == 2)
                ApplySomeSectors(bytes, position, random);
        }
        MarkDurable();
    }

    private void ApplySomeSectors(byte[] bytes, long position, Random random)
    {
        var at = 0;
        while (at < bytes.Length)
        {
            var length = Math.Min(bytes.Length - at, Sector - (int)((position + at) % Sector));
            if (random.Next(2) == 0)
                Apply(bytes.AsSpan(at, length), position + at);
            at += length;
        }
    }

    private void Apply(ReadOnlySpan<byte> bytes, long position)
    {
        if (position + bytes.Length > Length)
            Resize(position + bytes.Length);
        bytes.CopyTo(Bytes.AsSpan((int)position));
    }

    private void Resize(long length)
    {
        if (length > Bytes.Length)
        {
            var bytes = Bytes;
            Array.Resize(ref bytes, (int)Math.Max(length, Bytes.Length * 2));
            Bytes = bytes;
        }
        if (length < Length)
            Bytes.AsSpan((int)length, Length - (int)length).Clear();
        Length = (int)length;
    }
}
