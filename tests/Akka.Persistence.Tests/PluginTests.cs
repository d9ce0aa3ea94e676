using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.Journal;

namespace Akka.Persistence.Tests;

/// <summary>How plug-ins are found and made, and event adapters.</summary>
public sealed class PluginTests : PersistenceSpec
{
    public PluginTests()
        : base("""
            configured { class = "Akka.Persistence.Tests.PluginTests+Configured, Akka.Persistence.Tests", own-key = 7 }
            akka.persistence.journal.failing {
              event-adapters.upper = "Akka.Persistence.Tests.PluginTests+Upper, Akka.Persistence.Tests"
              event-adapter-bindings { "System.String, System.Private.CoreLib" = upper }
            }
            """)
    {
    }

    [Fact]
    public void A_plugin_lives_below_system_at_the_path_of_its_section()
    {
        Assert.Equal("/system/akka.persistence.journal.failing", Persistence.Instance.Apply(Sys).JournalFor(null).Path.ToStringWithoutAddress());
        Assert.Equal("/system/akka.persistence.snapshot-store.inmem", Persistence.Instance.Apply(Sys).SnapshotStoreFor("").Path.ToStringWithoutAddress());
    }

    [Fact]
    public void A_plugins_constructor_gets_its_section_above_the_fallback()
    {
        Persistence.Instance.Apply(Sys).JournalFor("configured").Tell("settings?", TestActor);
        ExpectMsg("7 200");
    }

    [Fact]
    public void A_section_that_does_not_exist_is_refused() =>
        Assert.Throws<ArgumentException>(() => Persistence.Instance.Apply(Sys).JournalFor("no.such.journal"));

    [Fact]
    public void Event_adapters_change_what_is_written_and_what_is_replayed()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        ledger.Tell("a");
        ExpectMsg("a is 1");
        Stop(ledger);
        Ledger();
        foreach (var expected in new[] { "A by adapter was 1", "twice was 1", "recovered at 1" }) ExpectMsg(expected);
    }

    internal sealed class Configured(Config config) : MemoryJournal
    {
        protected override bool ReceivePluginInternal(object message)
        {
            Sender.Tell($"{config.GetInt("own-key")} {config.GetInt("max-message-batch-size")}");
            return true;
        }
    }

    internal sealed class Upper : IEventAdapter
    {
        public IEventSequence FromJournal(object evt, string manifest) => EventSequence.Create($"{evt} by {manifest}", "twice");

        public string Manifest(object evt) => "adapter";

        public object ToJournal(object evt) => ((string)evt).ToUpperInvariant();
    }
}
