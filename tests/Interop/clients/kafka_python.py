#!/usr/bin/python3
"""kafka-python (Debian: python3-kafka), a client in plain Python."""
import threading, time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError, NoBrokersAvailable, TopicAlreadyExistsError
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.structs import OffsetAndMetadata

from checks import BOOTSTRAP, CODECS, DEADLINE_SECONDS, PARTITIONS, RECORDS, REPLICATION, RUN, await_condition, check, equal, expect, key, partition, value

PREFIX = RUN + "-kafka-python-"


def connect(make, **settings):
    """Makes a client. This version's constructor trips over a broker that ends its connection just while it is asked for its version, or gives up at once: then another one is asked."""
    for attempt in range(20):
        try:
            return make(bootstrap_servers=BOOTSTRAP, **settings)
        except (ValueError, NoBrokersAvailable) as error:
            if attempt == 19 or (isinstance(error, ValueError) and "Invalid file object" not in str(error)):
                raise
            time.sleep(0.1)


class PatientAdmin:
    """Tries again, with a new connection, what a node that is being restarted did not answer: this client's admin calls leave that to the application."""

    def __init__(self):
        self._client = None

    def __getattr__(self, name):
        def call(*arguments, **settings):
            for attempt in range(1_000_000):
                try:
                    self._client = self._client or connect(KafkaAdminClient)
                    return getattr(self._client, name)(*arguments, **settings)
                except TopicAlreadyExistsError:
                    if not attempt:
                        raise
                    return None  # created by the attempt whose answer was lost
                except KafkaError as error:
                    if not error.retriable or time.monotonic() > end:
                        raise
                    self._client = None
                    time.sleep(0.1)
        end = time.monotonic() + DEADLINE_SECONDS
        return call


def create(name, partitions, configs=None):
    admin = PatientAdmin()
    admin.create_topics([NewTopic(PREFIX + name, partitions, REPLICATION, topic_configs=configs or {})])
    admin.close()
    return PREFIX + name


def consumer(**settings):
    return connect(KafkaConsumer, auto_offset_reset="earliest", enable_auto_commit=False, **settings)


def produce(topic, codec, count, where=partition, first_timestamp=None, **settings):
    producer = connect(KafkaProducer, compression_type=None if codec == "none" else codec, acks="all", linger_ms=20,
                             retries=100, max_in_flight_requests_per_connection=1, **settings)
    sent = [producer.send(topic, value(i).encode(), key(i).encode(), [("index", b"%d" % i), ("origin", b"kafka-python")], where(i),
                          None if first_timestamp is None else first_timestamp + i * 1000) for i in range(count)]
    producer.flush(30)
    offsets = [s.get(30).offset for s in sent]
    producer.close()
    return offsets


def read(reader, count):
    records = []
    def more():
        for batch in reader.poll(500).values():
            records.extend(batch)
    await_condition(lambda: len(records) >= count, "%d records" % count, more)
    return records


def administer():
    admin = PatientAdmin()
    topic = PREFIX + "admin"
    admin.create_topics([NewTopic(topic, 2, REPLICATION, topic_configs={"retention.ms": "3600000", "max.message.bytes": "2000000"})])
    expect(topic in admin.list_topics(), "the created topic is not listed")
    described = admin.describe_topics([topic])[0]
    equal(len(described["partitions"]), 2, "partitions")
    answer = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])[0]
    configs = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    equal((configs["retention.ms"], configs["max.message.bytes"]), ("3600000", "2000000"), "configs")
    admin.create_partitions({topic: NewPartitions(5)})
    await_condition(lambda: len(admin.describe_topics([topic])[0]["partitions"]) == 5, "five partitions")
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "7200000"})])
    def retention():
        answer = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": None})])[0]
        return answer.resources[0][4][0][1]
    await_condition(lambda: retention() == "7200000", "the altered retention.ms")
    admin.delete_topics([topic])
    await_condition(lambda: topic not in admin.list_topics(), "the deletion")
    admin.close()


def write_and_read(codec):
    topic = create(codec, PARTITIONS)
    offsets = produce(topic, codec, RECORDS)
    equal(sorted(offsets), sorted(i // PARTITIONS for i in range(RECORDS)), "acknowledged offsets")
    reader = consumer()
    reader.assign([TopicPartition(topic, p) for p in range(PARTITIONS)])
    got = read(reader, RECORDS)
    reader.close()
    actual = sorted((r.partition, r.offset, r.key.decode(), r.value.decode(), r.headers) for r in got)
    expected = sorted((partition(i), i // PARTITIONS, key(i), value(i), [("index", b"%d" % i), ("origin", b"kafka-python")]) for i in range(RECORDS))
    equal(actual, expected, "records")
    return "%d records" % RECORDS


class Member(threading.Thread):
    """A consumer that polls in a thread of its own, because poll blocks while the group waits for its other members."""

    def __init__(self, topic, group):
        super().__init__(daemon=True)
        self.topic, self.group, self.partitions, self.leaving = topic, group, set(), threading.Event()
        self.start()

    def run(self):
        c = consumer(group_id=self.group, session_timeout_ms=10000, heartbeat_interval_ms=500)
        c.subscribe([self.topic])
        while not self.leaving.is_set():
            c.poll(100)
            self.partitions = {p.partition for p in c.assignment()}
        c.close(autocommit=False)

    def leave(self):
        self.leaving.set()
        self.join(30)


def rebalance():
    topic, group, everything = create("group", 4), PREFIX + "group", {0, 1, 2, 3}
    first = Member(topic, group)
    await_condition(lambda: first.partitions == everything, "all partitions for the only member")
    second = Member(topic, group)
    def shared():
        a, b = first.partitions, second.partitions
        return a and b and not a & b and a | b == everything
    await_condition(shared, "two members sharing the partitions")
    second.leave()
    await_condition(lambda: first.partitions == everything, "all partitions after the other left")
    first.leave()


def commit_and_resume():
    topic, group, half = create("commit", 1), PREFIX + "commit", RECORDS // 2
    produce(topic, "none", RECORDS, lambda i: 0)
    before = consumer(group_id=group, max_poll_records=10)
    before.subscribe([topic])
    equal([r.offset for r in read(before, half)][:half], list(range(half)), "the first half")
    before.commit({TopicPartition(topic, 0): OffsetAndMetadata(half, "half")})
    before.close(autocommit=False)
    after = consumer(group_id=group)
    after.subscribe([topic])
    equal([r.offset for r in read(after, RECORDS - half)], list(range(half, RECORDS)), "the second half")
    equal(after.committed(TopicPartition(topic, 0), metadata=True), OffsetAndMetadata(half, "half"), "the committed offset")
    after.close(autocommit=False)
    admin = PatientAdmin()
    expect(group in [g[0] for g in admin.list_consumer_groups()], "the group is not listed")
    equal(admin.list_consumer_group_offsets(group)[TopicPartition(topic, 0)].offset, half, "the listed offset")
    admin.close()


def by_timestamp():
    topic, where, first = create("time", 1), None, int(time.time() * 1000) - 600_000
    produce(topic, "none", 100, lambda i: 0, first)
    where, reader = TopicPartition(topic, 0), consumer()
    reader.assign([where])
    found = reader.offsets_for_times({where: first + 41_500})[where]
    equal((found.offset, found.timestamp), (42, first + 42_000), "the offset for a time")
    equal(reader.offsets_for_times({where: first + 1_000_000})[where], None, "the offset for a time after the end")
    equal((reader.beginning_offsets([where])[where], reader.end_offsets([where])[where]), (0, 100), "first and end offset")
    reader.seek(where, found.offset)
    equal([r.timestamp for r in read(reader, 58)], [first + i * 1000 for i in range(42, 100)], "timestamps from there")
    reader.close()


check("admin", administer)
for codec in CODECS:
    check("produce and consume " + codec, write_and_read, codec)
check("group rebalance", rebalance)
check("commit and resume", commit_and_resume)
check("read by timestamp", by_timestamp)
