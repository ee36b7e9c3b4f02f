/**
 * A regular expression in ten lines: texts of a given model that match it, with the weights that make them draws of the model
 * conditioned on matching. Masking alone has another law: it never looks back at how much it had to leave out.
 */
import { key, ngram, parseArpa, right, run, tilt } from 'exptilt'

/** A bigram of the letters a, e, n, t; base-10 logarithms, as any toolkit writes them. */
const arpa = [
  '\\data\\\nngram 1=6\nngram 2=6\n\n\\1-grams:',
  '-99 <s> 0\n-0.60206 a -0.30103\n-0.69897 e -0.30103\n-0.69897 n -0.30103\n-0.69897 t -0.30103\n-0.82391 </s>\n',
  '\\2-grams:\n-0.39794 <s> t\n-0.52288 t e\n-0.52288 a n\n-0.60206 e n\n-0.60206 n </s>\n-0.69897 n t\n\n\\end\\\n',
].join('\n')
const letters = right(ngram(right(parseArpa(arpa))))

const constraint = right(tilt.matching(/(ta|te|a)n+.{2,}/u))
const target = { model: tilt.ngramModel(letters), constraint, limit: 12 }
const found = await run(tilt.smc(key(1), { particles: 2000, islands: 20 })(target))
const { value, standardError } = found.logPartition
console.log(tilt.drawTexts(key(2), 8)(found).join(' '), '· log Z', value, '±', standardError, found.doubts)

/** What is exact for an n-gram model, and what masking gives with and without its weights. */
const exact = await run(tilt.exactLaw({ model: letters, constraint, limit: 12 }))
const masked = await run(tilt.masking(key(3), { particles: 20_000 })(target))
const begins = (weights: Float64Array, texts: readonly string[]): number =>
  weights.reduce((sum, w, i) => sum + (texts[i]?.startsWith('a') === true ? w : 0), 0)
export const answer = {
  logPartition: value,
  standardError,
  exact: exact.logPartition,
  beginsWithA: {
    exact: exact.next([])[letters.alphabet.indexOf('a')] ?? 0,
    smc: begins(found.weights, found.texts),
    masking: begins(masked.weights, masked.texts),
    maskingWithoutWeights: begins(
      masked.weights.map(() => 1 / masked.texts.length),
      masked.texts,
    ),
  },
}
console.log('exact log Z', exact.logPartition, 'share that begins with a:', answer.beginsWithA)
