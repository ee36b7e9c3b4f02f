/**
 * The CMU Pronouncing Dictionary as strings: its 39 phonemes (stress dropped), one character each, so that words are
 * strings of symbols and features of words are regular expressions. `scripts/cmudict.ts` writes the file.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure } from '../errors.ts'

/** Vowels: the dictionary's name and our character. */
export const vowels: readonly (readonly [phoneme: string, character: string])[] = [
  ['AA', 'a'], // odd
  ['AE', 'A'], // at
  ['AH', 'u'], // hut
  ['AO', 'o'], // ought
  ['AW', 'W'], // cow
  ['AY', 'Y'], // hide
  ['EH', 'e'], // Ed
  ['ER', 'R'], // hurt
  ['EY', 'E'], // ate
  ['IH', 'i'], // it
  ['IY', 'I'], // eat
  ['OW', 'O'], // oat
  ['OY', 'Q'], // toy
  ['UH', 'V'], // hood
  ['UW', 'U'], // two
]

/** Consonants: the dictionary's name and our character. */
export const consonants: readonly (readonly [phoneme: string, character: string])[] = [
  ['B', 'b'],
  ['CH', 'C'], // cheese
  ['D', 'd'],
  ['DH', 'D'], // thee
  ['F', 'f'],
  ['G', 'g'],
  ['HH', 'h'],
  ['JH', 'J'], // gee
  ['K', 'k'],
  ['L', 'l'],
  ['M', 'm'],
  ['N', 'n'],
  ['NG', 'N'], // ping
  ['P', 'p'],
  ['R', 'r'],
  ['S', 's'],
  ['SH', 'S'], // she
  ['T', 't'],
  ['TH', 'T'], // theta
  ['V', 'v'],
  ['W', 'w'],
  ['Y', 'y'],
  ['Z', 'z'],
  ['ZH', 'Z'], // seizure
]

const characters: ReadonlyMap<string, string> = new Map([...vowels, ...consonants])
const phonemes: ReadonlyMap<string, string> = new Map([...characters].map(([phoneme, c]) => [c, phoneme]))

const character = (phoneme: string): E.Either<Failure, string> =>
  pipe(
    characters.get(phoneme.replace(/[012]$/u, '')),
    E.fromNullable(
      failure('Format', `'${phoneme}' is not a phoneme of the dictionary`, `use ${[...characters.keys()].join(', ')}`, {
        phoneme,
      }),
    ),
  )

/**
 * A pronunciation as a string, one character a phoneme, without stress. `Format` names a phoneme that is not in the table.
 *
 * @example
 * spellPhonemes('N EY1 SH AH0 N')   // Right 'nESun', nation
 */
export const spellPhonemes = (pronunciation: string): E.Either<Failure, string> =>
  pipe(
    pronunciation.split(/\s+/u).filter((name) => name !== ''),
    E.traverseArray(character),
    E.map((all) => all.join('')),
  )

/** The phonemes of a string, for people to read; characters outside the table stay as they are. */
export const phonemesOf = (text: string): string => [...text].map((c) => phonemes.get(c) ?? c).join(' ')

/** The distinct pronunciations of `shortest` to `longest` phonemes, in the dictionary's order. */
export const dictionaryStrings =
  ({ shortest, longest }: { readonly shortest: number; readonly longest: number }) =>
  (dictionary: Readonly<Record<string, string>>): E.Either<Failure, readonly string[]> =>
    pipe(
      Object.values(dictionary),
      E.traverseArray(spellPhonemes),
      E.map((all) => [...new Set(all)].filter((s) => s.length >= shortest && s.length <= longest)),
    )
