/**
 * The log-probability of prefixes, with a window for the gradient: `log q̃(x_<k)` has the value of
 * `log q(x_<k) = Σ_{l<k} log q(x_l | x_<l)`, and the gradient of its last m terms only (E-ARM paper, section 3; E2).
 *
 * Without the window token l lies in the prefixes of the steps l + 1 … K, and so receives K − l terms when the steps are
 * added up; the paper's Eq. 11 prints K + 1 − l (E11).
 */
import type { Axis } from '../../axis.ts'
import { failure, raise } from '../../errors.ts'
import { add, constant, stopGradient, subtract } from '../../ops/pointwise.ts'
import { pad, slice } from '../../ops/slice.ts'
import { broadcast, cumulativeSum } from '../../ops/reduce.ts'
import { type PerToken, axisIn } from './rows.ts'

/** Windows up to this are sums of shifted copies; longer ones are differences of running sums. */
const SHIFTS = 16

const zeros = (x: PerToken): PerToken => broadcast(axisIn(x, 'batch'), axisIn(x, 'time'))(constant(0))

/** `y_k = x_{k−j}`, 0 before the start. */
const later =
  (time: Axis<'time'>, j: number) =>
  (x: PerToken): PerToken =>
    j >= time.size ? zeros(x) : slice(time, 0, time.size)(pad(time, j, 0)(x))

/** `Σ_{l<k} x_l` [batch, time]. */
export const before = (x: PerToken): PerToken => {
  const time = axisIn(x, 'time')
  return cumulativeSum(time)(later(time, 1)(x))
}

/** `Σ_{k−m ≤ l < k} x_l` [batch, time]; everything before k when m ≥ K − 1. */
export const recent =
  (m: number) =>
  (x: PerToken): PerToken => {
    const time = axisIn(x, 'time')
    if (m >= time.size - 1) return before(x)
    if (m > SHIFTS) return subtract(before(x), later(time, m)(before(x)))
    return Array.from({ length: m }, (_, j) => later(time, j + 1)(x)).reduce(
      (total, y) => add(total, y),
      later(time, time.size)(x),
    )
  }

/**
 * `log q̃_m(x_<k)` [batch, time] in nats, from the `log q(x_l | x_<l)` of the tokens [batch, time]. Throws a `Domain`
 * failure for a window that is not a whole number ≥ 0.
 *
 * @example
 * const [batch, time] = [axis('batch', 1), axis('time', 3)]
 * prefixLogProbability(2)(literal(Float64Array.of(-1, -2, -4), batch, time)) // => [0, -1, -3]
 */
export const prefixLogProbability =
  (m: number) =>
  (logProbability: PerToken): PerToken => {
    if (!(m >= 0 && (Number.isInteger(m) || m === Number.POSITIVE_INFINITY)))
      raise(failure('Domain', `a window of ${m} tokens`, 'give a whole number, 0 or more', { window: m }))
    const window = recent(m)(logProbability)
    return add(stopGradient(before(logProbability)), subtract(window, stopGradient(window)))
  }
