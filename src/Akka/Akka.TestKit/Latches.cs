#nullable disable
#pragma warning disable CA1001 // As in Akka.NET these are not disposable: they live as long as their test.
namespace Akka.TestKit
{
    /// <summary>Opens after a number of counts.</summary>
    public class TestLatch
    {
        public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

        private readonly CountdownEvent _countdown;
        private readonly Func<TimeSpan, TimeSpan> _dilate;
        private readonly TimeSpan _defaultTimeout;

        public TestLatch()
            : this(1)
        {
        }

        public TestLatch(int count)
            : this(count, DefaultTimeout)
        {
        }

        public TestLatch(int count, TimeSpan defaultTimeout)
            : this(static timeout => timeout, defaultTimeout, count)
        {
        }

        protected internal TestLatch(Func<TimeSpan, TimeSpan> dilate, TimeSpan defaultTimeout, int count)
        {
            _dilate = dilate;
            _defaultTimeout = defaultTimeout;
            _countdown = new CountdownEvent(count);
        }

        public bool IsOpen => _countdown.CurrentCount == 0;

        public void CountDown() => _countdown.Signal();

        /// <summary>Opens whatever the count.</summary>
        public void Open()
        {
            while (!IsOpen) CountDown();
        }

        /// <summary>Waits until it is open.</summary>
        /// <exception cref="TimeoutException">It did not open in time.</exception>
        public void Ready(TimeSpan timeout)
        {
            if (!_countdown.Wait(_dilate(timeout))) throw new TimeoutException($"Timeout of {timeout}");
        }

        public void Ready() => Ready(_defaultTimeout);

        public void Reset() => _countdown.Reset();
    }

    /// <summary>Lets threads go on when all have arrived.</summary>
    public class TestBarrier
    {
        public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

        private readonly TestKitBase _testKit;
        private readonly TimeSpan _defaultTimeout;
        private readonly Barrier _barrier;

        public TestBarrier(TestKitBase testKit, int count, TimeSpan? defaultTimeout = null)
        {
            _testKit = testKit;
            _defaultTimeout = defaultTimeout ?? testKit.TestKitSettings.DefaultTimeout;
            _barrier = new Barrier(count);
        }

        public void Await() => Await(_defaultTimeout);

        public void Await(TimeSpan timeout) => _barrier.SignalAndWait(_testKit.Dilated(timeout));
    }
}

namespace Akka.TestKit.Internal
{
    /// <summary>Questions about timeouts.</summary>
    public static class TimeSpanExtensions
    {
        /// <exception cref="ArgumentException">It is negative.</exception>
        public static void EnsureIsPositiveFinite(this TimeSpan timeSpan, string parameterName)
        {
            if (!timeSpan.IsPositiveFinite()) throw new ArgumentException($"The timespan must be greater than zero. Actual value: {timeSpan}", parameterName);
        }

        public static bool IsInfinite(this TimeSpan timeSpan) => timeSpan < TimeSpan.Zero;

        public static bool IsInfinite(this TimeSpan? timeSpan) => timeSpan is { } given && given.IsInfinite();

        public static bool IsPositiveFinite(this TimeSpan timeSpan) => timeSpan > TimeSpan.Zero;

        public static bool IsPositiveFinite(this TimeSpan? timeSpan) => timeSpan is { } given && given.IsPositiveFinite();

        public static bool IsUndefined(this TimeSpan? timeSpan) => timeSpan is null;

        public static bool IsZero(this TimeSpan timeSpan) => timeSpan == TimeSpan.Zero;

        public static bool IsZero(this TimeSpan? timeSpan) => timeSpan == TimeSpan.Zero;

        public static TimeSpan Min(this TimeSpan a, TimeSpan? b) => b is { } other && (a.IsInfinite() || other < a) ? other : a;
    }
}
