/**
 * Constraints by transducers: the texts that become certain others ("normalises to"), and those that are near a word ("spelled
 * like"). What a transducer reads so that it may write a text of a language is a language again (Mohri, Pereira and Riley 1996).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Automaton, automaton, EPSILON, type Language } from '../automata/automaton.ts'
import { determinise } from '../automata/determinise.ts'
import { removeEpsilon } from '../automata/reverse.ts'
import { boolean } from '../automata/star.ts'
import { compose, identity, project, type Transducer, transducer, type TransducerArc } from '../automata/transducer.ts'
import { CHARACTERS, type CharacterClass } from '../automata/regex-classes.ts'
import { type Failure, failure } from '../errors.ts'
import type { Constraint } from './constraint.ts'
import { ofLanguage, overCharacters } from './pattern.ts'

/** What a transducer reads so that it may write a text of a language: a deterministic automaton. */
const readings = (t: Transducer<boolean>, language: Language): E.Either<Failure, Automaton<boolean>> =>
  pipe(
    t,
    compose(boolean)(identity(language)),
    E.map(project(boolean)('input')),
    E.flatMap(removeEpsilon(boolean)),
    E.flatMap(determinise(boolean)),
  )

/**
 * The texts that a transducer may turn into one of a language, over the transducer's symbols, of one character each; other characters
 * are in none of them. With `automata.inverse(t)` the texts into which it turns those of the language. `Automaton` when it writes other symbols than the
 * language has, or for symbols of several characters, `Limit` for a composition that is too large.
 *
 * @example
 * import { automata, right, tilt } from 'exptilt'
 * const symbols = ['a', 'A', ' ']
 * const lower = automata.transducer(automata.star.boolean)({
 *   inputs: symbols,
 *   outputs: ['a'],
 *   states: 1,
 *   start: [[0, true]],
 *   stop: [[0, true]],
 *   arcs: [0, 1, 2].map((input) => ({ from: 0, input, output: input === 2 ? -1 : 0, to: 0, weight: true })),
 * })
 * const twice = right(tilt.compile(right(tilt.becoming('twice a', lower)(automata.exactly(2)(['a'])))))
 * tilt.meets(twice, ' aA') // => true
 */
export const becoming =
  (name: string, t: Transducer<boolean>) =>
  (language: Language): E.Either<Failure, Constraint> =>
    pipe(
      readings(t, language),
      E.flatMap((own) => ofLanguage(name, own)),
    )

/** Most edits: the automaton grows with their number and with the length of the word. */
const MOST_EDITS = 8

/** The classes of single characters, and all other characters as the last. */
const classesOf = (letters: readonly string[]): readonly CharacterClass[] => {
  const points = letters.map((letter) => letter.codePointAt(0) ?? 0).sort((a, b) => a - b)
  const gaps = (first: number, last: number): readonly (readonly [number, number])[] => {
    const inside = points.filter((point) => point >= first && point <= last)
    const [starts, ends] = [
      [first, ...inside.map((p) => p + 1)],
      [...inside.map((p) => p - 1), last],
    ]
    return starts.map((start, i) => [start, at(ends, i)] as const).filter(([start, end]) => start <= end)
  }
  const others = CHARACTERS.flatMap(([first, last]) => gaps(first, last))
  return [
    ...letters.map((letter, i): CharacterClass => {
      const point = at(letters, i).codePointAt(0) ?? 0
      return { representative: letter, ranges: [[point, point]] }
    }),
    { representative: String.fromCodePoint(at(others, 0)[0]), ranges: others },
  ]
}

/** Reads a text and writes one that is at most so many edits away; state e has made e of them. */
const edited = (inputs: readonly string[], outputs: readonly string[], edits: number): Transducer<boolean> => {
  const arcs: TransducerArc<boolean>[] = []
  const arc = (from: number, input: number, output: number, to: number): void => {
    arcs.push({ from, input, output, to, weight: true })
  }
  for (let done = 0; done <= edits; done++)
    for (const [input] of inputs.entries()) {
      if (input < outputs.length) arc(done, input, input, done)
      if (done === edits) continue
      arc(done, input, EPSILON, done + 1)
      if (input < outputs.length) arc(done, EPSILON, input, done + 1)
      for (const [output] of outputs.entries()) if (input !== output) arc(done, input, output, done + 1)
    }
  const stop = Array.from({ length: edits + 1 }, (_, state): readonly [number, boolean] => [state, true])
  return transducer(boolean)({ inputs, outputs, states: edits + 1, start: [[0, true]], stop, arcs })
}

/**
 * The texts that are at most so many edits (characters put in, left out or changed; Levenshtein 1966) from a word. `Usage` for an
 * empty word, `Domain` for other edits than 0 to 8.
 *
 * @example
 * import { right, tilt } from 'exptilt'
 * tilt.meets(right(tilt.compile(right(tilt.spelledLike('necessary', 2)))), 'neccesary') // => true
 */
export const spelledLike = (word: string, edits: number): E.Either<Failure, Constraint> => {
  const characters = Array.from(word)
  if (characters.length === 0)
    return E.left(failure('Usage', 'an empty word is given', 'give one of a character or more'))
  if (!Number.isInteger(edits) || edits < 0 || edits > MOST_EDITS)
    return E.left(failure('Domain', `${edits} edits`, `give a whole number from 0 to ${MOST_EDITS}`, { edits }))
  const letters = [...new Set(characters)]
  const classes = classesOf(letters)
  const inputs = classes.map(({ representative }) => representative)
  const line = automaton(boolean)({
    alphabet: letters,
    states: characters.length + 1,
    start: [[0, true]],
    stop: [[characters.length, true]],
    arcs: characters.map((c, from) => ({ from, symbol: letters.indexOf(c), to: from + 1, weight: true })),
  })
  return pipe(
    readings(edited(inputs, letters, edits), line),
    E.map((own) => overCharacters(`spelled like '${word}' but for ${edits} edits`, own, classes)),
  )
}
