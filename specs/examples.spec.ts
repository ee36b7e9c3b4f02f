/** The examples run, and each gives the number that it promises, found here in another way. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { answer as tensors } from '../examples/01-tensors.ts'
import { answer as entropies } from '../examples/02-entropy.ts'
import { answer as gam } from '../examples/03-exact-gam.ts'
import { answer as rejection } from '../examples/04-rejection.ts'
import { answer as lstm } from '../examples/05-lstm.ts'
import { answer as conditional, exactly } from '../examples/06-conditional.ts'
import { answer as expressions } from '../examples/07-regular-expressions.ts'
import { answer as semirings } from '../examples/08-semirings.ts'

vi.hoisted(() => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
})

const folder = fileURLToPath(new URL('../examples/', import.meta.url))
const examples = readdirSync(folder).filter((name) => /^\d\d-.*\.ts$/.test(name))

const close = (a: number, b: number, within: number): void => expect(Math.abs(a - b)).toBeLessThanOrEqual(within)

describe('the examples', () => {
  it('are numbered from 01 without a gap, of at most 60 lines each, and use the package as a reader would', () => {
    expect(examples.map((name) => name.slice(0, 2))).toEqual(examples.map((_, i) => String(i + 1).padStart(2, '0')))
    for (const name of examples) {
      const text = readFileSync(`${folder}${name}`, 'utf8')
      expect([name, text.trimEnd().split('\n').length <= 60]).toEqual([name, true])
      expect([name, /from '\.\.\//.test(text)]).toEqual([name, false])
    }
  })

  it('01: loss 1, gradient (−6, −8)', () => expect(tensors).toEqual({ loss: 1, slope: [-6, -8] }))

  it('02: three entropies of ln 1 113 640', () => {
    for (const found of [entropies.solved, entropies.iterated, entropies.expected])
      close(found, entropies.wanted, 1e-10)
    close(entropies.wanted, 13.923144487457433, 1e-12)
  })

  it('03: λ by enumeration of the 4 096 strings, and by sampling within .1', () => {
    const strings = Array.from({ length: 4096 }, (_, i) => i.toString(2).padStart(12, '0'))
    const weights = strings.map((x) =>
      Math.exp((x.includes('1011') ? 0 : (gam.exact[0] ?? 0)) + (x.startsWith('0') ? 0 : (gam.exact[1] ?? 0))),
    )
    const total = weights.reduce((a, b) => a + b, 0)
    const moment = (absent: (x: string) => boolean): number =>
      strings.reduce((sum, x, i) => sum + (absent(x) ? (weights[i] ?? 0) / total : 0), 0)
    close(
      moment((x) => !x.includes('1011')),
      0.1,
      1e-9,
    )
    close(
      moment((x) => !x.startsWith('0')),
      0.75,
      1e-9,
    )
    close(gam.logPartition, Math.log(total / 4096), 1e-9)
    // Six standard errors of 50 000 weighted draws: moments within .02, λ within .1.
    gam.estimated.forEach((lambda, j) => close(lambda, gam.exact[j] ?? 0, 0.1))
  })

  it('04: log Z within six errors, and the mean sum of three tilted dice', () => {
    close(rejection.estimate, rejection.exact, 6 * rejection.error)
    expect(rejection.doubts).toEqual([])
    const faces = [1, 2, 3, 4, 5, 6]
    const weight = faces.reduce((sum, f) => sum + Math.exp(f / 2), 0)
    const mean = (3 * faces.reduce((sum, f) => sum + f * Math.exp(f / 2), 0)) / weight
    // A standard deviation of at most 2.3 over √5000 draws, six times.
    close(rejection.mean, mean, (6 * 2.3) / Math.sqrt(5000))
  })

  it('05: the LSTM learns: from ln 3 to below .85 nats per symbol', () => {
    close(lstm.before, Math.log(3), 0.1)
    expect(lstm.after).toBeLessThan(0.85)
    expect(lstm.samples).toHaveLength(200)
    expect(lstm.samples.every((x) => /^[ab]{0,9}$/.test(x))).toBe(true)
  })

  it('06: frequencies and log Z in each context are those by hand', () => {
    expect(conditional.map(({ politeness }) => politeness)).toEqual([0, 0.5, 1])
    for (const { politeness, please, logPartition } of conditional) {
      const exact = exactly(politeness)
      close(please, exact.please, 6 * Math.sqrt(0.25 / 4000))
      close(logPartition, exact.logPartition, 0.1)
    }
  })

  it('07: the tilted noise has the moments of the data', () => {
    expect(expressions.names).toEqual(['/ana/', '/^b/', '/a.?a$/'])
    expect(expressions.moments).toEqual([3 / 8, 5 / 8, 3 / 8])
    expressions.found.forEach((moment, j) => close(moment, expressions.moments[j] ?? 0, 1e-9))
  })

  it('08: forward and Viterbi by enumeration of the eight paths', () => {
    const [first, step, seen] = [
      [0.5, 0.5],
      [
        [0.8, 0.2],
        [0.4, 0.6],
      ],
      [
        [0.9, 0.2],
        [0.9, 0.2],
        [0.1, 0.8],
      ],
    ] as const
    const paths = [0, 1].flatMap((a) => [0, 1].flatMap((b) => [0, 1].map((c) => [a, b, c] as const)))
    const weights = paths.map(
      ([a, b, c]) =>
        (first[a] ?? 0) *
        (step[a]?.[b] ?? 0) *
        (step[b]?.[c] ?? 0) *
        (seen[0][a] ?? 0) *
        (seen[1][b] ?? 0) *
        (seen[2][c] ?? 0),
    )
    const total = weights.reduce((x, y) => x + y, 0)
    close(semirings.logLikelihood, Math.log(total), 1e-12)
    close(semirings.bestPath, Math.log(Math.max(...weights)), 1e-12)
    const last = paths.reduce((sum, [, , c], i) => sum + (c === 0 ? (weights[i] ?? 0) / total : 0), 0)
    close(semirings.posterior[2]?.[0] ?? 0, last, 1e-12)
  })

  it('09: the largest eigenvalue, by power iteration on the host', { timeout: 60_000 }, async () => {
    const { answer, entries } = await import('../examples/09-gpu.ts')
    const size = Math.sqrt(entries.length)
    let vector = new Float64Array(size).fill(1)
    for (let step = 0; step < 30; step++) {
      const length = Math.hypot(...vector)
      const unit = vector.map((v) => v / length)
      vector = vector.map((_, i) => unit.reduce((sum, v, j) => sum + v * (entries[i * size + j] ?? 0), 0))
    }
    close(answer.eigenvalue, Math.hypot(...vector), 1e-4)
    expect(answer.description).not.toBe('')
  })
})
