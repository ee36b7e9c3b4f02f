/** `exptilt tilt` whose shares others grow: the results of a run here, to the bit, whoever they are; what no worker can be sent is refused. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { main } from '../../lib/cli/main.ts'
import { queueName } from '../../lib/scale/queue/protocol.ts'
import { packageVersion } from '../../lib/scale/version.ts'
import { withFolder } from '../folder.ts'
import { describeOnRedis } from '../on-redis.ts'
import { type Server, startRedis } from '../redis-server.ts'
import { inWorld } from './fake-world.ts'
import { workersHere } from './task-here.ts'

const asked = (words: string, ...more: readonly string[]): readonly string[] => [
  'tilt',
  ...words.split(' '),
  '--json',
  ...more,
]

/** What is looked at of what was printed. */
interface Printed {
  readonly options: Readonly<Record<string, unknown>>
  readonly model: string
  readonly samples: readonly string[]
}

const printed = (stdout: string): Printed => {
  const found: Printed = JSON.parse(stdout)
  return found
}

/** Results but for where they were computed. */
const placeless = (stdout: string): unknown => {
  const { options, model, ...found } = printed(stdout)
  const { on: _, workers: __, ...own } = options
  return { options: own, model: model.replace(/ at .*/, ''), ...found }
}

const tilts: readonly (readonly [string, readonly number[], string])[] = [
  ['smc', [1, 2, 5], '--prompt The --contain sea --particles 20 --islands 5 --limit 6'],
  [
    'moments and a fitted twist',
    [2],
    '--contain sea --moment she=0.5 --twist fitted --particles 16 --islands 2 --limit 5',
  ],
  [
    'a chain of bold proposals',
    [2],
    '--sampler chain --samples 2 --particles 8 --islands 2 --limit 5 --temperature 1.3',
  ],
  ['masking of two shares', [2], '--sampler masking --regex [a-z\\s]+ --particles 70 --islands 1 --limit 4'],
]

describeOnRedis('exptilt tilt --on', () => {
  let server: Server
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  it.each(tilts)(
    'S25: %s: the bits of a run here, on as many workers as %j, with their names',
    async (_, counts, words) => {
      const here = await inWorld((world) => main(asked(words), world))()
      expect([here.code, here.stderr]).toEqual([0, expect.any(String)])
      for (const count of counts) {
        const stop = workersHere(server, 'onnx', count)
        const there = await inWorld((world) => main(asked(words, '--on', server.url), world))()
        expect([there.code, there.stderr]).toEqual([0, expect.any(String)])
        expect(placeless(there.stdout)).toEqual(placeless(here.stdout))
        expect(printed(there.stdout).model).toMatch(new RegExp(` at \\S+\\.${process.pid}\\.`))
        await stop()
        await server.client.flushall()
      }
    },
  )

  it('a schema goes with it, and Ctrl-C takes back what waits', () =>
    withFolder(async (folder) => {
      const schema = join(folder, 'own.json')
      writeFileSync(
        schema,
        '{"type":"object","properties":{"a":{"type":"integer","maximum":9,"minimum":0}},"required":["a"],"additionalProperties":false}',
      )
      const argv = asked('--particles 4 --islands 2 --limit 12', '--schema', schema, '--on', server.url)
      let stop = (): void => undefined
      const first = inWorld((world) => main(argv, { ...world, onInterrupt: (f) => ((stop = f), () => undefined) }))()
      const queue = new Queue(queueName('onnx', packageVersion()), { connection: server.client, prefix: 'exptilt' })
      await expect.poll(() => queue.getWaitingCount(), { timeout: 30_000 }).toBe(2)
      stop()
      expect((await first).code).toBe(130)
      expect(await queue.getWaitingCount()).toBe(0)
      await queue.close()
      const end = workersHere(server, 'onnx', 2)
      const there = await inWorld((world) => main(argv, world))()
      expect([there.code, there.stderr]).toEqual([0, expect.any(String)])
      for (const text of printed(there.stdout).samples) expect(JSON.parse(text)).toEqual({ a: expect.any(Number) })
      await end()
    }))

  it('refuses with a sentence what no worker can be sent, and nothing is asked', () =>
    withFolder(async (folder) => {
      await server.client.flushall()
      const parts = join(folder, 'parts')
      mkdirSync(parts)
      for (const name of ['model.onnx', 'model.onnx_data', 'config.json']) writeFileSync(join(parts, name), '{}')
      const rows: readonly (readonly [readonly string[], RegExp])[] = [
        [
          ['--model', parts],
          /^the network of \S+ lies in several files \(model\.onnx_data\), which no queue is sent: leave --on/,
        ],
        [
          ['--provider', 'webgpu'],
          /^workers compute on the processor, and --provider webgpu was given: leave --on or --provider out/,
        ],
        [['--workers', '2'], /^--workers and --on were both given/],
        [['--model', join(folder, 'nothing')], /nothing cannot be read/],
      ]
      for (const [more, sentence] of rows) {
        const seen = await inWorld((world) =>
          main(asked('--limit 4 --particles 4', ...more, '--on', server.url), world),
        )()
        expect([seen.code, seen.stderr, seen.stdout]).toEqual([2, expect.stringMatching(sentence), ''])
      }
      expect(await server.client.keys('*')).toEqual([])
      expect(existsSync(join(folder, 'out'))).toBe(false)
    }))
})
