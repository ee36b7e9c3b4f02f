/** The claims of the GAM paper as far as one run bears on them, and for the others the grid that would. */
import { momentDistance } from '../energy/newton.ts'
import type { GamResults } from '../systems/gam/results.ts'
import { type Claim, type Difference, untold, verdictOf } from './claims.ts'
import { soughtName } from './summary.ts'
import { decimal } from './theme.ts'
import { percent } from './units.ts'

const nats = decimal(4)

const told = (claim: string, difference: Difference, numbers: string): Claim => ({
  claim,
  holds: difference.value > 0,
  verdict: verdictOf(difference.value > 0, difference, true),
  numbers,
})

const crossEntropyClaim = ({
  crossEntropyBase: r,
  crossEntropyDistilled: pi,
  crossEntropyErrors,
}: GamResults): Claim => {
  const errors = crossEntropyErrors ?? { base: 0, distilled: 0 }
  const standardError = Math.hypot(errors.base, errors.distilled)
  return told(
    'π is nearer to the process than r',
    { value: r - pi, standardError },
    `CE ${nats(pi)} against ${nats(r)}`,
  )
}

const frequencyClaim = (results: GamResults): Claim => {
  const { motifFrequencyBase: r, motifFrequencyDistilled: pi, frequencySamples: n, options } = results
  const standardError = Math.sqrt((r * (1 - r) + pi * (1 - pi)) / n)
  return told(
    `π has ${soughtName(options)} more often than r`,
    { value: pi - r, standardError },
    `${percent(pi)} against ${percent(r)}`,
  )
}

const momentClaim = ({ moments: { data, base, distilled } }: GamResults): Claim => {
  const [r, pi] = [momentDistance(data, base), momentDistance(data, distilled)]
  return told(
    'the features of π are nearer to those of the data than those of r',
    { value: r - pi, standardError: 0 },
    `ℓ1 ${nats(pi)} against ${nats(r)}`,
  )
}

/** What one run cannot tell, with the grid of `exptilt gam sweep` that does. */
const others = (preset: string): readonly Claim[] =>
  (
    [
      ['the gain is largest where data are few', 'figure-2c'],
      ['rs and snis give models of the same quality', 'table-1'],
      ['cycles help where the motif is rare in r', 'table-4'],
    ] as const
  ).map(([claim, grid]) => untold(claim, `by one run: exptilt gam sweep --preset ${preset} --grid ${grid}`))

/** The paper's claims, each with its verdict; of own strings there are none, since the paper's are of its own processes. */
export const gamClaims = (results: GamResults): readonly Claim[] =>
  results.options.data.kind === 'motif'
    ? [crossEntropyClaim(results), frequencyClaim(results), momentClaim(results), ...others(results.options.preset)]
    : []
