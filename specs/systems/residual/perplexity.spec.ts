/** Perplexities: R13 by hand and as a property, what counts as a word, and how the records of log Z are summed up. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { type LogPartition, logPartition, weigh } from '../../../lib/energy/index.ts'
import { at } from '../../../lib/at.ts'
import {
  jointPerplexity,
  plainPerplexity,
  summarisePartitions,
  wordsBegunIn,
} from '../../../lib/systems/residual/perplexity.ts'
import { keys, normals } from '../../../lib/laws/arbitraries/distributions.ts'
import { fold } from '../../../lib/key.ts'
import { right } from '../../either.ts'
import { close } from '../../energy/support.ts'

const record = (logWeights: ArrayLike<number>): LogPartition => logPartition(right(weigh(logWeights)))

describe('R13: perplexity', () => {
  it('R13: by hand: two rows of three tokens, four words', () => {
    // log q = −4, −5; E = −1, 0.5; log Z = log 2 in both (weights 2, 2: all bounds equal).
    const partitions = [record([Math.LN2, Math.LN2]), record([Math.LN2, Math.LN2])]
    const logJoint = -4 + 1 - Math.LN2 + (-5 - 0.5 - Math.LN2)
    const evaluated = { logBase: [-4, -5], energies: [-1, 0.5], partitions }
    const [perToken, perWord] = [jointPerplexity(evaluated, 6), jointPerplexity(evaluated, 4)]
    expect(close(perToken.value, Math.exp(-logJoint / 6), 10)).toBe(true)
    expect(close(perWord.value, Math.exp(-logJoint / 4), 10)).toBe(true)
    expect(close(perWord.value ** 4, perToken.value ** 6, 1e4)).toBe(true)
    expect([perToken.lower, perToken.upper].every((x) => close(x, perToken.value, 10))).toBe(true)
    expect(close(plainPerplexity([-4, -5], 6).value, Math.exp(1.5), 10)).toBe(true)
    // Rows with an end-of-sequence token count it as a token: 8 tokens instead of 6 for the same log-probability.
    expect(close(jointPerplexity(evaluated, 8).value, Math.exp(-logJoint / 8), 10)).toBe(true)
  })

  test.prop([keys, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 200 })], { seed: 311, numRuns: 100 })(
    'R13: a lower log Z gives a lower perplexity: lower ≤ value ≤ upper',
    (k, rows, n) => {
      const partitions = Array.from({ length: rows }, (_, i) => record(normals(fold(k, i), n).map((z) => 2 * z)))
      const evaluated = { logBase: normals(fold(k, 90), rows), energies: normals(fold(k, 91), rows), partitions }
      const found = jointPerplexity(evaluated, 3 * rows)
      expect(found.lower).toBeLessThanOrEqual(found.value * (1 + 1e-12))
      expect(found.value).toBeLessThanOrEqual(found.upper * (1 + 1e-12))
      const total = (of: (p: LogPartition) => number): number => partitions.reduce((acc, p) => acc + of(p), 0)
      const width = Math.log(found.upper) - Math.log(found.lower)
      const wanted = (total((p) => p.upper) - total((p) => p.lower)) / (3 * rows)
      expect(Math.abs(width - wanted)).toBeLessThan(1e-9 * (1 + wanted))
    },
  )

  test.prop([keys, fc.integer({ min: 2, max: 6 })], { seed: 312, numRuns: 50 })(
    'R2: a constant added to every energy and taken from every log Z leaves the perplexity alone',
    (k, rows) => {
      const weights = Array.from({ length: rows }, (_, i) => normals(fold(k, i), 20))
      const of = (c: number) =>
        jointPerplexity(
          {
            logBase: normals(fold(k, 90), rows),
            energies: normals(fold(k, 91), rows).map((e) => e + c),
            partitions: weights.map((w) => record(w.map((l) => l - c))),
          },
          10,
        ).value
      expect(Math.abs(of(7) - of(0))).toBeLessThan(1e-9 * of(0))
    },
  )

  it('the errors: of log Z in quadrature, of the rows as a mean', () => {
    const partitions = [record([0, 1, 2]), record([1, 1.5, 3])]
    const found = jointPerplexity({ logBase: [-4, -6], energies: [0, 0], partitions }, 10)
    const errors = partitions.map((p) => p.standardError)
    expect(close(found.monteCarloError, (found.value * Math.hypot(...errors)) / 10, 10)).toBe(true)
    const logs = partitions.map((p, i) => at([-4, -6], i) - p.jackknife)
    const spread = Math.abs(at(logs, 0) - at(logs, 1)) / Math.SQRT2
    expect(close(found.testError, (found.value * Math.sqrt(2) * spread) / 10, 10)).toBe(true)
    expect(plainPerplexity([-1], 2).testError).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('words', () => {
  it('are runs of non-space characters that begin in the modelled part', () => {
    expect(wordsBegunIn('', 'one two')).toBe(2)
    expect(wordsBegunIn('the ca', 't sat on')).toBe(2)
    expect(wordsBegunIn('the cat', ' sat on')).toBe(2)
    expect(wordsBegunIn('the cat ', 'sat on ')).toBe(2)
    expect(wordsBegunIn('a', '')).toBe(0)
    expect(wordsBegunIn('a ', '\n\n')).toBe(0)
    expect(wordsBegunIn('x', 'é — ü')).toBe(2)
  })

  test.prop([fc.array(fc.constantFrom('a', 'b', ' ', '\n'), { maxLength: 30 }), fc.nat(30)], {
    seed: 313,
    numRuns: 200,
  })('are counted once each wherever a text is cut', (characters, cut) => {
    const text = characters.join('')
    const [before, after] = [text.slice(0, cut), text.slice(cut)]
    expect(wordsBegunIn('', before) + wordsBegunIn(before, after)).toBe(text.split(/\s+/u).filter(Boolean).length)
  })
})

describe('the records of many prefixes', () => {
  it('in a few numbers; reliable when at most one in twenty raises a doubt', () => {
    const good = record(normals([1, 1], 400).map((z) => 0.3 * z))
    const bad = record([0, 0, 30])
    const mixed = summarisePartitions([good, good, bad])
    expect(mixed.prefixes).toBe(3)
    expect(mixed.largestWeight).toBeGreaterThan(0.99)
    expect(mixed.leastEffectiveSampleSize).toBeLessThan(1.01)
    expect(mixed.medianEffectiveSampleSize).toBe(good.effectiveSampleSize)
    expect(close(mixed.reliableShare, 2 / 3)).toBe(true)
    expect(mixed.reliable).toBe(false)
    expect(summarisePartitions([good, good]).reliable).toBe(true)
  })
})
