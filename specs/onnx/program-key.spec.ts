/** Names of programs: equal for the same program, and different for any difference, one place after the other. */
import { describe, expect, it } from 'vitest'
import { at, held } from '../../lib/at.ts'
import { axis } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import type { Program } from '../../lib/executor.ts'
import { contentKey, programKey } from '../../lib/onnx/program-key.ts'
import { input, literal, literalIntegers } from '../../lib/ops/layout.ts'
import { add, exp, multiply, scale } from '../../lib/ops/pointwise.ts'
import { outputs } from '../../lib/program.ts'
import { decodeProgram, encodeProgram, type WireAttribute, type WireProgram } from '../../lib/wire.ts'
import { right } from '../either.ts'
import { keptPrograms } from './kept-programs.ts'

const n = axis('n', 3)

const isValues = (a: object): a is Values => ArrayBuffer.isView(a)

/** An array with one bit changed, each byte in turn, and the same bytes as numbers of another type. */
const otherValues = (a: Values): readonly Values[] => {
  const bytes = new Uint8Array(a.buffer, a.byteOffset, a.byteLength)
  const typed = ({ buffer }: Uint8Array<ArrayBuffer>): Values =>
    a instanceof Float64Array ? new Float64Array(buffer) : new Int32Array(buffer)
  return [
    ...Array.from(bytes, (byte, i) => typed(Uint8Array.from(bytes.with(i, byte ^ 1)))),
    new Uint32Array(Uint8Array.from(bytes).buffer),
  ]
}

/** All attributes that differ from one in one place. */
const others = (a: WireAttribute): readonly WireAttribute[] => {
  if (typeof a === 'number' && !Number.isFinite(a)) return [0]
  if (typeof a === 'number') return [a + 1, a === 0 ? -0 : a * (1 + 2 ** -52), Number.NaN]
  if (typeof a === 'string') return [`${a}x`, `${a}"`]
  if (isValues(a)) return otherValues(a)
  if ('node' in a) return [{ node: a.node + 1 }, a.node]
  if ('record' in a) return otherRecords(a.record).map((record) => ({ record }))
  return [...a.flatMap((each, i) => others(each).map((other) => a.with(i, other))), [...a, 1], [a]]
}

type WireRecord = Readonly<Record<string, WireAttribute>>

const otherRecords = (fields: WireRecord): readonly WireRecord[] => [
  ...Object.entries(fields).flatMap(([name, a]) => [
    ...others(a).map((other) => ({ ...fields, [name]: other })),
    Object.fromEntries(Object.entries(fields).filter(([own]) => own !== name)),
  ]),
  { ...fields, other: 1 },
]

type WireNode = WireProgram['nodes'][number]

const otherNodes = (node: WireNode): readonly WireNode[] => [
  { ...node, op: `${node.op}x` },
  ...otherRecords(node.attrs).map((attrs) => ({ ...node, attrs })),
  ...node.args.map((arg, i) => ({ ...node, args: node.args.with(i, arg + 1) })),
  { ...node, args: [...node.args, 0] },
]

/** All programs, or what looks like one, that differ from one in one place. */
const otherPrograms = (wire: WireProgram): readonly WireProgram[] => [
  ...wire.nodes.flatMap((node, i) => otherNodes(node).map((other) => ({ ...wire, nodes: wire.nodes.with(i, other) }))),
  ...wire.state.flatMap((own, i) =>
    [
      { ...own, name: `${own.name}x` },
      { ...own, input: own.input + 1 },
      { ...own, next: own.next + 1 },
      { ...own, at: own.at === undefined ? 0 : own.at + 1 },
    ].map((other) => ({ ...wire, state: wire.state.with(i, other) })),
  ),
  ...wire.outputs.flatMap((own, i) =>
    [
      { ...own, name: `${own.name}x` },
      { ...own, node: own.node + 1 },
    ].map((other) => ({ ...wire, outputs: wire.outputs.with(i, other) })),
  ),
  { ...wire, guard: [...(wire.guard ?? []), 'other'] },
  { ...wire, outputs: [...wire.outputs, { name: 'other', node: 0 }] },
  { ...wire, state: [...wire.state, { name: 'other', input: 0, next: 0, at: undefined }] },
]

const literals = (): Program =>
  outputs({
    y: add(multiply(literal(Float64Array.of(1, -0, Number.NaN), n), scale(2)(input('x', n))), exp(input('z', n))),
    i: literalIntegers(Int32Array.of(3, 4, 5), n),
  })

const made: Readonly<Record<string, () => Program>> = {
  'a program of constants': literals,
  'a training step': held(new Map(Object.entries(keptPrograms)), 'a training step of an LSTM, with dropout'),
  'a step of sampling': held(new Map(Object.entries(keptPrograms)), 'a step of sampling from an LSTM'),
}

describe('the name of a program', () => {
  it.each(Object.entries(made))('F20: is another for every difference in one place: %s', (_, make) => {
    const wire = encodeProgram(make())
    const different = otherPrograms(wire)
    const names = new Set([wire, ...different].map((each) => contentKey(each, ['1.0', 'a processor'])))
    expect(different.length).toBeGreaterThan(wire.nodes.length)
    expect(names.size).toBe(1 + different.length)
    expect(contentKey(wire, ['1.0', 'another'])).not.toBe(contentKey(wire, ['1.0', 'a processor']))
    expect(contentKey(wire, ['1.0a processor'])).not.toBe(contentKey(wire, ['1.0', 'a processor']))
  })

  it.each(Object.entries(keptPrograms))('is that of the same program built again: %s', (_, make) => {
    const name = programKey(make(), [], 1e6)
    expect(name).toMatch(/^[0-9a-f]{64}$/u)
    expect(programKey(right(decodeProgram(structuredClone(encodeProgram(make())))), [], 1e6)).toBe(name)
  })

  it('is that of other programs of the table for none', () => {
    const names = Object.values(keptPrograms).map((make) => programKey(make(), [], 1e6))
    expect(new Set(names).size).toBe(names.length)
  })

  it('does not depend on the order in which fields stand, and does on that of outputs', () => {
    const wire = encodeProgram(literals())
    const turned = wire.nodes.map((node) => ({
      ...node,
      attrs: Object.fromEntries(Object.entries(node.attrs).toReversed()),
    }))
    expect(contentKey({ ...wire, nodes: turned }, [])).toBe(contentKey(wire, []))
    expect(contentKey({ ...wire, outputs: wire.outputs.toReversed() }, [])).not.toBe(contentKey(wire, []))
  })

  it('is none where constants are larger than they may be', () => {
    const [large, values] = [axis('n', 100), Float64Array.from({ length: 100 }, Math.sin)]
    const program = (): Program => outputs({ y: exp(literal(values, large)), z: literal(values.map(Math.exp), large) })
    expect(programKey(program(), [], 1600)).toBe(programKey(program(), [], 1e9))
    expect(programKey(program(), [], 1599)).toBeUndefined()
    expect(at(encodeProgram(program()).outputs, 0).name).toBe('y')
  })
})
