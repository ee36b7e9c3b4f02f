/** What a run keeps of the weighted strings that it drew from. */
import * as t from 'io-ts'
import { record } from '../../codec/record.ts'
import { exactNumber, natural } from '../../codec/scalars.ts'

/**
 * What is known of a population of weighted strings from which strings were drawn: the last one, where there were several. `distinct`
 * are different strings among those drawn; log Z in nats, with its error from the spread over islands.
 */
export interface Population {
  readonly particles: number
  readonly effectiveSampleSize: number
  readonly distinct: number
  readonly logZ: number
  readonly standardError: number
  readonly doubts: readonly string[]
}

/** Codec of what is known of a population. */
export const populationCodec: t.Type<Population, unknown> = record({
  particles: natural,
  effectiveSampleSize: exactNumber,
  distinct: natural,
  logZ: exactNumber,
  standardError: exactNumber,
  doubts: t.readonlyArray(t.string),
})
