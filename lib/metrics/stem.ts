/**
 * Porter's stemmer for English (Porter 1980) with the two changes that its author made later: `bli` for `abli`, and
 * `logi` to `log`; words of one or two letters stay as they are.
 */
import { two } from '../at.ts'

const VOWELS = 'aeiou'

const isVowel = (word: string, i: number): boolean => {
  const letter = word.charAt(i)
  return VOWELS.includes(letter) ? letter !== '' : letter === 'y' && i > 0 && !isVowel(word, i - 1)
}

const shape = (word: string): string => Array.from(word, (_, i) => (isVowel(word, i) ? 'v' : 'c')).join('')

/** m of [C](VC)^m[V]. */
const measure = (stem: string): number => shape(stem).split('vc').length - 1

const hasVowel = (stem: string): boolean => shape(stem).includes('v')

const doubled = (word: string): boolean =>
  word.length > 1 && word.at(-1) === word.at(-2) && !isVowel(word, word.length - 1)

const shortEnd = (word: string): boolean => shape(word).endsWith('cvc') && !'wxy'.includes(word.slice(-1))

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
const STEP2 = rules(
  some,
  'ational>ate tional>tion enci>ence anci>ance izer>ize bli>ble alli>al entli>ent eli>e ousli>ous ization>ize ation>ate ator>ate alism>al iveness>ive fulness>ful ousness>ous aliti>al iviti>ive biliti>ble logi>log',
)
const STEP3 = rules(some, 'icate>ic ative> alize>al iciti>ic ical>ic ful> ness>')
const STEP4: readonly Rule[] = [
  ...rules(several, 'al> ance> ence> er> ic> able> ible> ant> ement> ment> ent>'),
  ['ion', '', (stem) => several(stem) && /[st]$/.test(stem)],
  ...rules(several, 'ou> ism> ate> iti> ous> ive> ize>'),
]

const afterEnding = (stem: string): string => {
  if (/(at|bl|iz)$/.test(stem)) return `${stem}e`
  if (doubled(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1)
  return measure(stem) === 1 && shortEnd(stem) ? `${stem}e` : stem
}

const pastOrProgressive = (word: string): string => {
  if (word.endsWith('eed')) return some(word.slice(0, -3)) ? word.slice(0, -1) : word
  const ending = ['ed', 'ing'].find((e) => word.endsWith(e) && hasVowel(word.slice(0, -e.length)))
  return ending === undefined ? word : afterEnding(word.slice(0, -ending.length))
}

const withoutFinalE = (word: string): string => {
  if (!word.endsWith('e')) return word
  const stem = word.slice(0, -1)
  return several(stem) || (measure(stem) === 1 && !shortEnd(stem)) ? stem : word
}

const singleL = (word: string): string => (word.endsWith('ll') && several(word.slice(0, -1)) ? word.slice(0, -1) : word)

/**
 * The stem of an English word, lower case.
 *
 * @example
 * import { metrics } from 'exptilt'
 * const stem = metrics.porterStem('relational') // relat
 */
export const porterStem = (given: string): string => {
  const word = given.toLowerCase()
  if (word.length <= 2) return word
  const first = pastOrProgressive(rewrite(PLURALS, word))
  const second = first.endsWith('y') && hasVowel(first.slice(0, -1)) ? `${first.slice(0, -1)}i` : first
  return singleL(withoutFinalE([STEP2, STEP3, STEP4].reduce((w, step) => rewrite(step, w), second)))
}
