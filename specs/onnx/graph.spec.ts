/** The builder of ONNX graphs: equal things are one, what changes nothing is not there, and what nobody reads goes. */
import { describe, expect, it } from 'vitest'
import { graphBuilder } from '../../lib/onnx/graph.ts'
import type { GraphBuilder, GraphValue } from '../../lib/onnx/types.ts'

const value = (name: string, ...shape: readonly number[]): GraphValue => ({ name, dtype: 'f32', shape })

const built = (): GraphBuilder => {
  const b = graphBuilder()
  b.input(value('x', 2, 3))
  b.input(value('y', 2, 3))
  return b
}

const shape = (b: GraphBuilder, ...sizes: readonly number[]): string => b.constant('i64', [sizes.length], sizes)

describe('nodes', () => {
  it('are one where type, inputs and attributes are equal', () => {
    const b = built()
    const sum = b.node('Add', ['x', 'y'])
    expect(b.node('Add', ['x', 'y'])).toBe(sum)
    expect(b.node('Add', ['y', 'x'])).not.toBe(sum)
    expect(b.node('Softmax', ['x'], { axis: 0 })).not.toBe(b.node('Softmax', ['x'], { axis: 1 }))
    expect(b.shapeOf(sum)).toEqual([2, 3])
    expect(b.producer(sum)?.type).toBe('Add')
  })

  it('that change nothing are their operand', () => {
    const b = built()
    expect(b.node('Reshape', ['x', shape(b, 2, 3)])).toBe('x')
    expect(b.node('Expand', ['x', shape(b, 2, 3)])).toBe('x')
    expect(b.node('Transpose', ['x'], { perm: [0, 1] })).toBe('x')
    expect(b.node('Transpose', ['x'], { perm: [1, 0] })).not.toBe('x')
    const flat = b.node('Reshape', ['x', shape(b, 6)])
    expect(flat).not.toBe('x')
    expect(b.node('Reshape', [flat, shape(b, 2, 3)])).toBe('x')
    expect(b.producer(b.node('Reshape', [flat, shape(b, 3, 2)]))?.inputs[0]).toBe('x')
  })

  it('that split what was just joined from such pieces, along the same axis, are the pieces', () => {
    const b = built()
    const joined = b.node('Concat', ['x', 'y'], { axis: 0 })
    expect(b.nodes('Split', [joined], 2, { axis: 0 })).toEqual(['x', 'y'])
    const across = b.nodes('Split', [joined], 2, { axis: 1 })
    expect(b.producer(across[0] ?? '')?.type).toBe('Split')
    expect(b.nodes('Split', [joined], 4, { axis: 0 })).toHaveLength(4)
    b.input(value('z', 4, 3))
    const uneven = b.node('Concat', ['x', 'z'], { axis: 0 })
    expect(b.nodes('Split', [uneven], 2, { axis: 0 })).not.toEqual(['x', 'z'])
  })

  it('carry the operation that was marked', () => {
    const b = built()
    b.mark('first')
    const one = b.node('Neg', ['x'])
    b.mark('second')
    expect([b.producer(one)?.origin, b.producer(b.node('Abs', ['x']))?.origin]).toEqual(['first', 'second'])
  })
})

describe('constants', () => {
  it('are one where they are equal, and those of a body are the outer graph’s', () => {
    const b = built()
    const three = b.constant('f32', [], [3])
    expect(b.constant('f32', [], [3])).toBe(three)
    expect(b.constant('i32', [], [3])).not.toBe(three)
    const body = graphBuilder(b, 'body_')
    expect(body.constant('f32', [], [3])).toBe(three)
    const five = body.constant('f32', [], [5])
    expect(five).not.toBe(three)
    expect(b.constant('f32', [], [5])).toBe(five)
    expect(body.integersOf(shape(b, 2, 5))).toEqual([2, 5])
    expect(body.shapeOf('x')).toEqual([2, 3])
    expect(body.node('Neg', ['x'])).toMatch(/^body_/)
  })
})

describe('values of the host', () => {
  it('have a kind, a key and a shape, and are inputs of the graph', () => {
    const b = built()
    const words = b.node('host:words', ['key'], { shape: [4] })
    const below = b.node('host:below', ['key'], { shape: [2, 3], parameter: { float: 0.25 } })
    const child = b.node('host:fold', ['key'], { parameter: 7 })
    expect([words, below, child].map((name) => b.shapeOf(name))).toEqual([[4], [2, 3], [2]])
    const out = b.node('Cast', [below], { to: 1 })
    const { graph, hosts } = b.finish([value(out, 2, 3)])
    expect(hosts).toEqual([
      { kind: 'below', key: 'key', output: { name: below, dtype: 'bool', shape: [2, 3] }, parameter: 0.25 },
    ])
    expect(graph.inputs.map(({ name }) => name)).toEqual([below])
  })
})

describe('a finished graph', () => {
  it('has what its outputs need, in order, and nothing else', () => {
    const b = built()
    const two = b.constant('f32', [], [2])
    const kept = b.node('Mul', ['x', two])
    b.node('Mul', ['y', b.constant('f32', [], [5])])
    const last = b.node('Neg', [kept])
    const { graph } = b.finish([value(last, 2, 3)])
    expect(graph.nodes.map(({ type }) => type)).toEqual(['Mul', 'Neg'])
    expect(graph.initialisers.map(({ name }) => name)).toEqual([two])
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x'])
  })

  it('returns values of its own: a copy of an input, of a constant, and of what is returned already', () => {
    const b = built()
    const taken = new Set<string>()
    const negated = b.node('Neg', ['x'])
    expect(b.own(negated, taken)).toBe(negated)
    const again = b.own(negated, taken)
    expect(again).not.toBe(negated)
    expect(b.producer(again)).toMatchObject({ type: 'Identity', inputs: [negated] })
    expect(b.producer(b.own('x', taken))).toMatchObject({ type: 'Identity', inputs: ['x'] })
  })
})
