/** An expression is no tensor until something says over which axes it lies: an operation, or `typed`, which looks. */
import type { AnyTensor, Expr, Scalar, Tensor } from '../../../lib/expr.ts'
import { add, exp, multiply } from '../../../lib/ops/pointwise.ts'
import { contract } from '../../../lib/ops/contract.ts'
import { reorder, reshape } from '../../../lib/ops/layout.ts'
import { sum } from '../../../lib/ops/reduce.ts'
import { parameterOf, tensorOf } from '../../../lib/models/parameters.ts'
import { anyTensor, typed, typedOf } from '../../../lib/typed.ts'
import { b, batch, bt, hidden, hv, time } from '../world.ts'

const x: Expr = bt
const parameters = { weight: x }

// @ts-expect-error TS2741
const claimed: Tensor<'batch' | 'time' | '1'> = x
// @ts-expect-error TS2741
const wrong: Tensor<'banana' | '1', 'i32'> = x
// @ts-expect-error TS2741
const scalar: Scalar = x
// @ts-expect-error TS2741
const any: AnyTensor = x
// @ts-expect-error TS2345
exp(x)
// @ts-expect-error TS2345
add(x, b)
// @ts-expect-error TS2345
sum(time)(x)
// @ts-expect-error TS2345
contract(hidden)(x, hv)
// @ts-expect-error TS2741
const looked: Tensor<'batch' | 'time' | '1'> = parameterOf(parameters, 'weight')

// @ts-expect-error TS2322
const otherAxis: Tensor<'batch' | 'hidden' | '1'> = typed(batch, time)(x)
// @ts-expect-error TS2322
const missingAxis: Tensor<'batch' | '1'> = typed(batch, time)(x)
// @ts-expect-error TS2322
const extraAxis: Tensor<'batch' | 'time' | '1'> = typed(batch)(x)
// @ts-expect-error TS2322
const otherType: Tensor<'batch' | 'time' | '1', 'i32'> = typed(batch, time)(x)
// @ts-expect-error TS2322
const integers: Tensor<'batch' | 'time' | '1'> = typedOf('i32')(batch, time)(x)
// @ts-expect-error TS2322
const byName: Tensor<'batch' | 'hidden' | '1'> = typed('batch', 'time')(x)
// @ts-expect-error TS2345
typedOf('f64')(batch)
// @ts-expect-error TS2345
typed(3)(x)
// @ts-expect-error TS2345
sum(hidden)(typed(batch, time)(x))
// @ts-expect-error TS2345
sum(hidden)(tensorOf(parameters, 'weight', batch, time))
// @ts-expect-error TS2322
const guessed: Tensor<'batch' | '1'> = anyTensor('f32')(x)
// @ts-expect-error TS2345
add(anyTensor('i32')(x), b)
// @ts-expect-error TS2345
multiply(b, anyTensor('bool')(x))

// @ts-expect-error TS2741
const reshaped: Tensor<'hidden' | '1'> = reshape([hidden])(b)
// @ts-expect-error TS2322
const reordered: Tensor<'batch' | '1'> = reorder(['time', 'batch'])(bt)

export { any, byName, claimed, extraAxis, guessed, integers, looked, missingAxis, otherAxis, otherType }
export { reordered, reshaped, scalar, wrong }
