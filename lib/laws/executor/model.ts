/**
 * Executors do any sequence of calls as a model in plain numbers does: runs (read or not, of either of two programs beside
 * each other), states written and read, refused calls and releases between them, each waited for or not.
 */
import { at, field } from '../../at.ts'
import * as fc from 'fast-check'
import type { Prepared } from '../../executor.ts'
import { run } from '../../outcome.ts'
import { feeds, type ExecutorLaw, prepare } from './fixture.ts'
import { forAll } from '../law.ts'
import { mustEqual } from '../same.ts'

type Triple = readonly [number, number, number]

type Call =
  | {
      readonly kind: 'run'
      readonly x: Triple
      readonly k: Triple
      readonly position: number
      readonly read: readonly string[]
    }
  | { readonly kind: 'write'; readonly s?: Triple; readonly count?: Triple }
  | { readonly kind: 'read' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'wait' }

/** A call on one of the two programs. */
interface Asked {
  readonly call: Call
  readonly second: boolean
}

const triple = (values: fc.Arbitrary<number>): fc.Arbitrary<Triple> => fc.tuple(values, values, values)
const numbers = triple(fc.integer({ min: -64, max: 64 }))

const calls: fc.Arbitrary<readonly Asked[]> = fc.array(
  fc.record({
    second: fc.boolean(),
    call: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('run' as const),
          x: numbers,
          k: numbers,
          position: fc.integer({ min: 0, max: 3 }),
          read: fc.subarray(['next', 'old', 'count', 'x', 'same']),
        }),
      },
      fc.record({ kind: fc.constant('write' as const), s: numbers, count: numbers }, { requiredKeys: ['kind'] }),
      fc.record({ kind: fc.constant('read' as const) }),
      fc.record({ kind: fc.constant('refused' as const) }),
      fc.record({ kind: fc.constant('wait' as const) }),
    ),
  }),
  { maxLength: 20 },
)

interface Model {
  readonly s: Triple
  readonly count: Triple
  readonly log: readonly number[]
}

const ZERO: Model = { s: [0, 0, 0], count: [0, 0, 0], log: new Array<number>(12).fill(0) }

const zip = (f: (a: number, b: number) => number, [a, b, c]: Triple, [x, y, z]: Triple): Triple => [
  f(a, x),
  f(b, y),
  f(c, z),
]

type Named = Readonly<Record<string, readonly number[]>>

/** The model after a call, and what the call answers; undefined where it is refused. */
const modelled = (model: Model, call: Call): { readonly model: Model; readonly answer: Named | undefined } => {
  if (call.kind === 'refused') return { model, answer: undefined }
  if (call.kind === 'read') return { model, answer: { ...model } }
  if (call.kind === 'wait') return { model, answer: {} }
  if (call.kind === 'write')
    return { model: { ...model, s: call.s ?? model.s, count: call.count ?? model.count }, answer: {} }
  const next = zip((x, s) => x - s / 2, call.x, model.s)
  const count = zip((a, b) => a + b, model.count, call.k)
  const outputs: Named = { next, same: next, old: model.s, x: call.x, count }
  const log = model.log.map((v, i) => (Math.floor(i / 3) === call.position ? at(call.x, i % 3) : v))
  const answer = Object.fromEntries(call.read.map((name) => [name, field(outputs, name)]))
  return { model: { s: next, count, log }, answer }
}

const plain = (values: Readonly<Record<string, { readonly data: ArrayLike<number> } | undefined>>): Named =>
  Object.fromEntries(Object.entries(values).map(([name, v]) => [name, Array.from(v?.data ?? [], (x) => x + 0)]))

/** Makes a call; its answer, undefined where it was refused. */
const made = async (prepared: Prepared, call: Call): Promise<Named | undefined> => {
  if (call.kind === 'wait') return {}
  if (call.kind === 'refused') {
    const result = await prepared.run(feeds({ position: Int32Array.of(9) }))()
    return result._tag === 'Left' ? undefined : {}
  }
  if (call.kind === 'read') return plain(await run(prepared.readState()))
  if (call.kind === 'write') {
    await run(
      prepared.writeState({
        ...(call.s === undefined ? {} : { s: Float64Array.from(call.s) }),
        ...(call.count === undefined ? {} : { count: Int32Array.from(call.count) }),
      }),
    )
    return {}
  }
  const [x, k, position] = [Float32Array.from(call.x), Int32Array.from(call.k), Int32Array.of(call.position)]
  const answer = prepared.run(feeds({ x, k, position }), call.read)()
  // The arrays are the caller's again.
  for (const fed of [x, k, position]) fed.fill(99)
  const found = await answer
  return found._tag === 'Left' ? undefined : plain(found.right)
}

const zeroed = async (prepared: Prepared): Promise<void> => {
  await run(prepared.writeState({ s: new Float32Array(3), count: new Int32Array(3), log: new Float32Array(12) }))
}

const negativeZero = (named: Named | undefined): Named | undefined =>
  named === undefined ? undefined : Object.fromEntries(Object.entries(named).map(([k, v]) => [k, v.map((x) => x + 0)]))

const agrees = async ([one, two]: readonly [Prepared, Prepared], sequence: readonly Asked[]): Promise<void> => {
  await zeroed(one)
  let model = ZERO
  const [wanted, got]: [(Named | undefined)[], Promise<Named | undefined>[]] = [[], []]
  for (const { call, second } of sequence) {
    const after = modelled(model, call)
    model = after.model
    wanted.push(negativeZero(after.answer))
    got.push(made(second ? two : one, call))
    if (call.kind === 'wait') await Promise.all(got)
  }
  mustEqual(await Promise.all(got), wanted)
  mustEqual(plain(await run(two.readState())), negativeZero({ ...model }))
}

/** The law of sequences of calls. */
export const modelLaws: readonly ExecutorLaw[] = [
  {
    title: 'any sequence of calls on two programs beside each other does what the model does',
    check: async (executor) => {
      const one = await prepare(executor)
      const two = await prepare(executor, one)
      const same = async (sequence: readonly Asked[]): Promise<undefined> => {
        await agrees([one, two], sequence)
        return undefined
      }
      await forAll('the model', calls, same, { runs: 60, seed: 6 }).check()
      two.release()
      one.release()
    },
  },
]
