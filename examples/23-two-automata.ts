/** Two automata, intersected: noise of four letters, given that it holds a motif, and the entropy of what is left. */
import { automata, right } from 'exptilt'

const { condition, entropy, geometricNoise, languageMass, motifAutomaton } = automata

const noise = right(geometricNoise(0.1)(['a', 'c', 'g', 't']))
const motif = right(motifAutomaton('acca')(noise.alphabet))
const given = right(condition(motif)(noise))

export const answer = {
  mass: right(languageMass(motif)(noise)),
  entropy: right(entropy(given.pfsa)).value,
  plain: right(entropy(noise)).value,
}
console.log('P(motif)', answer.mass, 'entropy', answer.plain, '→', answer.entropy, 'nats')
