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

sum(time)(b)
mean(time)(b)
max(time)(b)
min(time)(b)
argmax(time)(b)
argmin(time)(b)
logSumExp(time)(b)
logSoftmax(time)(b)
softmax(time)(b)
cumulativeSum(time)(b)
sumOver(batch, time)(b)
sumOver(time)(scalar)
sumWhere(time)(flags, b)
sumWhere(batch)(b, b)

sum('batch')(b)
sum(batch, b)
sum(b)(batch)
sum(flags)

sum(batch)(flags)
mean(batch)(integers)
max(batch)(flags)
logSumExp(batch)(integers)
softmax(batch)(words)
cumulativeSum(batch)(integers)

const notYetScalar: Scalar = sum(time)(bt)
const stillThere: Tensor<'batch' | 'time' | '1'> = sum(time)(bt)
const gone: Tensor<'time' | '1'> = sum(time)(bt)
const everything: Tensor<'batch' | '1'> = sumOver(batch, time)(bt)
const kept: Scalar = softmax(batch)(b)
const position: Scalar = argmax(batch)(b)
const floats: Tensor<'1'> = sum(batch)(integers)
const wider: Tensor<'batch' | '1'> = broadcast(time)(b)

sum(time)(sum(time)(bt))
sum(hidden)(sum(batch)(bt))
mean(batch)(argmax(time)(bt))
sum(hidden)(mean(hidden)(bh))
sum(batch)(t)

export { everything, floats, gone, kept, notYetScalar, position, stillThere, wider }
