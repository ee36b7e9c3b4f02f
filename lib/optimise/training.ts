/**
 * A training step as one program: loss, gradients, optimiser and the next parameters, with all of it kept as state; or in
 * two, where gradients of several parts of a batch are averaged in between.
 *
 * A step whose loss, gradient or new parameter is not finite fails: nothing of it is kept, nor of the steps after it,
 * until the failure was told. What this costs: docs/decisions/non-finite-steps.md.
 */
import { absent, at, field } from '../at.ts'
import { type Failure, failure, raise } from '../errors.ts'
import type { Guard, Program } from '../executor.ts'
import { type ArrayType, type Expr, type Scalar, type Tensor, axesOf, typeOf } from '../expr.ts'
import { gradient } from '../grad.ts'
import { input, inputOf, reorder } from '../ops/layout.ts'
import { add, constant, constantOf, equal, finite, scale, square, where } from '../ops/pointwise.ts'
import { sumAll } from '../ops/reduce.ts'
import { spreadTo } from '../ops/rules.ts'
import { keysOf, recordOf, typedRecord } from '../phantom.ts'
import { program } from '../program.ts'
import { anyTensor } from '../typed.ts'
import { type Exprs, type Optimiser, mapValues } from './optimiser.ts'
import { globalNorm, typeOfParameter } from './parts.ts'

/** What to train: inputs that are parameters, the scalar loss, the optimiser, and further outputs to report. */
export interface Training<P extends string = string, O extends string = string> {
  readonly parameters: Readonly<Record<P, Expr>>
  readonly loss: Scalar
  readonly optimiser: Optimiser
  readonly outputs?: Readonly<Record<O, Expr>>
}

/** Names of state besides the parameters: the optimiser's, and the counts of steps and faults. */
export type TrainingState = `optimiser/${string}` | `training/${string}`

const FAULT = 'training/fault'
const STEPS = 'training/steps'
const LOSS = 'training/loss'

/**
 * Whether a state of a training program is a parameter, and not the optimiser's or a count.
 *
 * @example
 * isParameter('weights') // => true
 * isParameter('optimiser/a.weights') // => false
 */
export const isParameter = (name: string): boolean => !/^(optimiser|training)\//.test(name)

/**
 * The parameters among the state of a training program.
 *
 * @example
 * Object.keys(parametersOf({ w: 1, 'optimiser/step': 2, 'training/steps': 3 })) // => ['w']
 */
export const parametersOf = <A>(state: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(state).filter(([name]) => isParameter(name)))

const f32 = anyTensor('f32')

/** What must be finite in a step, in words, beside scalars that are finite only where it is. */
type Checks = readonly (readonly [what: string, probe: Scalar])[]

const checksOf = (loss: Scalar, gradients: Exprs, next: Exprs): Checks => [
  ['the loss', loss],
  // The terms of the gradient's norm, which optimisers divide by: they end at 3.4e38.
  ...Object.entries(gradients).map(([name, g]) => [`the gradient of '${name}'`, sumAll(square(f32(g)))] as const),
  // A sum of so small parts of finite values is finite.
  ...Object.entries(next).map(([name, p]) => [`the new '${name}'`, sumAll(scale(2 ** -60)(f32(p)))] as const),
]

const REMEDY =
  'lower the learning rate, clip the gradient (clipByGlobalNorm), or look for values that are not finite in the batch and the parameters'

const guardOf = (checks: Checks): Guard => ({
  states: [FAULT, STEPS, LOSS],
  failure: ([fault = absent(), steps = absent(), loss = absent()]): Failure => {
    const step = steps + 1
    const [subject] = at(checks, fault - 1)
    const what = fault === 1 ? `the loss is ${loss}` : `${subject} is not finite`
    return failure(
      'NonFinite',
      `training step ${step}: ${what}; parameters and optimiser are as they were after step ${steps}`,
      REMEDY,
      { step, lastGood: steps, what },
    )
  },
})

/** The state `fault` after a step: what it was, or the number of the first check that failed. */
const faultAfter = (fault: Tensor<'1', 'i32'>, checks: Checks): Tensor<'1', 'i32'> => {
  const none = constantOf('i32', 0)
  const found = checks.reduceRight(
    (rest: Tensor<'1', 'i32'>, [, probe], i) => where(finite(probe), rest, constantOf('i32', i + 1)),
    none,
  )
  return where(equal(fault, none), found, fault)
}

/** Outputs that every training program has. */
const OUTPUTS = ['loss', 'gradientNorm']

const refuseReserved = (parameters: Exprs, outputs: Exprs): void => {
  const own = OUTPUTS.find((name) => Object.hasOwn(outputs, name))
  if (own !== undefined)
    raise(
      failure('Shape', `an output is called '${own}', which the training reports itself`, 'call it otherwise', {
        output: own,
      }),
    )
  const reserved = Object.keys(parameters).find((name) => !isParameter(name))
  if (reserved !== undefined)
    raise(
      failure(
        'Shape',
        `a parameter is called '${reserved}', and names that begin so are the training's own`,
        'call it otherwise than optimiser/… and training/…',
        { parameter: reserved },
      ),
    )
}

/**
 * The program of a training step. State: the parameters by the names given, `optimiser/…` of the optimiser,
 * `training/steps` (good ones), `training/fault` and `training/loss`; outputs: `loss`, `gradientNorm` (before the optimiser) and those given. Everything
 * else that the loss reads is fed. A run whose loss, gradient or new parameter is not finite is a `NonFinite` failure that
 * names the step and the thing; it, and unread runs after it, leave parameters and optimiser as they were. Throws `Shape`
 * for parameters called `optimiser/…` or `training/…` and for outputs called `loss` or `gradientNorm`.
 *
 * @example
 * const w = input('w')
 * const step = await run(reference.prepare(trainingProgram({ parameters: { w }, loss: square(w), optimiser: sgd(0.25) })))
 * await run(step.writeState({ w: Float64Array.of(4) }))
 * const { loss } = await run(runAll(step)())
 * scalarOf(loss) // => 16
 * scalarOf((await run(step.readState(['w']))).w) // => 2
 */
export const trainingProgram = <P extends string, O extends string = never>(
  training: Training<P, O>,
): Program<P | TrainingState, O | 'loss' | 'gradientNorm'> => stepOf(training, gradientsIn(training))

/** The gradient of the loss by the name of the parameter. */
const gradientsIn = <P extends string>({ parameters, loss }: Pick<Training<P>, 'parameters' | 'loss'>): Exprs =>
  gradient(
    loss,
    recordOf(keysOf(parameters), (name) => f32(parameters[name])),
  )

/** The names of gradients among outputs and feeds. */
const GRADIENT = 'gradient/'

/** The output of `gradientProgram` that says how much a part of a batch counts. */
export const WEIGHT = 'weight'

/**
 * The loss of a part of a batch and its gradient: the first half of `trainingProgram`. State: the parameters, which stay as
 * they are. Outputs: `loss`, `gradient/NAME` laid out as the parameter, those given, and `weight`, how much the part counts
 * beside others (1): where the loss is a mean over rows or tokens, their number.
 *
 * @example
 * const w = input('w')
 * const slopes = gradientProgram({ parameters: { w }, loss: square(w) })
 * Object.keys(slopes.outputs) // => ['loss', 'weight', 'gradient/w']
 */
export const gradientProgram = <P extends string, O extends string = never>({
  parameters,
  loss,
  outputs,
  weight = constant(1),
}: Omit<Training<P, O>, 'optimiser'> & { readonly weight?: Scalar }): Program<P> => {
  refuseReserved(parameters, outputs ?? {})
  const gradients = mapValues(gradientsIn({ parameters, loss }), (g, name): Expr => {
    const { axes } = typeOf(field(parameters, name))
    return reorder(axes.map((a) => a.name))(spreadTo(axes)(g))
  })
  return program<P, string>(parameters, parameters, { ...outputs, loss, [WEIGHT]: weight, ...gradientFeeds(gradients) })
}

/** Gradients by the names under which they are put out and fed. */
export const gradientFeeds = <A>(gradients: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(gradients).map(([name, g]) => [`${GRADIENT}${name}`, g]))

/** The gradients among outputs, by the name of the parameter. */
export const gradientsOf = <A>(outputs: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.fromEntries(
    Object.entries(outputs).flatMap(([name, g]) =>
      name.startsWith(GRADIENT) ? [[name.slice(GRADIENT.length), g]] : [],
    ),
  )

/**
 * The update by a gradient that is fed: the second half of `trainingProgram`, with its state, guard and outputs. Feeds:
 * `loss` and `gradient/NAME`.
 *
 * @example
 * const w = input('w')
 * const update = updateProgram({ parameters: { w }, optimiser: sgd(0.25) })
 * Object.keys(update.outputs) // => ['loss', 'gradientNorm']
 */
export const updateProgram = <P extends string>({
  parameters,
  optimiser,
}: Pick<Training<P>, 'parameters' | 'optimiser'>): Program<P | TrainingState, 'loss' | 'gradientNorm'> =>
  stepOf(
    { parameters, optimiser, loss: input('loss') },
    mapValues(parameters, (p: Expr, name) => input(`${GRADIENT}${name}`, ...axesOf(p))),
  )

/** The program of a step by gradients that are at hand. */
const stepOf = <P extends string, O extends string = never>(
  { parameters, loss, optimiser, outputs }: Training<P, O>,
  gradients: Exprs,
): Program<P | TrainingState, O | 'loss' | 'gradientNorm'> => {
  refuseReserved(parameters, outputs ?? {})
  const types: Readonly<Record<string, ArrayType>> = optimiser.state(
    mapValues<Expr, ArrayType>(parameters, typeOfParameter),
  )
  const state: Exprs = mapValues(types, (type, name) => input(`optimiser/${name}`, ...type.axes))
  const result = optimiser.update({ gradients, parameters, state })
  const next = mapValues<Expr, Expr>(parameters, (p, name) => add(f32(p), f32(field(result.updates, name))))
  const [fault, steps, last] = [inputOf('i32')(FAULT), inputOf('i32')(STEPS), input(LOSS)]
  const checks = checksOf(loss, gradients, next)
  const faulty = faultAfter(fault, checks)
  const good = equal(faulty, constantOf('i32', 0))
  const named = (xs: Exprs): Exprs =>
    Object.fromEntries(Object.entries(xs).map(([name, x]) => [`optimiser/${name}`, x]))
  const others = program<string, string>(
    { ...named(state), [FAULT]: fault, [STEPS]: steps, [LOSS]: last },
    {
      ...named(result.state),
      [FAULT]: faulty,
      [STEPS]: where(good, add(steps, constantOf('i32', 1)), steps),
      // The loss of the last good step, or of the one that failed.
      [LOSS]: where(equal(fault, constantOf('i32', 0)), loss, last),
    },
    {},
  )
  const own = program<P, never>(parameters, typedRecord(next), {})
  return {
    state: { ...own.state, ...others.state },
    outputs: typedRecord({ loss, gradientNorm: globalNorm(gradients), ...outputs }),
    guard: guardOf(checks),
  }
}
