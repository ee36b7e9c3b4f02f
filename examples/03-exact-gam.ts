/**
 * A GAM on an automaton: `p_λ(x) ∝ q(x)·e^{⟨λ, φ(x)⟩}` where q is a PFSA can be solved exactly by intersecting q with the
 * features' automata. Here λ is fitted to given moments exactly, and from samples of q (self-normalised importance
 * sampling), and the two are compared.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import { automata, energy, key, right } from 'exptilt'

const { absence, matchMoments, motifAutomaton, prefixAutomaton, sample, sampleTexts, tiltExactly, whiteNoise } =
  automata
const { drawBank, fitMoments, indicators } = energy

const base = right(whiteNoise(12)())
const target = [0.1, 0.75]

const motif = absence('no 1011', right(motifAutomaton('1011')()))
const start = absence('no 0 first', right(prefixAutomaton('0')()))
const exact = right(pipe(base, tiltExactly([motif, start]), E.flatMap(matchMoments(target))))

const draws = sampleTexts(right(sample({ key: key(1), count: 50_000 })(base)))
const features = indicators<string>(['no 1011', 'no 0 first'], (x) => [
  x.includes('1011') ? 0 : 1,
  x.startsWith('0') ? 0 : 1,
])
const estimated = fitMoments()(drawBank(features)(draws))(target)

export const answer = {
  exact: exact.tilt.lambda,
  estimated: Array.from(estimated.lambda),
  logPartition: exact.tilt.logPartition,
  error: exact.error,
}
console.log('λ exactly', answer.exact, 'log Z', answer.logPartition)
console.log('λ by importance sampling', answer.estimated, 'ℓ1 of its moments', estimated.momentError)
