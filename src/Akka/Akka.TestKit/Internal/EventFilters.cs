#nullable disable
using System.Text.RegularExpressions;
using Akka.Event;
using Akka.TestKit.Internal.StringMatcher;

namespace Akka.TestKit
{
    /// <summary>Picks log events.</summary>
    public interface IEventFilter
    {
        /// <summary>True if the event fits.</summary>
        bool Apply(LogEvent logEvent);
    }

    /// <summary>Picks dead letters.</summary>
    public sealed class DeadLettersFilter : Internal.EventFilterBase
    {
        private readonly Predicate<DeadLetter> _isMatch;

        public DeadLettersFilter(IStringMatcher messageMatcher, IStringMatcher sourceMatcher, Predicate<DeadLetter> isMatch = null)
            : base(messageMatcher, sourceMatcher) => _isMatch = isMatch;

        protected override string FilterDescriptiveName => "DeadLetter";

        protected override bool IsMatch(LogEvent evt) => evt.Message is DeadLetter deadLetter
            && (_isMatch is null || _isMatch(deadLetter)) && InternalDoMatch(evt.LogSource, deadLetter.Message);
    }
}

namespace Akka.TestKit.Internal
{
    /// <summary>Called for each event that a filter picks.</summary>
    public delegate void EventMatched(EventFilterBase eventFilter, LogEvent logEvent);

    /// <summary>Base of filters by message and source.</summary>
    public abstract class EventFilterBase : IEventFilter
    {
        private readonly IStringMatcher _messageMatcher;
        private readonly IStringMatcher _sourceMatcher;

        protected EventFilterBase(IStringMatcher messageMatcher, IStringMatcher sourceMatcher)
        {
            _messageMatcher = messageMatcher ?? MatchesAll.Instance;
            _sourceMatcher = sourceMatcher ?? MatchesAll.Instance;
        }

        public event EventMatched EventMatched;

        protected abstract string FilterDescriptiveName { get; }

        public bool Apply(LogEvent logEvent)
        {
            if (!IsMatch(logEvent)) return false;
            OnEventMatched(logEvent);
            return true;
        }

        public override string ToString() => $"{FilterDescriptiveName} when Message {_messageMatcher} and Source {_sourceMatcher}";

        protected bool InternalDoMatch(string src, object msg) => _messageMatcher.IsMatch(msg?.ToString() ?? "null") && _sourceMatcher.IsMatch(src);

        protected abstract bool IsMatch(LogEvent evt);

        protected virtual void OnEventMatched(LogEvent logEvent) => EventMatched?.Invoke(this, logEvent);
    }

    /// <summary>Picks debug events.</summary>
    public class DebugFilter : EventFilterBase
    {
        public DebugFilter(IStringMatcher messageMatcher = null, IStringMatcher sourceMatcher = null)
            : base(messageMatcher, sourceMatcher)
        {
        }

        protected override string FilterDescriptiveName => "Debug";

        protected override bool IsMatch(LogEvent evt) => evt is Debug && InternalDoMatch(evt.LogSource, evt.Message);
    }

    /// <summary>Picks info events.</summary>
    public class InfoFilter : EventFilterBase
    {
        public InfoFilter(IStringMatcher messageMatcher = null, IStringMatcher sourceMatcher = null)
            : base(messageMatcher, sourceMatcher)
        {
        }

        protected override string FilterDescriptiveName => "Info";

        protected override bool IsMatch(LogEvent evt) => evt is Info && InternalDoMatch(evt.LogSource, evt.Message);
    }

    /// <summary>Picks warnings.</summary>
    public class WarningFilter : EventFilterBase
    {
        public WarningFilter(IStringMatcher messageMatcher = null, IStringMatcher sourceMatcher = null)
            : base(messageMatcher, sourceMatcher)
        {
        }

        protected override string FilterDescriptiveName => "Warning";

        protected override bool IsMatch(LogEvent evt) => evt is Warning && InternalDoMatch(evt.LogSource, evt.Message);
    }

    /// <summary>Picks errors, by the type of their exception too.</summary>
    public class ErrorFilter : EventFilterBase
    {
        private readonly Type _exceptionType;
        private readonly bool _recurseInnerExceptions;

        public ErrorFilter(IStringMatcher messageMatcher = null, IStringMatcher sourceMatcher = null)
            : this(null, messageMatcher, sourceMatcher)
        {
        }

        public ErrorFilter(Type exceptionType, IStringMatcher messageMatcher = null, IStringMatcher sourceMatcher = null, bool recurseInnerExceptions = false)
            : base(messageMatcher, sourceMatcher)
        {
            _exceptionType = exceptionType;
            _recurseInnerExceptions = recurseInnerExceptions;
        }

        protected override string FilterDescriptiveName => "Error";

        protected override bool IsMatch(LogEvent evt)
        {
            if (evt is not Error) return false;
            if (_exceptionType is null) return InternalDoMatch(evt.LogSource, evt.Message);
            for (Exception cause = evt.Cause; cause is not null; cause = _recurseInnerExceptions ? cause.InnerException : null)
            {
                if (_exceptionType.IsInstanceOfType(cause) && (InternalDoMatch(evt.LogSource, evt.Message) || InternalDoMatch(evt.LogSource, cause.Message)))
                    return true;
            }

            return false;
        }
    }

    /// <summary>Picks events by a predicate.</summary>
    public class CustomEventFilter : EventFilterBase
    {
        private readonly Predicate<LogEvent> _predicate;

        public CustomEventFilter(Predicate<LogEvent> predicate)
            : base(null, null) => _predicate = predicate;

        protected override string FilterDescriptiveName => "Custom";

        protected override bool IsMatch(LogEvent evt) => _predicate(evt);
    }
}

namespace Akka.TestKit.Internal.StringMatcher
{
    /// <summary>A condition on a text.</summary>
    public interface IStringMatcher
    {
        bool IsMatch(string s);
    }

    /// <summary>Any text.</summary>
    public class MatchesAll : IStringMatcher
    {
        private MatchesAll()
        {
        }

        public static IStringMatcher Instance { get; } = new MatchesAll();

        public bool IsMatch(string s) => true;

        public override string ToString() => "";
    }

    /// <summary>Texts that contain another.</summary>
    public class ContainsString : IStringMatcher
    {
        private readonly string _part;

        public ContainsString(string part) => _part = part;

        public bool IsMatch(string s) => s.Contains(_part, StringComparison.Ordinal);

        public override string ToString() => $"contains \"{_part}\"";
    }

    /// <summary>Texts that equal another.</summary>
    public class EqualsString : IStringMatcher
    {
        private readonly string _s;

        public EqualsString(string s) => _s = s;

        public bool IsMatch(string s) => s == _s;

        public override string ToString() => $"== \"{_s}\"";
    }

    /// <summary>Texts that equal another, or the path in a source of the form "path (system)".</summary>
    public class EqualsStringAndPathMatcher : IStringMatcher
    {
        private readonly string _path;
        private readonly bool _canBeRelative;

        public EqualsStringAndPathMatcher(string path, bool canBeRelative = true)
        {
            _path = path;
            _canBeRelative = canBeRelative;
        }

        public bool IsMatch(string path)
        {
            if (path == _path) return true;
            if (!_canBeRelative || path is null || !Actor.ActorPath.TryParse(path, out Actor.ActorPath parsed)) return false;
            return parsed.ToStringWithoutAddress() == (_path.StartsWith('/') ? _path : "/" + _path) || parsed.ToStringWithoutAddress() == "/user/" + _path;
        }

        public override string ToString() => $"== \"{_path}\"";
    }

    /// <summary>Texts that a predicate accepts.</summary>
    public class PredicateMatcher : IStringMatcher
    {
        private readonly Predicate<string> _predicate;
        private readonly string _hint;

        public PredicateMatcher(Predicate<string> predicate, string hint = "")
        {
            _predicate = predicate;
            _hint = hint;
        }

        public bool IsMatch(string s) => _predicate(s);

        public override string ToString() => $"matches predicate {_hint}";
    }

    /// <summary>Texts that a regular expression finds something in.</summary>
    public class RegexMatcher : IStringMatcher
    {
        private readonly Regex _regex;

        public RegexMatcher(Regex regex) => _regex = regex;

        public bool IsMatch(string s) => _regex.IsMatch(s);

        public override string ToString() => $"matches regex \"{_regex}\"";
    }

    /// <summary>Texts that begin with another.</summary>
    public class StartsWithString : IStringMatcher
    {
        private readonly string _start;

        public StartsWithString(string start) => _start = start;

        public bool IsMatch(string s) => s.StartsWith(_start, StringComparison.Ordinal);

        public override string ToString() => $"starts with \"{_start}\"";
    }
}
