/**
 * Validation of a GAM option record: every wrong value gets one sentence that names it and the way out.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import type { Failure } from '../../errors.ts'
import { type Rule, checkedBy, firstOf, usage, wholeNumber } from '../rules.ts'
import { featureNamesOf, type GamData, type GamOptions, type MotifData, type StringsData } from './options.ts'

const motifAlphabet: Rule<MotifData> = ({ motif }) => {
  const strange = [...motif].find((symbol) => symbol !== '0' && symbol !== '1')
  if (motif === '') return usage('--motif is empty', 'give at least one digit, for example --motif 10001011111000', {})
  return strange === undefined
    ? undefined
    : usage(
        `--motif ${motif} holds "${strange}", which is neither 0 nor 1`,
        'write the motif with the digits 0 and 1, for example --motif 10001011111000',
        { motif, strange },
      )
}

const motifFits: Rule<MotifData> = ({ motif, length }) =>
  motif.length <= length
    ? undefined
    : usage(
        `--motif ${motif} has ${motif.length} symbols, more than the strings' ${length}`,
        `give a shorter motif or --length ${motif.length} or more`,
        { motif, length },
      )

const mixtureInRange: Rule<MotifData> = ({ mixture }) =>
  mixture > 0 && mixture <= 1
    ? undefined
    : usage(
        `--mixture ${mixture} is not a probability above 0`,
        'give a number in (0, 1], where 1 is pure motif data',
        {
          mixture,
        },
      )

/** The first thing wrong with motif data, if any: empty or foreign symbols, longer than the string, mixture outside (0, 1]. */
export const checkMotif: Rule<MotifData> = firstOf<MotifData>([
  motifAlphabet,
  wholeNumber<MotifData>(
    '--length',
    1,
    100000,
    'give the number of symbols per string, for example --length 30',
  )((data) => data.length),
  motifFits,
  mixtureInRange,
])

const compiles = (pattern: string): string | undefined => {
  try {
    new RegExp(pattern, 'u')
    return undefined
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}

const checkStrings: Rule<StringsData> = ({ features }) => {
  if (features.length === 0) {
    return usage('--data has no feature to tilt by', "give at least one --feature 'REGEX'", {})
  }
  for (const pattern of features) {
    if (pattern === '')
      return usage(
        "--feature '' is in every string, so that its absence never shows",
        "give a pattern that some strings have, for example --feature 'AH0$'",
        { pattern },
      )
    const reason = compiles(pattern)
    if (reason !== undefined) {
      const what = `--feature '${pattern}' is not a regular expression (${reason})`
      return usage(what, "correct the pattern, for example --feature 'AH0$'", { pattern })
    }
  }
  return undefined
}

const checkData: Rule<GamData> = (data) => (data.kind === 'motif' ? checkMotif(data) : checkStrings(data))

const checkFeatures: Rule<GamOptions> = ({ data, features }) => {
  const names = featureNamesOf(data)
  const facts = { features, names }
  return /^[01]*$/.test(features) && features.length === names.length
    ? features.includes('1')
      ? undefined
      : usage(`--features ${features} switches every feature off`, 'set at least one digit to 1', facts)
    : usage(
        `--features ${features} is not a vector of ${names.length} digits 0 or 1`,
        `give one digit per feature in the order ${names.join(', ')}, for example ${names.map((_, i) => (i === 1 || i === 2 ? 0 : 1)).join('')}`,
        facts,
      )
}

const checkLearningRate: Rule<GamOptions> = ({ learningRate }) =>
  learningRate > 0 && learningRate <= 1
    ? undefined
    : usage(`--learning-rate ${learningRate} is not in (0, 1]`, 'give a step size, for example 0.001', { learningRate })

const checkDropout: Rule<GamOptions> = ({ dropout }) =>
  dropout >= 0 && dropout < 1
    ? undefined
    : usage(`--dropout ${dropout} is not in [0, 1)`, 'give the share of units to drop, for example 0.2', { dropout })

const checkBudgets: Rule<GamOptions> = ({ budgets: { trials, seconds } }) => {
  if (!(trials >= 1))
    return usage(`--trials ${trials} allows no proposal`, 'give at least 1, for example 1e7', { trials })
  return seconds === undefined || seconds > 0
    ? undefined
    : usage(`--seconds ${seconds} allows no work`, 'give a positive number of seconds', { seconds })
}

const count = (flag: string, of: (options: GamOptions) => number, most: number, example: number): Rule<GamOptions> =>
  wholeNumber<GamOptions>(flag, 1, most, `give at least 1, for example ${flag} ${example}`)(of)

const checkOptions: Rule<GamOptions> = firstOf<GamOptions>([
  ({ data }) => checkData(data),
  count('--train', (options) => options.train, 1e8, 500),
  checkFeatures,
  count('--hidden', (options) => options.hidden, 16384, 200),
  count('--layers', (options) => options.layers, 64, 2),
  checkDropout,
  checkLearningRate,
  count('--batch', (options) => options.batch, 1e6, 500),
  count('--distilled', (options) => options.distilled, 1e8, 20000),
  count('--max-epochs', (options) => options.maxEpochs, 1e6, 100),
  count('--patience', (options) => options.patience, 1e6, 20),
  count('--bank', (options) => options.bank, 1e8, 50000),
  wholeNumber<GamOptions>(
    '--seed',
    0,
    2 ** 53 - 1,
    'give a whole number from 0, for example --seed 1',
  )((options) => options.seed),
  checkBudgets,
])

/** Checks the values of an option record; fails with `Usage`, one sentence naming the option and the remedy. */
export const validateOptions: (options: GamOptions) => Either<Failure, GamOptions> = checkedBy(checkOptions)
