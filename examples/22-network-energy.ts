/** A network as the energy of an n-gram model, and log Z of the tilt in one call. */
import { axis, energy, expressionEnergy, input, key, multiply, ngram, ngramBase, parseArpa } from 'exptilt'
import { reference, right, run, sum, tanh } from 'exptilt'

const arpa = '\\data\\\nngram 1=4\n\n\\1-grams:\n-99 <s>\n-0.4771 a\n-0.4771 b\n-0.4771 </s>\n\n\\end\\\n'
const model = right(ngram(right(parseArpa(arpa))))
const count = axis('letter', 2)
/** How often the word holds each letter. */
export const counts = (word: readonly string[]): readonly number[] =>
  ['a', 'b'].map((letter) => word.filter((own) => own === letter).length)
const network = expressionEnergy<readonly string[]>({
  executor: reference,
  energy: (batch) => tanh(sum(count)(multiply(input('x', batch, count), input('w', count)))),
  feeds: (words) => ({ x: Float64Array.from(words.flatMap(counts)), w: Float64Array.of(1, -0.5) }),
})

export const answer = await run(energy.logZ(key(1), 20_000)({ base: ngramBase(model), energy: network }))
console.log('log Z', answer.lower, '…', answer.upper, '±', answer.standardError, answer.doubts)
