/**
 * One model (specs/fixtures/causal/cached.onnx, which PyTorch exported) in the layouts of other exporters: its graph with
 * other ports, each of which changes the logits when it is fed with something else than what it means.
 */
import { readFileSync } from 'node:fs'
import protobuf from 'protobufjs/light.js'
import { descriptor } from '../../lib/onnx/proto.ts'

type Dim = { readonly dimParam: string } | { readonly dimValue: number }
interface Attribute {
  readonly name: string
  readonly i: number
  readonly type: 2
}
interface Node {
  readonly opType: string
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute?: readonly Attribute[]
}
interface Value {
  readonly name: string
  readonly type: {
    readonly tensorType: { readonly elemType: number; readonly shape: { readonly dim: readonly Dim[] } }
  }
}
interface Constant {
  readonly name: string
  readonly dims: readonly number[]
  readonly dataType: number
  readonly rawData: Uint8Array
}
/** A graph as protobufjs has it. */
export interface Graph {
  readonly node: readonly Node[]
  readonly initializer: readonly Constant[]
  readonly input: readonly Value[]
  readonly output: readonly Value[]
}
interface Model {
  readonly graph: Graph
}
/** A change of the graph. */
export type Change = (graph: Graph) => Graph

const isModel = (x: unknown): x is Model => typeof x === 'object' && x !== null && 'graph' in x

/** What our writer leaves out of `onnx.proto`, and PyTorch's files have. */
const whole = (): protobuf.Root => {
  const root = protobuf.Root.fromJSON(descriptor)
  const attribute = root.lookupType('onnx.AttributeProto')
  attribute.add(new protobuf.Field('t', 5, 'TensorProto'))
  const tensor = root.lookupType('onnx.TensorProto')
  tensor.add(new protobuf.Field('floatData', 4, 'float', 'repeated'))
  tensor.add(new protobuf.Field('int32Data', 5, 'int32', 'repeated'))
  tensor.add(new protobuf.Field('int64Data', 7, 'int64', 'repeated'))
  return root
}

/** The bytes of the model in a layout. */
export const inLayout = (file: string, change: Change): Uint8Array => {
  const Type = whole().lookupType('onnx.ModelProto')
  const model: unknown = Type.toObject(Type.decode(readFileSync(file)), { defaults: false, arrays: true })
  if (!isModel(model)) throw new Error('no graph')
  return Type.encode(Type.fromObject({ ...model, graph: change(model.graph) })).finish()
}

const TYPE = { f32: 1, i32: 6, i64: 7, bool: 9, f16: 10 } as const
type TypeName = keyof typeof TYPE

const dim = (d: string | number): Dim => (typeof d === 'string' ? { dimParam: d } : { dimValue: d })
export const value = (name: string, type: TypeName, ...shape: readonly (string | number)[]): Value => ({
  name,
  type: { tensorType: { elemType: TYPE[type], shape: { dim: shape.map(dim) } } },
})
export const node = (
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number>> = {},
): Node => ({
  opType,
  input,
  output: [output],
  attribute: Object.entries(attributes).map(([name, i]) => ({ name, i, type: 2 })),
})
export const integers = (name: string, ...xs: readonly number[]): Constant => ({
  name,
  dims: [xs.length],
  dataType: TYPE.i64,
  rawData: new Uint8Array(BigInt64Array.from(xs, BigInt).buffer),
})
const reals = (name: string, ...xs: readonly number[]): Constant => ({
  name,
  dims: [xs.length],
  dataType: TYPE.f32,
  rawData: new Uint8Array(Float32Array.from(xs).buffer),
})

const swap = (names: ReadonlyMap<string, string>, name: string): string => names.get(name) ?? name

/** Other names for what nodes read. */
const reading =
  (names: ReadonlyMap<string, string>): Change =>
  (graph) => ({ ...graph, node: graph.node.map((n) => ({ ...n, input: n.input.map((x) => swap(names, x)) })) })

/** Other names for what nodes write. */
const writing =
  (names: ReadonlyMap<string, string>): Change =>
  (graph) => ({ ...graph, node: graph.node.map((n) => ({ ...n, output: n.output.map((x) => swap(names, x)) })) })

const both =
  (...changes: readonly Change[]): Change =>
  (graph) =>
    changes.reduce((g, change) => change(g), graph)

const add =
  (part: Partial<Graph>, where: 'before' | 'after' = 'before'): Change =>
  (g) => ({
    node: where === 'before' ? [...(part.node ?? []), ...g.node] : [...g.node, ...(part.node ?? [])],
    initializer: [...g.initializer, ...(part.initializer ?? [])],
    input: [...g.input, ...(part.input ?? [])],
    output: [...g.output, ...(part.output ?? [])],
  })

const without =
  (gone: RegExp): Change =>
  (g) => ({
    ...g,
    input: g.input.filter(({ name }) => !gone.test(name)),
    output: g.output.filter(({ name }) => !gone.test(name)),
  })

/** The positions that the network reads become `places`, made by nodes. */
const places = (...nodes: readonly Node[]): Change =>
  both(reading(new Map([['position_ids', 'places']])), add({ node: nodes }))

/** The logits that the network gives become `all`, and nodes make `logits` of them. */
const logits = (...nodes: readonly Node[]): Change =>
  both(writing(new Map([['logits', 'all']])), add({ node: nodes }, 'after'))

/** Ports of caches by other names. */
export const cachesCalled = (past: (name: string) => string, present: (name: string) => string): Change => {
  const names = ['0.key', '0.value', '1.key', '1.value']
  const map = new Map(
    names.flatMap((n): [string, string][] => [
      [`past_key_values.${n}`, past(n)],
      [`present.${n}`, present(n)],
    ]),
  )
  const renamed = (v: Value): Value => ({ ...v, name: swap(map, v.name) })
  return both(reading(map), writing(map), (g) => ({ ...g, input: g.input.map(renamed), output: g.output.map(renamed) }))
}

/** Keys and values together, as old exports have them. */
export const cachesTogether: Change = both(
  without(/^(past|present)/),
  add({
    initializer: [integers('first', 0), integers('second', 1), integers('axis0', 0)],
    input: [0, 1].map((l) => value(`past_${l}`, 'f32', 2, 'batch', 2, 'past', 8)),
    output: [0, 1].map((l) => value(`present_${l}`, 'f32', 2, 'batch', 2, 'total', 8)),
    node: [0, 1].flatMap((l) =>
      (['key', 'value'] as const).flatMap((part, i) => [
        node('Gather', [`past_${l}`, i === 0 ? 'first' : 'second'], `one.${l}.${part}`, { axis: 0 }),
        node('Squeeze', [`one.${l}.${part}`, 'axis0'], `past_key_values.${l}.${part}`),
      ]),
    ),
  }),
  add(
    {
      node: [0, 1].flatMap((l) => [
        node('Unsqueeze', [`present.${l}.key`, 'axis0'], `keys.${l}`),
        node('Unsqueeze', [`present.${l}.value`, 'axis0'], `values.${l}`),
        node('Concat', [`keys.${l}`, `values.${l}`], `present_${l}`, { axis: 0 }),
      ]),
    },
    'after',
  ),
)

/** Only the last logits, as many as the input says; 0: all. */
export const keeping = (name: string, ...shape: readonly number[]): Change =>
  both(
    logits(
      node('Reshape', [name, 'one'], 'kept'),
      node('Neg', ['kept'], 'from'),
      node('Slice', ['all', 'from', 'far', 'one'], 'logits'),
    ),
    add({ input: [value(name, 'i64', ...shape)], initializer: [integers('one', 1), integers('far', 2 ** 40)] }),
  )

/** Positions from `cache_position`, or from `position_ids` of rank 1. */
export const placedBy = (name: string): Change =>
  both(
    places(node('Sub', ['input_ids', 'input_ids'], 'zeros'), node('Add', ['zeros', name], 'places')),
    without(/^position_ids$/),
    add({ input: [value(name, 'i64', 'sequence_length')] }),
  )

/** Token types that push positions along. */
export const typed: Change = both(
  places(node('Add', ['position_ids', 'token_type_ids'], 'places')),
  add({ input: [value('token_type_ids', 'i64', 'batch_size', 'sequence_length')] }),
)

/** A mask of heads that scales the logits. */
export const headed: Change = both(
  logits(node('ReduceMin', ['head_mask'], 'least', { keepdims: 0 }), node('Mul', ['all', 'least'], 'logits')),
  add({ input: [value('head_mask', 'f32', 2, 2)] }),
)

/** A switch that must say whether the cache holds anything, or else positions are wrong. */
export const switched: Change = both(
  add({
    input: [value('use_cache_branch', 'bool', 1)],
    initializer: [integers('two', 2), integers('nought', 0)],
    node: [
      node('Shape', ['past_key_values.0.key'], 'pastShape'),
      node('Gather', ['pastShape', 'two'], 'pastLength'),
      node('Greater', ['pastLength', 'nought'], 'holds'),
      node('Xor', ['holds', 'use_cache_branch'], 'lie'),
      node('Cast', ['lie'], 'wrong', { to: TYPE.i64 }),
    ],
  }),
  reading(new Map([['position_ids', 'places']])),
  (g) => ({
    ...g,
    node: [...g.node.slice(0, 5), node('Add', ['position_ids', 'wrong'], 'places'), ...g.node.slice(5)],
  }),
)

/** The mask in another element type. */
export const maskedIn = (type: TypeName): Change =>
  both(
    reading(new Map([['attention_mask', 'mask']])),
    without(/^attention_mask$/),
    add({
      input: [value('attention_mask', type, 'batch_size', 'total_sequence_length')],
      node: [node('Cast', ['attention_mask'], 'mask', { to: TYPE.i64 })],
    }),
  )

/** Half precision in the caches, and in the logits. */
export const halved: Change = (g) => {
  const isCache = (name: string): boolean => /^(past|present)/.test(name)
  const names = g.input.map(({ name }) => name).filter(isCache)
  const outs = g.output.map(({ name }) => name).filter((name) => isCache(name) || name === 'logits')
  const half = (v: Value): Value => ({ ...v, type: { tensorType: { ...v.type.tensorType, elemType: TYPE.f16 } } })
  // The network goes on with the unrounded keys and values.
  const own = new Map([...names, ...outs].map((name) => [name, `full.${name}`]))
  return both(reading(own), writing(own), (h) => ({
    ...h,
    input: h.input.map((v) => (isCache(v.name) ? half(v) : v)),
    output: h.output.map(half),
    node: [
      ...names.map((name) => node('Cast', [name], `full.${name}`, { to: TYPE.f32 })),
      ...h.node,
      ...outs.map((name) => node('Cast', [`full.${name}`], name, { to: TYPE.f16 })),
    ],
  }))(g)
}

/** One token a run, as it says of itself. */
export const single: Change = (g) => ({
  ...g,
  input: g.input.map((v) => (v.name === 'input_ids' ? value('input_ids', 'i64', 'batch_size', 1) : v)),
})

/** One token a run, though it does not say so: more tokens disturb each other. */
export const disturbed: Change = both(
  logits(
    node('ReduceMax', ['position_ids'], 'latest', { keepdims: 0 }),
    node('Sub', ['latest', 'position_ids'], 'ahead'),
    node('Cast', ['ahead'], 'aheadReal', { to: TYPE.f32 }),
    node('Unsqueeze', ['aheadReal', 'lastAxis'], 'column'),
    node('Mul', ['column', 'ramp'], 'disturbance'),
    node('Add', ['all', 'disturbance'], 'logits'),
  ),
  add({ initializer: [integers('lastAxis', 2), reals('ramp', ...Array.from({ length: 16 }, (_, i) => i))] }),
)

/** Logits of the last token alone. */
export const lastOnly: Change = both(
  logits(node('Slice', ['all', 'minusOne', 'far', 'one'], 'logits')),
  add({ initializer: [integers('one', 1), integers('far', 2 ** 40), integers('minusOne', -1)] }),
)

/** The model as it is. */
export const same: Change = (graph) => graph
