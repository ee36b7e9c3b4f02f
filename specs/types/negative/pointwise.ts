/** Pointwise operations join the axes of their operands and keep one element type. */
import type { Scalar, Tensor } from '../../../lib/expr.ts'
import {
  add,
  and,
  cast,
  constant,
  constantOf,
  divide,
  equal,
  exp,
  less,
  log,
  multiply,
  negate,
  not,
  or,
  power,
  relu,
  scale,
  shift,
  sigmoid,
  square,
  tanh,
  unit,
  where,
} from '../../../lib/ops/pointwise.ts'
import { b, bt, flags, integers, t, words } from '../world.ts'

// @ts-expect-error TS2345
add(b, integers)
// @ts-expect-error TS2345
multiply(integers, words)
// @ts-expect-error TS2345
divide(flags, flags)
// @ts-expect-error TS2345
add(b, 1)
// @ts-expect-error TS2345
add(1, b)
// @ts-expect-error TS2554
add(b)
// @ts-expect-error TS2345
power(integers, integers)
// @ts-expect-error TS2345
equal(b, integers)
// @ts-expect-error TS2345
less(flags, b)
// @ts-expect-error TS2345
and(b, flags)
// @ts-expect-error TS2345
or(flags, integers)
// @ts-expect-error TS2345
not(b)
// @ts-expect-error TS2345
negate(words)
// @ts-expect-error TS2345
negate(flags)
// @ts-expect-error TS2345
exp(integers)
// @ts-expect-error TS2345
log(words)
// @ts-expect-error TS2345
tanh(flags)
// @ts-expect-error TS2345
sigmoid(integers)
// @ts-expect-error TS2345
square(integers)
// @ts-expect-error TS2345
relu(flags)
// @ts-expect-error TS2345
scale('2')(b)
// @ts-expect-error TS2345
scale(b)(2)
// @ts-expect-error TS2345
scale(2)(integers)
// @ts-expect-error TS2345
shift(1)(words)
// @ts-expect-error TS2345
unit(b)
// @ts-expect-error TS2345
unit(integers)
// @ts-expect-error TS2345
cast('f64')(b)
// @ts-expect-error TS2345
constant('1')
// @ts-expect-error TS2345
constantOf('f16', 1)
// @ts-expect-error TS2345
where(b, b, b)
// @ts-expect-error TS2345
where(flags, b, integers)
// @ts-expect-error TS2554
where(flags, b)

// @ts-expect-error TS2322
const joined: Tensor<'batch' | '1'> = add(b, t)
// @ts-expect-error TS2322
const joinedToo: Tensor<'time' | '1'> = multiply(b, t)
// @ts-expect-error TS2322
const aFloat: Tensor<'batch' | '1'> = equal(b, b)
// @ts-expect-error TS2322
const aScalar: Scalar = exp(b)
// @ts-expect-error TS2322
const anInteger: Tensor<'batch' | '1', 'i32'> = cast('f32')(integers)
// @ts-expect-error TS2322
const lostCondition: Tensor<'time' | '1'> = where(flags, t, t)
// @ts-expect-error TS2322
const narrowed: Tensor<'batch' | '1'> = add(bt, b)

export { aFloat, anInteger, aScalar, joined, joinedToo, lostCondition, narrowed }
