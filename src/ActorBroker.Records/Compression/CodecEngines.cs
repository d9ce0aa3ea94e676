namespace ActorBroker.Records;

/// <summary>Which implementation serves LZ4 and Zstandard in this process. Native libraries need less CPU and are taken where the system has
/// them; the managed ones serve everywhere else.</summary>
internal sealed record CodecEngines(ZstdEngine Zstd, Lz4Engine Lz4)
{
    /// <summary>The switch of the runtime (<see cref="AppContext"/>) that leaves native libraries alone.</summary>
    internal const string ManagedOnlySwitch = "ActorBroker.Records.ManagedCodecs";

    internal static CodecEngines Current { get; } = Choose(AppContext.TryGetSwitch(ManagedOnlySwitch, out var isSet) && isSet);

    internal static CodecEngines Choose(bool managedOnly) => new(
        (managedOnly ? null : ZstdNative.TryLoad()) ?? (ZstdEngine)new ZstdManaged(),
        (managedOnly ? null : Lz4Native.TryLoad()) ?? (Lz4Engine)new Lz4Managed());
}
