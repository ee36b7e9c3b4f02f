/**
 * Programs on this runtime's WebGPU, compared with the f64 reference: every family of kernels, a loop, an LSTM's training
 * steps, samples and scores, and random bits. What transformers are made of is in `operations.ts`, and they themselves in
 * `transformer.ts`.
 */
import { axis } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import type { Executor, Feeds, Program } from '../../lib/executor.ts'
import type { Expr } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { initialiseLstm, lstmInputs, lstmLoss } from '../../lib/models/lstm.ts'
import { contract, contractLog } from '../../lib/ops/contract.ts'
import { gather, scatterAdd } from '../../lib/ops/gather.ts'
import { input, iota, rename, reorder } from '../../lib/ops/layout.ts'
import {
  add,
  cosine,
  exp,
  multiply,
  normalQuantile,
  scale,
  shift,
  sigmoid,
  sine,
  softplus,
  tanh,
} from '../../lib/ops/pointwise.ts'
import { inputKey, normal, uniform } from '../../lib/ops/random.ts'
import { argmax, cumulativeSum, logSumExp, max, softmax, sum } from '../../lib/ops/reduce.ts'
import { scan } from '../../lib/ops/scan.ts'
import { pad, reverse, slice } from '../../lib/ops/slice.ts'
import { concat } from '../../lib/ops/join.ts'
import { adam, chain, clipByGlobalNorm, trainingProgram } from '../../lib/optimise/index.ts'
import { outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'

/** The first number that is far from the reference's, if any is. */
const far = (name: string, got: Values | undefined, want: Values | undefined, tolerance: number): readonly string[] => {
  const place = [...(want ?? [])].findIndex(
    (x, i) => !(Math.abs(x - (got?.[i] ?? Number.NaN)) <= tolerance * (1 + Math.abs(x))),
  )
  if (want !== undefined && place < 0 && got?.length === want.length) return []
  return [`${name}[${place}] is ${got?.[place]}, the reference says ${want?.[place]}`]
}

const values = (n: number, seed: number): Float64Array =>
  Float64Array.from(uniforms(fold(key(1), seed), n), (u) => Math.fround(4 * u - 2))

const runOnce = async (on: Executor, program: Program, feeds: Feeds) => {
  const prepared = right(await on.prepare(program)())
  const got = right(await prepared.run(feeds)())
  prepared.release()
  return got
}

const compared = (title: string, named: Readonly<Record<string, Expr>>, feeds: Feeds): Comparison => ({
  title,
  complaints: async (executor) => {
    const [got, want] = [
      await runOnce(executor, outputs(named), feeds),
      await runOnce(reference, outputs(named), feeds),
    ]
    return Object.keys(named).flatMap((name) => far(name, got[name]?.data, want[name]?.data, 1e-5))
  },
})

const [a, b, k, t] = [axis('a', 7), axis('b', 70), axis('k', 12), axis('t', 5)]
const [x, w] = [input('x', a, b), input('w', k, b)]
const feeds = { x: values(490, 1), w: values(840, 2) }

const families = compared(
  'every family of kernels',
  {
    pointwise: add(multiply(tanh(x), sigmoid(x)), softplus(scale(2)(x))),
    waves: add(sine(shift(3)(x)), cosine(x)),
    product: contract(b)(x, w),
    log: contractLog(b)(x, w),
    rows: sum(b)(exp(x)),
    columns: max(a)(x),
    lse: logSumExp(b)(x),
    soft: softmax(a)(x),
    running: cumulativeSum(a)(x),
    largest: argmax(b)(x),
    turned: reorder(['b', 'a'])(x),
    mirrored: reverse(b)(concat(a)(slice(a, 2, 3)(x), pad(a, 1, 2)(x))),
    picked: gather(a)(x, iota(axis('a2', 4))),
    added: scatterAdd(axis('rows', 3), a)(x, iota(a)),
  },
  feeds,
)

const [h, p] = [axis('h', 4), axis('p', 4)]
const weight = input('weight', p, h)
const loop = scan(t)({ state: input('start', h) }, { y: input('y', t, h) }, (carry, at) => {
  const next = tanh(add(contract(p)(rename(h, p)(carry.state), weight), at.y))
  return { carry: { state: next }, out: { next } }
})
const total = sum(t)(sum(h)(loop.out.next))
const looped = compared(
  'a loop and its gradient',
  { next: loop.out.next, slope: gradient(total, { weight }).weight },
  { start: values(4, 3), y: values(20, 4), weight: values(16, 5) },
)

const size = { symbols: 3, hidden: 8, layers: 2 }
const parameters = lstmInputs(size)
const training = trainingProgram({
  parameters,
  loss: lstmLoss(size, parameters, { batch: 5, time: 4, dropout: 0.2 }),
  optimiser: chain(clipByGlobalNorm(0.25), adam(0.01)),
})
const losses = async (on: Executor): Promise<Values> => {
  const prepared = right(await on.prepare(training)())
  right(await prepared.writeState(initialiseLstm(size)(key(3)))())
  const made: number[] = []
  for (let step = 0; step < 4; step++) {
    const tokens = Int32Array.from({ length: 20 }, (_, i) => (i * 7 + step) % 3)
    const got = right(
      await prepared.run({ tokens, rowWeight: new Float32Array(5).fill(1), key: Uint32Array.of(1, step) }, ['loss'])(),
    )
    made.push(got['loss']?.data[0] ?? Number.NaN)
  }
  prepared.release()
  return Float64Array.from(made)
}
const runtimeOn = (on: Executor) =>
  languageRuntime(on, lstmAutoregressive(size, 7), { batch: 20, end: size.symbols - 1 })
const sampled = async (on: Executor) =>
  right(await runtimeOn(on).sample(initialiseLstm(size)(key(8)), { key: key(5), count: 30, length: 7 })())
const trained: Comparison = {
  title: 'training steps, samples and scores of an LSTM',
  complaints: async (executor) => {
    const [drawn, expected] = [await sampled(executor), await sampled(reference)]
    const scores = right(await runtimeOn(executor).score(initialiseLstm(size)(key(8)), expected)())
    return [
      ...far('losses', await losses(executor), await losses(reference), 1e-5),
      ...far('tokens', drawn.tokens, expected.tokens, 0),
      ...far('log-probability', drawn.logProbability, expected.logProbability, 1e-5),
      ...far('scores', scores, expected.logProbability, 1e-5),
    ]
  },
}

const random = uniform(inputKey('key'))(a, b)
const bits: Comparison = {
  title: 'random bits, to the last',
  complaints: async (executor) => {
    const got = await runOnce(executor, outputs({ random }), { key: Uint32Array.of(5, 6) })
    return far('uniforms', got['random']?.data, uniforms([5, 6], 490), 0)
  },
}
const normals = compared(
  'normal numbers',
  { quantile: normalQuantile(random), normal: normal(inputKey('key'))(a, b) },
  {
    key: Uint32Array.of(5, 6),
  },
)

export const comparisons: readonly Comparison[] = [families, looped, trained, bits, normals]
