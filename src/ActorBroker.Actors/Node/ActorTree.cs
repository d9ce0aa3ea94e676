using System.Text;
using Akka.Actor;

namespace ActorBroker.Actors.Node;

/// <summary>The node's actors as a tree, for people: who supervises whom.</summary>
public static class ActorTree
{
    /// <summary>One line for each actor below <c>/user</c>, and for the regions of sharding with their shards and entities; of more than <paramref name="maxSiblings"/> siblings the rest is only counted.</summary>
    public static string Print(ActorSystem system, int maxSiblings = 100)
    {
        var text = new StringBuilder("/user\n");
        var extended = (ExtendedActorSystem)system;
        PrintChildren(text, extended.Guardian, "", maxSiblings);
        if (ChildrenOf(extended.SystemGuardian).FirstOrDefault(child => child.Path.Name == "sharding") is { } sharding)
        {
            text.Append("/system/sharding\n");
            PrintChildren(text, sharding, "", maxSiblings);
        }

        return text.ToString();
    }

    private static IEnumerable<IActorRef> ChildrenOf(IActorRef parent) => parent is ActorRefWithCell local ? local.Children : [];

    private static void PrintChildren(StringBuilder text, IActorRef parent, string indent, int maxSiblings)
    {
        var children = ChildrenOf(parent).OrderBy(child => child.Path.Name, StringComparer.Ordinal).ToList();
        var shown = Math.Min(children.Count, maxSiblings);
        for (var i = 0; i < shown; i++)
        {
            var isLast = i == children.Count - 1;
            text.Append(indent).Append(isLast ? "└─ " : "├─ ").Append(Uri.UnescapeDataString(children[i].Path.Name)).Append('\n');
            PrintChildren(text, children[i], indent + (isLast ? "   " : "│  "), maxSiblings);
        }

        if (shown < children.Count)
        {
            text.Append(indent).Append("└─ ").Append(children.Count - shown).Append(" more\n");
        }
    }
}
