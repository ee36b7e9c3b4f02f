/**
 * JSON of a schema from a model that knows no JSON: a bigram of words. The schema is an automaton over its tokens, so every
 * text is valid, and the weights make the texts those of the model given that they are. Masking is valid too, and has another law.
 */
import { key, ngram, parseArpa, right, run, tilt } from 'exptilt'

/** What the model likes, as base-10 logarithms: to go on with people, not to end. */
const likes: readonly (readonly [string, number])[] = [
  ['{"', -1.3],
  ['name', -1.1],
  ['Ada', -0.7],
  ['Bob', -1.0],
  ['":', -1.2],
  ['"', -1.2],
  [',"', -1.3],
  ['age', -1.6],
  ['}', -1.5],
  ['3', -1.1],
  ['7', -1.0],
  ['1', -0.9],
]
const arpa = [
  `\\data\\\nngram 1=${likes.length + 2}\nngram 2=2\n\n\\1-grams:\n-99 <s> 0`,
  ...likes.map(([word, log]) => `${log} ${word} 0`),
  '-1.4 </s>\n\n\\2-grams:\n-0.2 Ada "\n-0.3 1 7\n\n\\end\\\n',
].join('\n')
const model = right(ngram(right(parseArpa(arpa))))

const schema = {
  type: 'object',
  properties: { name: { enum: ['Ada', 'Bob'] }, age: { type: 'integer', minimum: 1, maximum: 199 } },
  required: ['name'],
}
const target = { model: tilt.ngramModel(model), constraint: right(tilt.jsonSchema(schema)), limit: 16 }
const found = await run(tilt.smc(key(1), { particles: 400, islands: 10 })(target))
for (const text of tilt.drawTexts(key(2), 6)(found)) console.log(text)

/** The share of texts that give an age, with its error; exactly; and as masking has it, whose weights are dropped everywhere. */
const hasAge = (text: string): number => Number(text.includes('age'))
const masked = await run(tilt.masking(key(3), { particles: 4000 })(target))
const law = await run(tilt.exactLaw({ model, constraint: target.constraint, limit: target.limit }))
export const answer = {
  texts: found.texts,
  weights: found.weights,
  logPartition: found.logPartition,
  exact: law.logPartition,
  age: tilt.textMean(hasAge)(found),
  maskingWithoutWeights: masked.texts.reduce((sum, text) => sum + hasAge(text) / masked.texts.length, 0),
}
console.log('log Z', answer.logPartition.value, 'exactly', answer.exact, 'with an age:', answer.age.value)
