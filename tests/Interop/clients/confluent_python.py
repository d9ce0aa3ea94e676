#!/usr/bin/python3
"""confluent-kafka-python (Debian: python3-confluent-kafka) on librdkafka, idempotent producer."""
import time

from confluent_kafka import Consumer, OFFSET_END, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from checks import BOOTSTRAP, CODECS, PARTITIONS, RECORDS, REPLICATION, RUN, await_condition, check, equal, expect, key, partition, value

PREFIX = RUN + "-confluent-python-"


def create(name, partitions, config=None):
    admin = AdminClient({"bootstrap.servers": BOOTSTRAP})
    for created in admin.create_topics([NewTopic(PREFIX + name, partitions, REPLICATION, config=config or {})]).values():
        created.result(30)
    return PREFIX + name


def consumer(group, **settings):
    return Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False,
                     "session.timeout.ms": 10000, "heartbeat.interval.ms": 500, **settings})


def produce(topic, codec, count, where=partition, first_timestamp=None):
    producer = Producer({"bootstrap.servers": BOOTSTRAP, "compression.type": codec, "enable.idempotence": True, "linger.ms": 20})
    offsets, errors = [], []
    def delivered(error, message):
        errors.append(error) if error else offsets.append(message.offset())
    for i in range(count):
        timestamp = {} if first_timestamp is None else {"timestamp": first_timestamp + i * 1000}
        producer.produce(topic, value(i), key(i), where(i), delivered, headers=[("index", b"%d" % i), ("origin", b"confluent")], **timestamp)
        producer.poll(0)
    equal(producer.flush(30), 0, "records not delivered")
    equal(errors, [], "delivery errors")
    return offsets


def read(reader, count):
    records = []
    def more():
        for message in reader.consume(500, 0.5):
            expect(message.error() is None, "consume: %s" % message.error())
            records.append(message)
    await_condition(lambda: len(records) >= count, "%d records" % count, more)
    return records


def administer():
    admin, topic = AdminClient({"bootstrap.servers": BOOTSTRAP}), create("admin", 2, {"retention.ms": "3600000", "cleanup.policy": "compact"})
    equal(len(admin.list_topics(topic, 10).topics[topic].partitions), 2, "partitions")
    resource = ConfigResource("topic", topic)
    configs = admin.describe_configs([resource])[resource].result(30)
    equal((configs["retention.ms"].value, configs["cleanup.policy"].value), ("3600000", "compact"), "configs")
    expect(configs["segment.bytes"].is_default, "segment.bytes is not told as a default")
    admin.create_partitions([NewPartitions(topic, 4)])[topic].result(30)
    await_condition(lambda: len(admin.list_topics(topic, 10).topics[topic].partitions) == 4, "four partitions")
    changed = ConfigResource("topic", topic, set_config={"retention.ms": "7200000"})
    admin.alter_configs([changed])[changed].result(30)
    equal(admin.describe_configs([resource])[resource].result(30)["retention.ms"].value, "7200000", "the altered retention.ms")
    try:
        create("admin", 2)
        raise AssertionError("the same topic could be created twice")
    except Exception as error:
        expect("TOPIC_ALREADY_EXISTS" in str(error), "creating it twice: %s" % error)
    # Clients that know the topic by name ask for it whenever a connection breaks, and the broker creates it anew.
    admin = AdminClient({"bootstrap.servers": BOOTSTRAP})
    admin.delete_topics([topic])[topic].result(30)
    await_condition(lambda: topic not in admin.list_topics(timeout=10).topics, "the deletion")


def write_and_read(codec):
    topic = create(codec, PARTITIONS)
    offsets = produce(topic, codec, RECORDS)
    equal(sorted(offsets), sorted(i // PARTITIONS for i in range(RECORDS)), "acknowledged offsets")
    reader = consumer(PREFIX + codec, **{"check.crcs": True})
    reader.assign([TopicPartition(topic, p, 0) for p in range(PARTITIONS)])
    got = read(reader, RECORDS)
    reader.close()
    actual = sorted((m.partition(), m.offset(), m.key().decode(), m.value().decode(), m.headers()) for m in got)
    expected = sorted((partition(i), i // PARTITIONS, key(i), value(i), [("index", b"%d" % i), ("origin", b"confluent")]) for i in range(RECORDS))
    equal(actual, expected, "records")
    return "%d records, idempotent" % RECORDS


def rebalance(strategy):
    name = "group-" + strategy
    topic = create(name, 4)
    held = {"first": set(), "second": set()}
    def member(who):
        c = consumer(PREFIX + name, **{"partition.assignment.strategy": strategy})
        if strategy == "cooperative-sticky":
            def assigned(c, parts):
                held[who] |= {p.partition for p in parts}; c.incremental_assign(parts)
            def revoked(c, parts):
                held[who] -= {p.partition for p in parts}; c.incremental_unassign(parts)
        else:
            def assigned(c, parts):
                held[who] = {p.partition for p in parts}; c.assign(parts)
            def revoked(c, parts):
                held[who] = set(); c.unassign()
        c.subscribe([topic], on_assign=assigned, on_revoke=revoked)
        return c
    everything, first = {0, 1, 2, 3}, member("first")
    await_condition(lambda: held["first"] == everything, "all partitions for the only member", lambda: first.poll(0.1))
    second = member("second")
    def both():
        first.poll(0.1); second.poll(0.1)
    def shared():
        return held["first"] and held["second"] and not held["first"] & held["second"] and held["first"] | held["second"] == everything
    await_condition(shared, "two members sharing the partitions", both)
    second.close()
    await_condition(lambda: held["first"] == everything, "all partitions after the other left", lambda: first.poll(0.1))
    first.close()


def commit_and_resume():
    topic, group, half = create("commit", 1), PREFIX + "commit", RECORDS // 2
    produce(topic, "lz4", RECORDS, lambda i: 0)
    before = consumer(group)
    before.subscribe([topic])
    equal([m.offset() for m in read(before, half)][:half], list(range(half)), "the first half")
    before.commit(offsets=[TopicPartition(topic, 0, half)], asynchronous=False)
    before.close()
    after = consumer(group)
    after.subscribe([topic])
    equal([m.offset() for m in read(after, RECORDS - half)], list(range(half, RECORDS)), "the second half")
    equal(after.committed([TopicPartition(topic, 0)], 10)[0].offset, half, "the committed offset")
    after.close()
    groups = AdminClient({"bootstrap.servers": BOOTSTRAP}).list_groups(timeout=10)
    expect(group in [g.id for g in groups], "the group is not listed")


def by_timestamp():
    topic, first = create("time", 1), int(time.time() * 1000) - 600_000
    produce(topic, "none", 100, lambda i: 0, first)
    reader = consumer(PREFIX + "time")
    equal(reader.offsets_for_times([TopicPartition(topic, 0, first + 41_500)], 10)[0].offset, 42, "the offset for a time")
    expect(reader.offsets_for_times([TopicPartition(topic, 0, first + 1_000_000)], 10)[0].offset in (OFFSET_END, 100), "a time after the end")
    equal(reader.get_watermark_offsets(TopicPartition(topic, 0), 10), (0, 100), "first and end offset")
    reader.assign([TopicPartition(topic, 0, 42)])
    equal([m.timestamp()[1] for m in read(reader, 58)], [first + i * 1000 for i in range(42, 100)], "timestamps from there")
    reader.close()


check("admin", administer)
for codec in CODECS:
    check("produce and consume " + codec, write_and_read, codec)
for strategy in ("range", "cooperative-sticky"):
    check("group rebalance " + strategy, rebalance, strategy)
check("commit and resume", commit_and_resume)
check("read by timestamp", by_timestamp)
