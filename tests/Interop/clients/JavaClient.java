// Apache Kafka's own Java clients (../shared/peers/kafka/libs): admin, idempotent producer, consumer. Run as a single source file.
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.Future;
import java.util.function.IntUnaryOperator;
import java.util.stream.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.*;

public final class JavaClient {
    static final String BOOTSTRAP = System.getenv("INTEROP_BOOTSTRAP");
    static final short REPLICATION = Short.parseShort(System.getenv("INTEROP_REPLICATION"));
    static final String PREFIX = System.getenv("INTEROP_RUN") + "-java-";
    static final int RECORDS = Integer.parseInt(System.getenv("INTEROP_RECORDS"));
    static final int PARTITIONS = 3;
    static final long DEADLINE_MS = 45_000;
    static Admin admin;

    interface Check { void run() throws Exception; }
    interface Condition { boolean holds() throws Exception; }

    public static void main(String[] arguments) {
        admin = Admin.create(Map.of("bootstrap.servers", BOOTSTRAP));
        check("admin", JavaClient::administer);
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd"))
            check("produce and consume " + codec, () -> writeAndRead(codec));
        for (String assignor : List.of("RangeAssignor", "CooperativeStickyAssignor"))
            check("group rebalance " + assignor, () -> rebalance(assignor));
        check("static member comes back", JavaClient::staticMember);
        check("commit and resume", JavaClient::commitAndResume);
        check("read by timestamp", JavaClient::byTimestamp);
        admin.close();
    }

    static void administer() throws Exception {
        String topic = create("admin", 2, Map.of("retention.ms", "3600000"));
        equal(admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size(), 2, "partitions");
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        equal(config(resource, "retention.ms"), "3600000", "retention.ms");
        admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "7200000"), AlterConfigOp.OpType.SET)))).all().get();
        await(() -> config(resource, "retention.ms").equals("7200000"), "the altered retention.ms", () -> Thread.yield());
        admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry("retention.ms", ""), AlterConfigOp.OpType.DELETE)))).all().get();
        await(() -> config(resource, "retention.ms").equals("604800000"), "the default retention.ms", () -> Thread.yield());
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(4))).all().get();
        await(() -> admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size() == 4, "four partitions", () -> Thread.yield());
        try {
            create("admin", 1, Map.of());
            throw new AssertionError("the same topic could be created twice");
        } catch (java.util.concurrent.ExecutionException e) {
            equal(e.getCause().getClass(), TopicExistsException.class, "creating it twice");
        }
        equal(admin.describeCluster().nodes().get().isEmpty(), false, "no nodes");
        admin.deleteTopics(List.of(topic)).all().get();
        await(() -> !admin.listTopics().names().get().contains(topic), "the deletion", () -> Thread.yield());
    }

    static void writeAndRead(String codec) throws Exception {
        String topic = create("codec-" + codec, PARTITIONS, Map.of());
        produce(topic, codec, RECORDS, i -> i % PARTITIONS, -1);
        try (var reader = consumer(topic, Map.of())) {
            var partitions = IntStream.range(0, PARTITIONS).mapToObj(p -> new TopicPartition(topic, p)).toList();
            reader.assign(partitions);
            reader.seekToBeginning(partitions);
            var actual = read(reader, RECORDS).stream().map(r -> r.partition() + ":" + r.offset() + " " + r.key() + "=" + r.value()
                + " index=" + new String(r.headers().lastHeader("index").value(), StandardCharsets.UTF_8)).sorted().toList();
            var expected = IntStream.range(0, RECORDS).mapToObj(i -> i % PARTITIONS + ":" + i / PARTITIONS + " " + key(i) + "=" + value(i) + " index=" + i).sorted().toList();
            equal(actual, expected, "records");
        }
    }

    static void rebalance(String assignor) throws Exception {
        String topic = create("group-" + assignor, 4, Map.of());
        Map<String, Object> settings = Map.of("partition.assignment.strategy", "org.apache.kafka.clients.consumer." + assignor);
        try (var first = consumer(topic, settings)) {
            first.subscribe(List.of(topic));
            await(() -> first.assignment().size() == 4, "all partitions for the only member", () -> first.poll(Duration.ofMillis(50)));
            try (var second = consumer(topic, settings)) {
                second.subscribe(List.of(topic));
                await(() -> !first.assignment().isEmpty() && !second.assignment().isEmpty() && first.assignment().size() + second.assignment().size() == 4
                        && Collections.disjoint(first.assignment(), second.assignment()), "two members sharing the partitions",
                    () -> { first.poll(Duration.ofMillis(50)); second.poll(Duration.ofMillis(50)); });
            }
            await(() -> first.assignment().size() == 4, "all partitions after the other left", () -> first.poll(Duration.ofMillis(50)));
        }
    }

    /** A static member that restarts within its session gets its partitions back without a rebalance of the other. */
    static void staticMember() throws Exception {
        String topic = create("static", 4, Map.of());
        try (var first = consumer(topic, Map.of("group.instance.id", "a"))) {
            first.subscribe(List.of(topic));
            Set<TopicPartition> held, own;
            int generation;
            try (var second = consumer(topic, Map.of("group.instance.id", "b"))) {
                second.subscribe(List.of(topic));
                await(() -> first.assignment().size() == 2 && second.assignment().size() == 2, "two static members sharing the partitions",
                    () -> { first.poll(Duration.ofMillis(50)); second.poll(Duration.ofMillis(50)); });
                held = Set.copyOf(second.assignment());
                own = Set.copyOf(first.assignment());
                generation = first.groupMetadata().generationId();
            }
            try (var again = consumer(topic, Map.of("group.instance.id", "b"))) {
                again.subscribe(List.of(topic));
                await(() -> again.assignment().equals(held), "the same partitions for the returned member", () -> { first.poll(Duration.ofMillis(50)); again.poll(Duration.ofMillis(50)); });
            }
            equal(Set.copyOf(first.assignment()), own, "the other member's partitions");
            equal(first.groupMetadata().generationId(), generation, "generation");
        }
    }

    static void commitAndResume() throws Exception {
        String topic = create("commit", 1, Map.of());
        int half = RECORDS / 2;
        var partition = new TopicPartition(topic, 0);
        produce(topic, "snappy", RECORDS, i -> 0, -1);
        try (var before = consumer(topic, Map.of("max.poll.records", 10))) {
            before.subscribe(List.of(topic));
            equal(read(before, half).get(half - 1).offset(), half - 1L, "the last offset of the first half");
            before.commitSync(Map.of(partition, new OffsetAndMetadata(half, "half")));
        }
        try (var after = consumer(topic, Map.of())) {
            after.subscribe(List.of(topic));
            var rest = read(after, RECORDS - half);
            equal(List.of(rest.get(0).offset(), rest.get(rest.size() - 1).offset(), (long) rest.size()), List.of((long) half, RECORDS - 1L, (long) (RECORDS - half)), "the second half");
            equal(after.committed(Set.of(partition)).get(partition).metadata(), "half", "the commit's metadata");
        }
        equal(admin.listConsumerGroupOffsets(topic).partitionsToOffsetAndMetadata().get().get(partition).offset(), (long) half, "the listed offset");
        admin.deleteConsumerGroups(List.of(topic)).all().get();
    }

    static void byTimestamp() throws Exception {
        String topic = create("time", 1, Map.of());
        long first = System.currentTimeMillis() - 600_000;
        var partition = new TopicPartition(topic, 0);
        produce(topic, "none", 100, i -> 0, first);
        try (var reader = consumer(topic, Map.of())) {
            var found = reader.offsetsForTimes(Map.of(partition, first + 41_500)).get(partition);
            equal(List.of(found.offset(), found.timestamp()), List.of(42L, first + 42_000), "the offset for a time");
            equal(reader.offsetsForTimes(Map.of(partition, first + 1_000_000)).get(partition), null, "the offset for a time after the end");
            var latest = admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp())).partitionResult(partition).get();
            equal(List.of(latest.offset(), latest.timestamp()), List.of(99L, first + 99_000), "the greatest timestamp");
            reader.assign(List.of(partition));
            reader.seek(partition, found.offset());
            equal(read(reader, 58).get(0).timestamp(), first + 42_000, "the first timestamp from there");
        }
    }

    static String create(String name, int partitions, Map<String, String> configs) throws Exception {
        admin.createTopics(List.of(new NewTopic(PREFIX + name, partitions, REPLICATION).configs(configs))).all().get();
        return PREFIX + name;
    }

    static String config(ConfigResource resource, String name) throws Exception {
        return admin.describeConfigs(List.of(resource)).all().get().get(resource).get(name).value();
    }

    static KafkaConsumer<String, String> consumer(String group, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", BOOTSTRAP, "group.id", group, "auto.offset.reset", "earliest",
            "enable.auto.commit", false, "session.timeout.ms", 10_000, "heartbeat.interval.ms", 500, "max.poll.records", 500));
        settings.putAll(more);
        return new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }

    static void produce(String topic, String codec, int records, IntUnaryOperator partition, long firstTimestamp) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", BOOTSTRAP, "compression.type", codec, "linger.ms", 20, "acks", "all");
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < records; i++) {
                var record = new ProducerRecord<>(topic, partition.applyAsInt(i), firstTimestamp < 0 ? null : firstTimestamp + i * 1000L, key(i), value(i));
                record.headers().add("index", Integer.toString(i).getBytes(StandardCharsets.UTF_8));
                sent.add(producer.send(record));
            }
            for (var s : sent) s.get();
        }
    }

    static List<ConsumerRecord<String, String>> read(Consumer<String, String> reader, int count) throws Exception {
        List<ConsumerRecord<String, String>> got = new ArrayList<>();
        await(() -> got.size() >= count, count + " records", () -> reader.poll(Duration.ofMillis(500)).forEach(got::add));
        return got;
    }

    static void await(Condition condition, String what, Check step) throws Exception {
        long end = System.currentTimeMillis() + DEADLINE_MS;
        while (!condition.holds()) {
            if (System.currentTimeMillis() > end) throw new AssertionError("not within " + DEADLINE_MS / 1000 + " s: " + what);
            step.run();
        }
    }

    static String key(int i) { return "key-" + i; }

    static String value(int i) { return "value-" + i + "-" + "abcdefghij".repeat(i % 20); }

    static void equal(Object actual, Object expected, String what) {
        if (!Objects.equals(actual, expected)) throw new AssertionError(what + ": expected " + cut(expected) + ", got " + cut(actual));
    }

    static String cut(Object value) {
        String text = String.valueOf(value);
        return text.length() > 300 ? text.substring(0, 300) + "…" : text;
    }

    static void check(String name, Check action) {
        long started = System.nanoTime();
        String result = "passed", detail = "";
        try {
            action.run();
        } catch (Throwable error) {
            error.printStackTrace();
            result = "failed";
            detail = String.valueOf(error).replaceAll("[\\\\\"\\p{Cntrl}]", " ");
        }
        System.out.printf(Locale.ROOT, "{\"check\": \"%s\", \"result\": \"%s\", \"detail\": \"%s\", \"seconds\": %.2f}%n", name, result, detail, (System.nanoTime() - started) / 1e9);
    }
}
