/** Constraints on how long a text is. */
import { amongTexts, classesBy, type Constraint, continues, DEAD } from './constraint.ts'

/** A least and a most, both included; without them 0 and no bound. */
export interface Span {
  readonly least?: number
  readonly most?: number
}

const spanName = ({ least = 0, most = Number.POSITIVE_INFINITY }: Span, unit: string): string =>
  Number.isFinite(most) ? `${least} to ${most} ${unit}` : `${least} ${unit} or more`

/** Counts no further than matters: beyond `most` a text is lost, without a bound it is long enough. */
const counted = ({ least = 0, most = Number.POSITIVE_INFINITY }: Span, count: number): number =>
  count > most ? DEAD : Number.isFinite(most) ? count : Math.min(count, least)

/**
 * The texts of so many characters (code points).
 *
 * @example
 * meets(right(compile(characters({ least: 2, most: 3 }))), 'été') // => true
 */
export const characters = (span: Span): Constraint => {
  const name = spanName(span, 'characters')
  return amongTexts({
    name,
    classes: classesBy((byte) => String(continues(byte))),
    start: 0,
    next: (state, byte) => (continues(byte) ? state : counted(span, state + 1)),
    accepts: (state) => state >= (span.least ?? 0),
  })
}

const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d])

/**
 * The texts of so many words: runs of anything but the white space of ASCII. State 2k is after k words, 2k + 1 in word k + 1.
 *
 * @example
 * meets(right(compile(words({ most: 2 }))), 'one two three') // => false
 */
export const words = (span: Span): Constraint => {
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
    accepts: (state) => Math.floor(state / 2) + (state % 2) >= (span.least ?? 0),
  })
}
