// KafkaJS (npm), a client in plain JavaScript. It brings gzip; the other codecs are plugged in with one package each.
const { Kafka, CompressionTypes, CompressionCodecs, logLevel } = require('kafkajs')
const snappyjs = require('snappyjs')
const lz4js = require('lz4js')
const { ZstdCodec } = require('zstd-codec')
const { isDeepStrictEqual, inspect } = require('node:util')

const { INTEROP_BOOTSTRAP: bootstrap, INTEROP_RUN: run } = process.env
const replicationFactor = Number(process.env.INTEROP_REPLICATION)
const records = Number(process.env.INTEROP_RECORDS)
const partitions = 3
const prefix = run + '-kafkajs-'
// Five attempts with growing pauses, its default, end before a slow machine has restarted a node; other clients try for minutes.
const retry = { initialRetryTime: 100, maxRetryTime: 1000, retries: 60 }
const kafka = new Kafka({ clientId: 'interop', brokers: bootstrap.split(','), logLevel: logLevel.ERROR, retry })
const all = [...Array(records).keys()]

const key = i => 'key-' + i
const value = i => `value-${i}-` + 'abcdefghij'.repeat(i % 20)

// Snappy in the framing of xerial's Java library, which is what Kafka's Java clients write: a header, then blocks with their length.
const xerialHeader = Buffer.concat([Buffer.from([0x82]), Buffer.from('SNAPPY\0'), Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
const snappy = {
  async compress(encoder) {
    const block = Buffer.from(snappyjs.compress(encoder.buffer))
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    return Buffer.concat([xerialHeader, length, block])
  },
  async decompress(buffer) {
    if (buffer.compare(xerialHeader, 0, 8, 0, 8) !== 0) return Buffer.from(snappyjs.uncompress(buffer))
    const blocks = []
    for (let i = xerialHeader.length; i < buffer.length;) {
      const size = buffer.readInt32BE(i)
      blocks.push(Buffer.from(snappyjs.uncompress(buffer.subarray(i + 4, i + 4 + size))))
      i += 4 + size
    }
    return Buffer.concat(blocks)
  },
}

// lz4js makes frames of dependent blocks, which Kafka refuses; so its blocks get a frame here: version 1, independent blocks of up to
// 64 KiB, no checksums (0x82 is the header's check byte for these flags), then blocks with their length, then a zero.
const lz4 = {
  async compress(encoder) {
    const parts = [Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])]
    for (let i = 0; i < encoder.buffer.length; i += 65536) {
      const plain = Buffer.from(encoder.buffer.subarray(i, i + 65536))
      const packed = Buffer.alloc(lz4js.compressBound(plain.length))
      const size = lz4js.compressBlock(plain, packed, 0, plain.length, new Uint32Array(65536))
      const smaller = size > 0 && size < plain.length
      const length = Buffer.alloc(4)
      length.writeUInt32LE(smaller ? size : (plain.length | 0x80000000) >>> 0)
      parts.push(length, smaller ? packed.subarray(0, size) : plain)
    }
    return Buffer.concat([...parts, Buffer.alloc(4)])
  },
  async decompress(buffer) { return Buffer.from(lz4js.decompress(buffer)) },
}

function zstd(simple) {
  return {
    async compress(encoder) { return Buffer.from(simple.compress(encoder.buffer)) },
    async decompress(buffer) { return Buffer.from(simple.decompress(buffer)) },
  }
}

function equal(actual, expected, what) {
  if (!isDeepStrictEqual(actual, expected))
    throw new Error(`${what}: expected ${inspect(expected).slice(0, 300)}, got ${inspect(actual).slice(0, 300)}`)
}

async function awaitCondition(condition, what) {
  const end = Date.now() + 45_000
  while (!await condition()) {
    if (Date.now() > end) throw new Error('not within 45 s: ' + what)
    await new Promise(done => setTimeout(done, 20))
  }
}

async function check(name, action) {
  const started = Date.now()
  let result = 'passed', detail = ''
  try {
    detail = await action() ?? ''
  } catch (error) {
    console.error(error)
    result = 'failed'
    detail = `${error.name}: ${error.message}`
  }
  console.log(JSON.stringify({ check: name, result, detail, seconds: (Date.now() - started) / 1000 }))
}

// What a connection that breaks leaves to the application: KafkaJS marks it as retriable and does not try again by itself.
async function retrying(action) {
  for (const end = Date.now() + 45_000; ;) {
    try { return await action() } catch (error) {
      if (!error.retriable || Date.now() > end) throw error
      await new Promise(done => setTimeout(done, 100))
    }
  }
}

function patient(client) {
  return new Proxy(client, { get: (it, name) => typeof it[name] === 'function' ? (...given) => retrying(() => it[name](...given)) : it[name] })
}

async function withAdmin(action) {
  const admin = patient(kafka.admin())
  await admin.connect()
  try { return await action(admin) } finally { await admin.disconnect() }
}

async function create(name, numPartitions) {
  const topic = prefix + name
  await withAdmin(admin => admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor }], waitForLeaders: true }))
  return topic
}

// Each send goes to one partition. A send that is spread over several brokers does not survive the move of a leader: KafkaJS asks no broker again that
// has answered for its part, not even for partitions that it leads only since then. It reports success without them, takes their sequence
// numbers for others, and so has what it sends next taken for a duplicate, or refused as out of order.
async function produce(topic, codec, messages) {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await retrying(() => producer.connect())
  for (let i = 0; i < messages.length; i += 100) {
    const some = messages.slice(i, i + 100)
    for (const partition of new Set(some.map(message => message.partition))) {
      const part = some.filter(message => message.partition === partition)
      const answers = await producer.send({ topic, acks: -1, compression: codec, messages: part })
      equal(answers.map(answer => [answer.partition, answer.errorCode]), [[partition, 0]], 'acknowledged')
    }
  }
  await producer.disconnect()
}

// Starts a group member; `seen` gets its messages, `held` its partitions.
async function member(topic, groupId, settings = {}) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000, heartbeatInterval: 500, rebalanceTimeout: 10_000, maxWaitTimeInMs: 500, retry })
  const it = { consumer, seen: [], held: [], joins: 0 }
  consumer.on(consumer.events.GROUP_JOIN, e => {
    it.held = e.payload.memberAssignment[topic] ?? []
    it.joins++
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ autoCommit: false, eachMessage: async ({ partition, message }) => { it.seen.push({ partition, ...message }) }, ...settings })
  return it
}

async function administer() {
  const topic = prefix + 'admin'
  await withAdmin(async admin => {
    const entries = [{ name: 'retention.ms', value: '3600000' }]
    equal(await admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor, configEntries: entries }] }), true, 'created')
    equal(await admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor }] }), false, 'created twice')
    const described = await admin.fetchTopicMetadata({ topics: [topic] })
    equal(described.topics[0].partitions.length, 2, 'partitions')
    const retention = async () => {
      const { resources } = await admin.describeConfigs({ resources: [{ type: 2, name: topic, configNames: ['retention.ms'] }], includeSynonyms: false })
      return resources[0].configEntries[0].configValue
    }
    equal(await retention(), '3600000', 'retention.ms')
    await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] })
    await awaitCondition(async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length === 4, 'four partitions')
    await admin.alterConfigs({ resources: [{ type: 2, name: topic, configEntries: [{ name: 'retention.ms', value: '7200000' }] }] })
    await awaitCondition(async () => await retention() === '7200000', 'the altered retention.ms')
    equal((await admin.describeCluster()).brokers.length >= 1, true, 'brokers')
    await admin.deleteTopics({ topics: [topic] })
    await awaitCondition(async () => !(await admin.listTopics()).includes(topic), 'the deletion')
  })
}

async function writeAndRead(codec) {
  const topic = await create('codec' + codec, partitions)
  const headers = i => ({ index: String(i), origin: 'kafkajs' })
  await produce(topic, codec, all.map(i => ({ partition: i % partitions, key: key(i), value: value(i), headers: headers(i) })))
  const reader = await member(topic, topic)
  // A member that has committed nothing begins again when its coordinator moves to another node: by offset, each counts once.
  const distinct = () => [...new Map(reader.seen.map(m => [`${m.partition}-${m.offset}`, m])).values()]
  await awaitCondition(() => distinct().length >= records, `${records} records`)
  await reader.consumer.disconnect()
  const flat = distinct().map(m => [m.partition, Number(m.offset), m.key.toString(), m.value.toString(), m.headers.index.toString(), m.headers.origin.toString()])
  const order = (a, b) => a[0] - b[0] || a[1] - b[1]
  equal(flat.sort(order), all.map(i => [i % partitions, Math.floor(i / partitions), key(i), value(i), String(i), 'kafkajs']).sort(order), 'records')
  return `${records} records, idempotent`
}

async function rebalance() {
  const topic = await create('group', 4)
  const everything = [0, 1, 2, 3]
  const first = await member(topic, topic)
  await awaitCondition(() => isDeepStrictEqual([...first.held].sort(), everything), 'all partitions for the only member')
  const second = await member(topic, topic)
  await awaitCondition(() => first.held.length && second.held.length && isDeepStrictEqual([...first.held, ...second.held].sort(), everything), 'two members sharing the partitions')
  await second.consumer.disconnect()
  await awaitCondition(() => isDeepStrictEqual([...first.held].sort(), everything), 'all partitions after the other left')
  await first.consumer.disconnect()
}

async function commitAndResume() {
  const topic = await create('commit', 1)
  const half = Math.floor(records / 2)
  await produce(topic, CompressionTypes.GZIP, all.map(i => ({ partition: 0, key: key(i), value: value(i) })))
  const before = await member(topic, topic)
  await awaitCondition(() => before.seen.length >= half, 'the first half')
  await retrying(() => before.consumer.commitOffsets([{ topic, partition: 0, offset: String(half) }]))
  await before.consumer.disconnect()
  const after = await member(topic, topic)
  // From the committed offset on, once more when the group is joined anew.
  const offsets = () => [...new Set(after.seen.map(m => Number(m.offset)))]
  await awaitCondition(() => offsets().length >= records - half, 'the second half')
  await after.consumer.disconnect()
  equal(offsets(), all.slice(half), 'the second half')
  await withAdmin(async admin => {
    const [committed] = await admin.fetchOffsets({ groupId: topic, topics: [topic] })
    equal(committed.partitions[0].offset, String(half), 'the committed offset')
    equal((await admin.listGroups()).groups.some(g => g.groupId === topic), true, 'the group is listed')
    // At once, or with the member's session where its farewell met a coordinator that was being restarted: KafkaJS says it once.
    await awaitCondition(async () => (await admin.describeGroups([topic])).groups[0].state === 'Empty', 'the empty group')
    await admin.deleteGroups([topic])
    equal((await admin.listGroups()).groups.some(g => g.groupId === topic), false, 'the deleted group is listed')
  })
}

async function byTimestamp() {
  const topic = await create('time', 1)
  const first = Date.now() - 600_000
  await produce(topic, CompressionTypes.None, [...Array(100).keys()].map(i => ({ partition: 0, key: key(i), value: value(i), timestamp: String(first + i * 1000) })))
  await withAdmin(async admin => {
    equal(await admin.fetchTopicOffsetsByTimestamp(topic, first + 41_500), [{ partition: 0, offset: '42' }], 'the offset for a time')
    equal(await admin.fetchTopicOffsetsByTimestamp(topic, first + 1_000_000), [{ partition: 0, offset: '100' }], 'the offset for a time after the end')
    const [{ low, high }] = await admin.fetchTopicOffsets(topic)
    equal([low, high], ['0', '100'], 'first and end offset')
  })
  const reader = await member(topic, topic)
  await awaitCondition(() => reader.seen.length >= 100, 'all records')
  // A seek counts until the group is joined anew, as when its coordinator moves: then it is sought again.
  let joins
  do {
    joins = reader.joins
    reader.seen.length = 0
    reader.consumer.seek({ topic, partition: 0, offset: '42' })
    await awaitCondition(() => reader.seen.length >= 58 || reader.joins !== joins, 'the records from the time on')
  } while (reader.joins !== joins)
  await reader.consumer.disconnect()
  equal(reader.seen.map(m => Number(m.timestamp)), [...Array(58).keys()].map(i => first + (42 + i) * 1000), 'timestamps from there')
}

ZstdCodec.run(async codec => {
  CompressionCodecs[CompressionTypes.Snappy] = () => snappy
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstd(new codec.Simple())
  await check('admin', administer)
  for (const [name, codec] of Object.entries(CompressionTypes)) await check('produce and consume ' + name.toLowerCase(), () => writeAndRead(codec))
  await check('group rebalance', rebalance)
  await check('commit and resume', commitAndResume)
  await check('read by timestamp', byTimestamp)
  process.exit(0)
})
