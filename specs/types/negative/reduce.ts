/** A reduction takes an axis that the tensor has, and the axis is gone afterwards. */
import type { Scalar, Tensor } from '../../../lib/expr.ts'
import {
  argmax,
  argmin,
  broadcast,
  cumulativeSum,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  softmax,
  sum,
  sumOver,
  sumWhere,
} from '../../../lib/ops/reduce.ts'
import { b, batch, bh, bt, flags, hidden, integers, scalar, t, time, words } from '../world.ts'

// @ts-expect-error TS2345
sum(time)(b)
// @ts-expect-error TS2345
mean(time)(b)
// @ts-expect-error TS2345
max(time)(b)
// @ts-expect-error TS2345
min(time)(b)
// @ts-expect-error TS2345
argmax(time)(b)
// @ts-expect-error TS2345
argmin(time)(b)
// @ts-expect-error TS2345
logSumExp(time)(b)
// @ts-expect-error TS2345
logSoftmax(time)(b)
// @ts-expect-error TS2345
softmax(time)(b)
// @ts-expect-error TS2345
cumulativeSum(time)(b)
// @ts-expect-error TS2345
sumOver(batch, time)(b)
// @ts-expect-error TS2345
sumOver(time)(scalar)
// @ts-expect-error TS2345
sumWhere(time)(flags, b)
// @ts-expect-error TS2345
sumWhere(batch)(b, b)

// @ts-expect-error TS2345
sum('batch')(b)
// @ts-expect-error TS2554
sum(batch, b)
// @ts-expect-error TS2345
sum(b)(batch)
// @ts-expect-error TS2345
sum(flags)

// @ts-expect-error TS2345
sum(batch)(flags)
// @ts-expect-error TS2345
mean(batch)(integers)
// @ts-expect-error TS2345
max(batch)(flags)
// @ts-expect-error TS2345
logSumExp(batch)(integers)
// @ts-expect-error TS2345
softmax(batch)(words)
// @ts-expect-error TS2345
cumulativeSum(batch)(integers)

// @ts-expect-error TS2322
const notYetScalar: Scalar = sum(time)(bt)
// @ts-expect-error TS2322
const stillThere: Tensor<'batch' | 'time' | '1'> = sum(time)(bt)
// @ts-expect-error TS2322
const gone: Tensor<'time' | '1'> = sum(time)(bt)
// @ts-expect-error TS2322
const everything: Tensor<'batch' | '1'> = sumOver(batch, time)(bt)
// @ts-expect-error TS2322
const kept: Scalar = softmax(batch)(b)
// @ts-expect-error TS2322
const position: Scalar = argmax(batch)(b)
// @ts-expect-error TS2322
const floats: Tensor<'1'> = sum(batch)(integers)
// @ts-expect-error TS2322
const wider: Tensor<'batch' | '1'> = broadcast(time)(b)

// @ts-expect-error TS2345
sum(time)(sum(time)(bt))
// @ts-expect-error TS2345
sum(hidden)(sum(batch)(bt))
// @ts-expect-error TS2345
mean(batch)(argmax(time)(bt))
// @ts-expect-error TS2345
sum(hidden)(mean(hidden)(bh))
// @ts-expect-error TS2345
sum(batch)(t)

export { everything, floats, gone, kept, notYetScalar, position, stillThere, wider }
