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

add(b, integers)
multiply(integers, words)
divide(flags, flags)
add(b, 1)
add(1, b)
add(b)
power(integers, integers)
equal(b, integers)
less(flags, b)
and(b, flags)
or(flags, integers)
not(b)
negate(words)
negate(flags)
exp(integers)
log(words)
tanh(flags)
sigmoid(integers)
square(integers)
relu(flags)
scale('2')(b)
scale(b)(2)
scale(2)(integers)
shift(1)(words)
unit(b)
unit(integers)
cast('f64')(b)
constant('1')
constantOf('f16', 1)
where(b, b, b)
where(flags, b, integers)
where(flags, b)

const joined: Tensor<'batch' | '1'> = add(b, t)
const joinedToo: Tensor<'time' | '1'> = multiply(b, t)
const aFloat: Tensor<'batch' | '1'> = equal(b, b)
const aScalar: Scalar = exp(b)
const anInteger: Tensor<'batch' | '1', 'i32'> = cast('f32')(integers)
const lostCondition: Tensor<'time' | '1'> = where(flags, t, t)
const narrowed: Tensor<'batch' | '1'> = add(bt, b)

export { aFloat, anInteger, aScalar, joined, joinedToo, lostCondition, narrowed }
