/**
 * What has to be said of a run before its numbers: whether the tilt has the moments of the data, and if not, why.
 */
import type { GamResults } from '../systems/gam/results.ts'
import type { UnmetMoment } from '../systems/gam/match.ts'
import type { GamOptions } from '../systems/gam/options.ts'
import { percent } from './units.ts'

const unmetText =
  ({ kind }: GamOptions['data']) =>
  ({ feature, data, tilt }: UnmetMoment): string =>
    kind === 'motif'
      ? `${feature} is absent from ${percent(data)} of the data and ${percent(tilt)} of the tilt`
      : `${feature} is in ${percent(1 - data)} of the data and ${percent(1 - tilt)} of the tilt`

const list = (names: readonly string[]): string => names.join(', ')

const sentence = (names: readonly string[], text: string): readonly string[] =>
  names.length === 0 ? [] : [`${list(names)} ${text}.`]

/**
 * Sentences to print first, the verdict at their head: `The tilt does not meet …` where a moment is not met, a word on the
 * boundary where λ is finite only by its bounds. Empty for a tilt that meets its moments in the interior, and for results
 * that do not hold the comparison.
 */
export const matchSentences = ({ momentMatch, logPartition, options }: GamResults): readonly string[] => {
  if (momentMatch === undefined) return []
  const { met, boundary, cap, atCap, unmet, never, always } = momentMatch
  const samples = `${logPartition.n} samples of r`
  const reasons = [
    ...sentence(
      never.bank.filter((name) => !never.data.includes(name)),
      `never holds in the ${samples}, so no λ makes it more frequent`,
    ),
    ...sentence(
      always.bank.filter((name) => !always.data.includes(name)),
      `always holds in the ${samples}, so no λ makes it rarer`,
    ),
    ...sentence(
      never.data.filter((name) => !never.bank.includes(name)),
      'never holds in the data',
    ),
    ...sentence(
      always.data.filter((name) => !always.bank.includes(name)),
      'always holds in the data',
    ),
    ...sentence(atCap, `has its λ at the cap of ±${String(cap)}`),
  ]
  if (!met)
    return [
      `The tilt does not meet the moments of the data: ${unmet.map(unmetText(options.data)).join('; ')}.`,
      ...reasons,
    ]
  return boundary
    ? [
        'The moments of the data are on the boundary of what samples of r can have: λ is finite by its bounds.',
        ...reasons,
      ]
    : []
}
