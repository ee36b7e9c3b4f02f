/** Executors keep the order of calls, leave the caller's arrays alone and give away none of their own. */
import { deepStrictEqual } from 'node:assert'
import { right, run } from '../either.ts'
import { begun, feeds, type Law, prepare, START, stateOf, three } from './fixture.ts'

const order: readonly Law[] = [
  {
    title: 'run, writeState, run and readState that are made at once take effect in that order',
    check: async (executor) => {
      const prepared = await begun(executor)
      const [first, written, unread, second, state] = await Promise.all([
        prepared.run(feeds(), ['next'])(),
        prepared.writeState({ s: three(8, 8, 8) })(),
        prepared.run(feeds({ position: Int32Array.of(1) }), [])(),
        prepared.run(feeds({ position: Int32Array.of(2) }), ['old', 'next'])(),
        prepared.readState()(),
      ])
      deepStrictEqual(Array.from(right(first)['next']?.data ?? []), [0, 0, 0])
      right(written)
      deepStrictEqual(right(unread), {})
      deepStrictEqual(Array.from(right(second)['old']?.data ?? []), [-3, -2, -1])
      deepStrictEqual(Array.from(right(second)['next']?.data ?? []), [2.5, 3, 3.5])
      deepStrictEqual(Array.from(right(state)['s']?.data ?? []), [2.5, 3, 3.5])
      deepStrictEqual(Array.from(right(state)['count']?.data ?? []), [4, 7, 10])
      deepStrictEqual(Array.from(right(state)['log']?.data ?? []), [1, 2, 3, 1, 2, 3, 1, 2, 3, 5, 5, 5])
      prepared.release()
    },
  },
  {
    title: 'so do calls on programs beside each other, and a call that fails does not hold up those after it',
    check: async (executor) => {
      const one = await begun(executor)
      const two = await prepare(executor, one)
      const results = await Promise.all([
        one.run(feeds(), [])(),
        two.run(feeds({ x: Float32Array.of(1) }))(),
        two.writeState({ s: three(2, 2, 2) })(),
        one.run(feeds(), ['next'])(),
        two.readState(['s'])(),
        two.run(feeds(), ['next'])(),
        one.readState(['s', 'count'])(),
      ])
      deepStrictEqual(
        results.map((r) => r._tag),
        ['Right', 'Left', 'Right', 'Right', 'Right', 'Right', 'Right'],
      )
      deepStrictEqual(await stateOf(one), {
        s: [1, 1.5, 2],
        count: [4, 7, 10],
        log: [1, 2, 3, ...START.log.slice(3)],
      })
      two.release()
      one.release()
    },
  },
]

const ownership: readonly Law[] = [
  {
    title: 'what is fed is what the arrays hold when the task is invoked: not before, not after',
    check: async (executor) => {
      const prepared = await begun(executor)
      const [x, k] = [three(0, 0, 0), Int32Array.of(0, 0, 0)]
      const task = prepared.run(feeds({ x, k }), ['next', 'x', 'count'])
      x.set([1, 2, 3])
      k.set([4, 5, 6])
      const [one, two] = [task(), prepared.run(feeds({ x, k, position: Int32Array.of(1) }), [])()]
      x.fill(Number.NaN)
      k.fill(77)
      const out = right(await one)
      right(await two)
      x.fill(3)
      deepStrictEqual(Array.from(out['x']?.data ?? []), [1, 2, 3])
      deepStrictEqual(Array.from(out['next']?.data ?? []), [0, 0, 0])
      deepStrictEqual(Array.from(out['count']?.data ?? []), [5, 6, 7])
      deepStrictEqual(await stateOf(prepared), {
        s: [1, 2, 3],
        count: [9, 11, 13],
        log: [1, 2, 3, 1, 2, 3, 5, 5, 5, 5, 5, 5],
      })
      prepared.release()
    },
  },
  {
    title: 'the index of a row is that of the invocation too',
    check: async (executor) => {
      const prepared = await begun(executor)
      const position = Int32Array.of(1)
      const running = prepared.run(feeds({ position }), [])()
      position[0] = 3
      right(await running)
      deepStrictEqual((await stateOf(prepared))['log'], [5, 5, 5, 1, 2, 3, 5, 5, 5, 5, 5, 5])
      prepared.release()
    },
  },
  {
    title: 'written state is a copy, that of the invocation',
    check: async (executor) => {
      const prepared = await begun(executor)
      const [s, late] = [three(1, 1, 1), three(0, 0, 0)]
      const task = prepared.writeState({ s: late })
      late.set([4, 5, 6])
      const [one, two] = [prepared.writeState({ s })(), task()]
      s.fill(9)
      late.fill(9)
      right(await one)
      right(await two)
      late.fill(8)
      deepStrictEqual((await stateOf(prepared))['s'], [4, 5, 6])
      prepared.release()
    },
  },
  {
    title:
      'results and states that were read are the caller’s: written over, they change nothing, and no run changes them',
    check: async (executor) => {
      const prepared = await begun(executor)
      const out = await run(prepared.run(feeds()))
      const held = await run(prepared.readState())
      for (const { data } of Object.values(held)) data.fill(50)
      out['next']?.data.fill(60)
      deepStrictEqual(Array.from(out['same']?.data ?? []), [0, 0, 0])
      deepStrictEqual(Array.from(out['old']?.data ?? []), [2, 4, 6])
      for (const value of Object.values(out)) value?.data.fill(60)
      deepStrictEqual(await stateOf(prepared), {
        s: [0, 0, 0],
        count: [2, 3, 4],
        log: [1, 2, 3, ...START.log.slice(3)],
      })
      for (let i = 0; i < 4; i++) await run(prepared.run(feeds({ position: Int32Array.of(i) })))
      for (const value of Object.values(out)) deepStrictEqual(new Set(value?.data), new Set([60]))
      for (const { data } of Object.values(held)) deepStrictEqual(new Set(data), new Set([50]))
      prepared.release()
    },
  },
  {
    title: 'feeds are not written to, and one array may be fed twice',
    check: async (executor) => {
      const prepared = await begun(executor)
      const [shared, before] = [Int32Array.of(1), feeds()]
      await run(prepared.run({ ...before, word: shared, flag: shared, position: shared }))
      deepStrictEqual(before, feeds())
      deepStrictEqual(shared, Int32Array.of(1))
      prepared.release()
    },
  },
]

/** The laws of order and ownership. */
export const callLaws: readonly Law[] = [...order, ...ownership]
