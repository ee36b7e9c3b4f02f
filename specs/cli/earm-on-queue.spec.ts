/**
 * Cells of a table of E-ARM on a queue: each computed by a worker, on the data of the same name, to the bits of a run here on
 * one thread; Ctrl-C leaves what the same command goes on with; what workers do not have is refused before anything is asked for.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { main } from '../../lib/cli/main.ts'
import { processRunner } from '../../lib/cli/task-runner.ts'
import { exactJson } from '../../lib/codec/exact-json.ts'
import { decodeJson } from '../../lib/codec/json.ts'
import { packageFolder } from '../../lib/data/fetch.ts'
import { nodeDataServices } from '../../lib/data/services.ts'
import { sources } from '../../lib/data/sources.ts'
import { failure } from '../../lib/errors.ts'
import { silentProgress } from '../../lib/progress.ts'
import { readResults } from '../../lib/report/earm-files.ts'
import type { TaskRunner } from '../../lib/scale/queue/task-work.ts'
import { serveQueue } from '../../lib/scale/queue/worker.ts'
import { openKind } from '../../lib/scale/thread.ts'
import { runEArm } from '../../lib/systems/e-arm/experiment.ts'
import { type EArmResults, eArmResultsCodec } from '../../lib/systems/e-arm/results.ts'
import { experimentCodec } from '../../lib/systems/e-arm/settings.ts'
import { right, run } from '../either.ts'
import { filesIn, withFolder, writeFiles } from '../folder.ts'
import { describeOnRedis } from '../on-redis.ts'
import { type Server, startRedis } from '../redis-server.ts'
import { eArmResultsFor } from '../report/earm-example.ts'
import { inWorld } from './fake-world.ts'

const tiny = '--preset tiny --data moby-dick --width 4 --layers 1 --heads 1 --epochs 2 --updates 1 --batch 2 --time 5'
const table = `earm lm table 3 ${tiny} --length 4 --measured 3 --count 2 --device reference`.split(' ')

/** Moby Dick in twelve small chapters, as if it had been fetched. */
const whaleIn = (cache: string): void => {
  const chapter = (n: number): string => `Chapter ${n}.\n\nThe whale! ${'So he said and said again. '.repeat(n)}`
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, i) => [`package/data/chapter_${i + 1}.txt`, chapter(i + 1)] as const),
  )
  writeFiles(packageFolder(cache, sources.mobyDick), { ...files, 'exptilt-archive.txt': 'abc 0.2.3\n' })
}

/** Results as they are kept, without times and with another's place. */
const placed = (found: EArmResults, { options, adapter }: EArmResults): string =>
  exactJson(
    eArmResultsCodec.encode({
      ...found,
      ...{ options, adapter, seconds: 0 },
      seeds: found.seeds.map((seed) => ({ ...seed, variants: seed.variants.map((one) => ({ ...one, seconds: 0 })) })),
    }),
  )

describeOnRedis('exptilt earm lm table 3 --on', () => {
  let server: Server
  const cache = process.env['EXPTILT_CACHE']
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(async () => {
    if (cache === undefined) delete process.env['EXPTILT_CACHE']
    else process.env['EXPTILT_CACHE'] = cache
    await server.stop()
  })

  it('gives the bits of runs here and the worker’s name, after a Ctrl-C too; the same command needs no queue then', () =>
    withFolder(async (folder) => {
      process.env['EXPTILT_CACHE'] = join(folder, 'cache')
      whaleIn(join(folder, 'cache'))
      const out = join(folder, 'out')
      const argv = [...table, '--on', server.url, '--out', out]
      const asked = async (): Promise<number> => (await server.client.keys('exptilt:wanted:earm-*')).length
      let stop = (): void => undefined
      const first = inWorld((world) => main(argv, { ...world, onInterrupt: (f) => ((stop = f), () => undefined) }))()
      await expect.poll(asked, { timeout: 30_000 }).toBe(2)
      stop()
      const stopped = await first
      expect([stopped.code, stopped.stderr]).toEqual([130, expect.stringContaining('finished cells are kept')])
      expect([await asked(), existsSync(join(out, 'cells'))]).toEqual([0, false])

      const end = new AbortController()
      const given = { on: server.on, kind: 'reference', note: () => undefined, signal: end.signal } as const
      const worker = serveQueue({ ...given, runner: processRunner })()
      const seen = await inWorld((world) => main(argv, world))()
      expect([seen.code, seen.stderr]).toEqual([0, expect.stringMatching(/\[2\/2\] \S+ \(\S+\.\d+\.\w{4}\)/)])
      end.abort()
      await worker
      await server.stop()
      const cells = readdirSync(join(out, 'cells'))
      expect(cells).toEqual(['moby-dick-transformer', 'moby-dick-transformer-xl'])
      for (const name of cells) {
        const cell = join(out, 'cells', name)
        const found = await run(readResults('lm')(cell))
        const { on: _, out: __, ...options } = found.options
        const services = { progress: silentProgress, signal: new AbortController().signal, data: nodeDataServices() }
        const here = await run(runEArm({ ...services, executor: openKind('reference') })(options))
        expect(placed(found, here)).toBe(placed(here, here))
        expect(found.adapter).toMatch(new RegExp(` at \\S+\\.${process.pid}\\.`))
        expect(filesIn(cell)).toEqual(expect.arrayContaining(['report.html', 'samples.jsonl', 'options.json']))
        expect(filesIn(cell).some((file) => /^checkpoint\/e-arm-?\w*\.\d+\.safetensors$/.test(file))).toBe(true)
      }
      expect(readdirSync(join(folder, 'cache', 'tasks'))).toEqual([])
      const again = await inWorld((world) => main(argv, world))()
      expect([again.code, again.stdout]).toEqual([0, seen.stdout])
    }))
})

/** A worker's stand-in: made-up results of a transformer; another network fails. */
const halfRunner: TaskRunner = {
  check: () => E.right(undefined),
  run: ({ options }) => {
    const asked = right(decodeJson(experimentCodec, 'options')(options))
    if (asked.task === 'translate' || asked.network.kind !== 'transformer')
      return TE.left(failure('NonFinite', 'the loss is no number', 'lower --learning-rate'))
    return TE.right({ results: exactJson(eArmResultsCodec.encode(eArmResultsFor(asked))), files: [] })
  },
}

describeOnRedis('a cell that fails', () => {
  it('ends the command with its sentence once the others are computed and kept', async () => {
    const [server, end] = [await startRedis(), new AbortController()]
    const given = { on: server.on, kind: 'reference', note: () => undefined, signal: end.signal } as const
    const worker = serveQueue({ ...given, runner: halfRunner })()
    await withFolder(async (folder) => {
      const argv = [...table, '--network', 'transformer-xl,transformer', '--on', server.url, '--out', folder]
      const seen = await inWorld((world) => main(argv, world))()
      expect([seen.code, seen.stdout]).toEqual([1, ''])
      expect(seen.stderr).toMatch(/transformer-xl did not finish: the loss is no number: lower --learning-rate/)
      expect(seen.stderr).toMatch(/^the loss is no number: lower --learning-rate\.$/m)
      expect(readdirSync(join(folder, 'cells'))).toEqual(['moby-dick-transformer'])
    })
    end.abort()
    await worker
    await server.stop()
  })
})

describeOnRedis('data that workers do not have', () => {
  it('are refused with a sentence, and nothing is asked of the queue', async () => {
    const server = await startRedis()
    const refused: readonly (readonly [string, string, RegExp])[] = [
      ['lm table 3', '/etc/hostname', /^--data \/etc\/hostname is of this machine, .*king-james, austen\), leave --on/],
      ['lm table 3', 'english', /^--data english is what a machine can fetch of it, /],
      ['image table 5', 'mine.idx', /^--data mine.idx is of this machine, .*digits.*exptilt earm image --on/],
      ['translate table 1', 'a.txt --target b.txt', /^--data a.txt is of this machine, .*exptilt earm translate --on/],
    ]
    await withFolder(async (folder) => {
      for (const [words, data, sentence] of refused) {
        const argv = `earm ${words} --preset tiny --data ${data} --device reference --on ${server.url}`.split(' ')
        const seen = await inWorld((world) => main([...argv, '--out', join(folder, 'out')], world))()
        expect([seen.code, seen.stderr, seen.stdout]).toEqual([2, expect.stringMatching(sentence), ''])
        expect(existsSync(join(folder, 'out'))).toBe(false)
      }
    })
    expect(await server.client.keys('*')).toEqual([])
    await server.stop()
  })
})
