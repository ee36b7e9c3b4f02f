/** Shapes that the lowering knows: without them sums are not divided into blocks, and lose digits. */
import { describe, expect, it } from 'vitest'
import { fold, key } from '../../lib/key.ts'
import { draft } from '../../lib/onnx/lower.ts'
import { outputs } from '../../lib/program.ts'
import { domains, sample, small } from '../domains.ts'
import { pullback, renamed } from '../webgpu/operation-comparisons.ts'

/** Operators that add up. */
const SUMS = /^(?:ReduceSum|ReduceMean|CumSum|MatMul|Gemm|Softmax|LogSoftmax|LayerNormalization)$/u

describe('sums in graphs', () => {
  it.each(Object.keys(domains).filter((name) => name !== 'argument'))(
    '%s, forward and backward: the shapes of what they add up are known',
    (name) => {
      for (const seed of [0, 1, 2, 3]) {
        const s = sample(name, fold(key(17), seed), small)
        for (const { roots } of [{ roots: s.results, inputs: s.inputs }, ...pullback(s, seed)].map(renamed)) {
          const { draft: graph } = draft(outputs(Object.fromEntries(roots.map((root, i) => [`r${i}`, root]))))
          const unknown = graph.graph.nodes.filter(
            ({ type, inputs }) => SUMS.test(type) && graph.shapeOf(inputs[0] ?? '') === undefined,
          )
          expect(unknown.map(({ type, origin }) => `${type} of ${origin ?? 'something'}`)).toEqual([])
        }
      }
    },
  )
})
