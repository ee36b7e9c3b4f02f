/** Scores and logits so low that what does not count must not stand above them. */
import { axis } from '../../lib/axis.ts'
import { attention } from '../../lib/ops/attention.ts'
import { attentionStep } from '../../lib/ops/attention-step.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { softmax } from '../../lib/ops/reduce.ts'
import { filterLogits } from '../../lib/ops/top-k.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'
import { titled, type Wanted } from './wanted.ts'

const three = axis('three', 3)

/** Rows whose scores are all far below any that the library makes up for what does not count. */
const deep = (): Readonly<Record<string, Wanted>> => {
  const [batch, head, time, keyTime] = [axis('batch', 1), axis('head', 1), axis('time', 2), axis('keyTime', 2)]
  const depth = axis('depth', 1)
  const query = input('deep query', batch, head, time, depth)
  const [keys, values] = [
    input('deep keys', batch, head, keyTime, depth),
    input('deep values', batch, head, keyTime, depth),
  ]
  const cache = {
    keys: input('deep cached keys', time, batch, head, depth),
    values: input('deep cached values', time, batch, head, depth),
  }
  const integers = inputOf('i32')
  const feeds = {
    'deep query': Float64Array.of(1e18, 1e18),
    'deep keys': Float64Array.of(-1e18, -2e18),
    'deep values': Float64Array.of(5, 7),
    'deep cached keys': Float64Array.of(-1e18, -2e18),
    'deep cached values': Float64Array.of(5, 7),
    'deep length': Int32Array.of(1),
    'deep place': Int32Array.of(0),
    'deep row': Float64Array.of(1e18),
    'deep logits': Float64Array.of(-2e34, -1e34, -3e34),
  }
  const logits = input('deep logits', three)
  return {
    'causal attention': { value: attention({ causal: true }, query, keys, values), feeds, want: [5, 5] },
    'attention with lengths': {
      value: attention({ causal: false }, query, keys, values, integers('deep length', batch)),
      feeds,
      want: [5, 5],
    },
    'a step of attention': {
      value: attentionStep({}, input('deep row', batch, head, depth), cache, integers('deep place')),
      feeds,
      want: [5],
    },
    'filtered logits': { value: softmax(three)(filterLogits(three, { k: 1 })(logits)), feeds, want: [0, 1, 0] },
  }
}

/** The values of this file. */
export const extremeScores: readonly Comparison[] = [titled('what does not count, beside scores below −10³⁰', deep())]
