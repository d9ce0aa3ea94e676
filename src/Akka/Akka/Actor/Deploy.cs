#nullable disable
using Akka.Configuration;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Where an actor is deployed.</summary>
public abstract class Scope : IEquatable<Scope>
{
    /// <summary>In this process.</summary>
    public static readonly LocalScope Local = LocalScope.Instance;

    public abstract Scope Copy();

    public virtual bool Equals(Scope other) => ReferenceEquals(this, other);

    /// <summary>This, or <paramref name="other"/> if this says nothing.</summary>
    public abstract Scope WithFallback(Scope other);
}

/// <summary>In this process.</summary>
public class LocalScope : Scope, ISurrogated
{
    private LocalScope()
    {
    }

    /// <summary>The only instance.</summary>
    public static LocalScope Instance { get; } = new();

    public override Scope Copy() => this;

    public ISurrogate ToSurrogate(ActorSystem system) => new LocalScopeSurrogate();

    public override Scope WithFallback(Scope other) => Instance;

    /// <summary>What a serialiser writes for the scope.</summary>
    public class LocalScopeSurrogate : ISurrogate
    {
        public ISurrogated FromSurrogate(ActorSystem system) => Instance;
    }
}

/// <summary>Nothing is said.</summary>
internal sealed class NoScope : Scope
{
    public static readonly NoScope Instance = new();

    public override Scope Copy() => this;

    public override Scope WithFallback(Scope other) => other;
}

/// <summary>How an actor is to be deployed: dispatcher, mailbox, stash, scope. What is not said comes from a fallback.</summary>
public class Deploy : IEquatable<Deploy>, ISurrogated
{
    public const int NoStashSize = -1;
    public static readonly string NoDispatcherGiven = string.Empty;
    public static readonly string NoMailboxGiven = string.Empty;
    public static readonly Scope NoScopeGiven = NoScope.Instance;
    public static readonly Deploy Local = new(Scope.Local);
    public static readonly Deploy None = new();

    public Deploy()
        : this("", Config.Empty, NoScopeGiven, NoDispatcherGiven, NoMailboxGiven, NoStashSize)
    {
    }

    public Deploy(string path, Scope scope)
        : this(path, Config.Empty, scope, NoDispatcherGiven, NoMailboxGiven, NoStashSize)
    {
    }

    public Deploy(Scope scope)
        : this("", scope)
    {
    }

    internal Deploy(string path, Config config, Scope scope, string dispatcher, string mailbox, int stashCapacity)
    {
        Path = path;
        Config = config;
        Scope = scope ?? NoScopeGiven;
        Dispatcher = dispatcher ?? NoDispatcherGiven;
        Mailbox = mailbox ?? NoMailboxGiven;
        StashCapacity = stashCapacity;
    }

    /// <summary>The section of akka.actor.deployment.</summary>
    public Config Config { get; }

    /// <summary>Id of the dispatcher, empty if not given.</summary>
    public string Dispatcher { get; }

    /// <summary>Id of the mailbox, empty if not given.</summary>
    public string Mailbox { get; }

    /// <summary>Path that it is for.</summary>
    public string Path { get; }

    /// <summary>Where.</summary>
    public Scope Scope { get; }

    /// <summary>Most messages in the stash, -1 if not given.</summary>
    public int StashCapacity { get; }

    public bool Equals(Deploy other) => other is not null
        && (ReferenceEquals(this, other)
            || (Path == other.Path && Dispatcher == other.Dispatcher && Mailbox == other.Mailbox
                && StashCapacity == other.StashCapacity && Scope.Equals(other.Scope)));

    public override bool Equals(object obj) => Equals(obj as Deploy);

    public override int GetHashCode() => HashCode.Combine(Path, Dispatcher, Mailbox, StashCapacity);

    public ISurrogate ToSurrogate(ActorSystem system) => new DeploySurrogate
    {
        Path = Path,
        Config = Config,
        Scope = Scope,
        Dispatcher = Dispatcher,
        Mailbox = Mailbox,
        StashCapacity = StashCapacity,
    };

    public virtual Deploy WithDispatcher(string dispatcher) => new(Path, Config, Scope, dispatcher, Mailbox, StashCapacity);

    public virtual Deploy WithFallback(Deploy other) => new(
        Path,
        Config.Equals(other.Config) ? Config : Config.WithFallback(other.Config),
        Scope.WithFallback(other.Scope),
        Dispatcher == NoDispatcherGiven ? other.Dispatcher : Dispatcher,
        Mailbox == NoMailboxGiven ? other.Mailbox : Mailbox,
        StashCapacity == NoStashSize ? other.StashCapacity : StashCapacity);

    public virtual Deploy WithMailbox(string mailbox) => new(Path, Config, Scope, Dispatcher, mailbox, StashCapacity);

    public virtual Deploy WithScope(Scope scope) => new(Path, Config, scope, Dispatcher, Mailbox, StashCapacity);

    public virtual Deploy WithStashCapacity(int stashSize) => new(Path, Config, Scope, Dispatcher, Mailbox, stashSize);

    /// <summary>What a serialiser writes for it.</summary>
    public class DeploySurrogate : ISurrogate
    {
        public Config Config { get; set; }

        public string Dispatcher { get; set; }

        public string Mailbox { get; set; }

        public string Path { get; set; }

        public Scope Scope { get; set; }

        public int StashCapacity { get; set; }

        public ISurrogated FromSurrogate(ActorSystem system) => new Deploy(Path, Config, Scope, Dispatcher, Mailbox, StashCapacity);
    }
}

/// <summary>Deployments by path, from akka.actor.deployment and from code. An element of a path may be *.</summary>
public class Deployer
{
    protected readonly Config Default;

    private readonly Dictionary<string, Deploy> _deployments = [];

    public Deployer(Settings settings)
    {
        Config deployment = settings.Config.GetConfig("akka.actor.deployment");
        Default = deployment?.GetConfig("default");
        if (deployment is null) return;
        foreach (KeyValuePair<string, Configuration.Hocon.HoconValue> entry in deployment.AsEnumerable())
        {
            var path = entry.Key.Trim('"');
            if (path == "default" || !entry.Value.IsObject()) continue;
            SetDeploy(ParseConfig(path, deployment.GetConfig(entry.Key.StartsWith('"') ? entry.Key : $"\"{entry.Key}\"").WithFallback(Default)));
        }
    }

    /// <summary>The deployment of a path; null if there is none.</summary>
    public Deploy Lookup(ActorPath path) =>
        _deployments.Count == 0 || path.Elements is not ["user", ..] elements ? null : Lookup(elements.Skip(1));

    /// <summary>The deployment of the names below the user guardian; null if there is none.</summary>
    public Deploy Lookup(IEnumerable<string> path)
    {
        string[] wanted = [.. path];
        if (_deployments.TryGetValue(string.Join('/', wanted), out Deploy exact)) return exact;
        foreach ((var pattern, Deploy deploy) in _deployments)
        {
            var names = pattern.Split('/');
            if (names.Length != wanted.Length && names[^1] != "**") continue;
            if (names.Length > wanted.Length) continue;
            if (names.Zip(wanted).All(static pair => pair.First is "*" or "**" || pair.First == pair.Second)) return deploy;
        }

        return null;
    }

    /// <summary>Reads one section.</summary>
    public virtual Deploy ParseConfig(string key, Config config) => new(
        key,
        config,
        Deploy.NoScopeGiven,
        config.GetString("dispatcher", Deploy.NoDispatcherGiven),
        config.GetString("mailbox", Deploy.NoMailboxGiven),
        config.GetInt("stash-capacity", Deploy.NoStashSize));

    /// <summary>Adds a deployment.</summary>
    public void SetDeploy(Deploy deploy) => _deployments[deploy.Path.Trim('/')] = deploy;
}
