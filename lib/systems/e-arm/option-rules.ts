/**
 * What the options of all E-ARM experiments must be like, as rules, and the objective's own among them.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Failure } from '../../errors.ts'
import { type Rule, checkedBy, usage } from '../rules.ts'
import { type EArmOptions, type WeightSource, eArmOptions } from './options.ts'

/** What the experiments have in common. */
export interface CommonOptions {
  readonly network: { readonly width: number; readonly heads: number; readonly dropout: number }
  readonly epochs: number
  readonly learningRate: number
  readonly objective: EArmOptions
}

/** Numbers by flag, all whole and from 1. */
export const positive =
  <A>(of: (options: A) => Readonly<Record<string, number>>): Rule<A> =>
  (options) => {
    const wrong = Object.entries(of(options)).find(([, n]) => !(Number.isInteger(n) && n >= 1))
    return wrong === undefined ? undefined : usage(`${wrong[0]} ${wrong[1]} is not a whole number from 1`, 'give one')
  }

/** The learning rate lies between 0 and 1. */
export const learningRateIn: Rule<CommonOptions> = ({ learningRate }) =>
  learningRate > 0 && learningRate < 1
    ? undefined
    : usage(`--learning-rate ${learningRate} is not between 0 and 1`, 'give for example 0.001')

/** The share that is dropped lies in [0, 1). */
export const dropoutIn: Rule<CommonOptions> = ({ network: { dropout } }) =>
  dropout >= 0 && dropout < 1 ? undefined : usage(`--dropout ${dropout} is not in [0, 1)`, 'give for example 0.1')

/** The width is a multiple of the heads. */
export const headsDivide: Rule<CommonOptions> = ({ network: { width, heads } }) =>
  width % heads === 0 ? undefined : usage(`--width ${width} is no multiple of --heads ${heads}`, 'give a multiple')

/** Where Ẑ may come from in an experiment, which `what` names. */
export const weightsAmong =
  (known: readonly WeightSource[], what: string): Rule<CommonOptions> =>
  ({ objective: { weights } }) =>
    known.includes(weights) ? undefined : usage(`--weights ${weights} is not for ${what}`, `use ${known.join(' or ')}`)

/** The options where no rule is broken, by the objective's either; `Usage` names what is wrong. */
export const validated =
  <O extends CommonOptions>(rule: Rule<O>) =>
  (options: O): E.Either<Failure, O> =>
    pipe(
      checkedBy(rule)(options),
      E.chain(({ objective, epochs }) => eArmOptions(objective, epochs)),
      E.map((objective) => ({ ...options, objective })),
    )
