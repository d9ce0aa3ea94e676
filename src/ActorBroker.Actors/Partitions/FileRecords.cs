using System.Diagnostics.CodeAnalysis;
using ActorBroker.Protocol;
using ActorBroker.Storage.Files;
using Microsoft.Win32.SafeHandles;

namespace ActorBroker.Actors.Partitions;

/// <summary>A range of a segment file as the records of a message; holds the file open until released.</summary>
public sealed class FileRecords : RecordsPayload
{
    private readonly FileSlice slice;

    internal FileRecords(FileSlice slice) => this.slice = slice;

    public override int Size => slice.Length;

    public override bool TryGetFile([NotNullWhen(true)] out SafeFileHandle? handle, out long position)
    {
        handle = slice.Handle;
        position = slice.Position;
        return handle is not null;
    }

    public override void CopyTo(Span<byte> destination)
    {
        var at = 0;
        while (at < slice.Length)
        {
            var read = slice.Read(destination[at..slice.Length], at);
            if (read == 0)
            {
                throw new EndOfStreamException($"a segment file ends {slice.Length - at} bytes before its range does");
            }

            at += read;
        }
    }

    protected override void OnReleased() => slice.Release();
}
