/** Constraints on how long a text is. */
import { failure, raise } from '../errors.ts'
import { amongTexts, classesBy, type Constraint, continues, DEAD } from './constraint.ts'

/** A least and a most, both included; without them 0 and no bound. */
export interface Span {
  readonly least?: number
  readonly most?: number
}

const isCount = (n: number): boolean => Number.isInteger(n) && n >= 0

/** Both bounds, as counts; throws `Domain` for what is none. */
export const requireSpan = ({ least = 0, most = Number.POSITIVE_INFINITY }: Span): Required<Span> =>
  isCount(least) && (isCount(most) || most === Number.POSITIVE_INFINITY)
    ? { least, most }
    : raise(
        failure('Domain', `from ${least} to ${most}`, 'give whole numbers from 0, the most may be infinite', {
          least,
          most,
        }),
      )

const spanName = ({ least, most }: Required<Span>, unit: string): string =>
  Number.isFinite(most) ? `${least} to ${most} ${unit}` : `${least} ${unit} or more`

/** Counts no further than matters: beyond `most` a text is lost, without a bound it is long enough. */
const counted = ({ least, most }: Required<Span>, count: number): number =>
  count > most ? DEAD : Number.isFinite(most) ? count : Math.min(count, least)

/**
 * The texts of so many characters (code points). Throws `Domain` for bounds that are no counts.
 *
 * @example
 * meets(right(compile(characters({ least: 2, most: 3 }))), 'été') // => true
 */
export const characters = (given: Span): Constraint => {
  const span = requireSpan(given)
  const name = spanName(span, 'characters')
  return amongTexts({
    name,
    classes: classesBy((byte) => String(continues(byte))),
    start: 0,
    next: (state, byte) => (continues(byte) ? state : counted(span, state + 1)),
    accepts: (state) => state >= span.least,
  })
}

const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d])

/**
 * The texts of so many words (`Domain` for no counts): runs of anything but the white space of ASCII. State 2k is after k words, 2k + 1 in word k + 1.
 *
 * @example
 * meets(right(compile(words({ most: 2 }))), 'one two three') // => false
 */
export const words = (given: Span): Constraint => {
  const span = requireSpan(given)
  const name = spanName(span, 'words')
  return amongTexts({
    name,
    classes: classesBy((byte) => String(SPACES.has(byte))),
    start: 0,
    next: (state, byte) => {
      const [done, inside] = [Math.floor(state / 2), state % 2 === 1]
      if (!SPACES.has(byte)) return inside || counted(span, done + 1) !== DEAD ? 2 * done + 1 : DEAD
      return 2 * (inside ? counted(span, done + 1) : done)
    },
    accepts: (state) => Math.floor(state / 2) + (state % 2) >= span.least,
  })
}
