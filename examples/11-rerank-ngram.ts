/**
 * Re-ranking a foreign model's samples by a hand-written energy: the base is an n-gram model in ARPA format, the energy
 * wants words of four letters that alternate vowels and consonants. Resampling by softmax(−E) is Algorithm 1 of residual
 * models (Deng et al. 2020); log Z comes with its bounds and doubts.
 */
import { energy, key, ngram, ngramBase, parseArpa, right, run } from 'exptilt'

const { energyOf, importance, logPartition, resampling, weigh } = energy

/** A bigram of the letters a, e, n, t; base-10 logarithms, as any toolkit writes them. */
const arpa = [
  '\\data\\\nngram 1=6\nngram 2=6\n\n\\1-grams:',
  '-99 <s> 0\n-0.60206 a -0.30103\n-0.69897 e -0.30103\n-0.69897 n -0.30103\n-0.69897 t -0.30103\n-0.82391 </s>\n',
  '\\2-grams:\n-0.39794 <s> t\n-0.52288 t e\n-0.52288 a n\n-0.60206 e n\n-0.60206 n </s>\n-0.69897 n t\n\n\\end\\\n',
].join('\n')
const model = right(ngram(right(parseArpa(arpa))))
const base = ngramBase(model)

const isVowel = (letter: string): boolean => letter === 'a' || letter === 'e'
/** E(x): half a nat for each letter too many or too few, one for each pair that does not alternate. */
export const wordEnergy = (word: readonly string[]): number =>
  0.5 * Math.abs(word.length - 4) +
  word.slice(1).filter((letter, i) => isVowel(letter) === isVowel(word[i] ?? '')).length

const tilt = { base, energy: energyOf(wordEnergy) }
const { logWeights } = await run(importance(key(1), 20_000)(tilt))
const record = logPartition(right(weigh(logWeights)))

const best = await run(resampling(key(2), { proposals: 20_000, draws: 4000 })(tilt))
const plain = await run(base.sample(key(3), 4000))
const mean = (words: readonly (readonly string[])[]): number =>
  words.reduce((sum, word) => sum + wordEnergy(word), 0) / words.length

export const answer = { model, record, before: mean(plain), after: mean(best.samples) }
const shown = (words: readonly (readonly string[])[]): string =>
  words
    .slice(0, 8)
    .map((word) => word.join(''))
    .join(' ')
console.log('log Z', record.lower, '…', record.upper, '±', record.standardError, 'doubts', record.doubts)
console.log('mean energy', answer.before, '→', answer.after, 'effective proposals', best.effectiveSampleSize)
console.log('base:', shown(plain), '· re-ranked:', shown(best.samples))
