/**
 * What a signature declares is what the operation makes. `declared` is believed by the compiler; here the axes and the
 * element type of a result are compared with those of its type, which `narrow` must have word for word.
 */
import { describe, expect, it } from 'vitest'
import { type Axis, axis } from '../../lib/axis.ts'
import type { DType } from '../../lib/dtype.ts'
import type { Expr, Tensor } from '../../lib/expr.ts'
import { gradient, hessianVector, jvp } from '../../lib/grad.ts'
import * as activation from '../../lib/ops/activation.ts'
import * as arithmetic from '../../lib/ops/arithmetic.ts'
import { attention } from '../../lib/ops/attention.ts'
import { attentionLanes } from '../../lib/ops/attention-lanes.ts'
import { attentionStep } from '../../lib/ops/attention-step.ts'
import * as comparison from '../../lib/ops/comparison.ts'
import * as contraction from '../../lib/ops/contract.ts'
import * as conversion from '../../lib/ops/conversion.ts'
import { softmaxCrossEntropy } from '../../lib/ops/cross-entropy.ts'
import * as elementary from '../../lib/ops/elementary.ts'
import { gather, oneHot, scatterAdd } from '../../lib/ops/gather.ts'
import * as joining from '../../lib/ops/join.ts'
import { layerNorm } from '../../lib/ops/layer-norm.ts'
import * as layout from '../../lib/ops/layout.ts'
import { gate, lstm } from '../../lib/ops/lstm.ts'
import { maskedConvolution } from '../../lib/ops/masked-convolution.ts'
import { type Mask, windowOf } from '../../lib/ops/mask.ts'
import { categorical } from '../../lib/ops/categorical.ts'
import * as random from '../../lib/ops/random.ts'
import * as reduce from '../../lib/ops/reduce.ts'
import { scan } from '../../lib/ops/scan.ts'
import * as slicing from '../../lib/ops/slice.ts'
import { tokenCrossEntropy } from '../../lib/ops/token-cross-entropy.ts'
import { filterLogits, largest } from '../../lib/ops/top-k.ts'
import { typed, typedOf } from '../../lib/typed.ts'
import { thrown } from '../thrown.ts'

const [a, b, c] = [axis('a', 2), axis('b', 3), axis('c', 4)]
const { input, inputOf } = layout
const [x, xy, y, z] = [input('x', a), input('xy', a, b), input('y', b), input('z', b, c)]
const [i, flag, s] = [inputOf('i32')('i', a), inputOf('bool')('flag', b), input('s')]
const k = random.inputKey('key')
const [overA, overAB, overB, overAC] = [typed(a), typed(a, b), typed(b), typed(a, c)]

type Case = readonly [name: string, x: Expr, narrow: (x: Expr) => Expr]

/** Compiles only where the type of `x` is exactly what `narrow` gives; the spec then looks at the axes. */
const said = <A extends string, D extends DType>(
  name: string,
  value: Tensor<A, D>,
  narrow: (x: Expr) => Tensor<A, D>,
): Case => [name, value, narrow]

const pointwise: readonly Case[] = [
  ...[
    ...[arithmetic.reciprocal, arithmetic.absolute, arithmetic.sign, arithmetic.negate, conversion.stopGradient],
    ...[elementary.exp, elementary.log, elementary.sqrt, elementary.tanh, elementary.sigmoid, elementary.softplus],
    ...[elementary.sine, elementary.cosine, elementary.floor, elementary.square, elementary.expm1, elementary.log1p],
    ...[elementary.relu, elementary.logSigmoid, elementary.normalQuantile],
    ...[activation.erf, activation.gelu, activation.geluTanh],
  ].map((f, n) => said(`unary ${n}`, f(xy), overAB)),
  ...[arithmetic.add, arithmetic.subtract, arithmetic.multiply, arithmetic.divide, arithmetic.maximum]
    .concat([arithmetic.minimum, arithmetic.remainder])
    .map((f, n) => said(`binary ${n}`, f(x, y), overAB)),
  said('annihilate', arithmetic.annihilate(x, y), overAB),
  said('power', elementary.power(x, y), overAB),
  said('integers', arithmetic.add(i, inputOf('i32')('j', b)), typedOf('i32')(a, b)),
  said('scale', arithmetic.scale(2)(x), overA),
  said('shift', arithmetic.shift(2)(x), overA),
  ...[comparison.equal, comparison.less, comparison.lessEqual, comparison.greater, comparison.greaterEqual].map(
    (f, n) => said(`comparison ${n}`, f(x, y), typedOf('bool')(a, b)),
  ),
  said('finite', comparison.finite(x), typedOf('bool')(a)),
  said('and', comparison.and(flag, comparison.finite(x)), typedOf('bool')(a, b)),
  said('or', comparison.or(flag, comparison.finite(x)), typedOf('bool')(a, b)),
  said('not', comparison.not(flag), typedOf('bool')(b)),
  said('where', comparison.where(flag, x, s), overAB),
  said('cast', conversion.cast('u32')(x), typedOf('u32')(a)),
  said('constant', conversion.constant(1), typed()),
  said('constantOf', conversion.constantOf('i32', 1), typedOf('i32')()),
]

const moving: readonly Case[] = [
  said('input', xy, overAB),
  said('literal', layout.literal(new Float64Array(6), a, b), overAB),
  said('literalIntegers', layout.literalIntegers(new Int32Array(2), a), typedOf('i32')(a)),
  said('iota', layout.iota(b), typedOf('i32')(b)),
  said('reorder', layout.reorder(['b', 'a'])(xy), overAB),
  said('rename', layout.rename(b, axis('d', 3))(xy), typed(a, axis('d', 3))),
  said('split', layout.split(c, axis('d', 2), axis('e', 2))(z), typed(b, axis('d', 2), axis('e', 2))),
  said('merge', layout.merge(a, b, axis('d', 6))(xy), typed(axis('d', 6))),
  said('slice', slicing.slice(b, 1, 2)(xy), typed(a, axis('b', 2))),
  said('pad', slicing.pad(b, 1, 2)(xy), typed(a, axis('b', 6))),
  said('select', slicing.select(b, 1)(xy), overA),
  said('reverse', slicing.reverse(b)(xy), overAB),
  said('sliceNode', slicing.sliceNode('b', 0, 1)(xy), typed(a, axis('b', 1))),
  said('concat', joining.concat(b)(xy, xy), typed(a, axis('b', 6))),
  said('stack', joining.stack(axis('two', 2))(xy, xy), typed(a, b, axis('two', 2))),
  said('gather', gather(b)(z, i), overAC),
  said('scatterAdd', scatterAdd(c, a)(xy, i), typed(b, c)),
  said('oneHot', oneHot(c)(i), overAC),
]

const reducing: readonly Case[] = [
  ...[reduce.sum(b)(xy), reduce.max(b)(xy), reduce.min(b)(xy)].map((r, n) => said(`reduction ${n}`, r, overA)),
  said('mean', reduce.mean(b)(xy), overA),
  said('logSumExp', reduce.logSumExp(b)(xy), overA),
  said('sumOver', reduce.sumOver(a, b)(xy), typed()),
  said('sumOver nothing', reduce.sumOver()(xy), overAB),
  said('sumAll', reduce.sumAll(xy), typed()),
  said('argmax', reduce.argmax(b)(xy), typedOf('i32')(a)),
  said('argmin', reduce.argmin(b)(xy), typedOf('i32')(a)),
  said('softmax', reduce.softmax(b)(xy), overAB),
  said('logSoftmax', reduce.logSoftmax(b)(xy), overAB),
  said('cumulativeSum', reduce.cumulativeSum(b)(xy), overAB),
  said('sumWhere', reduce.sumWhere(b)(flag, xy), overA),
  said('broadcast', reduce.broadcast(b, c)(x), typed(a, b, c)),
  said('broadcast integers', reduce.broadcast(b)(i), typedOf('i32')(a, b)),
  said('contract', contraction.contract(b)(xy, z), overAC),
  said('contractOver', contraction.contractOver(b)(xy, z), overAC),
  said('contractLog', contraction.contractLog(b)(xy, z), overAC),
  said('contractMaxPlus', contraction.contractMaxPlus(b)(xy, z), overAC),
  said('filterLogits', filterLogits(c, { k: 2 })(z), typed(b, c)),
  said('largest', largest(c, axis('rank', 2))(z), typedOf('i32')(b, axis('rank', 2))),
]

const drawing: readonly Case[] = [
  said('foldKey', random.foldKey(1)(k), typedOf('u32')('word')),
  said('randomBits', random.randomBits(k)(a, b), typedOf('u32')(a, b)),
  ...[random.uniform(k)(a, b), random.normal(k)(a, b), random.gumbel(k)(a, b), random.bernoulli(k, 0.5)(a, b)].map(
    (r, n) => said(`random ${n}`, r, overAB),
  ),
  said('categorical', categorical(c)(k, b)(z), typedOf('i32')(b)),
  said('dropout', random.dropout(k, 0.5)(a, b)(xy), overAB),
  said('dropoutOf', random.dropoutOf(k, 0.5)(xy), overAB),
]

const [batch, head, time, depth] = [axis('batch', 2), axis('head', 2), axis('time', 3), axis('depth', 4)]
const keyTime = axis('keyTime', 3)
const [hidden, previous] = [axis('hidden', 4), axis('previous', 4)]
const mask: Mask = { stack: 'full', kind: 'B', size: 3, groups: 1 }
const image: readonly [Axis<'batch'>, Axis<'row'>, Axis<'column'>] = [batch, axis('row', 3), axis('column', 3)]

const row = (name: string) => input(name, batch, head, depth)
const keys = (name: string) => input(name, batch, head, keyTime, depth)
const cache = (name: string) => input(name, time, batch, head, depth)
const [group, rank] = [axis('group', 2), axis('rank', 3)]
const lane = (name: string) => input(name, group, rank, head, depth)
const shared = (name: string) => input(name, time, group, head, depth)
const state = (name: string) => input(name, batch, hidden)
const layer = lstm(input('pre', time, batch, gate, hidden), input('w', previous, gate, hidden), {
  hidden: state('h'),
  cell: state('c'),
})
const running = scan(b)({ total: x }, { xy }, ({ total }, at) => ({
  carry: { total: arithmetic.add(total, at.xy) },
  out: { square: elementary.square(at.xy) },
}))
const loss = reduce.sumAll(elementary.square(xy))

const whole: readonly Case[] = [
  said(
    'attention',
    attention({ causal: true }, input('q', batch, head, time, depth), keys('k'), keys('v')),
    typed(batch, head, time, depth),
  ),
  said(
    'attentionStep',
    attentionStep({}, row('q'), { keys: cache('k'), values: cache('v') }, inputOf('i32')('at')),
    typed(batch, head, depth),
  ),
  said(
    'attentionLanes',
    attentionLanes(
      {},
      lane('q'),
      { keys: shared('k'), values: shared('v') },
      inputOf('bool')('seen', group, rank, time),
      {
        key: lane('own key'),
        value: lane('own value'),
      },
    ),
    typed(group, rank, head, depth),
  ),
  said('layerNorm', layerNorm(b)(xy, y, y), overAB),
  said('lstm hidden', layer.hidden, typed(time, batch, hidden)),
  said('lstm gates', layer.gates, typed(time, batch, gate, hidden)),
  said(
    'maskedConvolution',
    maskedConvolution(mask)(
      input('image', ...image, axis('input', 2)),
      input('taps', axis('tap', windowOf(mask).count), axis('input', 2), axis('output', 5)),
    ),
    typed(...image, axis('output', 5)),
  ),
  said('softmaxCrossEntropy', softmaxCrossEntropy(b)(xy, i), overA),
  said(
    'tokenCrossEntropy',
    tokenCrossEntropy({ symbol: c, model: b })({
      hidden: xy,
      table: z,
      targets: i,
      bias: input('bias', c),
      weights: x,
    }),
    overA,
  ),
  said('scan carry', running.carry.total, overA),
  said('scan out', running.out.square, overAB),
  said('gradient', gradient(loss, { xy }).xy, overAB),
  said('gradient of nothing', gradient(loss, { y }).y, overB),
  said('hessianVector', hessianVector(loss, xy, input('v', a, b)), overAB),
  said('jvp', jvp(elementary.exp(xy), xy, input('v', a, b), input('u', a, b)), overAB),
]

describe('signatures', () => {
  it.each([...pointwise, ...moving, ...reducing, ...drawing, ...whole])('%s', (_name, value, narrow) => {
    expect(narrow(value)).toBe(value)
  })

  it('notice an axis that is declared and not there', () => {
    expect(thrown(() => overAB(x))?.tag).toBe('Shape')
  })
})
