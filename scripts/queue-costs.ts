/**
 * `npm run queue-costs -- [SHARDS]`: what a call through a queue costs, by the size of its arrays: time, the giver's and the worker's
 * processor, commands, processor and bytes of Redis; and the memory of giver and worker as shards go by. A Redis and one worker of this machine,
 * 1 000 shards of one call each unless another number is given; what is computed (e^x) is counted. Then what models cost a worker: sequences
 * that are drawn in a second of one core's processor time.
 */
import { readFileSync } from 'node:fs'
import { at, orElse } from '../lib/at.ts'
import { axis } from '../lib/axis.ts'
import { input } from '../lib/ops/layout.ts'
import { exp } from '../lib/ops/pointwise.ts'
import { outputs } from '../lib/program.ts'
import { openQueue } from '../lib/scale/queue/giver.ts'
import { eachShard } from '../lib/scale/shards.ts'
import { run } from '../specs/either.ts'
import { parametersFor, runtimeFor } from '../bench/lstm.ts'
import { sizeOf } from '../bench/transformer.ts'
import { key } from '../lib/key.ts'
import { languageRuntime } from '../lib/models/language-runtime.ts'
import { transformer } from '../lib/models/transformer.ts'
import { reference } from '../lib/reference.ts'
import { openThreads } from '../lib/scale/threads.ts'
import { command, startRedis } from '../specs/redis-server.ts'

const shards = Number(orElse(process.argv[2], '1000'))
const SIZES = [16, 10_000]

/** Numbers that a process has in /proc, by name; none where there is no such place. */
const inProc = (pid: number | undefined, file: string, pattern: RegExp): readonly number[] => {
  try {
    return orElse(pattern.exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.slice(1), []).map(Number)
  } catch {
    return []
  }
}

/** Mebibytes of memory that a process has. */
const memoryOf = (pid: number | undefined): number =>
  orElse(inProc(pid, 'status', /VmRSS:\s+(\d+)/)[0], Number.NaN) / 1024

/** Milliseconds of processor time that a process has used: ticks of a hundredth of a second. */
const processorOf = (pid: number | undefined): number =>
  10 * inProc(pid, 'stat', /\) \S(?: \S+){10} (\d+) (\d+)/).reduce((sum, ticks) => sum + ticks, 0)

const server = await startRedis()
const worker = command('worker', '--on', server.url, '--device', 'reference')
await worker.says(/takes jobs/)

const redisOf = async (): Promise<readonly number[]> => {
  const found = await server.client.info('stats', 'cpu')
  return [
    ...['total_commands_processed', 'total_net_input_bytes', 'total_net_output_bytes'],
    ...['used_cpu_user', 'used_cpu_sys'],
  ].map((name) => Number(new RegExp(`${name}:([\\d.]+)`).exec(found)?.[1]))
}

for (const size of SIZES) {
  const pool = await run(openQueue({ on: server.on, kind: 'reference', workers: 1, note: () => undefined }))
  const wide = axis('n', size)
  const prepared = await run((await run(at(pool.lanes, 0))).prepare(outputs({ y: exp(input('x', wide)) })))
  const x = new Float32Array(size)
  const done = async (count: number): Promise<void> => {
    const each = eachShard({ lanes: pool.lanes })((_, i: number) => prepared.run({ x: x.fill(i) }))
    await run(
      each(
        Array.from({ length: count }, (_, i) => i / count),
        () => undefined,
      ),
    )
  }
  await done(50)
  const processors = (): readonly number[] => [processorOf(process.pid), processorOf(worker.pid)]
  const [redis, before, since] = [await redisOf(), processors(), performance.now()]
  const memory: string[] = []
  let count = 0
  for (const until of [shards / 10, shards / 2, shards]) {
    await done(until - count)
    count = until
    globalThis.gc?.()
    memory.push(`${count}: ${memoryOf(process.pid).toFixed(0)} and ${memoryOf(worker.pid).toFixed(0)} MiB`)
  }
  const seconds = performance.now() - since
  const [after, stats] = [processors(), await redisOf()]
  const a = (i: number, of: readonly number[], from: readonly number[]): number => (at(of, i) - at(from, i)) / shards
  process.stdout.write(
    [
      `${size} numbers there, ${size} back: ${(seconds / shards).toFixed(2)} ms a shard`,
      `  processor: giver ${a(0, after, before).toFixed(2)} ms, worker ${a(1, after, before).toFixed(2)} ms`,
      `  Redis: ${a(0, stats, redis).toFixed(2)} commands, ${(1000 * (a(3, stats, redis) + a(4, stats, redis))).toFixed(3)} ms of its processor, ${a(1, stats, redis).toFixed(0)} bytes in, ${a(2, stats, redis).toFixed(0)} out`,
      `  giver and worker after shards: ${memory.join('; ')}`,
      '',
    ].join('\n'),
  )
  pool.release()
}
worker.kill('SIGTERM')
await worker.end
await server.stop()

const threads = await run(openThreads('onnx', 1))
const spread = { ...reference, lanes: threads.lanes }
const clock = { hidden: 200, layers: 2, time: 31, model: 128, heads: 4 }
const lstm = runtimeFor(spread, { ...clock, batch: 1024 })
const decoder = transformer(sizeOf({ ...clock, layers: 4, time: 160 }))
const language = languageRuntime(spread, decoder, { batch: 64 })
const draws: readonly (readonly [string, number, (round: number) => Promise<unknown>])[] = [
  [
    'LSTM 2×200, 31 symbols',
    1024,
    (round) => run(lstm.sample(parametersFor(clock), { key: key(round), count: 1024, length: 31 })),
  ],
  [
    'transformer 4×128, 160 bytes',
    64,
    (round) => run(language.sample(decoder.initialise(key(1)), { key: key(round), count: 64, length: 160 })),
  ],
]
for (const [name, count, draw] of draws) {
  await draw(0)
  const since = process.cpuUsage()
  const rounds = 3
  for (let round = 1; round <= rounds; round++) await draw(round)
  const { user, system } = process.cpuUsage(since)
  process.stdout.write(
    `${name}: ${((1e6 * rounds * count) / (user + system)).toFixed(0)} sequences a second of a core\n`,
  )
}
threads.release()
