/**
 * Attention of one step of several lanes that have rows in common, such as the hypotheses of a beam, which begin alike: every row
 * is kept once for its group of lanes, and a mask says which of them see it.
 *
 * Operands in storage order: query [group, rank, head, depth] (a lane is one rank of a group), keys and values
 * [time, group, head, depth], seen [group, rank, time], which says which rows a lane sees, and the lane's own key and value
 * [group, rank, head, depth], which it sees beside them. Rows that it does not see have no influence, as long as they are finite.
 */
import { absent, at, four } from '../at.ts'
import { type AnyAxis, axis, findAxis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { type ArrayType, type Expr, type OnnxBuilder, type Op, type Tensor, axesOf } from '../expr.ts'
import { contract } from './contract.ts'
import { castNode, cutNode, reshapeNode, scalarNode } from './emit.ts'
import { concatNodes } from './join.ts'
import { reorder, reshape } from './layout.ts'
import { HIDDEN } from './numeric.ts'
import { add, constant, multiply, scale, where } from './pointwise.ts'
import { softmax, sum } from './reduce.ts'
import { made, readNumber, requireDType } from './rules.ts'
import { select, slice } from './slice.ts'
import { declared } from '../phantom.ts'

type LaneAxes = 'group' | 'rank' | 'head' | 'depth' | '1'
type RowAxes = 'time' | 'group' | 'head' | 'depth' | '1'
type Lane = Tensor<LaneAxes>
type Scores = Tensor<'group' | 'rank' | 'head' | 'time' | '1'>

/** The rows that the lanes of a group have in common. */
export interface LaneRows {
  readonly keys: Tensor<RowAxes>
  readonly values: Tensor<RowAxes>
}

/** What a lane sees beside them. */
interface OwnRow {
  readonly key: Lane
  readonly value: Lane
}

/** Which rows of its group each lane sees. */
export type LaneMask = Tensor<'group' | 'rank' | 'time' | '1', 'bool'>

const LANE = ['group', 'rank', 'head', 'depth']
const ROWS = ['time', 'group', 'head', 'depth']
const SEEN = ['group', 'rank', 'time']
const SCORES = ['group', 'rank', 'head', 'time']
const OPERANDS = [LANE, ROWS, ROWS, SEEN, LANE, LANE]

const sizeIn = (name: string, axes: readonly AnyAxis[]): number => findAxis('attention_lanes', axes, name).size

const checkSizes = (args: readonly ArrayType[]): void => {
  requireDType('attention_lanes', 'f32', ...args.filter((_a, i) => i !== 3))
  requireDType('attention_lanes', 'bool', ...args.slice(3, 4))
  for (const name of ['time', ...LANE]) {
    const sizes = args.flatMap(({ axes }, i) => (OPERANDS[i]?.includes(name) === true ? [sizeIn(name, axes)] : []))
    if (new Set(sizes).size > 1)
      raise(
        failure('Shape', `attention_lanes: axis '${name}' differs between operands`, 'give all the same size', {
          axis: name,
          sizes,
        }),
      )
  }
  if (args.slice(1, 2).some(({ axes }) => sizeIn('time', axes) === 0))
    raise(failure('Shape', 'attention_lanes: the caches have no rows', 'make room for at least one row'))
}

/** query, keys, values, seen, own key, own value → context [group, rank, head, depth]. */
const attentionLanesOp: Op = {
  name: 'attention_lanes',
  kind: 'kernel',
  types: (_attrs, args) => {
    checkSizes(args)
    return args[0] === undefined ? [] : [args[0]]
  },
  definition: (attrs, [query = absent(), keys = absent(), values = absent(), seen = absent(), ...own]) => {
    const [key = absent(), value = absent()] = own
    const rows = { keys: declared<RowAxes, 'f32'>(keys), values: declared<RowAxes, 'f32'>(values) }
    const mine = { key: declared<LaneAxes, 'f32'>(key), value: declared<LaneAxes, 'f32'>(value) }
    const scaled: Lane = scale(readNumber(attrs['scale']))(declared<LaneAxes, 'f32'>(query))
    return [context(scaled, rows, declared(seen), mine)]
  },
  onnx: (attrs, b, inputs, _out, [query, keys]) => {
    const [group, rank, head, depth] = four(LANE.map((name) => sizeIn(name, query?.axes ?? [])))
    const sizes = { group, rank, head, depth, time: sizeIn('time', keys?.axes ?? []) }
    return [contextNodes(b, readNumber(attrs['scale']), sizes, inputs)]
  },
}

/** The definition, of a query that is scaled. */
const context = (query: Lane, { keys, values }: LaneRows, seen: LaneMask, { key, value }: OwnRow): Expr => {
  const [time, depth] = [axis('time', sizeIn('time', axesOf(keys))), axis('depth', sizeIn('depth', axesOf(query)))]
  const more = axis('time', time.size + 1)
  const scores: Scores = where(seen, contract(depth)(query, keys), constant(HIDDEN))
  const own = sum(depth)(multiply(query, key))
  const all: Scores = concatNodes('time')([reorder(SCORES)(scores), reshape([...axesOf(own), axis('time', 1)])(own)])
  const p = softmax(more)(all)
  return reorder(LANE)(
    add(
      contract(time)(where(seen, slice(more, 0, time.size)(p), constant(0)), values),
      multiply(select(more, time.size)(p), value),
    ),
  )
}

type Sizes = Readonly<Record<'group' | 'rank' | 'head' | 'depth' | 'time', number>>

/**
 * Two products of the lanes of a group for each head. ONNX Runtime's products read the caches in their own order; only the query
 * and the result, and single scores, are turned.
 */
const contextNodes = (
  b: OnnxBuilder,
  factor: number,
  { group, rank, head, depth, time }: Sizes,
  [query = absent(), keys = absent(), values = absent(), seen = absent(), ...own]: readonly string[],
): string => {
  const [key = absent(), value = absent()] = own
  const exchanged = (x: string): string => b.node('Transpose', [x], { perm: [0, 2, 1, 3] })
  const stack = (x: string, ...last: readonly number[]): string => reshapeNode(b, x, [group * head, ...last])
  const lanes = (x: string, last: number): string => reshapeNode(b, x, [group, head, rank, last])
  const byRows = (x: string, rows: string, perm: readonly number[]): string =>
    b.node('MatMul', [x, b.node('Transpose', [reshapeNode(b, rows, [time, group * head, depth])], { perm })])
  const hidden = castNode(b, b.node('Not', [reshapeNode(b, seen, [group, 1, rank, time])]), 'f32')
  const less = b.node('Mul', [hidden, scalarNode(b, HIDDEN)])
  const scaled = b.node('Mul', [query, scalarNode(b, factor)])
  const scores = b.node('Add', [lanes(byRows(stack(exchanged(scaled), rank, depth), keys, [1, 2, 0]), time), less])
  const last = b.node('ReduceSum', [b.node('Mul', [scaled, key]), b.constant('i64', [1], [3])])
  const all = b.node('Concat', [scores, exchanged(last)], { axis: 3 })
  const shares = b.node('Softmax', [all], { axis: -1 })
  const shared = byRows(stack(cutNode(b, shares, 3, 0, time), rank, time), values, [1, 0, 2])
  const mine = b.node('Mul', [exchanged(cutNode(b, shares, 3, time, time + 1)), value])
  return b.node('Add', [exchanged(lanes(shared, depth)), mine])
}

/**
 * Attention of one query for each lane over the rows of its group that it sees, and its own: softmax(scale·⟨q, k_j⟩)·v_j.
 *
 * @param options `scale`: 1/√depth unless given
 * @param rows keys and values [time, group, head, depth]
 * @param seen which rows a lane sees [group, rank, time]
 * @param own key and value of this step, which are not among the rows
 *
 * @example
 * const [time, group, rank, head, depth] = [axis('time', 2), axis('group', 1), axis('rank', 2), axis('head', 1), axis('depth', 1)]
 * const lane = literal(Float64Array.of(0, 0), group, rank, head, depth)
 * const values = literal(Float64Array.of(1, 3), time, group, head, depth)
 * const keys = scale(0)(values)
 * const seen = less(literal(Float64Array.of(0, 0, 0, 1), group, rank, time), constant(1))
 * attentionLanes({}, lane, { keys, values }, seen, { key: lane, value: lane }) // => [4 / 3, 1 / 2]
 */
export const attentionLanes = (
  options: { readonly scale?: number },
  query: Lane,
  rows: LaneRows,
  seen: LaneMask,
  own: OwnRow,
): Lane =>
  made(
    attentionLanesOp,
    { scale: options.scale ?? 1 / Math.sqrt(sizeIn('depth', axesOf(query))) },
    ...[query, rows.keys, rows.values, seen, own.key, own.value].map((x, i) => reorder(at(OPERANDS, i))(x)),
  )

/** The operations of this file, for the table. */
export const attentionLanesOps: readonly Op[] = [attentionLanesOp]
