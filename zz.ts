import * as E from 'fp-ts/lib/Either.js'
import { regexAutomaton } from './lib/automata/regex.ts'
import { accepts } from './lib/automata/language.ts'
import { wordsUpTo, decodeWord } from './lib/automata/word.ts'
const alpha = ['a','b',' ','\n']
for (const r of [/ab/, /^ab/, /ab$/, /^ab$/, /^$/, /\bab\b/, /a(?=b)/, /a(?!b)/, /(?<=a)b/, /(?<!a)b/, /^(?!.*ab).*$/, /(?=.*a)(?=.*b)^/, /^a$/m, /A/i, /a{2,3}b?/, /(?:^a|b$)+/, /\Bb/, /[^a]$/, /a.*b/s, /(?:)/, /a|b |\n/, /(?=a*b)[ab]+(?<!bb)$/, /^(?:a(?=b)|b(?=a))*/, /^(?:a(?=b)|b(?!b))*$/]) {
  const d = regexAutomaton(r)(alpha)
  if (E.isLeft(d)) { console.log(String(r), d.left.what); continue }
  let bad = 0; let first=''
  for (const w of wordsUpTo(4, 6)) { const s = decodeWord(alpha)(w); if (accepts(d.right)(w) !== r.test(s)) { bad++; first ||= JSON.stringify(s)} }
  const full = regexAutomaton(r,{anchored:true})(alpha)
  let bad2=0
  const fr = new RegExp(`^(?:${r.source})$`, r.flags.replace('m',''))
  if (E.isRight(full) && !r.multiline) for (const w of wordsUpTo(4, 6)) { const s = decodeWord(alpha)(w); if (accepts(full.right)(w) !== fr.test(s)) bad2++ }
  console.log(String(r), d.right.states, bad, first, bad2)
}
console.log(regexAutomaton(/(a)\1/)(alpha), regexAutomaton(/(?=a(?=b))/)(alpha))
const t=performance.now(); const big=regexAutomaton(/1[01]{10}1/)(); console.log(E.isRight(big) && big.right.states, performance.now()-t)
