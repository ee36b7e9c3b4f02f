/** Executors keep the order of calls, leave the caller's arrays alone and give away none of their own. */
import { right, run } from '../../outcome.ts'
import { begun, dataOf, feeds, type ExecutorLaw, prepare, START, stateOf, three } from './fixture.ts'
import { mustEqual } from '../same.ts'

const order: readonly ExecutorLaw[] = [
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
      mustEqual(dataOf(right(first), 'next'), [0, 0, 0])
      right(written)
      mustEqual(right(unread), {})
      mustEqual(dataOf(right(second), 'old'), [-3, -2, -1])
      mustEqual(dataOf(right(second), 'next'), [2.5, 3, 3.5])
      mustEqual(dataOf(right(state), 's'), [2.5, 3, 3.5])
      mustEqual(dataOf(right(state), 'count'), [4, 7, 10])
      mustEqual(dataOf(right(state), 'log'), [1, 2, 3, 1, 2, 3, 1, 2, 3, 5, 5, 5])
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
      mustEqual(
        results.map((r) => r._tag),
        ['Right', 'Left', 'Right', 'Right', 'Right', 'Right', 'Right'],
      )
      mustEqual(await stateOf(one), {
        s: [1, 1.5, 2],
        count: [4, 7, 10],
        log: [1, 2, 3, ...START.log.slice(3)],
      })
      two.release()
      one.release()
    },
  },
]

const ownership: readonly ExecutorLaw[] = [
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
      mustEqual(dataOf(out, 'x'), [1, 2, 3])
      mustEqual(dataOf(out, 'next'), [0, 0, 0])
      mustEqual(dataOf(out, 'count'), [5, 6, 7])
      mustEqual(await stateOf(prepared), {
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
      mustEqual((await stateOf(prepared))['log'], [5, 5, 5, 1, 2, 3, 5, 5, 5, 5, 5, 5])
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
      mustEqual((await stateOf(prepared))['s'], [4, 5, 6])
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
      mustEqual(dataOf(out, 'same'), [0, 0, 0])
      mustEqual(dataOf(out, 'old'), [2, 4, 6])
      for (const value of Object.values(out)) value?.data.fill(60)
      mustEqual(await stateOf(prepared), {
        s: [0, 0, 0],
        count: [2, 3, 4],
        log: [1, 2, 3, ...START.log.slice(3)],
      })
      for (let i = 0; i < 4; i++) await run(prepared.run(feeds({ position: Int32Array.of(i) })))
      for (const value of Object.values(out)) mustEqual(new Set(value?.data), new Set([60]))
      for (const { data } of Object.values(held)) mustEqual(new Set(data), new Set([50]))
      prepared.release()
    },
  },
  {
    title: 'feeds are not written to, and one array may be fed twice',
    check: async (executor) => {
      const prepared = await begun(executor)
      const [shared, before] = [Int32Array.of(1), feeds()]
      await run(prepared.run({ ...before, word: shared, flag: shared, position: shared }))
      mustEqual(before, feeds())
      mustEqual(shared, Int32Array.of(1))
      prepared.release()
    },
  },
]

/** The laws of order and ownership. */
export const callLaws: readonly ExecutorLaw[] = [...order, ...ownership]
