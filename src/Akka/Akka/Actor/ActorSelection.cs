#nullable disable
using System.Text.RegularExpressions;

namespace Akka.Actor;

/// <summary>One step of a selection.</summary>
public abstract class SelectionPathElement
{
}

/// <summary>To the child of a name.</summary>
public class SelectChildName : SelectionPathElement
{
    public SelectChildName(string name) => Name = name;

    public string Name { get; }

    public override bool Equals(object obj) => obj is SelectChildName other && Equals(other);

    public override int GetHashCode() => Name.GetHashCode();

    public override string ToString() => Name;

    protected bool Equals(SelectChildName other) => Name == other.Name;
}

/// <summary>To the children whose name fits a pattern with * and ?.</summary>
public class SelectChildPattern : SelectionPathElement
{
    private readonly Regex _regex;

    public SelectChildPattern(string patternStr)
    {
        PatternStr = patternStr;
        _regex = new Regex($"^{Regex.Escape(patternStr).Replace("\\*", ".*").Replace("\\?", ".")}$", RegexOptions.CultureInvariant);
    }

    public string PatternStr { get; }

    public override bool Equals(object obj) => obj is SelectChildPattern other && Equals(other);

    public override int GetHashCode() => PatternStr.GetHashCode();

    public override string ToString() => PatternStr;

    internal bool Matches(string name) => PatternStr == "*" || _regex.IsMatch(name);

    protected bool Equals(SelectChildPattern other) => PatternStr == other.PatternStr;
}

/// <summary>To all descendants.</summary>
public class SelectChildRecursive : SelectionPathElement
{
    public static readonly SelectChildRecursive Instance = new();

    public override bool Equals(object obj) => obj is SelectChildRecursive;

    public override int GetHashCode() => "**".GetHashCode();

    public override string ToString() => "**";
}

/// <summary>To the parent.</summary>
public class SelectParent : SelectionPathElement
{
    public static readonly SelectParent Instance = new();

    public override bool Equals(object obj) => obj is SelectParent;

    public override int GetHashCode() => "..".GetHashCode();

    public override string ToString() => "..";
}

/// <summary>Actors by path. It is followed for each message: who is there then gets it.</summary>
public class ActorSelection : ICanTell
{
    public ActorSelection()
    {
    }

    public ActorSelection(IActorRef anchor, SelectionPathElement[] path)
    {
        Anchor = anchor;
        Path = path;
    }

    /// <param name="anchor">Where the path starts.</param>
    /// <param name="path">Names, patterns, ".." or a last "**", with slashes between.</param>
    public ActorSelection(IActorRef anchor, string path)
        : this(anchor, path.Split('/', StringSplitOptions.RemoveEmptyEntries))
    {
    }

    public ActorSelection(IActorRef anchor, IEnumerable<string> elements)
        : this(anchor, Parse([.. elements]))
    {
    }

    /// <summary>Where the path starts.</summary>
    public IActorRef Anchor { get; private set; }

    /// <summary>The steps.</summary>
    public SelectionPathElement[] Path { get; private set; }

    /// <summary>The steps as text.</summary>
    public string PathString => string.Join("/", (IEnumerable<SelectionPathElement>)Path);

    public override bool Equals(object obj) => obj is ActorSelection other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Anchor, PathString);

    /// <summary>The reference of the one actor that answers first.</summary>
    /// <exception cref="ActorNotFoundException">None answered in time.</exception>
    public Task<IActorRef> ResolveOne(TimeSpan timeout) => ResolveOne(timeout, CancellationToken.None);

    /// <inheritdoc cref="ResolveOne(TimeSpan)"/>
    public async Task<IActorRef> ResolveOne(TimeSpan timeout, CancellationToken ct)
    {
        try
        {
            ActorIdentity identity = await this.Ask<ActorIdentity>(new Identify(null), timeout, ct).ConfigureAwait(false);
            return identity.Subject ?? throw new ActorNotFoundException("subject was null");
        }
        catch (Exception e) when (e is not ActorNotFoundException)
        {
            throw new ActorNotFoundException("Exception occurred while resolving ActorSelection", e);
        }
    }

    public void Tell(object message, IActorRef sender = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        DeliverSelection(Anchor as IInternalActorRef, sender ?? ActorCell.GetCurrentSelfOrNoSender(), new ActorSelectionMessage(message, Path));
    }

    public override string ToString() => $"ActorSelection[Anchor({Anchor}), Path({PathString})]";

    internal static void DeliverSelection(IInternalActorRef anchor, IActorRef sender, ActorSelectionMessage selection)
    {
        IInternalActorRef current = anchor;
        SelectionPathElement[] elements = selection.Elements;
        if (elements.Length == 0)
        {
            anchor.Tell(selection.Message, sender);
            return;
        }

        for (var i = 0; i < elements.Length; i++)
        {
            if (current is not ActorRefWithCell withCell)
            {
                // A container, an extra name or another node's actor follows the rest itself.
                DeliverRest(current, sender, selection, i);
                return;
            }

            switch (elements[i])
            {
                case SelectParent:
                    current = withCell.Parent;
                    break;
                case SelectChildName name:
                    IInternalActorRef child = withCell.GetSingleChild(name.Name);
                    if (child is Nobody)
                    {
                        Unmatched(withCell, sender, selection);
                        return;
                    }

                    current = child;
                    break;
                case SelectChildPattern pattern:
                    Fan(withCell, withCell.Children.Where(c => pattern.Matches(c.Path.Name)), sender, selection, elements[(i + 1)..]);
                    return;
                case SelectChildRecursive:
                    FanRecursively(withCell, sender, selection);
                    return;
            }
        }

        current.Tell(selection.Message, sender);
    }

    protected bool Equals(ActorSelection other) => Equals(Anchor, other.Anchor) && Path.AsSpan().SequenceEqual(other.Path);

    private static SelectionPathElement[] Parse(string[] elements)
    {
        var steps = new List<SelectionPathElement>(elements.Length);
        for (var i = 0; i < elements.Length; i++)
        {
            switch (elements[i])
            {
                case "" or ".":
                    break;
                case "..":
                    steps.Add(SelectParent.Instance);
                    break;
                case "**" when i == elements.Length - 1:
                    steps.Add(SelectChildRecursive.Instance);
                    break;
                case "**":
                    throw new IllegalActorNameException("Double wildcard can only appear at the last path entry");
                case var element when element.Contains('*') || element.Contains('?'):
                    steps.Add(new SelectChildPattern(element));
                    break;
                case var element:
                    steps.Add(new SelectChildName(element));
                    break;
            }
        }

        return [.. steps];
    }

    private static void DeliverRest(IInternalActorRef at, IActorRef sender, ActorSelectionMessage selection, int from)
    {
        SelectionPathElement[] rest = selection.Elements[from..];
        if (at is VirtualPathContainer && rest is [SelectChildName name])
        {
            if (at.GetChild([name.Name]) is { } found and not Nobody) found.Tell(selection.Message, sender);
            else Unmatched(at, sender, selection);
            return;
        }

        at.Tell(selection.Copy(elements: rest), sender);
    }

    private static void Fan(
        ActorRefWithCell at, IEnumerable<IActorRef> children, IActorRef sender, ActorSelectionMessage selection, SelectionPathElement[] rest)
    {
        var any = false;
        foreach (IActorRef child in children)
        {
            any = true;
            DeliverSelection((IInternalActorRef)child, sender, new ActorSelectionMessage(selection.Message, rest, wildCardFanOut: true));
        }

        if (!any && !selection.WildCardFanOut) Unmatched(at, sender, selection);
    }

    private static void FanRecursively(ActorRefWithCell at, IActorRef sender, ActorSelectionMessage selection)
    {
        foreach (IActorRef child in at.Children)
        {
            child.Tell(selection.Message, sender);
            if (child is ActorRefWithCell withCell) FanRecursively(withCell, sender, selection);
        }
    }

    private static void Unmatched(IInternalActorRef at, IActorRef sender, ActorSelectionMessage selection)
    {
        ActorPath path = at.Path / selection.Elements.Select(static e => e.ToString());
        new EmptyLocalActorRef(at.Provider, path, ((ActorRefWithCell)at.Provider.RootGuardian).Underlying.System.EventStream).Tell(selection, sender);
    }
}

/// <summary>A message on its way along a selection.</summary>
public class ActorSelectionMessage : IAutoReceivedMessage, IPossiblyHarmful, IWrappedMessage
{
    public ActorSelectionMessage(object message, SelectionPathElement[] elements, bool wildCardFanOut = false)
    {
        Message = message;
        Elements = elements;
        WildCardFanOut = wildCardFanOut;
    }

    /// <summary>The steps that are left.</summary>
    public SelectionPathElement[] Elements { get; }

    /// <summary>The message.</summary>
    public object Message { get; }

    /// <summary>True after a pattern: who is not there is not missed.</summary>
    public bool WildCardFanOut { get; }

    public ActorSelectionMessage Copy(object message = null, SelectionPathElement[] elements = null, bool? wildCardFanOut = null) =>
        new(message ?? Message, elements ?? Elements, wildCardFanOut ?? WildCardFanOut);

    public override string ToString() => $"ActorSelectionMessage - Message: {Message} - WildCardFanOut: {WildCardFanOut} - Elements: {string.Join("/", (IEnumerable<SelectionPathElement>)Elements)}";
}

/// <summary>Makes selections.</summary>
public static class ActorRefFactoryShared
{
    /// <summary>Selects the actor at a path.</summary>
    public static ActorSelection ActorSelection(ActorPath actorPath, ActorSystem system)
    {
        IActorRef root = ((ExtendedActorSystem)system).Provider.RootGuardianAt(actorPath.Address);
        return new ActorSelection(root, actorPath.Elements);
    }

    /// <summary>Selects by a path: absolute with an address, absolute within the system, or relative to <paramref name="lookupRoot"/>.</summary>
    public static ActorSelection ActorSelection(string path, ActorSystem system, IActorRef lookupRoot)
    {
        IActorRefProvider provider = ((ExtendedActorSystem)system).Provider;
        if (path.Contains("://"))
        {
            if (!ActorPath.TryParse(path, out ActorPath actorPath)) return new ActorSelection(provider.DeadLetters, "");
            return new ActorSelection(provider.RootGuardianAt(actorPath.Address), actorPath.Elements);
        }

        return path.StartsWith('/')
            ? new ActorSelection(provider.RootGuardian, path)
            : new ActorSelection(lookupRoot, path);
    }

    /// <summary>Selects relative to an actor.</summary>
    public static ActorSelection ActorSelection(IActorRef anchorActorRef, string path) => new(anchorActorRef, path);
}
