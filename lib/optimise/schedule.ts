/**
 * Learning-rate schedules: functions of the step counter (a scalar that is 0 at the first step), as expressions.
 */
import type { Scalar } from '../expr.ts'
import {
  add,
  constant,
  cosine,
  divide,
  maximum,
  minimum,
  multiply,
  power,
  scale,
  shift,
  subtract,
} from '../ops/pointwise.ts'
import { requireNumber } from '../ops/rules.ts'

/** A learning rate: finite and not negative, else `Domain`. */
const checkedRate = (rate: number): number =>
  requireNumber('a learning rate of', rate, rate >= 0 && Number.isFinite(rate), 'give a number from 0')

/** A number of steps that something takes: at least one, else `Domain`. */
const checkedSteps = (what: string, steps: number): number =>
  requireNumber(what, steps, steps > 0 && Number.isFinite(steps), 'give a number above 0')

/** The rate at a step. */
export type Schedule = (step: Scalar) => Scalar

/**
 * The same rate at every step.
 *
 * @example
 * constantRate(0.1)(constant(5)) // => 0.1
 */
export const constantRate = (rate: number): Schedule => {
  const given = constant(checkedRate(rate))
  return () => given
}

/**
 * rate / (1 + step): the GAM paper's α₀ / (1 + epoch), when a step is an epoch.
 *
 * @example
 * inverseRate(1)(constant(3)) // => 0.25
 */
export const inverseRate = (rate: number): Schedule => {
  const given = constant(checkedRate(rate))
  return (step) => divide(given, shift(1)(step))
}

/**
 * rate · min((step + 1)/warmUp, √(warmUp/(step + 1))): linear warm-up, then inverse square root (Vaswani et al. 2017).
 *
 * @example
 * inverseSquareRoot(1, 4)(constant(15)) // => 0.5
 */
export const inverseSquareRoot = (rate: number, warmUp: number): Schedule => {
  const [times, share] = [scale(checkedRate(rate)), scale(1 / checkedSteps('a warm-up of so many steps:', warmUp))]
  return (step) => {
    const t = share(shift(1)(step))
    return times(minimum(t, power(t, constant(-0.5))))
  }
}

/**
 * From `rate` down to `last` along half a cosine over `steps` steps; `last` afterwards.
 *
 * @example
 * cosineRate(1, 10)(constant(5)) // => 0.5
 */
export const cosineRate = (rate: number, steps: number, last = 0): Schedule => {
  const share = scale(1 / checkedSteps('half a cosine of so many steps:', steps))
  const [end, half] = [constant(checkedRate(last)), constant((checkedRate(rate) - last) / 2)]
  return (step) => {
    const done = minimum(maximum(share(step), constant(0)), constant(1))
    return add(end, multiply(half, shift(1)(cosine(scale(Math.PI)(done)))))
  }
}

/** Another schedule, scaled up linearly from 1/warmUp to 1 over its first `warmUp` steps; 0 warms up nothing. */
export const warmedUp =
  (warmUp: number, schedule: Schedule): Schedule =>
  (step) =>
    warmUp === 0 ? schedule(step) : multiply(minimum(scale(1 / warmUp)(shift(1)(step)), constant(1)), schedule(step))

/** Another schedule, scaled down linearly to 0 over the last `last` of `steps` steps: training may be long, and still end well. */
export const cooledDown =
  (steps: number, last: number, schedule: Schedule): Schedule =>
  (step) =>
    multiply(
      minimum(scale(1 / last)(maximum(subtract(constant(steps), step), constant(0))), constant(1)),
      schedule(step),
    )
