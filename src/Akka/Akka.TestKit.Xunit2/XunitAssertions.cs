#nullable disable
using System.Globalization;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit.Xunit2.Internals;
using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Akka.TestKit.Xunit2
{
    /// <summary>Fails tests by xunit's exceptions.</summary>
    public class XunitAssertions : ITestKitAssertions
    {
        public void AssertEqual<T>(T expected, T actual, string format = "", params object[] args)
        {
            if (!new AkkaAssertEqualityComparer<T>().Equals(expected, actual))
                throw AkkaEqualException.ForMismatchedValues(expected, actual, format, args);
        }

        public void AssertEqual<T>(T expected, T actual, Func<T, T, bool> comparer, string format = "", params object[] args)
        {
            if (!comparer(expected, actual)) throw AkkaEqualException.ForMismatchedValues(expected, actual, format, args);
        }

        public void AssertFalse(bool condition, string format = "", params object[] args) => Assert.False(condition, Text(format, args));

        public void AssertTrue(bool condition, string format = "", params object[] args) => Assert.True(condition, Text(format, args));

        public void Fail(string format = "", params object[] args) => Assert.Fail(Text(format, args));

        internal static string Text(string format, object[] args) =>
            args.Length == 0 ? format : string.Format(CultureInfo.InvariantCulture, format, args);
    }
}

namespace Akka.TestKit.Xunit2.Internals
{
    /// <summary>Two values that should be equal are not.</summary>
    public class AkkaEqualException : XunitException
    {
        public AkkaEqualException(string format = "", params object[] args)
            : base(XunitAssertions.Text(format, args))
        {
        }

        public static AkkaEqualException ForMismatchedValues(object expected, object actual, string format = null, params object[] args) => new(
            "{0}",
            $"{(string.IsNullOrEmpty(format) ? "" : XunitAssertions.Text(format, args) + Environment.NewLine)}Expected: {expected ?? "(null)"}{Environment.NewLine}Actual:   {actual ?? "(null)"}");
    }

    /// <summary>Equality of values; sequences are equal if their elements are.</summary>
    public class AkkaAssertEqualityComparer<T> : IEqualityComparer<T>
    {
        private readonly System.Collections.IEqualityComparer _innerComparer;
        private readonly bool _skipTypeCheck;

        public AkkaAssertEqualityComparer(bool skipTypeCheck = false, System.Collections.IEqualityComparer innerComparer = null)
        {
            _skipTypeCheck = skipTypeCheck;
            _innerComparer = innerComparer;
        }

        public bool Equals(T x, T y)
        {
            if (x is null || y is null) return x is null && y is null;
            if (Equals((object)x, y)) return true;
            if (x is System.Collections.IEnumerable left and not string && y is System.Collections.IEnumerable right)
            {
                if (!_skipTypeCheck && x.GetType() != y.GetType()) return false;
                return left.Cast<object>().SequenceEqual(right.Cast<object>(), new Elements(_innerComparer));
            }

            return false;
        }

        public int GetHashCode(T obj) => obj?.GetHashCode() ?? 0;

        private sealed class Elements : IEqualityComparer<object>
        {
            private readonly System.Collections.IEqualityComparer _comparer;

            public Elements(System.Collections.IEqualityComparer comparer) => _comparer = comparer;

            public new bool Equals(object x, object y) => _comparer?.Equals(x, y) ?? new AkkaAssertEqualityComparer<object>().Equals(x, y);

            public int GetHashCode(object obj) => obj?.GetHashCode() ?? 0;
        }
    }

    /// <summary>Logs to a test's output.</summary>
    public class TestOutputLogger : ReceiveActor
    {
        private readonly ITestOutputHelper _output;

        public TestOutputLogger(ITestOutputHelper output)
        {
            _output = output;
            Receive<InitializeLogger>(initialize =>
            {
                foreach (Type type in (Type[])[typeof(Debug), typeof(Info), typeof(Warning), typeof(Error)]) initialize.LoggingBus.Subscribe(Self, type);
                Sender.Tell(new LoggerInitialized());
            });
            Receive<LogEvent>(Write);
        }

        private void Write(LogEvent logEvent)
        {
            try
            {
                _output.WriteLine(logEvent.ToString());
            }
            catch (InvalidOperationException)
            {
                // The test has ended; its output is closed.
            }
        }
    }
}
