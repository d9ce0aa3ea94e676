#nullable disable
using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Dispatch;

/// <summary>Finds the mailbox type of an actor: by its props, its dispatcher, what its class requires, or the default.</summary>
public class Mailboxes
{
    public static readonly string DefaultMailboxId = "akka.actor.default-mailbox";
    public static readonly string NoMailboxRequirement = "";

    private const string RequirementsPath = "akka.actor.mailbox.requirements";

    private readonly ActorSystem _system;
    private readonly ConcurrentDictionary<string, MailboxType> _byId = new();
    private readonly ConcurrentDictionary<Type, Type> _requirements = new();
    private readonly Dictionary<Type, string> _idByRequirement = [];
    private DeadLetterMailbox _deadLetterMailbox;

    public Mailboxes(ActorSystem system)
    {
        _system = system;
        Config requirements = system.Settings.Config.GetConfig(RequirementsPath);
        if (requirements is null) return;
        foreach (KeyValuePair<string, Configuration.Hocon.HoconValue> entry in requirements.AsEnumerable())
        {
            var typeName = entry.Key.Trim('"');
            var id = entry.Value.GetString();
            Type type = Type.GetType(typeName, throwOnError: false)
                ?? throw new ConfigurationException($"Type [{typeName}] in [{RequirementsPath}] cannot be loaded.");
            _idByRequirement[type] = id;
        }
    }

    /// <summary>Stands in for the mailboxes of stopped actors.</summary>
    public DeadLetterMailbox DeadLetterMailbox => _deadLetterMailbox ??= new DeadLetterMailbox(_system.DeadLetters);

    /// <summary>The mailbox type for an actor of <paramref name="props"/> on a dispatcher.</summary>
    /// <exception cref="ConfigurationException">The mailbox does not fulfil what the actor's class requires, or is not configured.</exception>
    public MailboxType GetMailboxType(Props props, Config dispatcherConfig)
    {
        Type required = GetRequiredType(props.Type);
        if (props.Deploy.Mailbox is { Length: > 0 } id && id != Deploy.NoMailboxGiven) return Checked(Lookup(id), required, props);
        if (dispatcherConfig?.GetString("mailbox-type") is { Length: > 0 })
            return Checked(Lookup(dispatcherConfig.GetString("id")), required, props);
        if (dispatcherConfig?.GetString("mailbox-requirement") is { Length: > 0 } requirement)
        {
            Type byDispatcher = Type.GetType(requirement, throwOnError: false)
                ?? throw new ConfigurationException($"mailbox-requirement [{requirement}] cannot be loaded.");
            return Checked(LookupByQueueType(byDispatcher), required, props);
        }

        return required is null ? Lookup(DefaultMailboxId) : LookupByQueueType(required);
    }

    /// <summary>What the class requires by <see cref="IRequiresMessageQueue{T}"/>; null if nothing.</summary>
    public Type GetRequiredType(Type actorType) => actorType is null ? null : _requirements.GetOrAdd(actorType, static type =>
    {
        Type found = null;
        foreach (Type contract in type.GetInterfaces())
        {
            if (!contract.IsGenericType || contract.GetGenericTypeDefinition() != typeof(IRequiresMessageQueue<>)) continue;
            Type queue = contract.GetGenericArguments()[0];
            if (found is null || found.IsAssignableFrom(queue)) found = queue;
        }

        return found;
    });

    /// <summary>True if the class requires a kind of queue.</summary>
    public bool HasRequiredType(Type actorType) => GetRequiredType(actorType) is not null;

    /// <summary>The mailbox type of a section of the configuration.</summary>
    /// <exception cref="ConfigurationException">There is no such section, or its mailbox-type cannot be loaded.</exception>
    public MailboxType Lookup(string id) => _byId.GetOrAdd(id, static (key, self) => self.Load(key), this);

    /// <summary>The mailbox type that akka.actor.mailbox.requirements gives for a kind of queue.</summary>
    public MailboxType LookupByQueueType(Type queueType) => _idByRequirement.TryGetValue(queueType, out var id)
        ? Lookup(id)
        : throw new ConfigurationException($"Mailbox requirement [{queueType}] not configured.");

    /// <summary>True if a mailbox type says what it produces.</summary>
    public bool ProducesMessageQueue(Type mailboxType) => ProducedQueue(mailboxType) is not null;

    /// <summary>Most messages in a stash, -1 for any number.</summary>
    public int StashCapacity(string dispatcher, string mailbox)
    {
        Config config = _system.Settings.Config;
        var id = mailbox is { Length: > 0 } && mailbox != Deploy.NoMailboxGiven ? mailbox : DefaultMailboxId;
        if (config.HasPath($"{id}.stash-capacity")) return config.GetInt($"{id}.stash-capacity", -1);
        if (dispatcher is { Length: > 0 } && config.HasPath($"{dispatcher}.stash-capacity")) return config.GetInt($"{dispatcher}.stash-capacity", -1);
        return config.GetInt($"{DefaultMailboxId}.stash-capacity", -1);
    }

    private static Type ProducedQueue(Type mailboxType)
    {
        foreach (Type contract in mailboxType.GetInterfaces())
            if (contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IProducesMessageQueue<>)) return contract.GetGenericArguments()[0];
        return null;
    }

    private static MailboxType Checked(MailboxType mailbox, Type required, Props props)
    {
        Type produced = ProducedQueue(mailbox.GetType());
        if (required is not null && produced is not null && !required.IsAssignableFrom(produced))
            throw new ConfigurationException($"Mailbox [{mailbox.GetType()}] produces [{produced}], but [{props.Type}] requires [{required}].");
        return mailbox;
    }

    private MailboxType Load(string id)
    {
        Config all = _system.Settings.Config;
        if (id == "unbounded") return new UnboundedMailbox();
        if (!all.HasPath(id)) throw new ConfigurationException($"Mailbox Type [{id}] not configured");
        Config config = all.GetConfig(id);
        if (all.HasPath(DefaultMailboxId)) config = config.WithFallback(all.GetConfig(DefaultMailboxId));
        var typeName = config.GetString("mailbox-type");
        if (string.IsNullOrEmpty(typeName)) throw new ConfigurationException($"The setting [mailbox-type], defined in [{id}] is empty");
        Type type = Type.GetType(typeName, throwOnError: false)
            ?? throw new ConfigurationException($"Mailbox type [{typeName}] of [{id}] cannot be loaded.");
        return (MailboxType)Activator.CreateInstance(type, _system.Settings, config);
    }
}
