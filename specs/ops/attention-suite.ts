/**
 * Attention on a WebGPU against the reference, also with more queries and keys than a block holds, and with every depth that
 * has its own tiles.
 */
import { axis, sizeOf } from '../../lib/axis.ts'
import { type Executor, inputName } from '../../lib/executor.ts'
import { axesOf, type Expr } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { attention } from '../../lib/ops/attention.ts'
import { attentionStep } from '../../lib/ops/attention-step.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { multiply } from '../../lib/ops/pointwise.ts'
import { sumOver } from '../../lib/ops/reduce.ts'
import { outputs } from '../../lib/program.ts'
import { run } from '../either.ts'
import { type Comparison, type Fed, farFromReference, type Suite } from '../webgpu/operation-comparisons.ts'

const noise = (seed: number, n: number): Float64Array =>
  Float64Array.from(uniforms(fold(key(81), seed), n), (u) => Math.fround(2 * u - 1))

const [batch, head] = [axis('batch', 2), axis('head', 1)]

interface Size {
  readonly times: number
  readonly keys: number
  readonly width: number
  readonly causal: boolean
  readonly lengths?: readonly number[]
}

/** Context and gradients, and a step over caches, as one program. */
const programOf = ({ times, keys, width, causal, lengths }: Size): Fed => {
  const [time, keyTime, depth] = [axis('time', times), axis('keyTime', keys), axis('depth', width)]
  const [query, k, v] = [
    input('query', batch, head, time, depth),
    input('keys', batch, head, keyTime, depth),
    input('values', batch, head, keyTime, depth),
  ]
  const rows = lengths === undefined ? [] : [inputOf('i32')('lengths', batch)]
  const y = attention({ causal }, query, k, v, ...rows)
  const loss = sumOver(batch, head, time, depth)(multiply(y, input('weights', batch, head, time, depth)))
  const row = (name: string) => input(name, batch, head, depth)
  const cached = (name: string) => input(name, time, batch, head, depth)
  const step = attentionStep({}, row('q'), { keys: cached('ks'), values: cached('vs') }, inputOf('i32')('position'), {
    key: row('k'),
    value: row('v'),
  })
  const floats: readonly Expr[] = [
    query,
    k,
    v,
    input('weights', batch, head, time, depth),
    ...['q', 'k', 'v'].map(row),
    ...['ks', 'vs'].map(cached),
  ]
  const feeds = {
    ...Object.fromEntries(floats.map((x, i) => [inputName(x), noise(i, sizeOf(axesOf(x)))])),
    position: Int32Array.of(times - 2),
    ...(lengths === undefined ? {} : { lengths: Int32Array.from(lengths) }),
  }
  const slopes = gradient(loss, { query, keys: k, values: v })
  return { named: { y, step, ...slopes }, feeds }
}

const sizes: readonly Size[] = [
  { times: 70, keys: 70, width: 5, causal: true },
  { times: 66, keys: 130, width: 40, causal: true, lengths: [130, 65] },
  { times: 33, keys: 129, width: 128, causal: false, lengths: [0, 100] },
  { times: 270, keys: 300, width: 4, causal: true, lengths: [300, 40] },
]

/** Results that five more runs give other bits of. */
const unsteady = async (executor: Executor): Promise<readonly string[]> => {
  const { named, feeds } = programOf({ times: 66, keys: 66, width: 8, causal: true })
  const prepared = await run(executor.prepare(outputs(named)))
  const first = await run(prepared.run(feeds))
  const other = new Set<string>()
  for (let i = 0; i < 5; i++) {
    const again = await run(prepared.run(feeds))
    for (const name of Object.keys(named))
      if (first[name]?.data.some((x, j) => !Object.is(x, again[name]?.data[j])) !== false) other.add(name)
  }
  prepared.release()
  return [...other]
}

const sized = (size: Size): Comparison => ({
  title: `T32: ${size.times} queries, ${size.keys} keys, depth ${size.width}`,
  complaints: farFromReference(programOf(size), { tolerance: 2e-5 }),
})

/** Attention, its gradient, its step; equal bits each time (F9). */
export const attentionSuite: Suite = {
  title: 'attention',
  names: ['attention', 'attention_backward', 'attention_step', 'attention_lanes'],
  trials: { cases: 3, hardware: true },
  more: [...sizes.map(sized), { title: 'F9: gives equal bits each time', complaints: unsteady }],
}
