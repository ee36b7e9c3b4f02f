/**
 * Numbers as people read them: counts of parameters, shares, durations.
 */
import { decimal } from './theme.ts'

/** A number of parameters as people say it. */
export const parametersText = (count: number): string =>
  count >= 999_500 ? `${(count / 1e6).toFixed(1)}M` : count >= 1e3 ? `${(count / 1e3).toFixed(0)}k` : String(count)

/** A share in per cent: small ones with two digits, so that half of a tenth is not a tenth, and none that is there as 0. */
export const percent = (share: number): string =>
  share > 0 && share < 5e-5 ? '< 0.01 %' : `${decimal(share > 0 && share < 0.01 ? 2 : 1)(100 * share)} %`

/** Seconds, in minutes where there are many. */
export const durationText = (seconds: number): string =>
  seconds < 100 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`

/** A whole number with its thousands apart. */
export const grouped = (count: number | string): string => String(count).replace(/\B(?=(\d{3})+$)/g, ' ')
