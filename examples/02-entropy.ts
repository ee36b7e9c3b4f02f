/**
 * The entropy of a probabilistic automaton, three ways that must agree: the linear solve, the GAM paper's least-fixpoint
 * iteration (Eq. 7), and the expectation semiring. The process: 30 random bits that contain a motif.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import { automata, right } from 'exptilt'

const { condition, entropy, entropyByIteration, entropyBySemiring, motifAutomaton, whiteNoise } = automata

const motif = right(motifAutomaton('10001011111000')())
const { pfsa } = right(pipe(whiteNoise(30)(), E.flatMap(condition(motif))))

const solved = right(entropy(pfsa))
const iterated = right(entropyByIteration()(pfsa))
const expected = right(entropyBySemiring(pfsa))

/** Nats per string. All 1 113 640 strings with the motif are equally likely, so it is ln 1 113 640. */
export const answer = { solved: solved.value, iterated: iterated.value, expected, wanted: Math.log(1_113_640) }
console.log('solve', solved.value, 'iteration', iterated.value, 'semiring', expected)
console.log('per symbol, EOS counted:', solved.value / 31, 'nats; certified error', solved.certificate.errorBound)
