/**
 * The parts that optimisers are chained from: momentum, Adam's scaling, clipping, decay and the learning rate.
 */
import { field } from '../at.ts'
import type { ArrayType, Expr, Scalar } from '../expr.ts'
import { axesOf } from '../expr.ts'
import {
  add,
  constant,
  divide,
  expm1,
  maximum,
  multiply,
  negate,
  scale,
  shift,
  sqrt,
  square,
} from '../ops/pointwise.ts'
import { sumAll } from '../ops/reduce.ts'
import { requireNumber } from '../ops/rules.ts'
import { anyTensor, typed } from '../typed.ts'
import { type Exprs, type Optimiser, chain, mapValues, stateless } from './optimiser.ts'
import { type Schedule, constantRate } from './schedule.ts'

const scalar: ArrayType = { axes: [], dtype: 'f32' }

const f32 = anyTensor('f32')

/**
 * The Euclidean norm of all values of a record together.
 *
 * @example
 * globalNorm({ a: constant(3), b: constant(4) }) // => 5
 */
export const globalNorm = (xs: Exprs): Scalar => {
  const squares = Object.values(xs).map((x) => sumAll(square(f32(x))))
  return sqrt(squares.reduce((a, b) => add(a, b), constant(0)))
}

/**
 * Scales all gradients down together so that their norm is at most `limit` (PyTorch's clip_grad_norm_). All parts of optimisers throw `Domain` for numbers that mean nothing.
 *
 * @example
 * const step = { gradients: { x: constant(2) }, parameters: { x: constant(1) } }
 * clipByGlobalNorm(1).update({ ...step, state: {} }).updates['x'] // => 1
 */
export const clipByGlobalNorm = (limit: number): Optimiser => {
  const most = constant(
    requireNumber('a norm of at most', limit, limit > 0 && Number.isFinite(limit), 'give a number above 0'),
  )
  return stateless(({ gradients }) => {
    const factor = divide(most, maximum(shift(1e-6)(globalNorm(gradients)), most))
    return mapValues(gradients, (g) => multiply(f32(g), factor))
  })
}

/**
 * Adds rate·θ to the gradients: put it after `scaleByAdam` for decoupled decay (AdamW), before it for an L2 penalty.
 *
 * @example
 * const step = { gradients: { x: constant(2) }, parameters: { x: constant(1) } }
 * weightDecay(0.5).update({ ...step, state: {} }).updates['x'] // => 2.5
 */
export const weightDecay = (rate: number): Optimiser => {
  const shrink = scale(
    requireNumber('a weight decay of', rate, rate >= 0 && Number.isFinite(rate), 'give a number from 0'),
  )
  return stateless(({ gradients, parameters }) =>
    mapValues(gradients, (g, name) => add(f32(g), shrink(f32(field(parameters, name))))),
  )
}

/**
 * Running sum of gradients: v ← μ·v + g.
 *
 * @example
 * const step = { gradients: { x: constant(2) }, parameters: { x: constant(1) } }
 * momentum(0.9).update({ ...step, state: { x: constant(10) } }).updates['x'] // => 11
 */
export const momentum = (decay: number): Optimiser => {
  const kept = scale(share('a momentum of', decay))
  return {
    state: (parameters) => parameters,
    update: ({ gradients, state }) => {
      const next = mapValues(gradients, (g, name) => add(kept(f32(field(state, name))), f32(g)))
      return { updates: next, state: next }
    },
  }
}

/** A share that is kept from step to step. */
const share = (what: string, given: number): number =>
  requireNumber(what, given, given >= 0 && given < 1, 'give a number from 0 to below 1')

/** Constants of Adam. */
export interface AdamOptions {
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
}

const checkedAdam = ({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions): Required<AdamOptions> => ({
  beta1: share('a β₁ of', beta1),
  beta2: share('a β₂ of', beta2),
  epsilon: requireNumber('an ε of', epsilon, epsilon >= 0 && Number.isFinite(epsilon), 'give a number from 0'),
})

/**
 * m̂ / (√v̂ + ε) with bias-corrected running moments (Kingma & Ba 2014, Algorithm 1; 1 − βᵗ as −expm1(t·log β)).
 *
 * @example
 * const step = { gradients: { x: constant(2) }, parameters: { x: constant(1) } }
 * const state = { step: constant(0), 'x.m': constant(0), 'x.v': constant(0) }
 * scaleByAdam().update({ ...step, state }).updates['x'] // => 1
 */
export const scaleByAdam = (options: AdamOptions = {}): Optimiser => {
  const { beta1, beta2, epsilon } = checkedAdam(options)
  return {
    state: (parameters) => ({ step: scalar, ...suffixed('.m', parameters), ...suffixed('.v', parameters) }),
    update: ({ gradients, state }) => {
      const step = shift(1)(typed()(field(state, 'step')))
      const corrected = (beta: number) => negate(expm1(scale(Math.log(beta))(step)))
      const [one, two] = [corrected(beta1), corrected(beta2)]
      const m = mapValues(gradients, (g, name) => blend(beta1, field(state, `${name}.m`), g))
      const v = mapValues(gradients, (g, name) => blend(beta2, field(state, `${name}.v`), square(f32(g))))
      const updates = mapValues(gradients, (_g, name) =>
        divide(divide(f32(field(m, name)), one), shift(epsilon)(sqrt(divide(f32(field(v, name)), two)))),
      )
      return { updates, state: { step, ...suffixed('.m', m), ...suffixed('.v', v) } }
    },
  }
}

const suffixed = <A>(suffix: string, xs: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(xs).map(([name, x]) => [`${name}${suffix}`, x]))

/** β·old + (1 − β)·new. */
const blend = (beta: number, old: Expr, next: Expr): Expr => add(scale(beta)(f32(old)), scale(1 - beta)(f32(next)))

/**
 * Multiplies by −rate(step), where the step counts from 0: the last part of every optimiser.
 *
 * @example
 * const step = { gradients: { x: constant(2) }, parameters: { x: constant(1) } }
 * descend(constantRate(0.1)).update({ ...step, state: { step: constant(0) } }).updates['x'] // => -0.2
 */
export const descend = (rate: Schedule): Optimiser => ({
  state: () => ({ step: scalar }),
  update: ({ gradients, state }) => {
    const step = typed()(field(state, 'step'))
    const factor = negate(rate(step))
    return { updates: mapValues(gradients, (g) => multiply(f32(g), factor)), state: { step: shift(1)(step) } }
  },
})

const rateOf = (rate: number | Schedule): Schedule => (typeof rate === 'function' ? rate : constantRate(rate))

/**
 * Stochastic gradient descent, with momentum if wanted.
 *
 * @example
 * const step = { gradients: { x: constant(2) }, parameters: { x: constant(1) } }
 * sgd(0.1).update({ ...step, state: { step: constant(0) } }).updates['x'] // => -0.2
 */
export const sgd = (rate: number | Schedule, decay = 0): Optimiser =>
  decay === 0 ? descend(rateOf(rate)) : chain(momentum(decay), descend(rateOf(rate)))

/**
 * Adam: θ ← θ − rate·m̂/(√v̂ + ε).
 *
 * @example
 * const step = { gradients: { x: constant(2) }, parameters: { x: constant(1) } }
 * const state = { 'a.step': constant(0), 'a.x.m': constant(0), 'a.x.v': constant(0), 'b.step': constant(0) }
 * adam(0.1).update({ ...step, state }).updates['x'] // => -0.1
 */
export const adam = (rate: number | Schedule, options: AdamOptions = {}): Optimiser =>
  chain(scaleByAdam(options), descend(rateOf(rate)))

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019).
 *
 * @example
 * Object.keys(adamW(0.1, 0.01).state({})).length // => 2
 */
export const adamW = (rate: number | Schedule, decay: number, options: AdamOptions = {}): Optimiser =>
  chain(scaleByAdam(options), weightDecay(decay), descend(rateOf(rate)))

/** The axes of a parameter, for state of the same shape. */
export const typeOfParameter = (x: Expr): ArrayType => ({ axes: axesOf(x), dtype: 'f32' })
