/**
 * Loops that stay loops: ONNX's Scan for the library's `scan`, so that one graph serves every length. The executor writes
 * loops out, which is faster for one length; a file that is used at many lengths needs this form.
 */
import { at } from '../at.ts'
import { failure, raise } from '../errors.ts'
import { type ArrayType, type Expr, definitionOf, typeOf } from '../expr.ts'
import { readAxes } from '../ops/rules.ts'
import { bodyArguments, inside, type ScanShape, scanShape } from '../ops/scan-op.ts'
import { graphBuilder } from './graph.ts'
import { type Form, formWith, type Lowering, lowerInto } from './lower.ts'
import type { Graph, GraphValue } from './types.ts'

const valueOf = (name: string, { axes, dtype }: ArrayType): GraphValue => ({
  name,
  dtype,
  shape: axes.map((a) => a.size),
  dimensions: axes.map((a) => ({ size: a.size, axis: a.name })),
})

/** The body of a scan as a graph: carries and elements in, next carries, outputs and the carries before the step out. */
const bodyOf = (
  lowering: Lowering,
  node: Expr,
  shape: ScanShape,
  prefix: string,
  constants: readonly string[],
): Graph => {
  const builder = graphBuilder(lowering.builder, prefix)
  const types = node.args.map(typeOf)
  const given = shape.carries + shape.sequences
  const places = bodyArguments(shape, types)
  const inputs = types
    .slice(0, given)
    .map((type, i) => valueOf(`${prefix}x${i}`, i < shape.carries ? type : inside(shape.axis, type)))
  const values = new Map(
    places.map((place, i) => {
      const name = i < given ? builder.input(at(inputs, i)) : at(constants, i - given)
      return [place, [{ name, ...typeOf(place) }]] as const
    }),
  )
  const carried = places.slice(0, shape.carries)
  const taken = new Set<string>()
  const outputs = lowerInto({ ...lowering, builder, values }, [...shape.body, ...carried]).map((x) =>
    valueOf(builder.own(x.name, taken), x),
  )
  const { graph, hosts } = builder.finish(outputs)
  if (hosts.length > 0)
    raise(
      failure('Runtime', 'a loop draws random numbers inside', 'draw them before the loop and read them step by step', {
        op: 'scan',
      }),
    )
  return { ...graph, inputs }
}

const scanForm: Form = (lowering, node, given) => {
  const shape = scanShape(node.attrs)
  const names = given.map((x) => x.name)
  const [from, direction] = [shape.carries + shape.sequences, Number(shape.reverse)]
  const body = bodyOf(lowering, node, shape, `${at(names, 0)}.step.`, names.slice(from))
  return lowering.builder.loop(
    'Scan',
    names.slice(0, from),
    node.types.length,
    {
      num_scan_inputs: shape.sequences,
      scan_input_directions: Array.from({ length: shape.sequences }, () => direction),
      scan_output_directions: Array.from({ length: node.types.length - shape.carries }, () => direction),
    },
    body,
  )
}

/** A fused operation through its definition, whose loop is a `scan`. */
const definitionForm: Form = (lowering, node) =>
  lowerInto(lowering, definitionOf(node.op, node.attrs, node.args) ?? []).map((x) => x.name)

/** Fused operations with a loop over `time` inside. */
const FUSED: ReadonlySet<string> = new Set(['lstm', 'lstm_backward'])

/** Attention in one piece, whose nodes are the same at every size. */
const wholeForm = formWith({ whole: 1 })

const ATTENTION: ReadonlySet<string> = new Set(['attention', 'attention_backward'])

/** The forms of loops over some axes, which stay loops, as attention stays whole; other loops are written out. */
export const loopsOver =
  (axes: readonly string[]): Lowering['formOf'] =>
  (node) => {
    if (node.op.name === 'scan') return axes.includes(at(readAxes([node.attrs['axis']]), 0).name) ? scanForm : undefined
    if (ATTENTION.has(node.op.name)) return wholeForm
    return FUSED.has(node.op.name) && axes.includes('time') ? definitionForm : undefined
  }
