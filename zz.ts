import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { whiteNoise } from './lib/automata/build.ts'
import { motifAutomaton } from './lib/automata/motif.ts'
import { restrict } from './lib/automata/product.ts'
import { normalise } from './lib/automata/normalise.ts'
import { entropy } from './lib/automata/entropy.ts'
import { meanLength } from './lib/automata/moments.ts'
import { sample, sampleTexts } from './lib/automata/sample.ts'
import { real } from './lib/semiring.ts'
import { key } from './lib/key.ts'
const go = pipe(E.Do, E.bind('b', () => whiteNoise(30)()), E.bind('m', () => motifAutomaton('10001011111000')()),
 E.bind('r', ({b, m}) => restrict(real)(m)(b)), E.bind('n', ({r}) => normalise(r)), E.bind('h', ({n}) => entropy(n.pfsa)), E.bind('l', ({n})=>meanLength(n.pfsa)),
 E.bind('s', ({n}) => sample({key: key(1), count: 5})(n.pfsa)))
if (E.isLeft(go)) console.log(go) 
else {
 const {n,h,l,s} = go.right
 console.log(Math.exp(n.logPartition), n.certificate, h, h.value/31, l, n.pfsa.states)
 console.log(sampleTexts(s))
 const t=performance.now(); sample({key:key(2), count: 1000000})(n.pfsa); console.log('1e6 draws', performance.now()-t)
}
