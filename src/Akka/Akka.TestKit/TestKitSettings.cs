#nullable disable
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Configs;

namespace Akka.TestKit.Configs
{
    /// <summary>Configurations for tests.</summary>
    public static class TestConfigs
    {
        /// <summary>The TestKit's defaults.</summary>
        public static Config DefaultConfig => ConfigurationFactory.FromResource<TestKitSettings>("Akka.TestKit.Internal.Reference.conf");

        /// <summary>Virtual time.</summary>
        public static Config TestSchedulerConfig => ConfigurationFactory
            .ParseString("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
            .WithFallback(DefaultConfig);
    }
}

namespace Akka.TestKit
{
    /// <summary>Settings of the TestKit: the section akka.test.</summary>
    public class TestKitSettings : IExtension
    {
        public TestKitSettings(Config config)
        {
            if (config.IsNullOrEmpty()) throw ConfigurationException.NullOrEmptyConfig<TestKitSettings>();
            DefaultTimeout = config.GetTimeSpan("akka.test.default-timeout", allowInfinite: false);
            SingleExpectDefault = config.GetTimeSpan("akka.test.single-expect-default", allowInfinite: false);
            TestEventFilterLeeway = config.GetTimeSpan("akka.test.filter-leeway", allowInfinite: false);
            TestTimeFactor = config.GetDouble("akka.test.timefactor");
            LogTestKitCalls = config.GetBoolean("akka.test.testkit.debug");
            if (TestTimeFactor <= 0) throw new ConfigurationException(@"Expected a positive value for ""akka.test.timefactor""");
        }

        public TimeSpan DefaultTimeout { get; }

        public bool LogTestKitCalls { get; }

        public TimeSpan SingleExpectDefault { get; }

        public TimeSpan TestEventFilterLeeway { get; }

        public double TestTimeFactor { get; }
    }

    /// <summary>Finds the settings of a system.</summary>
    public class TestKitExtension : ExtensionIdProvider<TestKitSettings>
    {
        public static TestKitSettings For(ActorSystem system) => system.WithExtension<TestKitSettings, TestKitExtension>();

        public override TestKitSettings CreateExtension(ExtendedActorSystem system)
        {
            system.Settings.InjectTopLevelFallback(TestConfigs.DefaultConfig);
            return new TestKitSettings(system.Settings.Config);
        }
    }

    /// <summary>How a test framework says that a test has failed.</summary>
    public interface ITestKitAssertions
    {
        void AssertEqual<T>(T expected, T actual, string format = "", params object[] args);

        void AssertEqual<T>(T expected, T actual, Func<T, T, bool> comparer, string format = "", params object[] args);

        void AssertFalse(bool condition, string format = "", params object[] args);

        void AssertTrue(bool condition, string format = "", params object[] args);

        void Fail(string format = "", params object[] args);
    }

    /// <summary>The assertions of a system's tests.</summary>
    public class TestKitAssertionsProvider : IExtension
    {
        public TestKitAssertionsProvider(ITestKitAssertions assertions) => Assertions = assertions;

        public ITestKitAssertions Assertions { get; }
    }

    /// <summary>Finds the assertions of a system's tests.</summary>
    public class TestKitAssertionsExtension : ExtensionIdProvider<TestKitAssertionsProvider>
    {
        private readonly ITestKitAssertions _assertions;

        public TestKitAssertionsExtension(ITestKitAssertions assertions) => _assertions = assertions;

        public static TestKitAssertionsProvider For(ActorSystem system) => system.GetExtension<TestKitAssertionsProvider>();

        public override TestKitAssertionsProvider CreateExtension(ExtendedActorSystem system) => new(_assertions);
    }
}
