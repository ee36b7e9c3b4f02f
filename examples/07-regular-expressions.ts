/**
 * Features as regular expressions on a user's own strings. Each expression becomes a feature that counts absence, as a
 * function of a string and as an automaton, so that the same λ can be used on samples and solved exactly.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import { alphabetOf, automata, right } from 'exptilt'
import { gamFeatures } from 'exptilt/systems'

const strings = ['banana', 'bandana', 'cabana', 'cabal', 'alabama', 'canal', 'banal', 'data']
const alphabet = alphabetOf(strings)

const { features, automata: machines } = right(
  gamFeatures({ kind: 'strings', file: '', features: ['ana', '^b', 'a.?a$'] }, '111'),
)

/** The data's moments: the share of strings in which each property is absent. */
const rows = strings.map((x) => Array.from(features.of(x)))
const moments = features.names.map((_, j) => rows.reduce((sum, row) => sum + (row[j] ?? 0), 0) / rows.length)

/** λ that gives geometric noise over this alphabet (mean length 5) exactly these moments. */
const { tilt } = right(
  pipe(
    E.Do,
    E.bind('base', () => automata.geometricNoise(1 / 6)(alphabet.symbols)),
    E.bind('tracked', () => machines(alphabet)),
    E.flatMap(({ base, tracked }) => automata.tiltExactly(tracked)(base)),
    E.flatMap(automata.matchMoments(moments)),
  ),
)

export const answer = { names: features.names, moments, lambda: tilt.lambda, found: Array.from(tilt.moments) }
console.log(answer)
