/** Cells of a sweep on a queue: computed by a worker in a process of its own, to the bits of a run here, and kept like those. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { main } from '../../lib/cli/main.ts'
import { processRunner } from '../../lib/cli/task-runner.ts'
import { exactJson } from '../../lib/codec/exact-json.ts'
import { decodeJson } from '../../lib/codec/json.ts'
import { silentProgress } from '../../lib/progress.ts'
import { serveQueue } from '../../lib/scale/queue/worker.ts'
import { openKind } from '../../lib/scale/thread.ts'
import { sweepCodec } from '../../lib/report/sweep-rows.ts'
import { type GamResults, gamResultsCodec } from '../../lib/systems/gam/results.ts'
import { runGam } from '../../lib/systems/gam/run.ts'
import { right, run } from '../either.ts'
import { filesIn, withFolder } from '../folder.ts'
import { describeOnRedis } from '../on-redis.ts'
import { type Server, startRedis } from '../redis-server.ts'
import { inWorld } from './fake-world.ts'

const sizes = [
  '--preset',
  'tiny',
  '--train',
  '60',
  '--max-epochs',
  '1',
  '--distilled',
  '20',
  '--width',
  '4',
  '--bank',
  '50',
]
const small = ['gam', 'sweep', '--grid', 'figure-2c', '--motif', '101', '--length', '8', '--moments', 'snis', ...sizes]

const results = (folder: string) =>
  right(decodeJson(gamResultsCodec, 'results')(readFileSync(join(folder, 'results.json'), 'utf8')))

/** Results as they are kept, with another's place and times. */
const placed = (found: GamResults, { options, adapter, seconds }: GamResults): string =>
  exactJson(gamResultsCodec.encode({ ...found, options, adapter, seconds }))

describeOnRedis('exptilt gam sweep --on', () => {
  let server: Server
  const stop = new AbortController()
  const notes: string[] = []
  const cache = process.env['EXPTILT_CACHE']
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(async () => {
    stop.abort()
    if (cache === undefined) delete process.env['EXPTILT_CACHE']
    else process.env['EXPTILT_CACHE'] = cache
    await server.stop()
  })

  it('gives the bits of a run here, its checkpoint and the worker’s name; the same command needs no queue then', () =>
    withFolder(async (folder) => {
      process.env['EXPTILT_CACHE'] = join(folder, 'cache')
      const note = (line: string): void => void notes.push(line)
      const worker = serveQueue({
        on: server.on,
        kind: 'onnx',
        runner: processRunner,
        note,
        signal: stop.signal,
      })()
      const out = join(folder, 'out')
      const argv = [...small, '--device', 'onnx', '--on', server.url, '--out', out]
      const seen = await inWorld((world) => main(argv, world))()
      expect([seen.code, seen.stderr]).toEqual([0, expect.stringMatching(/\[1\/1\] \S+ \(\S+\.\d+\.\w{4}\)/)])
      const cell = join(out, 'cells', at(readdirSync(join(out, 'cells')), 0))
      const found = results(cell)
      const { on: _, out: __, ...options } = found.options
      const services = { progress: silentProgress, signal: stop.signal, executor: openKind('onnx') }
      const here = await run(runGam(services)(options))
      expect(placed(found, here)).toBe(placed(here, here))
      expect(found.adapter).toMatch(new RegExp(`^ONNX Runtime .*1 thread.* at \\S+\\.${process.pid}\\.`))
      expect(filesIn(cell).some((name) => /^checkpoint\/gam\.\d+\.safetensors$/.test(name))).toBe(true)
      expect(readdirSync(join(folder, 'cache', 'tasks'))).toEqual([])
      stop.abort()
      await worker
      await server.stop()
      const again = await inWorld((world) => main(argv, world))()
      expect([again.code, again.runs]).toEqual([0, []])
      expect(again.stdout).toBe(seen.stdout)
      const kept = right(decodeJson(sweepCodec, 'sweep')(readFileSync(join(out, 'sweep.json'), 'utf8')))
      expect(kept.rows).toHaveLength(1)
    }))
})
