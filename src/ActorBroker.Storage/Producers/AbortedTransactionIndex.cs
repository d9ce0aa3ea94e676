using System.Buffers.Binary;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Producers;

/// <summary>.txnindex of a segment: the aborted transactions whose marker lies in it, in the order of the markers. Most segments have none and
/// no such file. See docs/formats/indexes.md.</summary>
internal sealed class AbortedTransactionIndex(LogFile file, int count)
{
    public const int EntrySize = 34;
    private const short Version = 0;

    private int _count = count;

    public LogFile File => file;

    public int Count => Volatile.Read(ref _count);

    public void Append(AbortedTransaction transaction)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteInt16BigEndian(entry, Version);
        BinaryPrimitives.WriteInt64BigEndian(entry[2..], transaction.ProducerId);
        BinaryPrimitives.WriteInt64BigEndian(entry[10..], transaction.FirstOffset);
        BinaryPrimitives.WriteInt64BigEndian(entry[18..], transaction.LastOffset);
        BinaryPrimitives.WriteInt64BigEndian(entry[26..], transaction.LastStableOffset);
        file.Write(entry, (long)_count * EntrySize);
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>All entries, oldest marker first; the walk ends at the first one that is not in the format.</summary>
    public List<AbortedTransaction> ReadAll()
    {
        var transactions = new List<AbortedTransaction>();
        var bytes = new byte[Count * EntrySize];
        if (bytes.Length == 0)
            return transactions;
        var length = file.Read(bytes, 0);
        for (var at = 0; at + EntrySize <= length; at += EntrySize)
        {
            var entry = bytes.AsSpan(at, EntrySize);
            if (BinaryPrimitives.ReadInt16BigEndian(entry) != Version)
                break;
            transactions.Add(new AbortedTransaction(
                BinaryPrimitives.ReadInt64BigEndian(entry[2..]),
                BinaryPrimitives.ReadInt64BigEndian(entry[10..]),
                BinaryPrimitives.ReadInt64BigEndian(entry[18..]),
                BinaryPrimitives.ReadInt64BigEndian(entry[26..])));
        }
        return transactions;
    }

    /// <summary>Keeps the transactions whose marker is below <paramref name="offset"/>.</summary>
    public void TruncateTo(long offset)
    {
        if (_count == 0)
            return;
        var keep = ReadAll().TakeWhile(transaction => transaction.LastOffset < offset).Count();
        if (keep == _count)
            return;
        Volatile.Write(ref _count, keep);
        file.SetLength((long)keep * EntrySize);
    }
}
