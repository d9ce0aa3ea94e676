using ActorBroker.Model.Options;

namespace ActorBroker.Start;

/// <summary>What a user sees first: who the node is, where it listens, and how to try it.</summary>
internal static class StartBanner
{
    /// <param name="listeners">The addresses that are open, as clients reach them.</param>
    public static void Write(TextWriter output, BrokerOptions options, string clusterId, IReadOnlyList<(string Name, string Host, int Port)> listeners)
    {
        var addresses = listeners.Select(listener => $"{listener.Name}://{Bracketed(listener.Host)}:{listener.Port}");
        var bootstrap = $"{Bracketed(listeners[0].Host)}:{listeners[0].Port}";
        output.WriteLine($"""
            ActorBroker {ProgramVersion.Text}
              node       {options.Node.Id}
              cluster    {clusterId}
              listeners  {string.Join(", ", addresses)}
              data       {string.Join(", ", options.Storage.DataDirs)}

            Try it from another terminal:
              echo hello | kcat -P -b {bootstrap} -t greetings
              kcat -C -b {bootstrap} -t greetings -o beginning -e
            or with this program: actorbroker produce --topic greetings, actorbroker consume --topic greetings --from-beginning

            """);
        output.Flush();
    }

    private static string Bracketed(string host) => host.Contains(':') ? $"[{host}]" : host;
}
