/**
 * Shards: what they give together does not depend on how many lanes there are, on who ends when, or on how often one is done;
 * one that loses its worker is begun again three times; what fails ends the rest, with the failure of the first.
 */
import { fc, test } from '@fast-check/vitest'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { failure } from '../../lib/errors.ts'
import type { Lanes } from '../../lib/executor.ts'
import { reference } from '../../lib/reference.ts'
import { byExecutor, eachShard, inOrder, joinShards, mapLanes, type Shard } from '../../lib/scale/shards.ts'
import { left, right, run } from '../either.ts'

/** So many lanes, each its number. */
const lanes = (count: number): Lanes<number> => [
  TE.right(0),
  ...Array.from({ length: count - 1 }, (_, i) => TE.right(i + 1)),
]

/** Not commutative, and not associative to the bit: its result tells the order and the grouping. */
const rounding = { concat: (x: number, y: number): number => (x * 3 + y) / 7, empty: 0.1 }

const turns = async (n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await new Promise<void>((go) => void setImmediate(go))
}

/** A shard that takes so many turns of the loop. */
const slow =
  (delays: readonly number[]): Shard<number, number, number> =>
  (_lane, input, index) =>
  async () => {
    await turns(delays[index % delays.length] ?? 0)
    return { _tag: 'Right', right: Math.sin(input) }
  }

describe('shards', () => {
  test.prop([fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 30 }), fc.array(fc.nat(3), { minLength: 1 })], {
    numRuns: 40,
  })('give together what they give one after the other, on 1, 2 and 5 lanes', async (inputs, delays) => {
    const alone = inputs.reduce((total, input) => rounding.concat(total, Math.sin(input)), rounding.empty)
    for (const count of [1, 2, 5])
      expect(await run(joinShards({ lanes: lanes(count) })(slow(delays), rounding)(inputs))).toBe(alone)
  })

  test.prop([
    fc.shuffledSubarray(
      Array.from({ length: 12 }, (_, i) => i),
      { minLength: 12 },
    ),
    fc.array(fc.nat(11)),
  ])('are taken once each and in order, in whatever order they come and however often', (order, again) => {
    const taken: (readonly [number, number])[] = []
    const { put, taken: count } = inOrder<number>((result, index) => taken.push([index, result]))
    order.forEach((index, i) => {
      put(index, 10 * index)
      for (const other of again) if (order.slice(0, i).includes(other)) put(other, Number.NaN)
    })
    expect(taken).toEqual(Array.from({ length: 12 }, (_, i) => [i, 10 * i]))
    expect(count()).toBe(12)
  })

  it('hand over what is undefined too', () => {
    const taken: (number | undefined)[] = []
    const { put } = inOrder<number | undefined>((result) => taken.push(result))
    put(1, 5)
    put(0, undefined)
    expect(taken).toEqual([undefined, 5])
  })

  it('never lie further ahead of the first that is not done than four a lane: memory does not grow', async () => {
    let [done, furthest]: [number, number] = [0, 0]
    const first = { go: (): void => undefined }
    const gate = new Promise<void>((go) => {
      first.go = go
    })
    const shard: Shard<number, number, number> = (_lane, input) => async () => {
      furthest = Math.max(furthest, input)
      if (input === 0) await gate
      done += 1
      if (done === 7) void turns(200).then(first.go)
      return right0(input)
    }
    const right0 = (x: number) => ({ _tag: 'Right', right: x }) as const
    const seen: number[] = []
    await run(
      eachShard({ lanes: lanes(2) })(shard)(
        Array.from({ length: 1000 }, (_, i) => i),
        (x) => {
          if (x === 0) expect(furthest).toBe(7)
          seen.push(x)
        },
      ),
    )
    expect(seen).toHaveLength(1000)
  })

  it('are begun again three times where a worker was lost, and no other failure is tried again', async () => {
    const lost = failure('WorkerLost', 'a worker ended', 'go on')
    const tries = [0, 0, 0]
    const dying =
      (deaths: number): Shard<number, number, number> =>
      (_lane, _input, index) =>
      async () => {
        tries[index] = at(tries, index) + 1
        return index === 1 && at(tries, 1) <= deaths ? TE.left(lost)() : TE.right(index)()
      }
    const total = (deaths: number) =>
      joinShards({ lanes: lanes(2) })(dying(deaths), { concat: (x, y) => x + y, empty: 0 })([0, 0, 0])()
    expect(right(await total(3))).toBe(3)
    expect(tries).toEqual([1, 4, 1])
    tries.fill(0)
    expect(left(await total(4)).tag).toBe('WorkerLost')
    expect(tries[1]).toBe(4)
    const wrong: Shard<number, number, number> = () => TE.left(failure('Domain', 'no', 'no'))
    tries.fill(0)
    const counted: Shard<number, number, number> = (lane, input, index) => {
      tries[0] = at(tries, 0) + 1
      return wrong(lane, input, index)
    }
    expect(left(await eachShard({ lanes: lanes(1) })(counted)([1], () => undefined)()).tag).toBe('Domain')
    expect(tries[0]).toBe(1)
  })

  it('end with the failure of the first that failed, and none is begun after it', async () => {
    const begun: number[] = []
    const shard: Shard<number, number, number> = (_lane, input) => async () => {
      begun.push(input)
      await turns(input === 2 ? 5 : 1)
      return input >= 2 ? TE.left(failure('Domain', `shard ${input}`, 'none'))() : TE.right(input)()
    }
    const found = await eachShard({ lanes: lanes(3) })(shard)([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], () => undefined)()
    expect(left(found).what).toBe('shard 2')
    expect(begun.length).toBeLessThan(7)
  })

  it('are not begun once the signal was aborted', async () => {
    const controller = new AbortController()
    const begun: number[] = []
    const shard: Shard<number, number, number> = (_lane, input) => async () => {
      begun.push(input)
      if (input === 3) controller.abort()
      return TE.right(input)()
    }
    const spreading = { lanes: lanes(1), signal: controller.signal }
    const found = await eachShard(spreading)(shard)([1, 2, 3, 4, 5], () => undefined)()
    expect(left(found).tag).toBe('Interrupted')
    expect(begun).toEqual([1, 2, 3])
  })

  it('find what their lane needs more than once: made once for each executor', async () => {
    let made = 0
    const things = byExecutor(() => ({ number: ++made }))
    const [first] = mapLanes(things.of)([TE.right(reference), TE.right(reference)])
    expect(await run(first)).toBe(things.of(reference))
    expect(things.of({ ...reference })).toEqual({ number: 2 })
    expect(things.all()).toHaveLength(2)
  })
})
