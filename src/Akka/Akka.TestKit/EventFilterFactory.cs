#nullable disable
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;
using Akka.TestKit.Internal;
using Akka.TestKit.Internal.StringMatcher;

namespace Akka.TestKit;

/// <summary>Makes filters of log events, to expect or mute them. Each level takes the text, its beginning or a part of it, and a source.</summary>
public class EventFilterFactory
{
    private readonly TestKitBase _testkit;
    private readonly ActorSystem _actorSystem;
    private readonly IReadOnlyList<EventFilterBase> _filters;

    public EventFilterFactory(TestKitBase testkit)
        : this(testkit, testkit.Sys)
    {
    }

    public EventFilterFactory(TestKitBase testkit, ActorSystem system)
        : this(testkit, system, [])
    {
    }

    public EventFilterFactory(TestKitBase testkit, ActorSystem actorSystem, IReadOnlyList<EventFilterBase> filters)
    {
        _testkit = testkit;
        _actorSystem = actorSystem;
        _filters = filters;
    }

    public IEventFilterApplier Custom(Predicate<LogEvent> predicate) => CreateApplier(new CustomEventFilter(predicate), _actorSystem);

    public IEventFilterApplier Custom<TLogEvent>(Predicate<TLogEvent> predicate)
        where TLogEvent : LogEvent => Custom(evt => evt is TLogEvent typed && predicate(typed));

    public IEventFilterApplier DeadLetter() => DeadLetterFilter(null, null);

    public IEventFilterApplier DeadLetter<TMessage>(string source = null) => DeadLetterFilter(static letter => letter.Message is TMessage, source);

    public IEventFilterApplier DeadLetter<TMessage>(Func<TMessage, bool> isMatch, string source = null) =>
        DeadLetterFilter(letter => letter.Message is TMessage typed && isMatch(typed), source);

    public IEventFilterApplier DeadLetter(Type type, string source = null) => DeadLetterFilter(letter => type.IsInstanceOfType(letter.Message), source);

    public IEventFilterApplier DeadLetter(Type type, Func<object, bool> isMatch, string source = null) =>
        DeadLetterFilter(letter => type.IsInstanceOfType(letter.Message) && isMatch(letter.Message), source);

    public IEventFilterApplier Debug(string message = null, string start = null, string contains = null, string source = null) =>
        CreateApplier(new DebugFilter(CreateMessageMatcher(message, start, contains), Source(source)), _actorSystem);

    public IEventFilterApplier Debug(Regex pattern, string source = null) => CreateApplier(new DebugFilter(new RegexMatcher(pattern), Source(source)), _actorSystem);

    public IEventFilterApplier Error(string message = null, string start = null, string contains = null, string source = null) =>
        CreateApplier(new ErrorFilter(CreateMessageMatcher(message, start, contains), Source(source)), _actorSystem);

    public IEventFilterApplier Error(Regex pattern, string source = null) => CreateApplier(new ErrorFilter(new RegexMatcher(pattern), Source(source)), _actorSystem);

    public IEventFilterApplier Exception<TException>(Regex pattern, string source = null)
        where TException : Exception => Exception(typeof(TException), pattern, source);

    public IEventFilterApplier Exception(Type exceptionType, Regex pattern, string source = null, bool checkInnerExceptions = false) =>
        CreateApplier(new ErrorFilter(exceptionType, new RegexMatcher(pattern), Source(source), checkInnerExceptions), _actorSystem);

    public IEventFilterApplier Exception<TException>(string message = null, string start = null, string contains = null, string source = null)
        where TException : Exception => Exception(typeof(TException), message, start, contains, source);

    public IEventFilterApplier Exception(
        Type exceptionType, string message = null, string start = null, string contains = null, string source = null, bool checkInnerExceptions = false) =>
        CreateApplier(new ErrorFilter(exceptionType, CreateMessageMatcher(message, start, contains), Source(source), checkInnerExceptions), _actorSystem);

    public IEventFilterApplier ForLogLevel(LogLevel logLevel, string message = null, string start = null, string contains = null, string source = null) =>
        ForLogLevel(logLevel, CreateMessageMatcher(message, start, contains), Source(source));

    public IEventFilterApplier ForLogLevel(LogLevel logLevel, Regex pattern, string source = null) =>
        ForLogLevel(logLevel, new RegexMatcher(pattern), Source(source));

    public IEventFilterApplier Info(string message = null, string start = null, string contains = null, string source = null) =>
        CreateApplier(new InfoFilter(CreateMessageMatcher(message, start, contains), Source(source)), _actorSystem);

    public IEventFilterApplier Info(Regex pattern, string source = null) => CreateApplier(new InfoFilter(new RegexMatcher(pattern), Source(source)), _actorSystem);

    public IEventFilterApplier Warning(string message = null, string start = null, string contains = null, string source = null) =>
        CreateApplier(new WarningFilter(CreateMessageMatcher(message, start, contains), Source(source)), _actorSystem);

    public IEventFilterApplier Warning(Regex pattern, string source = null) => CreateApplier(new WarningFilter(new RegexMatcher(pattern), Source(source)), _actorSystem);

    protected static IStringMatcher CreateMessageMatcher(string message, string start, string contains) =>
        message is not null ? new EqualsString(message)
        : start is not null ? new StartsWithString(start)
        : contains is not null ? new ContainsString(contains)
        : MatchesAll.Instance;

    protected IEventFilterApplier CreateApplier(EventFilterBase filter, ActorSystem system) =>
        new InternalEventFilterApplier(_testkit, system, [.. _filters, filter]);

    private static IStringMatcher Source(string source) => source is null ? null : new EqualsStringAndPathMatcher(source);

    private IEventFilterApplier DeadLetterFilter(Predicate<DeadLetter> isMatch, string source) =>
        CreateApplier(new DeadLettersFilter(null, Source(source), isMatch), _actorSystem);

    private IEventFilterApplier ForLogLevel(LogLevel logLevel, IStringMatcher message, IStringMatcher source) => CreateApplier(
        logLevel switch
        {
            LogLevel.DebugLevel => new DebugFilter(message, source),
            LogLevel.InfoLevel => new InfoFilter(message, source),
            LogLevel.WarningLevel => new WarningFilter(message, source),
            _ => new ErrorFilter(message, source),
        },
        _actorSystem);
}
