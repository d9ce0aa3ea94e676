using System.Buffers.Binary;

namespace ActorBroker.Faults.Machine;

/// <summary>
/// The wall clocks of nodes, which can be set one by one. A small library (wallclock.c, built with the machine's C compiler) is loaded into each node and adds
/// the offset that stands in the node's file; clocks that measure how long something takes stay as they are.
/// </summary>
internal sealed class WallClocks
{
    private static readonly Lazy<string?> Compiler = new(static () => Array.Find(["gcc", "cc", "clang"], static name => Command.Try(name, "--version")));
    private readonly string _folder;
    private readonly string _library;

    /// <param name="folder">Where the library and the offsets are kept.</param>
    public WallClocks(string folder)
    {
        _folder = folder;
        _library = Path.Combine(folder, "wallclock.so");
        Command.Run(Compiler.Value!, "-shared", "-fPIC", "-O1", "-o", _library, Path.GetFullPath("tests/Cluster/Machine/wallclock.c"), "-ldl");
    }

    /// <summary>Why clocks cannot be set here, or null if they can.</summary>
    public static string? WhyNot() => Compiler.Value is null ? "no C compiler" : null;

    /// <summary>What a node's command line is put behind.</summary>
    public IReadOnlyList<string> CommandPrefix(int node)
    {
        Set(node, TimeSpan.Zero);
        return ["env", $"LD_PRELOAD={_library}", $"FAULTS_WALL_CLOCK={FileOf(node)}"];
    }

    /// <summary>Sets a node's clock to the machine's plus an offset.</summary>
    public void Set(int node, TimeSpan offset)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, (long)offset.TotalSeconds);
        using var file = new FileStream(FileOf(node), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        file.Write(bytes);
    }

    private string FileOf(int node) => Path.Combine(_folder, $"clock-{node}");
}
