#!/usr/bin/python3
"""kcat (Debian), driven as a person would at a shell. It has no admin commands: topics come from auto-creation,
except the one of four partitions that a group shares."""
import json, re, signal, subprocess, tempfile, time

from confluent_kafka.admin import AdminClient, NewTopic

from checks import BOOTSTRAP, CODECS, RECORDS, REPLICATION, RUN, await_condition, check, equal, expect, key, value

PREFIX = RUN + "-kcat-"
FAST_GROUP = ["-X", "session.timeout.ms=10000", "-X", "heartbeat.interval.ms=500", "-X", "auto.offset.reset=earliest"]


def kcat(*arguments, text="", seconds=60):
    done = subprocess.run(["kcat", "-b", BOOTSTRAP, *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds)
    expect(done.returncode == 0, "kcat %s: exit %d: %s" % (" ".join(arguments), done.returncode, done.stderr.strip()[-300:]))
    return done.stdout


def describe():
    """Metadata of a topic that auto-creation makes at the first look."""
    topic, found = PREFIX + "admin", {}
    def look():
        found.update(json.loads(kcat("-L", "-J", "-t", topic, "-X", "allow.auto.create.topics=true")))
        time.sleep(0.1)
    await_condition(lambda: found and found["topics"][0]["partitions"] and "error" not in found["topics"][0], "the topic", look)
    expect(len(found["brokers"]) >= 1 and ":" in found["brokers"][0]["name"], "brokers: %s" % found["brokers"])
    equal(found["topics"][0]["topic"], topic, "topic")
    for p in found["topics"][0]["partitions"]:
        expect(p["leader"] >= 0 and p["leader"] in [i["id"] for i in p["isrs"]], "partition without a leader in the ISR: %s" % p)
    return "%d brokers" % len(found["brokers"])


def write(topic, codec, indexes, *more):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as lines:
        lines.writelines("%s|%s\n" % (key(i), value(i)) for i in indexes)
        lines.flush()
        kcat("-P", "-t", topic, "-p", "0", "-K", "|", "-z", codec, "-H", "origin=kcat", "-H", "codec=" + codec, "-l", *more, lines.name)


def write_and_read(codec):
    topic = PREFIX + codec
    write(topic, codec, range(RECORDS), "-X", "enable.idempotence=true")
    got = [json.loads(line) for line in kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J", "-X", "check.crcs=true").splitlines()]
    actual = [(r["partition"], r["offset"], r["key"], r["payload"], r["headers"]) for r in got]
    expected = [(0, i, key(i), value(i), ["origin", "kcat", "codec", codec]) for i in range(RECORDS)]
    equal(actual, expected, "records")
    return "%d records" % RECORDS


class Member:
    """A kcat process in a group; what it says on stderr tells its partitions."""

    def __init__(self, group, topic):
        self.said = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(["kcat", "-b", BOOTSTRAP, "-G", group, *FAST_GROUP, topic],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.said)

    def partitions(self):
        """The partitions of its last assignment."""
        self.said.seek(0)
        events = re.findall(r"assigned: (.*)|(revoked): ", self.said.read())
        return {int(p) for p in re.findall(r"\[(\d+)\]", events[-1][0])} if events else set()

    def leave(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def rebalance():
    topic, group = PREFIX + "group", PREFIX + "group"
    admin = AdminClient({"bootstrap.servers": BOOTSTRAP})
    admin.create_topics([NewTopic(topic, 4, REPLICATION)])[topic].result(30)
    members = [Member(group, topic)]
    try:
        everything = {0, 1, 2, 3}
        await_condition(lambda: members[0].partitions() == everything, "all partitions for the only member")
        members.append(Member(group, topic))
        def shared():
            a, b = members[0].partitions(), members[1].partitions()
            return a and b and not a & b and a | b == everything
        await_condition(shared, "two members sharing the partitions")
        members[1].leave()
        await_condition(lambda: members[0].partitions() == everything, "all partitions after the other left")
    finally:
        for m in members:
            m.leave()


def commit_and_resume():
    topic, group, half = PREFIX + "commit", PREFIX + "commit", RECORDS // 2
    write(topic, "none", range(RECORDS))
    options = ["-G", group, *FAST_GROUP, "-q", "-f", "%o\n"]
    first = kcat(*options, "-c", str(half), topic).split()
    equal(first, [str(i) for i in range(half)], "the first half")
    second = kcat(*options, "-e", topic).split()
    equal(second, [str(i) for i in range(half, RECORDS)], "the second half")


def by_timestamp():
    topic = PREFIX + "time"
    write(topic, "none", range(10))
    last = json.loads(kcat("-C", "-t", topic, "-p", "0", "-o", "9", "-c", "1", "-q", "-J"))["ts"]
    await_condition(lambda: time.time() * 1000 > last + 5, "the clock to move on", lambda: time.sleep(0.005))
    write(topic, "none", range(10, 20))
    between = last + 1
    expect(re.search(r"\[0\] offset 10\b", kcat("-Q", "-t", "%s:0:%d" % (topic, between))), "kcat -Q does not find offset 10")
    got = kcat("-C", "-t", topic, "-o", "s@%d" % between, "-e", "-q", "-f", "%o\n").split()
    equal(got, [str(i) for i in range(10, 20)], "offsets from the time on")


check("admin (metadata and auto-creation)", describe)
for codec in CODECS:
    check("produce and consume " + codec, write_and_read, codec)
check("group rebalance", rebalance)
check("commit and resume", commit_and_resume)
check("read by timestamp", by_timestamp)
