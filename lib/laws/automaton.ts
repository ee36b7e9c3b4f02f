/** Laws of weighted automata and of what rewrites them, by enumeration of the strings up to a length. */
import * as E from 'fp-ts/lib/Either.js'
import * as fc from 'fast-check'
import { at } from '../at.ts'
import { type Automaton, partsOf } from '../automata/automaton.ts'
import { pfsa, tight } from '../automata/pfsa.ts'
import { decodeWord, type Word, weightOf, wordsUpTo } from '../automata/word.ts'
import { describeFailure, type Failure } from '../errors.ts'
import { real } from '../semiring.ts'
import { anyWeighted } from './arbitraries/automata.ts'
import { forAll, isClose, type Law, law, type Runs } from './law.ts'

/** A weighted automaton over real weights, and what is known of it. */
export interface AutomatonSubject {
  readonly automaton: Automaton<number>
  /** Strings of up to so many symbols are enumerated (6 by default): size^length of them. */
  readonly length?: number
  /** The weight that a string (symbol indices) should have. */
  readonly weight?: (word: Word) => number
  /** Whether it should be a distribution over strings: probabilistic (rows sum to 1) and tight. So unless false. */
  readonly stochastic?: boolean
  /** The largest gap over 1 + |weight|: 1e-11 by default. */
  readonly tolerance?: number
}

const failureOf = (found: E.Either<Failure, unknown>): readonly string[] =>
  E.isLeft(found) ? [describeFailure(found.left)] : []

const shown = (alphabet: readonly string[], word: Word): string => `'${decodeWord(alphabet)(word)}'`

/** The gaps between two weights of strings, the shortest strings first; three at most. */
const gaps = (
  alphabet: readonly string[],
  length: number,
  tolerance: number,
  sides: readonly [got: (word: Word) => number, wanted: (word: Word) => number],
): readonly string[] => {
  const out: string[] = []
  for (const word of wordsUpTo(alphabet.length, length)) {
    const [got, wanted] = [sides[0](word), sides[1](word)]
    if (!isClose(got, wanted, tolerance))
      out.push(`${shown(alphabet, word)} has weight ${got}, not ${wanted} (tolerance ${tolerance})`)
    if (out.length === 3) break
  }
  return out
}

/**
 * The laws of an automaton: it is a distribution over strings (weights from 0 on, each state's sum to 1, every state can stop);
 * strings up to a length have no more than all of the mass; and each has the weight that it should have.
 *
 * @example
 * import { automata, right } from 'exptilt'
 * import * as laws from 'exptilt/laws'
 * const noise = right(automata.geometricNoise(0.5)(['a', 'b']))
 * const found = laws.automaton({ automaton: noise, weight: (word) => 0.5 * 0.25 ** word.length })
 * laws.complaintsOf(found) // => []
 */
export const automatonLaws = ({
  automaton,
  length = 6,
  weight,
  stochastic = true,
  tolerance = 1e-11,
}: AutomatonSubject): readonly Law[] => {
  const given = weightOf(real)(automaton)
  return [
    ...(stochastic
      ? [
          law('each state’s weights are probabilities, and from each a stop can be reached', () => {
            const found = pfsa(automaton)
            return failureOf(E.isRight(found) ? tight(found.right) : found)
          }),
          law('strings up to a length have at most all of the mass', () => {
            const mass = wordsUpTo(automaton.alphabet.length, length).reduce((total, word) => total + given(word), 0)
            return mass <= 1 + tolerance ? [] : [`strings of up to ${length} symbols have mass ${mass}`]
          }),
        ]
      : []),
    ...(weight === undefined
      ? []
      : [
          law('each string has the weight that it should have', () =>
            gaps(automaton.alphabet, length, tolerance, [given, weight]),
          ),
        ]),
  ]
}

/** Something that rewrites automata, and what it may do to the weight w of a string (`w` itself by default). */
export interface RewriteSubject extends Runs {
  readonly rewrite: (a: Automaton<number>) => E.Either<Failure, Automaton<number>>
  readonly automata?: fc.Arbitrary<Automaton<number>>
  readonly weight?: (w: number, word: Word, before: Automaton<number>) => number
  readonly length?: number
  readonly tolerance?: number
}

/**
 * The law of what rewrites automata (trims, determinises, minimises, reverses): every string keeps its weight, or has the one
 * that is stated, whatever the automaton.
 *
 * @example
 * import * as E from 'fp-ts/lib/Either.js'
 * import { automata, semiring } from 'exptilt'
 * import * as laws from 'exptilt/laws'
 * const trimmed = laws.rewrite({ rewrite: (a) => E.right(automata.trim(semiring.real)(a)) })
 * laws.complaintsOf(trimmed) // => []
 */
export const rewriteLaws = ({
  rewrite,
  automata = anyWeighted,
  weight = (w) => w,
  length = 4,
  tolerance = 1e-11,
  ...runs
}: RewriteSubject): readonly Law[] => [
  forAll(
    'every string has the weight that rewriting should leave it',
    automata,
    (before) => {
      const after = rewrite(before)
      if (E.isLeft(after)) return describeFailure(after.left)
      const [was, is] = [weightOf(real)(before), weightOf(real)(after.right)]
      const found = gaps(before.alphabet, length, tolerance, [is, (word) => weight(was(word), word, before)])
      return found.length === 0 ? undefined : `${at(found, 0)}, in ${fc.stringify(partsOf(before))}`
    },
    runs,
  ),
]
