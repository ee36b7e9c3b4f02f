/** Ways of doing work are timed by a clock that is passed in: here that of a machine whose runs take as long as the spec says. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Executor, Feeds, Lanes, Prepared, Program } from '../../lib/executor.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { add, cast } from '../../lib/ops/pointwise.ts'
import { outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { bestWay, measureWays, triedWorkers, type Way } from '../../lib/scale/ways.ts'
import { run } from '../either.ts'

type Kind = 'alone' | 'lane'

/** A machine on which a run takes `cost` ms when so many are under way; `cores` of its executors are lanes. */
const machineOf = (cores: number, cost: (kind: Kind, active: number) => number) => {
  const due: { readonly at: number; readonly go: () => void }[] = []
  const [fed, released]: [Feeds[], Kind[]] = [[], []]
  let [now, active] = [0, 0]
  const turn = (): void => {
    for (const { at, go } of due.sort((a, b) => a.at - b.at).splice(0, 1)) {
      now = at
      go()
    }
  }
  const passed = (kind: Kind) => async (): Promise<void> => {
    active += 1
    await new Promise(setImmediate)
    const at = now + cost(kind, active)
    await new Promise<void>((go) => {
      due.push({ at, go })
      setImmediate(turn)
    })
    active -= 1
  }
  const of = (kind: Kind): Executor => ({
    ...reference,
    prepare: <S extends string, O extends string>(program: Program<S, O>) =>
      TE.map(
        (own: Prepared<S, O>): Prepared<S, O> => ({
          ...own,
          run: (feeds, read) => {
            fed.push(feeds)
            return pipe(
              TE.fromTask(passed(kind)),
              TE.chain(() => own.run(feeds, read)),
            )
          },
          release: () => {
            released.push(kind)
            own.release()
          },
        }),
      )(reference.prepare(program)),
  })
  const lane = TE.right(of('lane'))
  const lanes: Lanes = [lane, ...Array.from({ length: cores - 1 }, () => TE.right(of('lane')))]
  return { executor: of('alone'), lanes, clock: () => now, fed, released }
}

const n = axis('n', 3)
const work = outputs({ y: add(input('x', n), cast('f32')(inputOf('i32')('place', n))) })

const found = async (machine: ReturnType<typeof machineOf>): Promise<readonly Way[]> =>
  run(measureWays(machine.executor, machine.lanes, work, { clock: machine.clock, span: 100 }))

describe('ways of doing work', () => {
  it('are one executor, one worker, half of the workers, and all', () => {
    expect([1, 2, 3, 4, 16].map(triedWorkers)).toEqual([[1], [1, 2], [1, 2, 3], [1, 2, 4], [1, 8, 16]])
  })

  it('are measured in runs a second: workers that do not hinder each other add up', async () => {
    const machine = machineOf(4, (kind) => (kind === 'alone' ? 5 : 10))
    expect(await found(machine)).toEqual([
      { rate: 200 },
      { workers: 1, rate: 100 },
      { workers: 2, rate: 200 },
      { workers: 4, rate: 400 },
    ])
    expect(machine.fed[0]).toEqual({ x: new Float32Array(3), place: new Int32Array(3) })
    expect(machine.released.toSorted()).toEqual(['alone', 'lane', 'lane', 'lane', 'lane'])
  })

  it('on a loaded machine, where a run takes as long as there are runs, workers add nothing', async () => {
    const ways = await found(machineOf(2, (_kind, active) => 10 * active))
    expect(bestWay(ways)).toEqual({ rate: 100 })
  })

  it('a run longer than the span is made once', async () => {
    const machine = machineOf(2, () => 5000)
    expect(await found(machine)).toEqual([{ rate: 0.2 }, { workers: 1, rate: 0.2 }, { workers: 2, rate: 0.4 }])
    expect(machine.fed).toHaveLength(3 + 1 + 1 + 2)
  })

  it('the best is the first that is within a twentieth of the fastest', () => {
    expect(bestWay([{ rate: 96 }, { workers: 1, rate: 50 }, { workers: 2, rate: 100 }])?.workers).toBeUndefined()
    expect(bestWay([{ rate: 94 }, { workers: 1, rate: 50 }, { workers: 2, rate: 100 }])?.workers).toBe(2)
    expect(bestWay([{ rate: 9 }, { workers: 1, rate: 99 }, { workers: 2, rate: 100 }])?.workers).toBe(1)
    expect(bestWay([])).toBeUndefined()
  })
})
