using System.Runtime.CompilerServices;

namespace Architecture.Tests;

internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    private static string Find([CallerFilePath] string here = "") =>
        System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "..", ".."));
}
