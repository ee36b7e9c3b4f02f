/**
 * Porter's stemmer for English (Porter 1980) as nltk has it by default (`PorterStemmer`, mode `NLTK_EXTENSIONS`): with
 * Martin Porter's own later changes, a table of irregular forms, and kinder rules for short words and a final y.
 */
import { two } from '../at.ts'

const VOWELS = 'aeiou'

/** Irregular forms, which the rules would take apart or confuse. */
const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ['sky', 'sky'],
  ['skies', 'sky'],
  ['dying', 'die'],
  ['lying', 'lie'],
  ['tying', 'tie'],
  ['news', 'news'],
  ['innings', 'inning'],
  ['inning', 'inning'],
  ['outings', 'outing'],
  ['outing', 'outing'],
  ['cannings', 'canning'],
  ['canning', 'canning'],
  ['howe', 'howe'],
  ['proceed', 'proceed'],
  ['exceed', 'exceed'],
  ['succeed', 'succeed'],
])

/** `v` for vowels and `c` for consonants, letter by letter; a y after a consonant is a vowel. */
const shape = (word: string): string => {
  let out = ''
  for (const letter of word) out += VOWELS.includes(letter) || (letter === 'y' && out.endsWith('c')) ? 'v' : 'c'
  return out
}

/** m of [C](VC)^m[V]. */
const measure = (stem: string): number => shape(stem).split('vc').length - 1

const hasVowel = (stem: string): boolean => shape(stem).includes('v')

const endsInConsonant = (word: string): boolean => shape(word).endsWith('c')

const doubled = (word: string): boolean => word.length > 1 && word.at(-1) === word.at(-2) && endsInConsonant(word)

const shortEnd = (word: string): boolean => {
  const letters = shape(word)
  return letters === 'vc' || (letters.endsWith('cvc') && !'wxy'.includes(word.slice(-1)))
}

type Rule = readonly [suffix: string, replacement: string, condition: (stem: string) => boolean]

const always = (): boolean => true
const some = (stem: string): boolean => measure(stem) > 0
const several = (stem: string): boolean => measure(stem) > 1

/** Applies the first rule whose suffix is there, if its condition holds. */
const rewrite = (rules: readonly Rule[], word: string): string => {
  const rule = rules.find(([suffix]) => word.endsWith(suffix))
  if (rule === undefined) return word
  const stem = word.slice(0, word.length - rule[0].length)
  return rule[2](stem) ? stem + rule[1] : word
}

const rules = (condition: (stem: string) => boolean, text: string): readonly Rule[] =>
  text.split(' ').map((pair): Rule => {
    const [suffix, replacement] = two(pair.split('>'))
    return [suffix, replacement, condition]
  })

const PLURALS = rules(always, 'sses>ss ies>i ss>ss s>')
const FINAL_Y: readonly Rule[] = [['y', 'i', (stem) => Array.from(stem).length > 1 && endsInConsonant(stem)]]
const STEP2: readonly Rule[] = [
  ...rules(
    some,
    'ational>ate tional>tion enci>ence anci>ance izer>ize bli>ble alli>al entli>ent eli>e ousli>ous ization>ize ation>ate ator>ate alism>al iveness>ive fulness>ful ousness>ous aliti>al iviti>ive biliti>ble fulli>ful',
  ),
  // The l is counted with the stem, so that geo and theo are long enough.
  ['logi', 'log', (stem) => some(`${stem}l`)],
]
const STEP3 = rules(some, 'icate>ic ative> alize>al iciti>ic ical>ic ful> ness>')
const STEP4: readonly Rule[] = [
  ...rules(several, 'al> ance> ence> er> ic> able> ible> ant> ement> ment> ent>'),
  ['ion', '', (stem) => several(stem) && /[st]$/.test(stem)],
  ...rules(several, 'ou> ism> ate> iti> ous> ive> ize>'),
]

const isFourLong = (word: string): boolean => Array.from(word).length === 4

const singular = (word: string): string =>
  word.endsWith('ies') && isFourLong(word) ? word.slice(0, -1) : rewrite(PLURALS, word)

const afterEnding = (stem: string): string => {
  if (/(at|bl|iz)$/.test(stem)) return `${stem}e`
  if (doubled(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1)
  return measure(stem) === 1 && shortEnd(stem) ? `${stem}e` : stem
}

const pastOrProgressive = (word: string): string => {
  if (word.endsWith('ied')) return word.slice(0, isFourLong(word) ? -1 : -2)
  if (word.endsWith('eed')) return some(word.slice(0, -3)) ? word.slice(0, -1) : word
  const ending = ['ed', 'ing'].find((e) => word.endsWith(e) && hasVowel(word.slice(0, -e.length)))
  return ending === undefined ? word : afterEnding(word.slice(0, -ending.length))
}

/** Step 2; `alli` goes first and is followed by the whole step. */
const longSuffix = (word: string): string =>
  word.endsWith('alli') && some(word.slice(0, -4)) ? longSuffix(word.slice(0, -2)) : rewrite(STEP2, word)

const withoutFinalE = (word: string): string => {
  if (!word.endsWith('e')) return word
  const stem = word.slice(0, -1)
  return several(stem) || (measure(stem) === 1 && !shortEnd(stem)) ? stem : word
}

const singleL = (word: string): string => (word.endsWith('ll') && several(word.slice(0, -1)) ? word.slice(0, -1) : word)

/**
 * The stem of an English word, lower case. As in nltk, the irregular forms are looked up before the word is put in lower
 * case: `news` stays, `News` becomes `new`.
 *
 * @example
 * porterStem('relational') // => 'relat'
 */
export const porterStem = (given: string): string => {
  const irregular = IRREGULAR.get(given)
  if (irregular !== undefined) return irregular
  const word = given.toLowerCase()
  if (Array.from(given).length <= 2) return word
  const second = longSuffix(rewrite(FINAL_Y, pastOrProgressive(singular(word))))
  return singleL(withoutFinalE(rewrite(STEP4, rewrite(STEP3, second))))
}
