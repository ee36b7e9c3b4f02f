/**
 * Regular expressions of others, run so that they cannot hang: a pattern like `(a+)+$` takes time exponential in the text.
 * Each is tried on short texts when a file is read, and every later use has a limit of time.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import { quoted } from '../codec/quoted.ts'
import { type Failure, failure, fromThrown, raise } from '../errors.ts'
import { newRoom, within } from './time-limit.ts'

/** Milliseconds for a trial of a pattern on a short text: thousands of times what a harmless one takes. */
const TRIAL = 250

/** Milliseconds for a text: a second, and twice a minute for every million characters. */
const allowance = (characters: number): number => 2000 + Math.ceil(characters * 0.12)

/** What a pattern or a tokenizer throws by itself. */
const unusable =
  (remedy: string) =>
  (thrown: unknown): never =>
    raise(fromThrown('Format', remedy)(thrown))

const OTHER_TOKENIZER = 'give a tokenizer.json of the Hugging Face libraries'
const OTHER_PATTERN = 'write a shorter or simpler pattern'

/** Texts on which patterns that backtrack without end do so: repetitions of what the pattern speaks of, then a misfit. */
const trials = (pattern: string): readonly string[] => {
  const signs = [...new Set(pattern.replaceAll(/\\./gsu, '').match(/[\p{L}\p{N}]/gu) ?? [])].slice(0, 12)
  const units = [...new Set(['a', '1', ' ', '.', 'é', ...signs, signs.join('')])].filter((unit) => unit !== '')
  return units.flatMap((unit) => [`${unit.repeat(48)}\u0001`, `\u0001${unit.repeat(48)}`])
}

const hangs = (pattern: string): boolean => {
  const expression = O.tryCatch(() => new RegExp(pattern, 'gu'))
  return (
    O.isSome(expression) &&
    E.isLeft(
      within(
        TRIAL,
        () => trials(pattern).map((text) => text.replaceAll(expression.value, '')),
        unusable(OTHER_PATTERN),
      ),
    )
  )
}

const REMEDY = 'write the pattern without repetitions inside repetitions'

/** The first pattern that takes too long on short texts, as a failure; `undefined` when there is none. */
export const slowPattern = (patterns: readonly string[], owner = 'tokenizer'): Failure | undefined => {
  const slow = patterns.find(hangs)
  return slow === undefined
    ? undefined
    : failure(
        'Format',
        `the ${owner}'s pattern ${quoted(slow)} takes more than ${TRIAL} ms for a text of a few characters`,
        REMEDY,
        { pattern: slow },
      )
}

/** A function of texts or tokens that uses patterns, with a limit of time: past it, `Limit` is thrown and names them. */
export const guarded =
  <I extends { readonly length: number }, A>(patterns: readonly string[], call: (input: I) => A) =>
  (text: I): A => {
    if (patterns.length === 0) return call(text)
    const limit = allowance(text.length)
    const found = within(limit, () => call(text), unusable(OTHER_TOKENIZER))
    return E.isRight(found)
      ? found.right
      : raise(
          failure(
            'Limit',
            `the tokenizer takes more than ${limit} ms for ${text.length} characters or symbols (its patterns are ${patterns.slice(0, 4).map(quoted).join(', ')})`,
            REMEDY,
            { patterns, length: text.length },
          ),
        )
  }

/** Signs without two of which a pattern takes no more than the square of a text's length. */
const RISKS = /[*+?{|]|\\[1-9k]/gu

/** Milliseconds for a test of one string: ten thousand times what a harmless pattern takes. */
const TEST = 1000

/**
 * `RegExp.test` that cannot hang: `Limit` is thrown, and names the pattern, when a string takes more than a second. Patterns
 * that take no long time for any string run as they are.
 */
export const guardedTest = (pattern: RegExp): ((text: string) => boolean) => {
  if ((pattern.source.match(RISKS) ?? []).length < 2) return (text) => pattern.test(text)
  const room = newRoom()
  return (text) => {
    const found = within(TEST, () => pattern.test(text), unusable(OTHER_PATTERN), room)
    return E.isRight(found)
      ? found.right
      : raise(
          failure(
            'Limit',
            `the pattern ${quoted(pattern.source)} takes more than ${TEST} ms for a string of ${text.length} characters`,
            REMEDY,
            { pattern: pattern.source, length: text.length },
          ),
        )
  }
}
