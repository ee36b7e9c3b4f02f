/**
 * A moment: the same model with half of its texts about a woman. Of all laws with that share it is the nearest to the model's;
 * what the texts say besides changes no more than it must.
 */
import { key, ngram, parseArpa, right, run, tilt } from 'exptilt'

/** A bigram of words; base-10 logarithms, as any toolkit writes them. */
const arpa = [
  '\\data\\\nngram 1=9\nngram 2=13\n\n\\1-grams:\n-99 <s> 0',
  '-2 she 0\n-2 he 0\n-2 sails 0\n-2 sings 0\n-2 home 0\n-2 far 0\n-2 and 0\n-2 </s>\n\n\\2-grams:',
  '-1.30 <s> she\n-0.03 <s> he\n-0.30 she sails\n-0.40 she sings\n-0.20 he sails\n-0.60 he sings\n-0.30 sails far',
  '-0.50 sails home\n-0.20 sings </s>\n-0.60 sings and\n-0.50 and she\n-0.30 and he\n-0.15 home </s>\n\n\\end\\\n',
].join('\n')
const model = right(ngram(right(parseArpa(arpa))))
const target = { model: tilt.ngramModel(model, (word) => ` ${word}`), limit: 12 }

const woman = right(tilt.matching(/\bshe\b/u, { match: 'part' }))
const matched = await run(
  tilt.matchTextMoments(key(1), (own) => tilt.smc(own, { particles: 1000, islands: 20 }))([{ of: woman, share: 0.5 }])(
    target,
  ),
)
const [moment] = matched.moments
const sings = (text: string): number => Number(text.includes('sings'))
const before = await run(tilt.smc(key(2), { particles: 2000, islands: 20 })(target))
export const answer = {
  model,
  moment,
  status: matched.status,
  share: tilt.textMean((text) => Number(/\bshe\b/u.test(text)))(matched.found),
  singsBefore: tilt.textMean(sings)(before),
  singsAfter: tilt.textMean(sings)(matched.found),
}
for (const text of tilt.drawTexts(key(3), 8)(matched.found)) console.log(text)
console.log('she:', moment?.untilted, '→', answer.share.value, 'with λ', moment?.lambda)
