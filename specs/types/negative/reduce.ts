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

// @ts-expect-error TS2379
sum(time)(b)
// @ts-expect-error TS2379
mean(time)(b)
// @ts-expect-error TS2379
max(time)(b)
// @ts-expect-error TS2379
min(time)(b)
// @ts-expect-error TS2379
argmax(time)(b)
// @ts-expect-error TS2379
argmin(time)(b)
// @ts-expect-error TS2379
logSumExp(time)(b)
// @ts-expect-error TS2379
logSoftmax(time)(b)
// @ts-expect-error TS2379
softmax(time)(b)
// @ts-expect-error TS2379
cumulativeSum(time)(b)
// @ts-expect-error TS2379
sumOver(batch, time)(b)
// @ts-expect-error TS2379
sumOver(time)(scalar)
// @ts-expect-error TS2379
sumWhere(time)(flags, b)
// @ts-expect-error TS2379
sumWhere(batch)(b, b)

// @ts-expect-error TS2345 TS2379
sum('batch')(b)
// @ts-expect-error TS2554
sum(batch, b)
// @ts-expect-error TS2345
sum(b)(batch)
// @ts-expect-error TS2345
sum(flags)

// @ts-expect-error TS2379
sum(batch)(flags)
// @ts-expect-error TS2379
mean(batch)(integers)
// @ts-expect-error TS2379
max(batch)(flags)
// @ts-expect-error TS2379
logSumExp(batch)(integers)
// @ts-expect-error TS2379
softmax(batch)(words)
// @ts-expect-error TS2379
cumulativeSum(batch)(integers)

// @ts-expect-error TS2375
const notYetScalar: Scalar = sum(time)(bt)
// @ts-expect-error TS2375
const stillThere: Tensor<'batch' | 'time' | '1'> = sum(time)(bt)
// @ts-expect-error TS2375
const gone: Tensor<'time' | '1'> = sum(time)(bt)
// @ts-expect-error TS2375
const everything: Tensor<'batch' | '1'> = sumOver(batch, time)(bt)
// @ts-expect-error TS2375
const kept: Scalar = softmax(batch)(b)
// @ts-expect-error TS2375
const position: Scalar = argmax(batch)(b)
// @ts-expect-error TS2375
const floats: Tensor<'1'> = sum(batch)(integers)
// @ts-expect-error TS2375
const wider: Tensor<'batch' | '1'> = broadcast(time)(b)

// @ts-expect-error TS2379
sum(time)(sum(time)(bt))
// @ts-expect-error TS2379
sum(hidden)(sum(batch)(bt))
// @ts-expect-error TS2379
mean(batch)(argmax(time)(bt))
// @ts-expect-error TS2379
sum(hidden)(mean(hidden)(bh))
// @ts-expect-error TS2379
sum(batch)(t)

export { everything, floats, gone, kept, notYetScalar, position, stillThere, wider }
