/**
 * Samples of an LSTM in shards: on one executor and all its threads, on worker threads, on as many as `--workers auto` chooses, or on
 * processes of `exptilt worker` and a Redis of this machine.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Executor } from '../../lib/executor.ts'
import { key } from '../../lib/key.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { rowsWork } from '../../lib/systems/work.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { openQueue } from '../../lib/scale/queue/giver.ts'
import { openThreads } from '../../lib/scale/threads.ts'
import { autoWorkers, thisMachine } from '../../lib/systems/auto-workers.ts'
import { command, startRedis } from '../../specs/redis-server.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { parametersFor } from '../lstm.ts'
import { must } from '../open.ts'
import type { Settings } from '../types.ts'

/** An executor whose shards go somewhere; what it is. */
interface Spread {
  readonly executor: Executor
  readonly chosen: string
}

const onThreads = async (executor: Executor, workers: number | undefined): Promise<Spread> =>
  workers === undefined
    ? { executor, chosen: 'no workers' }
    : {
        executor: { ...executor, lanes: (await must(openThreads('onnx', workers))).lanes },
        chosen: `${workers} workers`,
      }

/** As many workers as are chosen on this machine now, whatever it remembers. */
const onChosen = async (executor: Executor, settings: Settings): Promise<Spread> => {
  const folder = mkdtempSync(join(tmpdir(), 'exptilt-bench-'))
  const machine = { ...thisMachine(), folder }
  const work = rowsWork(modelOf(settings), { batch: 512, time: numberIn(settings, 'time') })
  const open = (workers: number) => openThreads('onnx', workers)
  const workers = await must(autoWorkers({ machine, open, note: () => undefined })(executor, work))
  rmSync(folder, { recursive: true })
  return onThreads(executor, workers)
}

const onQueue = async (executor: Executor, workers: number): Promise<Spread> => {
  const server = await startRedis()
  const there = Array.from({ length: workers }, () => command('worker', '--on', server.url, '--device', 'onnx'))
  await Promise.all(there.map(({ says }) => says(/takes jobs/)))
  const pool = await must(openQueue({ on: server.on, kind: 'onnx', workers, note: () => undefined }))
  return { executor: { ...executor, lanes: pool.lanes }, chosen: `${workers} processes` }
}

const spreadAs = async (settings: Settings): Promise<Spread> => {
  const executor = await must(openOnnx())
  const workers = numberIn(settings, 'workers')
  switch (settings['how']) {
    case 'queue':
      return onQueue(executor, workers)
    case 'threads':
      return onThreads(executor, workers)
    case 'auto':
      return onChosen(executor, settings)
    default:
      return onThreads(executor, undefined)
  }
}

const modelOf = (settings: Settings) =>
  lstmAutoregressive(
    { symbols: 3, hidden: numberIn(settings, 'hidden'), layers: numberIn(settings, 'layers') },
    numberIn(settings, 'time'),
  )

/** Settings: `how`, `workers`, `shard` and `batch` (sequences), `time`, `hidden`, `layers`. */
export const measure: Task = async (settings) => {
  const { executor, chosen } = await spreadAs(settings)
  const runtime = languageRuntime(executor, modelOf(settings), { batch: numberIn(settings, 'shard'), end: 2 })
  const parameters = parametersFor(settings)
  const [count, length] = [numberIn(settings, 'batch'), numberIn(settings, 'time')]
  const times = await timed(settings, (round) => must(runtime.sample(parameters, { key: key(round), count, length })))
  return { times, facts: { on: chosen } }
}
