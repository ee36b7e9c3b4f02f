/** What the compiler infers, exactly: axes are subtracted and joined by ordinary inference, also in generic layers. */
import type { Axis, Unit } from '../../lib/axis.ts'
import type { Scalar, Tensor } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { contract } from '../../lib/ops/contract.ts'
import { gather } from '../../lib/ops/gather.ts'
import { rename } from '../../lib/ops/layout.ts'
import { select } from '../../lib/ops/slice.ts'
import { stack } from '../../lib/ops/join.ts'
import { add, equal, exp, multiply, tanh } from '../../lib/ops/pointwise.ts'
import { categorical } from '../../lib/ops/categorical.ts'
import { uniform } from '../../lib/ops/random.ts'
import { argmax, logSoftmax, mean, sum, sumOver } from '../../lib/ops/reduce.ts'
import { scan } from '../../lib/ops/scan.ts'
import { expectType } from './expect-type.ts'
import { b, batch, bh, bt, bthv, hidden, hv, integers, randomness, scalar, t, time, vocabulary } from './world.ts'

expectType<Tensor<'batch' | Unit>>()(sum(time)(bt), 'same')
expectType<Scalar>()(sum(batch)(sum(time)(bt)), 'same')
expectType<Scalar>()(mean(batch)(b), 'same')
expectType<Scalar>()(sumOver(batch, time)(bt), 'same')
expectType<Tensor<'batch' | 'hidden' | 'vocabulary' | Unit>>()(sum(time)(bthv), 'same')
expectType<Tensor<'batch' | Unit, 'i32'>>()(argmax(time)(bt), 'same')
expectType<Tensor<'batch' | 'time' | Unit>>()(logSoftmax(time)(bt), 'same')
expectType<Tensor<'batch' | 'time' | Unit>>()(add(b, t), 'same')
expectType<Tensor<'batch' | Unit, 'bool'>>()(equal(b, b), 'same')
expectType<Tensor<'batch' | 'vocabulary' | Unit>>()(contract(hidden)(bh, hv), 'same')
expectType<Tensor<'batch' | 'hidden' | Unit>>()(rename(time, hidden)(bt), 'same')
expectType<Tensor<'batch' | Unit>>()(select(time, 0)(bt), 'same')
expectType<Tensor<'batch' | 'hidden' | Unit>>()(stack(hidden)(b, b), 'same')
expectType<Tensor<'batch' | 'vocabulary' | Unit>>()(gather(hidden)(hv, integers), 'same')
expectType<Tensor<'batch' | 'time' | Unit>>()(uniform(randomness)(batch, time), 'same')
expectType<Tensor<'batch' | Unit, 'i32'>>()(categorical(vocabulary)(randomness)(contract(hidden)(bh, hv)), 'same')
expectType<{ readonly b: Tensor<'batch' | Unit> }>()(gradient(sum(batch)(multiply(b, b)), { b }), 'same')

/** A layer that is generic in the axes it does not touch, and in the names of those it does. */
export const dense =
  <I extends string, O extends string>(from: Axis<I>, _to: Axis<O>) =>
  <A extends string>(weights: Tensor<I | O | Unit>, bias: Tensor<O | Unit>, x: Tensor<A | I>): Tensor<A | O | Unit> =>
    tanh(add(contract(from)(x, weights), bias))

expectType<Tensor<'batch' | 'vocabulary' | Unit>>()(dense(hidden, vocabulary)(hv, sum(hidden)(hv), bh), 'same')

const running = scan(time)({ total: scalar }, { t }, ({ total }, at) => {
  const next = add(total, exp(at.t))
  return { carry: { total: next }, out: { next } }
})
expectType<Scalar>()(running.carry.total, 'same')
expectType<Tensor<'time' | Unit>>()(running.out.next, 'same')
