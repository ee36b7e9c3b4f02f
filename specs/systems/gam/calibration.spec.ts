/**
 * Simulation-based calibration of what is fitted, on a model with exact answers: λ of two features over an automaton is drawn from a prior,
 * data from p_λ, and the posterior from the likelihood that the library's log-normaliser gives, exact and estimated from a bank of draws.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../../lib/at.ts'
import { whiteNoise } from '../../../lib/automata/build.ts'
import { motifAutomaton } from '../../../lib/automata/motif.ts'
import { absence, exactTilt, tiltExactly } from '../../../lib/automata/tilt.ts'
import { bankOf, moments } from '../../../lib/energy/bank.ts'
import { categorical } from '../../../lib/energy/uniform.ts'
import { key, type Key } from '../../../lib/key.ts'
import { calibrationLaws } from '../../../lib/laws/calibration.ts'
import { complaintsOf } from '../../../lib/laws/law.ts'
import { fromRows } from '../../../lib/linear.ts'
import { dot, softmax } from '../../../lib/math.ts'
import { right } from '../../either.ts'

const family = right(
  pipe(
    ['101', '00'],
    E.traverseArray((motif) =>
      pipe(
        motifAutomaton(motif)(['0', '1']),
        E.map((language) => absence(motif, language)),
      ),
    ),
    E.flatMap((features) => pipe(whiteNoise(6)(['0', '1']), E.flatMap(tiltExactly(features)))),
  ),
)

/** λ on a grid of ±3 in steps of a half, a normal prior of variance 2 on it: the posterior is a finite sum, so nothing but log Z can be wrong. */
const grid = Array.from({ length: 13 }, (_, i) => (i - 6) / 2).flatMap((a, _, all) => all.map((b) => [a, b] as const))
const prior = softmax(grid.map((lambda) => -dot(lambda, lambda) / 4))

/** Strings of a datum. */
const N = 20

/** Means of the features of N strings of p_λ. */
const data = (k: Key, place: number): readonly number[] => {
  const drawn = categorical(k, exactTilt(at(grid, place))(family).probabilities, N)
  return [0, 1].map((j) => Array.from(drawn).reduce((sum, i) => sum + at(at(family.patterns, i), j) / N, 0))
}

/** The ranks of λ₁, λ₂ and log Z among posterior draws, where these are the log-normalisers over the grid. */
const checked = async (logPartitions: readonly number[]): Promise<readonly string[]> => {
  const laws = calibrationLaws<number, readonly number[]>({
    prior: (k) => at(categorical(k, prior, 1), 0),
    data,
    posterior: (k, means, n) => {
      const logs = grid.map((lambda, i) => Math.log(at(prior, i)) + N * (dot(lambda, means) - at(logPartitions, i)))
      return TE.right(Array.from(categorical(k, softmax(logs), n)))
    },
    quantities: {
      'λ₁': (place) => at(at(grid, place), 0),
      'λ₂': (place) => at(at(grid, place), 1),
      'log Z': (place) => at(exact, place),
    },
  })
  return complaintsOf(laws)
}

const exact = grid.map((lambda) => exactTilt(lambda)(family).logPartition)

/** log Z of every λ from one bank of draws of the base. */
const estimated = (draws: number): readonly number[] => {
  const rows = Array.from(categorical(key(5), family.masses, draws), (i) => at(family.patterns, i))
  const bank = bankOf(fromRows(rows, 2))
  return grid.map((lambda) => moments(bank)(lambda).logPartition)
}

describe('simulation-based calibration of λ and of log Z', () => {
  it('G22: by the automaton, and by 20 000 draws of the base', { timeout: 60_000 }, async () => {
    expect(await checked(exact)).toEqual([])
    expect(await checked(estimated(20_000))).toEqual([])
  })

  it('G22: a log Z that is wrong by a tenth of λ₁ is seen', { timeout: 60_000 }, async () => {
    const wrong = exact.map((logZ, i) => logZ + 0.1 * at(at(grid, i), 0))
    expect((await checked(wrong)).length).toBeGreaterThan(0)
  })
})
