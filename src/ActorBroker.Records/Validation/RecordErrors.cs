namespace ActorBroker.Records;

/// <summary>Collects the records that break a rule about single records. Messages are shared, so a batch full of bad records costs little.</summary>
internal ref struct RecordErrors(in ValidationOptions options)
{
    private readonly bool _needsKey = options.IsCompacted;
    private readonly bool _checksTimestamp = options.TimestampType == TimestampType.CreateTime;
    private readonly long _earliest = options.EarliestTimestamp;
    private readonly long _latest = options.LatestTimestamp;
    private List<RecordError>? _errors;
    private bool _hasInvalidTimestamp;
    private int _index;

    internal readonly bool Any => _errors is not null;

    /// <summary>Looks at the next record.</summary>
    internal void Check(in Record record)
    {
        if (_needsKey && !record.Key.HasValue)
            Add("Compacted topics do not accept records without a key.");
        else if (_checksTimestamp && record.Timestamp != RecordBatch.NoTimestamp && (record.Timestamp < _earliest || record.Timestamp > _latest))
        {
            _hasInvalidTimestamp = true;
            Add("The timestamp is too far from the broker's time.");
        }
        _index++;
    }

    internal readonly ValidationResult ToResult() => _hasInvalidTimestamp
        ? ValidationResult.Fail(AppendError.InvalidTimestamp,
            $"One or more records were rejected: timestamps must lie between {_earliest} and {_latest}.", _errors)
        : ValidationResult.Fail(AppendError.InvalidRecord, "One or more records were rejected: this topic is compacted and needs keys.", _errors);

    private void Add(string message)
    {
        _errors ??= [];
        if (_errors.Count < BatchValidator.MaximumRecordErrors)
            _errors.Add(new RecordError(_index, message));
    }
}
