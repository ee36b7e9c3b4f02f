/**
 * The start-up self test: known answers for random bits, fixed-tree sums, exp, log1p, tanh, integer edges and a
 * dispatch of more workgroups than one dimension holds. Drivers that got these wrong gave silently wrong numbers.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { type Key, threefry } from '../key.ts'
import { allocateBuffers, releaseBuffers, TENSOR_USAGE, type View, wholeOf } from './buffers.ts'
import type { Dispatch } from './record.ts'
import { prepare } from './replay.ts'
import type { Device } from './types.ts'

const EXP_POINTS = [-87, -40, -10, -3, -1, -0.5, -0.1, -1e-4, 0, 1e-4, 0.1, 0.5, 1, 10, 40, 87] as const
const LOG1P_POINTS = [-0.9, -0.5, -0.3, -0.1, -1e-3, -1e-6, 0, 1e-7, 1e-5, 1e-3, 0.1, 0.4, 0.6, 1, 100, 1e6] as const
const TANH_POINTS = [-50, -9, -2, -1, -0.3, -0.01, -1e-5, 0, 1e-6, 1e-3, 0.1, 0.5, 1, 3, 9, 100] as const

const LEAVES = Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 1 : -0.5) * (i + 1) * 1024)
const ROUNDED_LEAVES = Array.from({ length: 64 }, (_, i) => Math.fround(1 / (i + 1)))

// The known-answer vectors of Salmon et al. (2011), Random123's kat_vectors: all zeros, all ones, digits of pi.
const KEYS: readonly Key[] = [
  [0, 0],
  [0xffffffff, 0xffffffff],
  [0x13198a2e, 0x03707344],
]
const COUNTERS: readonly Key[] = [
  [0, 0],
  [0xffffffff, 0xffffffff],
  [0x243f6a88, 0x85a308d3],
]
const INTEGERS = [7, 0, 0x80000000, 0xffffffff, 33, 0x10001] as const

/** More workgroups than a dimension holds, by two. */
const GROUPS = 65_537

const wordsOf = (numbers: readonly number[]): Uint32Array => new Uint32Array(Float32Array.from(numbers).buffer)

const inputWords = (): Uint32Array<ArrayBuffer> => {
  const floats = wordsOf([...EXP_POINTS, ...LOG1P_POINTS, ...TANH_POINTS, ...LEAVES, ...ROUNDED_LEAVES])
  const inputs = new Uint32Array(256)
  inputs.set(floats, 0)
  inputs.set([...KEYS.flat(), ...COUNTERS.flat(), ...INTEGERS], 176)
  return inputs
}

/** Distance in units of the last place of an f32 near `exact`. */
const ulps = (value: number, exact: number): number => {
  const exponent = Math.floor(Math.log2(Math.max(Math.abs(exact), 2 ** -126)))
  return Math.abs(value - exact) / 2 ** (exponent - 23)
}

interface Check {
  readonly name: string
  readonly passes: boolean
}

const functionChecks = (answers: Float32Array): readonly Check[] => {
  const near = (name: string, first: number, points: readonly number[], f: (x: number) => number, bound: number) =>
    points.map((point, i) => {
      const x = Math.fround(point)
      const value = at(answers, first + i)
      return {
        name: `${name}(${point}) = ${value}`,
        passes: ulps(value, f(x)) <= bound + (name === 'exp' ? 2 * Math.abs(x) : 0),
      }
    })
  return [
    ...near('exp', 0, EXP_POINTS, Math.exp, 4),
    ...near('log1p', 16, LOG1P_POINTS, Math.log1p, 16),
    ...near('tanh', 32, TANH_POINTS, Math.tanh, 24),
  ]
}

const sumChecks = (answers: Float32Array): readonly Check[] => {
  const [exact, rounded] = [at(answers, 48), at(answers, 49)]
  const harmonic = ROUNDED_LEAVES.reduce((sum, x) => sum + x, 0)
  return [
    { name: `a sum of integers = ${exact}`, passes: exact === LEAVES.reduce((sum, x) => sum + x, 0) },
    { name: `a sum of 64 fractions = ${rounded}`, passes: ulps(rounded, harmonic) <= 8 },
  ]
}

const integerChecks = (words: Uint32Array): readonly Check[] => {
  const blocks = KEYS.flatMap((key, i) => [...threefry(key, at(at(COUNTERS, i), 0), at(at(COUNTERS, i), 1))])
  const units = wordsOf([1 - 2 ** -24, 2 ** -24])
  const expected = [...blocks, 7, 0, 0x80000000, 2, 0, 0x20001, ...units]
  const names = ['7/0', '7%0', '-2147483648/-1', '1<<33', '4294967295+1', '65537*65537', 'unit(4294967295)', 'unit(0)']
  return expected.map((value, i) => ({
    name: `${i < 6 ? `word ${i} of Threefry` : names[i - 6]} = ${words[50 + i]}`,
    passes: words[50 + i] === value,
  }))
}

const splitCheck = (groups: Uint32Array): Check => ({
  name: `${GROUPS} workgroups: ${groups[0]} ran, the last was ${groups[1]}`,
  passes: groups[0] === GROUPS && groups[1] === GROUPS - 1,
})

/** Judges what the GPU answered; pure, so that a test can feed it wrong answers. */
export const judge = (answers: ArrayBuffer, groups: ArrayBuffer): E.Either<Failure, true> => {
  const checks = [
    ...functionChecks(new Float32Array(answers)),
    ...sumChecks(new Float32Array(answers)),
    ...integerChecks(new Uint32Array(answers)),
    splitCheck(new Uint32Array(groups)),
  ]
  const failed = checks.filter((check) => !check.passes).map((check) => check.name)
  if (failed.length === 0) return E.right(true)
  const what = `the GPU fails its self test (${failed.slice(0, 3).join('; ')})`
  return E.left(failure('SelfTest', what, 'update the driver, choose another adapter, or run on the CPU', { failed }))
}

const dispatchOf = (buffers: readonly View[]): Dispatch => ({
  kind: 'dispatch',
  shader: 'self_test',
  preludes: ['pointwise', 'threefry', 'tree'],
  overrides: {},
  params: { groups: GROUPS },
  workgroups: GROUPS,
  buffers,
})

/** Runs the self test on a device; `SelfTest` names the first wrong answers. */
export const selfTest =
  (device: Device): TaskEither<Failure, true> =>
  async () => {
    const request = (label: string, bytes: number) => ({ label, bytes, usage: TENSOR_USAGE })
    const buffers = await allocateBuffers(device)([
      request('inputs', 1024),
      request('answers', 256),
      request('groups', 8),
    ])()
    if (E.isLeft(buffers)) return buffers
    const views = buffers.right.map(wholeOf)
    const [inputs, answers, groups] = views
    if (inputs === undefined || answers === undefined || groups === undefined) return E.right(true)
    const replay = await prepare(device)([dispatchOf(views)], [answers, groups])()
    const run = E.isLeft(replay) ? replay : await replay.right.run({ writes: [{ to: inputs, data: inputWords() }] })()
    if (E.isRight(replay)) replay.right.release()
    releaseBuffers(device)(buffers.right)
    if (E.isLeft(run)) return run
    return judge(at(run.right, 0), at(run.right, 1))
  }
