/**
 * Attention of one step over caches that grow: what a decoder does for each new token.
 *
 * Operands in storage order: query [batch, head, depth], keys and values [time, batch, head, depth] (time first, so that a step
 * appends one contiguous row), position (a scalar i32), and optionally the step's own key and value [batch, head, depth]. With
 * these, cached rows below `position` count and the own row is seen beside them; without, cached rows up to `position` count.
 * Rows above are never read into the result, whatever they hold, as long as they are finite.
 */
import { type AnyAxis, type Axis, axis, findAxis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { type ArrayType, type Attributes, type Expr, type Op, type Tensor, axesOf } from '../expr.ts'
import { attentionStepCalls } from './attention-calls.ts'
import { attentionStepNodes } from './attention-nodes.ts'
import { contract } from './contract.ts'
import { iota, reorder, reshape } from './layout.ts'
import { concatNodes } from './join.ts'
import { HIDDEN } from './numeric.ts'
import { add, constant, less, lessEqual, multiply, scale, where } from './pointwise.ts'
import { softmax, sum } from './reduce.ts'
import { made, readNumber, requireDType } from './rules.ts'
import { select, slice } from './slice.ts'
import { declared } from '../phantom.ts'

type Row = Tensor<'batch' | 'head' | 'depth' | '1'>
type Cache = Tensor<'time' | 'batch' | 'head' | 'depth' | '1'>
type Scores = Tensor<'time' | 'batch' | 'head' | '1'>
type Score = Tensor<'batch' | 'head' | '1'>
type Position = Tensor<'1', 'i32'>

const ROW = ['batch', 'head', 'depth']
const CACHE = ['time', ...ROW]

const sizeIn = (name: string, axes: readonly AnyAxis[]): number => findAxis('attention_step', axes, name).size

const checkSizes = (args: readonly ArrayType[]): void => {
  const [query, keys, , position] = args
  const cached = args.filter((_a, i) => i !== 3)
  requireDType('attention_step', 'f32', ...cached)
  if (position !== undefined) requireDType('attention_step', 'i32', position)
  for (const name of ROW)
    if (new Set(cached.map((a) => sizeIn(name, a.axes))).size > 1)
      raise(
        failure('Shape', `attention_step: axis '${name}' differs between operands`, 'give all the same size', {
          axis: name,
          sizes: cached.map((a) => sizeIn(name, a.axes)),
        }),
      )
  if (query !== undefined && sizeIn('time', keys?.axes ?? []) === 0)
    raise(failure('Shape', 'attention_step: the caches have no rows', 'make room for at least one row'))
}

/** query, keys, values, position, own key?, own value? → context [batch, head, depth]. */
const attentionStepOp: Op = {
  name: 'attention_step',
  kind: 'kernel',
  types: (_attrs, args) => {
    checkSizes(args)
    return args[0] === undefined ? [] : [args[0]]
  },
  definition: (attrs, args) => stepDefinition(attrs, args),
  lower: (attrs, _out, args) => attentionStepCalls(readNumber(attrs['scale']), args),
  onnx: (attrs, b, inputs, _out, [, keys]) => [
    attentionStepNodes(
      b,
      { scale: readNumber(attrs['scale']), sizes: CACHE.map((name) => sizeIn(name, keys?.axes ?? [])) },
      inputs,
    ),
  ],
}

const stepDefinition = (
  attrs: Attributes,
  [query, keys, values, position, ownKey, ownValue]: readonly Expr[],
): readonly Expr[] => {
  if (query === undefined || keys === undefined || values === undefined || position === undefined) return []
  const [time, depth] = [axisIn('time', keys), axisIn('depth', query)]
  const given: { readonly q: Row; readonly k: Cache; readonly v: Cache; readonly at: Position } = {
    q: declared(query),
    k: declared(keys),
    v: declared(values),
    at: declared(position),
  }
  const factor = scale(readNumber(attrs['scale']))
  const counts = ownKey === undefined ? lessEqual(iota(time), given.at) : less(iota(time), given.at)
  const scores: Scores = where(counts, factor(contract(depth)(given.k, given.q)), constant(HIDDEN))
  const weighed = (all: Scores): Row => contract(time)(where(counts, all, constant(0)), given.v)
  if (ownKey === undefined || ownValue === undefined) return [reorder(ROW)(weighed(softmax(time)(scores)))]
  const [k, v]: readonly [Row, Row] = [declared(ownKey), declared(ownValue)]
  const own: Score = factor(sum(depth)(multiply(given.q, k)))
  const lifted = reshape([axis('time', 1), ...axesOf(own)])(own)
  const more = axis('time', time.size + 1)
  const all: Scores = concatNodes('time')([reorder(['time', 'batch', 'head'])(scores), lifted])
  const p: Scores = softmax(more)(all)
  return [reorder(ROW)(add(weighed(slice(more, 0, time.size)(p)), multiply(select(more, time.size)(p), v)))]
}

const axisIn = <N extends string>(name: N, x: Expr): Axis<N> => axis(name, sizeIn(name, axesOf(x)))

/** The caches of a layer. */
export interface AttentionCache {
  readonly keys: Cache
  readonly values: Cache
}

/**
 * Attention of one query over cached rows: softmax(scale·⟨q, k_j⟩)·v_j over the rows j that count.
 *
 * @param options `scale`: 1/√depth unless given
 * @param cache keys and values [time, batch, head, depth]
 * @param position t: without `own`, rows 0 … t of the caches count; with it, rows 0 … t − 1 and the own row
 * @param own key and value of this step, not yet in the caches
 *
 * @example
 * const [time, batch, head, depth] = [axis('time', 2), axis('batch', 1), axis('head', 1), axis('depth', 1)]
 * const row = literal(Float64Array.of(0), batch, head, depth)
 * const keys = literal(Float64Array.of(0, 0), time, batch, head, depth)
 * const values = literal(Float64Array.of(1, 3), time, batch, head, depth)
 * attentionStep({}, row, { keys, values }, literalIntegers(Int32Array.of(1))) // => [2]
 */
export const attentionStep = (
  options: { readonly scale?: number },
  query: Row,
  cache: AttentionCache,
  position: Position,
  own?: { readonly key: Row; readonly value: Row },
): Row =>
  made(
    attentionStepOp,
    { scale: options.scale ?? 1 / Math.sqrt(sizeIn('depth', axesOf(query))) },
    reorder(ROW)(query),
    reorder(CACHE)(cache.keys),
    reorder(CACHE)(cache.values),
    position,
    ...(own === undefined ? [] : [reorder(ROW)(own.key), reorder(ROW)(own.value)]),
  )

/** The operations of this file, for the table. */
export const attentionStepOps: readonly Op[] = [attentionStepOp]
