/**
 * Conditional GAMs (Eq. 2 of the paper): `P(x|C) = r(x|C)·e^{⟨λ(C), φ(x; C)⟩}` with λ(C) a network of the context, trained on pairs of
 * a context and a thing.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import { effect, fail } from '../../effect.ts'
import { type ConditionalTilt, type Energy, linearEnergy } from '../../energy/index.ts'
import { type Failure, failure } from '../../errors.ts'
import type { Executor, Feeds } from '../../executor.ts'
import { type Key, fold, epochOrders } from '../../key.ts'
import { mean } from '../../math.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import { parameterInputs } from '../../models/parameters.ts'
import { adam, trainingProgram } from '../../optimise/index.ts'
import { outputs, runAll } from '../../program.ts'
import type { Progress } from '../../progress.ts'
import { startSteps, type StepsState } from '../../train/steps-state.ts'
import { trainSteps } from '../../train/steps.ts'
import {
  conditionalInputs,
  conditionalLoss,
  conditionalRows,
  type LambdaNetwork,
  lambdaNetwork,
} from './lambda-network.ts'
import { batchesOf, type ConditionalProblem, encoded, type Pair, type Table, tableFeeds, tableOf } from './pairs.ts'

/** How λ(C) is fitted. */
export interface ConditionalOptions {
  readonly executor: Executor
  readonly key: Key
  /** Units of the hidden layer; 0: λ is linear in the context. */
  readonly hidden: number
  readonly learningRate: number
  /** Pairs of a step. */
  readonly batch: number
  /** Draws of r(·|C) for each context, from which log Z(C) comes. */
  readonly draws: number
  /** τ of a Gaussian prior on λ(C): where data are on the boundary of the moment polytope it keeps λ finite. */
  readonly precision: number
  readonly epochs: number
  readonly patience: number
  readonly signal?: AbortSignal
  readonly progress?: Progress
}

/** A fitted conditional GAM. `release` gives back what the network holds on the executor; λ is gone then. */
export interface ConditionalGam<C, X> {
  readonly problem: ConditionalProblem<C, X>
  /** λ of each context [context][feature]. */
  readonly lambda: (contexts: readonly C[]) => TE.TaskEither<Failure, readonly Float64Array[]>
  readonly tilt: ConditionalTilt<C, X>
  /** The training: its curve has the mean of log Ẑ(C) − ⟨λ(C), φ⟩ over the validation pairs (nats), `best` the network. */
  readonly fit: StepsState
  readonly release: () => void
}

const named = (parameters: Parameters): Feeds =>
  Object.fromEntries(Object.entries(parameters).map(([name, values]) => [`parameter/${name}`, values]))

/** What is computed with a network's parameters: the cost of pairs, and λ of contexts. */
const measures = (network: LambdaNetwork, { executor, batch, draws }: ConditionalOptions) =>
  effect(async (run) => {
    const inputs = conditionalInputs(network.size, { batch, draws })
    const parameters = parameterInputs(network.parameters)
    const { cost } = conditionalRows(network, parameters, inputs)
    const costs = await run(executor.prepare(outputs({ cost })))
    const lambdas = await run(executor.prepare(outputs({ lambda: network.lambda(parameters, inputs.context) })))
    return {
      cost: (values: Parameters, table: Table): TE.TaskEither<Failure, number> =>
        effect(async (own) => {
          const found: number[] = []
          for (const rows of batchesOf(table.count, batch))
            found.push(...(await own(runAll(costs)({ ...named(values), ...tableFeeds(table, rows) }))).cost.data)
          return mean(found.slice(0, table.count))
        }),
      lambda: (values: Parameters, contexts: readonly (readonly number[])[]) =>
        effect(async (own) => {
          const found: number[] = []
          for (const rows of batchesOf(contexts.length, batch)) {
            const context = Float32Array.from(rows.flatMap((i) => at(contexts, i)))
            found.push(...(await own(runAll(lambdas)({ ...named(values), context }))).lambda.data)
          }
          const { features } = network.size
          return contexts.map((_, i) => Float64Array.from(found.slice(i * features, (i + 1) * features)))
        }),
      release: () => {
        costs.release()
        lambdas.release()
      },
    }
  })

/** The training of θ on a table, scored on another. */
const trained = (
  network: LambdaNetwork,
  options: ConditionalOptions,
  tables: { readonly training: Table; readonly validation: Table },
  cost: (values: Parameters, table: Table) => TE.TaskEither<Failure, number>,
): TE.TaskEither<Failure, StepsState> =>
  effect(async (run) => {
    const { executor, key, batch, draws, precision, epochs, patience, progress } = options
    const { training, validation } = tables
    const parameters = parameterInputs(network.parameters)
    const loss = conditionalLoss(network, parameters, conditionalInputs(network.size, { batch, draws }), precision)
    const program = trainingProgram({ parameters, loss, optimiser: adam(options.learningRate) })
    const prepared = await run(executor.prepare(program))
    const steps = Math.ceil(training.count / batch)
    const places = batchesOf(training.count, batch)
    const orderOf = epochOrders((epoch) => fold(fold(key, 3), epoch), training.count)
    const rowsAt = (step: number): readonly number[] => {
      const order = orderOf(Math.floor(step / steps))
      return at(places, step % steps).map((i) => at(order, i))
    }
    try {
      return await run(
        trainSteps({
          prepared,
          batches: (step) => TE.right(tableFeeds(training, rowsAt(step))),
          steps: epochs * steps,
          evaluateEvery: steps,
          evaluate: (values) => TE.map((score: number) => ({ score }))(cost(values, validation)),
          signal: options.signal ?? new AbortController().signal,
          label: 'λ(C)',
          ...(progress === undefined ? {} : { progress }),
        })(startSteps(network.initialise(fold(key, 2)), patience)),
      )
    } finally {
      prepared.release()
    }
  })

const nothing = (what: string): Failure =>
  failure('Usage', `there are no ${what} pairs of a context and a thing`, 'give at least one')

/**
 * Fits λ(C) by Adam on minus the conditional log-likelihood, with early stopping on the validation pairs. Left: `Usage` where pairs are
 * missing, `Shape` where `encode` gives numbers that differ in how many they are, or are not finite; what the base and the executor fail with.
 *
 * @example
 * import { energy, key, reference, run } from 'exptilt'
 * import { fitConditional } from 'exptilt/systems'
 * const gam = await run(
 *   fitConditional<number, string>({
 *     executor: reference, key: key(1), hidden: 0, learningRate: 0.1, batch: 4, draws: 64, precision: 0.01, epochs: 40, patience: 40,
 *   })(
 *     {
 *       base: () => energy.enumerable({ points: ['yes', 'no'], probabilities: [1, 1] }),
 *       features: () => energy.indicators(['yes'], (x) => [x === 'yes' ? 1 : 0]),
 *       encode: (context) => [context],
 *     },
 *     [1, -1, 1, -1].map((context, i) => ({ context, thing: i === 3 || context === 1 ? 'yes' : 'no' })),
 *     [{ context: 1, thing: 'yes' }],
 *   ),
 * )
 * const [polite, rude] = await run(gam.lambda([1, -1]))
 * Number(polite?.[0]) > Number(rude?.[0]) // => true
 * gam.release()
 */
export const fitConditional =
  <C, X>(options: ConditionalOptions) =>
  (
    problem: ConditionalProblem<C, X>,
    training: readonly Pair<C, X>[],
    validation: readonly Pair<C, X>[],
  ): TE.TaskEither<Failure, ConditionalGam<C, X>> =>
    effect(async (run) => {
      const { key, draws, hidden } = options
      const [first] = training
      if (first === undefined || validation.length === 0)
        return fail(nothing(first === undefined ? 'training' : 'validation'))
      const inputs = problem.encode(first.context).length
      const network = lambdaNetwork({ inputs, hidden, features: problem.features(first.context).names.length })
      const tables = {
        training: await run(tableOf(problem, training, { key: fold(key, 0), draws, inputs })),
        validation: await run(tableOf(problem, validation, { key: fold(key, 1), draws, inputs })),
      }
      const measured = await run(measures(network, options))
      const fit = await run(trained(network, options, tables, measured.cost))
      const lambda: ConditionalGam<C, X>['lambda'] = (contexts) =>
        effect((own) =>
          own(
            measured.lambda(
              fit.best,
              contexts.map((context) => encoded(problem, context, inputs)),
            ),
          ),
        )
      const energy =
        (context: C): Energy<X> =>
        (xs) =>
          effect(async (own) => own(linearEnergy(problem.features(context), at(await own(lambda([context])), 0))(xs)))
      return { problem, lambda, tilt: { base: problem.base, energy }, fit, release: measured.release }
    })
