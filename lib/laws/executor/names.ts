/** Executors refuse wrong names, lengths and values, and say which. */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { field } from '../../at.ts'
import { axis } from '../../axis.ts'
import { type Failure, describeFailure, failure, raise } from '../../errors.ts'
import type { Prepared } from '../../executor.ts'
import { input } from '../../ops/layout.ts'
import { add } from '../../ops/pointwise.ts'
import { run } from '../../outcome.ts'
import { outputs, program } from '../../program.ts'
import { begun, dataOf, failureOf, feeds, type ExecutorLaw, prepare, START, stateOf, three } from './fixture.ts'
import { mustEqual } from '../same.ts'

/** What JavaScript allows and the types do not. */
const isAnything = (_: unknown): _ is ReturnType<typeof three> => true
const wild = (given: unknown): ReturnType<typeof three> => (isAnything(given) ? given : three(0, 0, 0))
const isRecord = (_: unknown): _ is ReturnType<typeof feeds> => true
const wildRecord = (given: unknown): ReturnType<typeof feeds> => (isRecord(given) ? given : {})
const isNames = (_: unknown): _ is readonly string[] => true
const wildNames = (given: unknown): readonly string[] => (isNames(given) ? given : [])

type Ask = (prepared: Prepared) => TaskEither<Failure, unknown>

/** Numbers whose memory was transferred. */
const detached = (n: number): Float32Array => {
  const given = new Float32Array(n)
  structuredClone(given.buffer, { transfer: [given.buffer] })
  return given
}

/** Calls that must fail with `Feed` and a sentence that names the thing, and leave state as it was. */
const refused: readonly (readonly [what: string, names: string, ask: Ask])[] = [
  ['a missing feed', "'x'", (p) => p.run(Object.fromEntries(Object.entries(feeds()).filter(([name]) => name !== 'x')))],
  ['no values', "'x'", (p) => p.run(feeds({ x: new Float32Array(0) }))],
  ['null', "'x'", (p) => p.run(feeds({ x: wild(null) }))],
  ['big whole numbers', "'x'", (p) => p.run(feeds({ x: wild(BigInt64Array.of(1n, 2n, 3n)) }))],
  ['texts', "'x'", (p) => p.run(feeds({ x: wild(['1', '2', '3']) }))],
  ['a list with a gap', "'x'", (p) => p.run(feeds({ x: wild(Object.assign([1, 2], { length: 3 })) }))],
  ['no record of feeds', 'inputs', (p) => p.run(wildRecord(null))],
  ['no record of state', 'states', (p) => p.writeState(wildRecord(null))],
  ['a text for names of outputs', 'names', (p) => p.run(feeds(), wildNames('next'))],
  ['null for names of states', 'names', (p) => p.readState(wildNames(null))],
  ['an array whose memory was handed on', "'x'", (p) => p.run(feeds({ x: detached(3) }))],
  ['such an array for a state', "'s'", (p) => p.writeState({ s: detached(3) })],
  ['bytes without a type', "'x'", (p) => p.run(feeds({ x: wild(new ArrayBuffer(12)) }))],
  ['a number for a state', "'s'", (p) => p.writeState({ s: wild(3) })],
  ['an unknown feed', "'nonsense'", (p) => p.run(feeds({ nonsense: three(1, 2, 3) }))],
  ['too few values', "'x'", (p) => p.run(feeds({ x: Float32Array.of(1) }))],
  ['too many values', "'k'", (p) => p.run(feeds({ k: new Int32Array(4) }))],
  ['a half for i32', "'k'", (p) => p.run(feeds({ k: three(1, 1.5, 2) }))],
  ['NaN for i32', "'k'", (p) => p.run(feeds({ k: three(1, Number.NaN, 2) }))],
  ['2³¹ for i32', "'k'", (p) => p.run(feeds({ k: Float64Array.of(0, 0, 2 ** 31) }))],
  ['u32 words for i32 that are too large', "'k'", (p) => p.run(feeds({ k: Uint32Array.of(0, 2 ** 32 - 1, 0) }))],
  ['−1 for u32', "'word'", (p) => p.run(feeds({ word: Int32Array.of(-1) }))],
  ['2³² for u32', "'word'", (p) => p.run(feeds({ word: Float64Array.of(2 ** 32) }))],
  ['∞ for u32', "'word'", (p) => p.run(feeds({ word: Float64Array.of(Number.POSITIVE_INFINITY) }))],
  ['a row before the first', "'position'", (p) => p.run(feeds({ position: Int32Array.of(-1) }))],
  ['a row after the last', "'log'", (p) => p.run(feeds({ position: Int32Array.of(4) }))],
  ['half a row', "'position'", (p) => p.run(feeds({ position: Float32Array.of(0.5) }))],
  ['an unknown output', "'nonsense'", (p) => p.run(feeds(), ['next', 'nonsense'])],
  ['a name that every object has', "'toString'", (p) => p.run(feeds(), ['toString'])],
  ['an unknown state to read', "'nonsense'", (p) => p.readState(['s', 'nonsense'])],
  ['an unknown state to write', "'nonsense'", (p) => p.writeState({ nonsense: three(1, 2, 3) })],
  [
    'an unknown state beside a known one',
    "'toString'",
    (p) => p.writeState({ s: three(9, 9, 9), toString: three(1, 2, 3) }),
  ],
  ['one value for a state of three', "'s'", (p) => p.writeState({ s: Float32Array.of(5) })],
  ['four values for a state of three', "'s'", (p) => p.writeState({ s: new Float32Array(4) })],
  ['a wrong state after a right one', "'count'", (p) => p.writeState({ s: three(9, 9, 9), count: three(1, 0.5, 1) })],
]

const refusals = refused.map(
  ([what, names, ask]): ExecutorLaw => ({
    title: `${what} is a Feed failure that names ${names}, and changes nothing`,
    check: async (executor) => {
      const prepared = await begun(executor)
      const found = await failureOf(what, ask(prepared))
      mustEqual(found.tag, 'Feed')
      mustEqual(describeFailure(found).includes(names), true, describeFailure(found))
      mustEqual(found.remedy.length > 8, true, found.remedy)
      mustEqual(await stateOf(prepared), START)
      prepared.release()
    },
  }),
)

const values: readonly ExecutorLaw[] = [
  {
    title: 'feeds that cannot be read are a failure of the call, not thrown',
    check: async (executor) => {
      const prepared = await prepare(executor)
      const get = (): never => raise(failure('Feed', 'unreadable', 'give lists'))
      const unreadable = Object.defineProperty({ ...feeds() }, 'x', { enumerable: true, get })
      mustEqual((await failureOf('it', prepared.run(unreadable))).what, 'unreadable')
      const state = Object.defineProperty({ s: three(1, 2, 3) }, 's', { enumerable: true, get })
      mustEqual((await failureOf('it', prepared.writeState(state))).what, 'unreadable')
      prepared.release()
    },
  },
  {
    title: 'whole numbers may come in any array, truth as any number, and outputs asked for twice are given once',
    check: async (executor) => {
      const prepared = await prepare(executor)
      const given = feeds({
        k: Float64Array.of(-1, 2, 3),
        word: Float64Array.of(4_000_000_000),
        flag: Float32Array.of(0.5),
      })
      const out = await run(prepared.run(given, ['word', 'count', 'flag', 'word']))
      mustEqual(Object.keys(out), ['word', 'count', 'flag'])
      mustEqual([out['word']?.data[0], out['flag']?.data[0]], [4_000_000_000, 1])
      mustEqual(dataOf(out, 'count'), [-1, 2, 3])
      prepared.release()
    },
  },
  {
    title: 'the unknown name comes with those that there are',
    check: async (executor) => {
      const prepared = await prepare(executor)
      const found = await failureOf('it', prepared.writeState({ w: three(1, 2, 3) }))
      mustEqual(describeFailure(found), "'w' is not a state of the program: use only s, count, log.")
      prepared.release()
    },
  },
]

const names: readonly ExecutorLaw[] = [
  {
    title: 'inputs, states and outputs may have names that every object has',
    check: async (executor) => {
      const [n, name] = [axis('n', 3), 'constructor']
      const x = input(name, n)
      const prepared = await run(
        executor.prepare(program({ [name]: x }, { [name]: add(x, input('toString', n)) }, { [name]: add(x, x) })),
      )
      await run(prepared.writeState({}))
      await run(prepared.writeState({ [name]: three(1, 2, 3) }))
      const out = await run(prepared.run({ toString: three(5, 5, 5) }))
      mustEqual(Array.from(field(out, name).data), [2, 4, 6])
      mustEqual(Array.from(field(await run(prepared.readState()), name).data), [6, 7, 8])
      mustEqual((await failureOf('it', prepared.run({}))).what.includes("'toString'"), true)
      prepared.release()
    },
  },
  ...['', '__proto__'].map(
    (name): ExecutorLaw => ({
      title: `what is named '${name}' is refused with a Shape failure, without throwing`,
      check: async (executor) => {
        const [x, y] = [input(name, axis('n', 3)), input('y', axis('n', 3))]
        const programs = [outputs({ y: add(x, y) }), program({ y: x }, { y: x }, {}), outputs({ [name]: y })]
        for (const each of [...programs, program({ [name]: y }, { [name]: y }, {})]) {
          const found = await failureOf(`'${name}'`, executor.prepare(each))
          mustEqual([found.tag, found.what.includes(`'${name}'`)], ['Shape', true])
        }
      },
    }),
  ),
]

/** The laws of names and values. */
export const nameLaws: readonly ExecutorLaw[] = [...refusals, ...values, ...names]
