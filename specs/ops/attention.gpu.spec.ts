/** Attention on the GPU, also with more queries and keys than a block holds, and with every depth that has its own tiles. */
import { expect, it } from 'vitest'
import { axis, sizeOf } from '../../lib/axis.ts'
import { type Executor, inputName } from '../../lib/executor.ts'
import { axesOf, type Expr } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/math.ts'
import { attention } from '../../lib/ops/attention.ts'
import { attentionStep } from '../../lib/ops/attention-step.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { multiply } from '../../lib/ops/pointwise.ts'
import { sumOver } from '../../lib/ops/reduce.ts'
import { outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../onnx/agreement.ts'
import { describeOperations } from '../webgpu/compare.ts'

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
const programOf = ({ times, keys, width, causal, lengths }: Size) => {
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
  return { wanted: outputs({ y, step, ...slopes }), feeds }
}

const run = async (executor: Executor, size: Size) => {
  const { wanted, feeds } = programOf(size)
  const prepared = right(await executor.prepare(wanted)())
  const got = right(await prepared.run(feeds)())
  prepared.release()
  return got
}

await describeOperations(
  'attention',
  ['attention', 'attention_backward', 'attention_step'],
  { cases: 3 },
  (executor) => {
    const sizes: readonly Size[] = [
      { times: 70, keys: 70, width: 5, causal: true },
      { times: 66, keys: 130, width: 40, causal: true, lengths: [130, 65] },
      { times: 33, keys: 129, width: 128, causal: false, lengths: [0, 100] },
    ]
    it.each(sizes)('T32: $times queries, $keys keys, depth $width', { timeout: 60_000 }, async (size) => {
      const [exact, got] = [await run(reference, size), await run(executor, size)]
      for (const [name, value] of Object.entries(exact)) {
        const own = Object.entries(got).find(([other]) => other === name)?.[1].data ?? []
        const most = Float64Array.from(value.data, Math.abs).reduce((m, x) => Math.max(m, x), 0)
        const far = Float64Array.from(value.data).findIndex((x, i) => !(Math.abs(x - at(own, i)) <= 2e-5 * most))
        expect(far, name).toBe(-1)
      }
    })

    it('F9: gives equal bits each time', { timeout: 60_000 }, async () => {
      const size = { times: 66, keys: 66, width: 8, causal: true }
      const first = await run(executor, size)
      for (let i = 0; i < 5; i++) expect(await run(executor, size)).toEqual(first)
    })
  },
)
