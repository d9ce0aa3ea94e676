#!/usr/bin/python3
"""Apache Kafka's own command-line tools (../shared/peers/kafka/tool), each with its output checked."""
import glob, json, os, re, subprocess, tempfile, time

from checks import BOOTSTRAP, DATA_DIRS, NO_DATA, RECORDS, REPLICATION, RUN, Skipped, await_condition, check, data_of, equal, expect

TOOL = os.path.join(os.environ["INTEROP_KAFKA"], "tool")
PREFIX = RUN + "-tools-"
COUNT = RECORDS // 2


def run(name, *arguments, text=None, bootstrap=True, code=0, seconds=120):
    """One tool's output, standard error after standard output."""
    command = [TOOL, name] + (["--bootstrap-server", BOOTSTRAP] if bootstrap else []) + list(arguments)
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds,
                          stdin=subprocess.DEVNULL if text is None else None)
    output = done.stdout + done.stderr
    expect(code is None or done.returncode == code, "%s %s: exit %d: %s … %s" % (name, " ".join(arguments), done.returncode, output[:400], output[-400:]))
    return output


def has(output, *patterns):
    for p in patterns:
        expect(re.search(p, output, re.M), "no /%s/ in: %s" % (p, output[-600:]))


def json_lines(output):
    for line in output.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def table(output):
    """The rows of the last table that consumer-groups prints, by column name. A line in brackets is what the tool's client logs of a node that is away."""
    lines = [line.split() for line in output.splitlines() if line.strip() and not line.startswith("[")]
    start = max(i for i, words in enumerate(lines) if words[0] == "GROUP")
    return [dict(zip(lines[start], words)) for words in lines[start + 1:] if len(words) >= len(lines[start]) - 1]


def create(name, partitions=1, *more):
    run("topics", "--create", "--topic", PREFIX + name, "--partitions", str(partitions), "--replication-factor", str(REPLICATION), *more)
    return PREFIX + name


def write(topic, indexes, *more):
    run("console-producer", "--topic", topic, "--reader-property", "parse.key=true", "--reader-property", "key.separator=|", *more,
        text="".join("key-%d|value-%d\n" % (i, i) for i in indexes))


def offsets(topic, time_="latest"):
    """-> {partition: offset}"""
    found = re.findall(r"^%s:(\d+):(\d*)$" % re.escape(topic), run("get-offsets", "--topic", topic, "--time", time_), re.M)
    return {int(p): int(o) for p, o in found if o}


def topics():
    topic = create("topics", 3, "--config", "retention.ms=3600000", "--config", "cleanup.policy=compact")
    has(run("topics", "--list"), "^%s$" % topic)
    has(run("topics", "--describe", "--topic", topic), r"PartitionCount: 3\b", r"ReplicationFactor: %d\b" % REPLICATION, r"retention\.ms=3600000", r"cleanup\.policy=compact", r"Partition: 2\s+Leader: \d+\s+Replicas: [\d,]+\s+Isr: [\d,]+")
    run("topics", "--alter", "--topic", topic, "--partitions", "5")
    has(run("topics", "--describe", "--topic", topic), r"PartitionCount: 5\b")
    has(run("topics", "--create", "--topic", topic, code=1), "already exists")
    has(run("topics", "--create", "--topic", PREFIX + "bad", "--config", "no.such.config=1", code=1), r"no\.such\.config")
    run("topics", "--delete", "--topic", topic)
    expect(topic not in run("topics", "--list").split(), "the deleted topic is listed")


def configs():
    topic = create("configs")
    entity = ["--entity-type", "topics", "--entity-name", topic]
    run("configs", "--alter", *entity, "--add-config", "retention.ms=7200000,max.message.bytes=2000000")
    has(run("configs", "--describe", *entity), r"retention\.ms=7200000 sensitive=false", r"max\.message\.bytes=2000000")
    run("configs", "--alter", *entity, "--delete-config", "retention.ms")
    described = run("configs", "--describe", *entity)
    expect("retention.ms=" not in described, "the deleted config is still there: " + described)
    has(run("configs", "--describe", *entity, "--all"), r"retention\.ms=604800000 ", r"segment\.bytes=1073741824 .*DEFAULT_CONFIG:log\.segment\.bytes=1073741824", r"max\.message\.bytes=2000000 .*DYNAMIC_TOPIC_CONFIG:max\.message\.bytes=2000000")
    has(run("configs", "--alter", *entity, "--add-config", "retention.ms=soon", code=1), r"retention\.ms")
    node = re.search(r"Leader: (\d+)", run("topics", "--describe", "--topic", topic))[1]
    has(run("configs", "--describe", "--entity-type", "brokers", "--entity-name", node, "--all"), r"log\.dirs?=", r"node\.id=%s|broker\.id=%s" % (node, node), r"num\.partitions=\d+")


def console():
    topic = create("console", 3)
    write(topic, range(COUNT), "--compression-codec", "lz4")
    got = run("console-consumer", "--topic", topic, "--from-beginning", "--max-messages", str(COUNT), "--timeout-ms", "30000", "--formatter-property", "print.key=true",
              "--formatter-property", "print.partition=true", "--formatter-property", "print.offset=true", "--formatter-property", "print.headers=true", "--formatter-property", "key.separator=|")
    found = re.findall(r"^Partition:(\d)\|Offset:(\d+)\|NO_HEADERS\|key-(\d+)\|value-(\d+)$", got, re.M)
    equal(sorted(int(v) for *_, v in found), list(range(COUNT)), "values")
    expect(all(k == v for *_, k, v in found), "a value under another key")
    has(got, "Processed a total of %d messages" % COUNT)
    from_three = run("console-consumer", "--topic", topic, "--partition", "1", "--offset", "3", "--max-messages", "1", "--timeout-ms", "30000", "--formatter-property", "print.offset=true")
    has(from_three, r"^Offset:3\t")


def consumer_groups():
    topic, group = create("groups", 2), PREFIX + "group"
    by_group = ["--group", group]
    write(topic, range(COUNT))
    run("console-consumer", "--topic", topic, "--from-beginning", "--max-messages", str(COUNT), "--timeout-ms", "30000", *by_group)
    has(run("consumer-groups", "--list", "--state"), r"^%s\s+Empty" % group)
    rows = table(run("consumer-groups", "--describe", *by_group))
    equal(sorted(r["PARTITION"] for r in rows), ["0", "1"], "partitions")
    equal((sum(int(r["CURRENT-OFFSET"]) for r in rows), sum(int(r["LAG"]) for r in rows)), (COUNT, 0), "offsets and lag")
    has(run("consumer-groups", "--describe", "--state", *by_group), r"%s\s.*Empty\s+0" % group)
    reset = ["--reset-offsets", "--topic", topic, "--execute", *by_group]
    equal({r["NEW-OFFSET"] for r in table(run("consumer-groups", *reset, "--to-earliest"))}, {"0"}, "to-earliest")
    equal(sum(int(r["LAG"]) for r in table(run("consumer-groups", "--describe", *by_group))), COUNT, "lag after the reset")
    equal({r["NEW-OFFSET"] for r in table(run("consumer-groups", *reset, "--shift-by", "2"))}, {"2"}, "shift-by")
    ends = {str(p): str(o) for p, o in offsets(topic).items()}
    equal({r["PARTITION"]: r["NEW-OFFSET"] for r in table(run("consumer-groups", *reset, "--to-datetime", "2040-01-01T00:00:00.000"))}, ends, "to-datetime after the end")
    equal({r["NEW-OFFSET"] for r in table(run("consumer-groups", *reset, "--to-datetime", "2001-01-01T00:00:00.000"))}, {"0"}, "to-datetime before the start")
    has(run("consumer-groups", "--delete-offsets", "--topic", topic, *by_group), r"Successful")
    has(run("consumer-groups", "--delete", *by_group), "Deletion of requested consumer groups .* was successful")
    expect(group not in run("consumer-groups", "--list").split(), "the deleted group is listed")
    has(run("consumer-groups", "--describe", *by_group, code=None), r"does not exist|GroupIdNotFoundException")


def active_group():
    """A group with a member: described with its assignment, and not to be deleted."""
    topic, group = create("active", 2), PREFIX + "active"
    member = subprocess.Popen([TOOL, "console-consumer", "--bootstrap-server", BOOTSTRAP, "--topic", topic, "--group", group, "--command-property", "client.id=watched"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        described = []
        def look():
            described[:] = [run("consumer-groups", "--describe", "--members", "--verbose", "--group", group, code=None)]
        await_condition(lambda: described and re.search(r"^%s\s+watched-\S+\s+/?[0-9.]+\s+watched\s+2\s+.*%s" % (group, topic), described[0], re.M), "the member with two partitions", look, 60)
        has(run("consumer-groups", "--describe", "--state", "--group", group), r"%s\s+\S+\s+\(\d+\)\s+range\s+Stable\s+1" % group)
        has(run("consumer-groups", "--delete", "--group", group, code=None), r"GroupNotEmptyException|not empty")
    finally:
        member.terminate()
        member.wait(30)


def get_offsets():
    topic = create("offsets", 2)
    write(topic, range(COUNT))
    ends = offsets(topic)
    equal((sum(ends.values()), offsets(topic, "earliest")), (COUNT, {0: 0, 1: 0}), "latest and earliest")
    for p, o in offsets(topic, "max-timestamp").items():
        expect(0 <= o < ends[p], "max-timestamp of partition %d is %d" % (p, o))
    equal(offsets(topic, "1000"), {0: 0, 1: 0}, "offsets for a time before the first record")


def delete_records():
    topic = create("delete")
    write(topic, range(20))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump({"version": 1, "partitions": [{"topic": topic, "partition": 0, "offset": 7}]}, f)
        f.flush()
        has(run("delete-records", "--offset-json-file", f.name), r"low_watermark: 7")
    equal((offsets(topic, "earliest"), offsets(topic)), ({0: 7}, {0: 20}), "earliest and latest")
    got = run("console-consumer", "--topic", topic, "--from-beginning", "--max-messages", "13", "--timeout-ms", "30000")
    equal(re.findall(r"^value-(\d+)$", got, re.M), [str(i) for i in range(7, 20)], "what is left")


def broker_api_versions():
    output = run("broker-api-versions")
    has(output, r"\(id: \d+ rack: \S+ isFenced: false\) -> \(|\(id: \d+ rack: \S+\) -> \(", r"Produce\(0\): \d+ to \d+ \[usable: \d+\]", r"Fetch\(1\): ", r"JoinGroup\(11\): ", r"ApiVersions\(18\): ", r"DescribeCluster\(60\): ")
    return "%d APIs" % len(re.findall(r"\(\d+\): \d+(?: to \d+)? \[usable", output))


def reassign_partitions():
    """Takes replicas away and brings them back below a throttle, which --verify removes at the end."""
    if REPLICATION < 2:
        raise Skipped("one replica")
    topic = create("reassigned")
    replicas = [int(id_) for id_ in re.search(r"Replicas: ([\d,]+)", run("topics", "--describe", "--topic", topic)).group(1).split(",")]
    write(topic, range(COUNT))

    def reassign(to, *throttle):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as plan:
            json.dump({"version": 1, "partitions": [{"topic": topic, "partition": 0, "replicas": to}]}, plan)
            plan.flush()
            run("reassign-partitions", "--reassignment-json-file", plan.name, "--execute", *throttle)
            described = run("configs", "--entity-type", "topics", "--entity-name", topic, "--describe")
            await_condition(lambda: "is completed" in run("reassign-partitions", "--reassignment-json-file", plan.name, "--verify"), "the reassignment to %s" % to)
        return described

    reassign(replicas[:1])
    # Not in sync, and without a leader, while the only node that has it is restarted.
    one = r"Replicas: %d\s+Isr: %d\b" % (replicas[0], replicas[0])
    await_condition(lambda: re.search(one, run("topics", "--describe", "--topic", topic)), "one replica, in sync")
    described = reassign(replicas, "--throttle", "10000000")
    has(described, r"leader\.replication\.throttled\.replicas=0:%d" % replicas[0], r"follower\.replication\.throttled\.replicas=[\d:,]*0:%d\b" % replicas[1])
    expect("throttled" not in run("configs", "--entity-type", "topics", "--entity-name", topic, "--describe"), "the throttle is still there")
    expect("throttled.rate" not in run("configs", "--entity-type", "brokers", "--entity-name", str(replicas[0]), "--describe"), "the rate is still there")
    equal(offsets(topic), {0: COUNT}, "offsets")


def log_dirs():
    topic = create("dirs", 2)
    write(topic, range(COUNT))
    answer = next(j for j in json_lines(run("log-dirs", "--describe", "--topic-list", topic)) if "brokers" in j)
    dirs = [d for b in answer["brokers"] for d in b["logDirs"]]
    equal([d["error"] for d in dirs], [None] * len(dirs), "errors")
    partitions = {p["partition"]: p for d in dirs for p in d["partitions"]}
    equal(sorted(partitions), [topic + "-0", topic + "-1"], "partitions")
    expect(sum(p["size"] for p in partitions.values()) > COUNT * 10, "sizes: %s" % partitions)


def perf_tests():
    topic, count = create("perf", 3), str(RECORDS * 10)
    output = run("producer-perf-test", "--topic", topic, "--num-records", count, "--record-size", "100", "--throughput", "-1", "--command-property", "acks=all", "compression.type=lz4")
    has(output, r"%s records sent, [\d.]+ records/sec" % count)
    equal(sum(offsets(topic).values()), int(count), "records in the topic")
    last = run("consumer-perf-test", "--topic", topic, "--num-records", count, "--timeout", "30000").strip().splitlines()[-1].split(",")
    expect(int(last[4]) >= int(count), "consumed: %s" % last)
    return "%s records" % count


def verifiable():
    topic, group = create("verifiable", 2), PREFIX + "verifiable"
    with tempfile.NamedTemporaryFile("w", suffix=".properties") as settings:
        settings.write("retries=2147483647\n")  # the tool's own is none, which loses records wherever a leader moves
        settings.flush()
        produced = list(json_lines(run("verifiable-producer", "--topic", topic, "--max-messages", str(COUNT), "--acks", "-1", "--command-config", settings.name)))
    sent = [(e["partition"], e["offset"]) for e in produced if e["name"] == "producer_send_success"]
    equal((len(set(sent)), [e for e in produced if e["name"] == "producer_send_error"]), (COUNT, []), "acknowledged offsets and errors")
    equal(next(e for e in produced if e["name"] == "tool_data")["acked"], COUNT, "acked")
    consumed = list(json_lines(run("verifiable-consumer", "--topic", topic, "--group-id", group, "--max-messages", str(COUNT), "--reset-policy", "earliest")))
    equal(sum(e["count"] for e in consumed if e["name"] == "records_consumed"), COUNT, "records consumed")
    expect(any(e["name"] == "offsets_committed" and e["success"] for e in consumed), "no committed offsets")
    rows = table(run("consumer-groups", "--describe", "--group", group))
    equal(sum(int(r["CURRENT-OFFSET"]) for r in rows), COUNT, "committed offsets")


def dump_log():
    if not DATA_DIRS:
        raise Skipped(NO_DATA)
    # Two runs of the producer are farther apart than segment.ms, so that the first segment is rolled and has its indexes complete.
    topic = create("dump", 1, "--config", "index.interval.bytes=64", "--config", "segment.ms=100")
    for indexes in (range(COUNT // 2), range(COUNT // 2, COUNT)):
        write(topic, indexes, "--compression-codec", "zstd", "--batch-size", "100")
    folder = data_of(topic, 0)
    segments = sorted(glob.glob(folder + "/*.log"))
    expect(len(segments) >= 2, "segments: %s" % segments)
    output = run("dump-log", "--files", ",".join(segments), "--print-data-log", "--deep-iteration", bootstrap=False)
    batches = re.findall(r"^baseOffset: (\d+) lastOffset: (\d+) count: (\d+) .*compresscodec: (\w+) .*isvalid: (\w+)$", output, re.M)
    equal((sum(int(b[2]) for b in batches), {b[3].lower() for b in batches}, {b[4] for b in batches}), (COUNT, {"zstd"}, {"true"}), "batches")
    equal(re.findall(r"offset: (\d+) .*key: key-(\d+) payload: value-(\d+)$", output, re.M), [(str(i),) * 3 for i in range(COUNT)], "records")
    # A segment of one batch has nothing to index; on a slow machine the first one may be such.
    indexed = [s[:-len("log")] for s in segments[:-1] if os.path.exists(s[:-len("log")] + "index")]
    expect(indexed, "no closed segment has an index: %s" % os.listdir(folder))
    indexes = [indexed[0] + kind for kind in ("index", "timeindex")]
    expect(all(os.path.getsize(i) for i in indexes), "an empty index among %s" % indexes)
    sanity = run("dump-log", "--files", ",".join(indexes), "--index-sanity-check", bootstrap=False)
    expect("passed sanity check" in sanity and "Found" not in sanity, "indexes: " + sanity)


def dump_offsets():
    if not DATA_DIRS:
        raise Skipped(NO_DATA)
    topic, group = create("committed"), PREFIX + "committed"
    write(topic, range(10))
    run("console-consumer", "--topic", topic, "--from-beginning", "--max-messages", "10", "--timeout-ms", "30000", "--group", group)
    segments = [s for d in DATA_DIRS for s in glob.glob(d + "/__consumer_offsets-*/*.log") if os.path.getsize(s)]
    output = run("dump-log", "--files", ",".join(segments), "--offsets-decoder", bootstrap=False)
    has(output, r'"group":"%s","topic":"%s","partition":0.*"offset":10' % (group, topic), r'"group":"%s".*"protocolType":"consumer"' % group)


check("topics", topics)
check("configs", configs)
check("console-producer and console-consumer", console)
check("consumer-groups", consumer_groups)
check("consumer-groups, active member", active_group)
check("get-offsets", get_offsets)
check("delete-records", delete_records)
check("broker-api-versions", broker_api_versions)
check("reassign-partitions with a throttle", reassign_partitions)
check("log-dirs", log_dirs)
check("producer-perf-test and consumer-perf-test", perf_tests)
check("verifiable-producer and -consumer", verifiable)
check("dump-log", dump_log)
check("dump-log of committed offsets", dump_offsets)
