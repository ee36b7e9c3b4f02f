/**
 * The features of the GAM paper (section 7): they count *absence*, so φ_j(x) = 1 when the property does not hold.
 *
 * In the order of the bit vector `ft`: m (the motif), m+0 (the motif followed by '0'), m/2 (its first half), d0 (the
 * string begins with '0'), d1, d2, d3 (fixed random strings of length |m|, |m| + 2 and ⌊|m|/2⌋).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { orElse, three } from '../../at.ts'
import type { Language } from '../../automata/automaton.ts'
import { motifAutomaton, prefixAutomaton } from '../../automata/motif.ts'
import { regexAutomaton } from '../../automata/regex.ts'
import { type Feature, absence } from '../../automata/tilt.ts'
import { guardedTest, slowPattern } from '../../data/pattern-guard.ts'
import type { Alphabet } from '../../data/strings.ts'
import { type Features, indicators } from '../../energy/index.ts'
import { type Failure, failure } from '../../errors.ts'
import { type Key, fold, key, uniforms } from '../../key.ts'
import { type GamData, featureNamesOf } from './options.ts'

/** A string property that a feature counts the absence of. */
interface Property {
  readonly name: string
  readonly holds: (text: string) => boolean
  /** The substring whose presence the property is, if it is one. */
  readonly part?: string
  readonly language: (alphabet: readonly string[]) => E.Either<Failure, Language>
}

/** A fixed random string over '0' and '1'. */
const randomString = (k: Key, length: number): string =>
  Array.from(uniforms(k, length), (u) => (u < 0.5 ? '0' : '1')).join('')

const substring = (name: string, part: string): Property => ({
  name,
  part,
  holds: (text) => text.includes(part),
  language: (alphabet) => motifAutomaton(part)(alphabet),
})

/** The distractors' strings depend on the motif's length alone, so that every run of an experiment has the same ones. */
const distractors = (motif: string): readonly string[] => {
  const lengths = [motif.length, motif.length + 2, Math.max(1, Math.floor(motif.length / 2))]
  return lengths.map((length, i) => randomString(fold(key(2019), 16 * length + i), length))
}

const motifProperties = (motif: string): readonly Property[] => {
  const begins: Property = {
    name: 'd0',
    holds: (text) => text.startsWith('0'),
    language: (alphabet) => prefixAutomaton('0')(alphabet),
  }
  const [d1, d2, d3] = three(distractors(motif))
  return [
    substring('m', motif),
    substring('m+0', `${motif}0`),
    substring('m/2', motif.slice(0, Math.max(1, Math.floor(motif.length / 2)))),
    begins,
    substring('d1', d1),
    substring('d2', d2),
    substring('d3', d3),
  ]
}

const pattern = (source: string, index: number): E.Either<Failure, Property> =>
  pipe(
    E.tryCatch(
      () => new RegExp(source, 'u'),
      () =>
        failure(
          'Usage',
          `feature ${index + 1}, /${source}/, is not a regular expression`,
          'give a JavaScript regular expression',
          { source },
        ),
    ),
    E.flatMap((regex) => {
      const slow = slowPattern([source], 'feature')
      return slow === undefined ? E.right(regex) : E.left(slow)
    }),
    E.map((regex) => ({
      name: `/${source}/`,
      holds: guardedTest(regex),
      language: (alphabet) => regexAutomaton(regex)(alphabet),
    })),
  )

/** The features of an experiment: as functions of a string, and as automata (for exact answers). */
export interface GamFeatures {
  readonly features: Features<string>
  /** The properties themselves, unswitched: does the first property (the motif) hold? */
  readonly present: (text: string) => boolean
  readonly automata: (alphabet: Alphabet) => E.Either<Failure, readonly Feature[]>
}

/** Pairs [i, j] in which string j contains string i: wherever i is absent, j is. */
const nestedOf = (used: readonly Property[]): readonly (readonly [number, number])[] =>
  used.flatMap(({ part: inner }, i) =>
    used.flatMap(({ part: outer }, j) =>
      inner !== undefined && outer?.includes(inner) === true && i !== j ? [[i, j] as const] : [],
    ),
  )

const assemble = (all: readonly Property[], bits: string): GamFeatures => {
  const used = all.filter((_, i) => bits[i] === '1')
  return {
    features: indicators(
      used.map((p) => p.name),
      (text) => used.map((p) => (p.holds(text) ? 0 : 1)),
      nestedOf(used),
    ),
    present: orElse(all[0]?.holds, () => false),
    automata: ({ symbols }) =>
      pipe(
        used,
        E.traverseArray((p) =>
          pipe(
            p.language(symbols),
            E.map((language) => absence(p.name, language)),
          ),
        ),
      ),
  }
}

/**
 * The features that `ft` switches on. Left `Usage` for a bad regular expression or a bit vector of another length.
 *
 * @example
 * import { gamPresets } from 'exptilt/systems'
 * const features = gamFeatures(gamPresets.tiny.data, '1001111')
 */
export const gamFeatures = (data: GamData, bits: string): E.Either<Failure, GamFeatures> => {
  const names = featureNamesOf(data)
  if (bits.length !== names.length || !/^[01]*$/u.test(bits))
    return E.left(
      failure(
        'Usage',
        `the feature vector '${bits}' does not fit the ${names.length} features ${names.join(', ')}`,
        'give one 0 or 1 for each',
        { bits, names },
      ),
    )
  return data.kind === 'motif'
    ? E.right(assemble(motifProperties(data.motif), bits))
    : pipe(
        data.features,
        E.traverseArray((source) => pattern(source, data.features.indexOf(source))),
        E.map((all) => assemble(all, bits)),
      )
}
