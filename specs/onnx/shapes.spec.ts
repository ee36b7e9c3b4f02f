/** Shapes that the lowering knows: without them sums are not divided into blocks, and lose digits. They are those of the runtime. */
import { describe, expect, it } from 'vitest'
import type { Expr } from '../../lib/expr.ts'
import { fold, key } from '../../lib/key.ts'
import { store } from '../../lib/onnx/cells.ts'
import { installed } from '../../lib/onnx/installed.ts'
import { draft } from '../../lib/onnx/lower.ts'
import { loadRuntime, openSession } from '../../lib/onnx/runtime.ts'
import type { Finished, GraphNode, GraphValue } from '../../lib/onnx/types.ts'
import { outputs } from '../../lib/program.ts'
import { domains, sample, small } from '../domains.ts'
import { right } from '../either.ts'
import { pullback, renamed } from '../webgpu/operation-comparisons.ts'

/** Operators that add up. */
const SUMS = /^(?:ReduceSum|ReduceMean|CumSum|MatMul|Gemm|Softmax|LogSoftmax|LayerNormalization)$/u

const names = Object.keys(domains).filter((name) => name !== 'argument')

/** Graphs of an operation, forward and backward. */
const graphsOf = (name: string, seed: number): readonly Finished[] => {
  const s = sample(name, fold(key(17), seed), small)
  return [{ roots: s.results, inputs: s.inputs }, ...pullback(s, seed)]
    .map(renamed)
    .map(
      ({ roots }: { readonly roots: readonly Expr[] }) =>
        draft(outputs(Object.fromEntries(roots.map((root, i) => [`r${i}`, root])))).draft,
    )
}

const runtime = right(await loadRuntime({ threads: 1 }, installed)())

const TYPES = { f32: 'float32', i32: 'int32', u32: 'uint32', bool: 'bool', i64: 'int32' } as const

/** What the runtime says of each shape that a graph knows: the values that differ, with both. */
const misjudged = async ({ graph, shapeOf }: Finished): Promise<readonly string[]> => {
  const known = graph.nodes.flatMap(({ type, outputs: made }) =>
    made.flatMap((name) => {
      const own = shapeOf(name)
      return own === undefined ? [] : [{ type, name, own }]
    }),
  )
  const asked = known.map(
    ({ name }): GraphNode => ({ type: 'Shape', inputs: [name], outputs: [`shape of ${name}`], attributes: {} }),
  )
  const told = known.map(
    ({ name, own }): GraphValue => ({ name: `shape of ${name}`, dtype: 'i64', shape: [own.length] }),
  )
  const session = await openSession(runtime, { ...graph, nodes: [...graph.nodes, ...asked], outputs: told })
  const { Tensor } = runtime.library
  const zeros = graph.inputs.map(({ name, dtype, shape }) => {
    const data = store(
      dtype === 'i64' ? 'i32' : dtype,
      shape.reduce((a, b) => a * b, 1),
    )
    return [name, new Tensor(TYPES[dtype], data, shape)] as const
  })
  const found = await session.run(Object.fromEntries(zeros), Object.fromEntries(told.map(({ name }) => [name, null])))
  await session.release()
  return known.flatMap(({ type, name, own }) => {
    const actual = Array.from(found[`shape of ${name}`]?.data ?? [], Number)
    return actual.join() === own.join() ? [] : [`${type}: [${own.join()}] is [${actual.join()}]`]
  })
}

describe('shapes of values in graphs', () => {
  it.each(names)('%s, forward and backward: are what the runtime says', async (name) => {
    for (const seed of [0, 1, 2, 3])
      for (const graph of graphsOf(name, seed)) expect(await misjudged(graph)).toEqual([])
  })
})

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
