/** Work through a queue in specs: workers of this process, lanes, and shards whose results are known. */
import { afterEach, expect } from 'vitest'
import { at } from '../lib/at.ts'
import { axis } from '../lib/axis.ts'
import type { Lanes } from '../lib/executor.ts'
import { input } from '../lib/ops/layout.ts'
import { exp } from '../lib/ops/pointwise.ts'
import { outputs } from '../lib/program.ts'
import { openQueue } from '../lib/scale/queue/giver.ts'
import { serveQueue } from '../lib/scale/queue/worker.ts'
import { eachShard } from '../lib/scale/shards.ts'
import { run } from './either.ts'
import type { Server } from './redis-server.ts'

/** Milliseconds between signs of life here: who is dead is found in three seconds. */
const BEAT = 300

const wide = axis('n', 20_000)
const program = outputs({ y: exp(input('x', wide)) })

/** e^i in shards, each of 80 kB there and back; hears of each as it begins. */
export const exps = (lanes: Lanes, begun: (i: number) => void = () => undefined) =>
  eachShard({ lanes })((executor, i: number) => async () => {
    begun(i)
    const prepared = await executor.prepare(program)()
    if (prepared._tag === 'Left') return prepared
    const found = await prepared.right.run({ x: new Float64Array(20_000).fill(i) })()
    prepared.right.release()
    return found
  })

export const expsOf = async (lanes: Lanes, count: number, begun?: (i: number) => void): Promise<readonly number[]> => {
  const found: number[] = []
  await run(
    exps(lanes, begun)(
      Array.from({ length: count }, (_, i) => i),
      ({ y }) => found.push(at(y?.data ?? [], 0)),
    ),
  )
  return found
}

export const expected = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => Math.exp(i))

/** Does something when shard 5 is first begun. */
export const at5 = (work: () => unknown) => {
  let done = false
  return (i: number): void => {
    if (i !== 5 || done) return
    done = true
    under.push(Promise.resolve(work()))
  }
}

/** What was done to a server or a worker, and has an end. */
export const under: Promise<unknown>[] = []
afterEach(() => Promise.all(under.splice(0)))

/** Workers in this process; what ends them. */
export const workers = (
  server: Server,
  count: number,
  note: (line: string) => void = () => undefined,
): (() => Promise<unknown>) => {
  const stop = new AbortController()
  const all = Array.from({ length: count }, () =>
    serveQueue({ on: server.on, kind: 'reference', note, signal: stop.signal })(),
  )
  return () => {
    stop.abort()
    return Promise.all(all)
  }
}

export const open = (server: Server, count: number) =>
  openQueue({ on: server.on, kind: 'reference', workers: count, note: () => undefined, beat: BEAT })

export const settled = (test: () => Promise<boolean>) => expect.poll(test, { timeout: 20_000, interval: 50 }).toBe(true)
