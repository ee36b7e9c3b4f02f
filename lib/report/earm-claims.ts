/**
 * The claims of the E-ARM paper, each with a verdict of this run: it holds, it does not, or it cannot be told, and what it would
 * take. A verdict rests on paired differences over seeds (Student's t, two-sided, 5 %).
 */
import { at } from '../at.ts'
import { studentQuantile } from '../energy/index.ts'
import { exposureRatio } from '../metrics/exposure.ts'
import { spreadOf } from '../math.ts'
import { inMeasure } from '../systems/e-arm/measures.ts'
import { type EArmResults, recordsOf, type TrainingRecord, type TranslationMeasures } from '../systems/e-arm/results.ts'
import type { Variant } from '../systems/e-arm/variants.ts'
import { type ClaimRow, claimTable } from './claims.ts'
import { type Document, heading, note } from './document.ts'
import { measureText, overSeeds, score, signed, updateSeconds } from './earm-summary.ts'
import { decimal } from './theme.ts'

/** How many seeds would tell a mean from 0 if it stayed what it is, by the normal quantile. */
const seedsNeeded = (mean: number, deviation: number): number => Math.ceil(((1.96 * deviation) / mean) ** 2)

/** The most seeds that are worth asking for. */
const MANY_SEEDS = 1000

/** The verdict of differences seed by seed, which are above 0 where the claim holds. */
export const verdictOver = (differences: readonly number[]): string => {
  const seeds = differences.length
  const { mean, deviation } = spreadOf(differences)
  if (seeds < 2) return 'cannot be told from one seed: --seeds 3'
  if (mean === 0 && deviation === 0) return 'does not hold: no difference'
  const needed = studentQuantile(seeds - 1)
  if (Math.abs(mean) * Math.sqrt(seeds) >= needed * deviation) return mean > 0 ? 'holds' : 'does not hold'
  const more = Math.max(seeds + 1, seedsNeeded(mean, deviation))
  return more > MANY_SEEDS
    ? 'cannot be told: no difference that seeds would show'
    : `cannot be told from ${seeds} seeds: about ${more} would tell`
}

/** What is said of numbers seed by seed, from the first to the second; the claim holds where `sign` times their differences are above 0. */
interface Shown {
  readonly show: (x: number) => string
  readonly sign?: 1 | -1
}

/** A claim by pairs of numbers, one of each list a seed. */
const paired = (
  said: Pick<ClaimRow, 'claim' | 'paper'>,
  a: readonly number[],
  b: readonly number[],
  { show, sign = 1 }: Shown,
): ClaimRow => {
  const differences = b.map((x, i) => x - at(a, i))
  const gap = overSeeds(a.length, show, signed(show))(spreadOf(differences))
  return {
    ...said,
    verdict: verdictOver(differences.map((d) => sign * d)),
    numbers: `${show(spreadOf(a).mean)} → ${show(spreadOf(b).mean)} (${gap})`,
  }
}

type Value = (record: TrainingRecord) => number | undefined

/** A claim that a number of one variant is above that of another: not said where one of them was not measured. */
const gainOf = (
  results: EArmResults,
  [first, second]: readonly [Variant, Variant],
  said: Pick<ClaimRow, 'claim' | 'paper'>,
  { value, ...shown }: Shown & { readonly value: Value },
): readonly ClaimRow[] => {
  const of = (variant: Variant): readonly number[] =>
    recordsOf(results, variant).flatMap((record) => {
      const found = value(record)
      return found === undefined || !Number.isFinite(found) ? [] : [found]
    })
  const [a, b] = [of(first), of(second)]
  return a.length === 0 || a.length !== b.length ? [] : [paired(said, a, b, shown)]
}

const ofTranslation =
  (value: (measures: TranslationMeasures) => number | undefined): Value =>
  ({ translation }) =>
    translation === undefined ? undefined : value(translation)

/** Test measures: E-ARM against plain training, and both against scheduled sampling. */
const measureClaims = (results: EArmResults): readonly ClaimRow[] => {
  const { measure, options } = results
  const value: Value = ({ test }) => inMeasure(measure)(test)
  const lower = { value, show: measureText(measure), sign: -1 } as const
  const paper = options.task === 'lm' ? 'Table 3' : options.task === 'image' ? 'Table 5' : 'Figure 2'
  return [
    ...gainOf(results, ['plain', 'e-arm'], { claim: `the energy objective lowers the test ${measure}`, paper }, lower),
    ...gainOf(
      results,
      ['scheduled', 'both'],
      { claim: `it lowers the test ${measure} beside scheduled sampling too`, paper: 'Tables 1, 2' },
      lower,
    ),
  ]
}

/** Of translations: BLEU, by length, other metrics, re-sampling, exposure bias. */
const translationClaims = (results: EArmResults): readonly ClaimRow[] => {
  const pair = ['plain', 'e-arm'] as const
  const of = (
    claim: string,
    paper: string,
    value: (measures: TranslationMeasures) => number | undefined,
    variants: readonly [Variant, Variant] = pair,
  ) => gainOf(results, variants, { claim, paper }, { value: ofTranslation(value), show: score })
  const spread = (measures: TranslationMeasures): number | undefined => {
    const [first, last] = [measures.byLength[0], measures.byLength.at(-1)]
    return first === undefined || last === undefined || first.lines === 0 || last.lines === 0
      ? undefined
      : last.bleu - first.bleu
  }
  return [
    ...of('the energy objective raises BLEU', 'Table 1', ({ bleu }) => bleu),
    ...of('it raises BLEU beside scheduled sampling too', 'Tables 1, 2', ({ bleu }) => bleu, ['scheduled', 'both']),
    ...of('it gains more on the longest sentences than on the shortest', 'Table 7', spread),
    ...of('it raises ROUGE-L', 'Table 10', ({ rouge }) => rouge.rougeL),
    ...of('it raises METEOR', 'Table 10', ({ meteor }) => meteor),
    ...exposureClaim(results),
    ...resamplingClaims(results),
  ]
}

const exposureClaim = (results: EArmResults): readonly ClaimRow[] => {
  const ratios = recordsOf(results, 'e-arm').flatMap(({ translation }) =>
    translation?.exposure === undefined ? [] : [exposureRatio(translation.exposure)],
  )
  if (ratios.length === 0) return []
  const percent = (ratio: number): string => `${decimal(2)(100 * ratio)} %`
  return [
    {
      claim: 'it gives more than plain training to more than half of the words',
      paper: 'Table 8',
      verdict: verdictOver(ratios.map((ratio) => ratio - 0.5)),
      numbers: overSeeds(ratios.length, percent)(spreadOf(ratios)),
    },
  ]
}

/** One claim for every K above 0: drawing one of K by its energy raises BLEU of the network with the energy objective. */
const resamplingClaims = (results: EArmResults): readonly ClaimRow[] => {
  const records = recordsOf(results, 'e-arm').flatMap(({ translation }) =>
    translation === undefined ? [] : [translation],
  )
  const of = (k: number): readonly number[] =>
    records.map(({ byCandidates }) => byCandidates.find(({ candidates }) => candidates === k)?.bleu ?? Number.NaN)
  const [first] = records
  const tried = first?.byCandidates.map(({ candidates }) => candidates) ?? []
  if (!tried.includes(0)) return []
  return tried
    .filter((k) => k > 0)
    .map((k) =>
      paired({ claim: `one of ${k} candidates drawn by energy raises BLEU`, paper: 'Table 9' }, of(0), of(k), {
        show: score,
      }),
    )
}

/** How far validation has risen above its best by the last epoch. */
const rise = ({ epochs }: TrainingRecord): number | undefined => {
  const last = epochs.at(-1)
  return last === undefined ? undefined : last.validation - Math.min(...epochs.map(({ validation }) => validation))
}

/** Figure 2: plain training fits the training rows better, and gets worse on others after its best epoch. */
const convergenceClaims = (results: EArmResults): readonly ClaimRow[] => {
  const pair = ['plain', 'e-arm'] as const
  const show = decimal(4)
  const paper = 'Figure 2'
  return [
    ...gainOf(
      results,
      pair,
      { claim: 'plain training ends lower on its training rows', paper },
      { value: ({ epochs }) => epochs.at(-1)?.training, show },
    ),
    ...gainOf(
      results,
      pair,
      { claim: 'validation rises less after its best epoch', paper },
      { value: rise, show, sign: -1 },
    ),
  ]
}

const costClaim = (results: EArmResults): readonly ClaimRow[] => {
  const [plain, eArm] = [updateSeconds(results, 'plain'), updateSeconds(results, 'e-arm')]
  if (plain === undefined || eArm === undefined) return []
  const times = eArm / plain
  return [
    {
      claim: 'an update costs at most 5.2 plain ones',
      paper: 'D.6, Table 11',
      verdict: times <= 5.2 ? 'holds' : 'does not hold',
      numbers: `${decimal(2)(times)}, validation and the preparation of programs included`,
    },
  ]
}

/** What one run cannot say. */
const elsewhere: readonly ClaimRow[] = [
  {
    claim: 'λ = 0.05 from the 15th of 40 epochs is best',
    paper: 'Table 4',
    verdict: 'cannot be told from one setting: table 4 of the command',
    numbers: '',
  },
]

/** Every claim of the paper that a run of this task can speak to. */
export const claimsOf = (results: EArmResults): readonly ClaimRow[] => [
  ...measureClaims(results),
  ...(results.options.task === 'translate' ? translationClaims(results) : []),
  ...convergenceClaims(results),
  ...costClaim(results),
  ...elsewhere,
]

/** The claims as a part of the report. */
export const claimBlocks = (results: EArmResults): Document => [
  heading('The paper’s claims'),
  note('Each with the verdict of this run, by paired differences over seeds (Student’s t, two-sided, 5 %).'),
  claimTable('Claims and verdicts', claimsOf(results), 'numbers'),
]
