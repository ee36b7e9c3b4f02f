/** Weights and radii at the edges: 1e±300, ρ within 1e-12 of 1, one state, none, parallel arcs, and 10⁶ states in a row. */
import { describe, expect, it } from 'vitest'
import { automaton, type Arc } from '../../lib/automata/automaton.ts'
import { geometricNoise } from '../../lib/automata/build.ts'
import { parseAutomaton, writeAutomaton } from '../../lib/automata/codec.ts'
import { entropy } from '../../lib/automata/entropy.ts'
import { entropyBySemiring } from '../../lib/automata/expectation.ts'
import { entropyByIteration } from '../../lib/automata/iteration.ts'
import { deterministic } from '../../lib/automata/language.ts'
import { expectedVisits, meanLength } from '../../lib/automata/moments.ts'
import { logPartition, normalise } from '../../lib/automata/normalise.ts'
import { pfsa } from '../../lib/automata/pfsa.ts'
import { real } from '../../lib/semiring.ts'
import { sum } from '../../lib/math.ts'
import { left, right } from '../either.ts'

const chain = (weights: readonly number[], stop = 1) =>
  automaton(real)({
    alphabet: ['a'],
    states: weights.length + 1,
    start: [[0, 1]],
    stop: [[weights.length, stop]],
    arcs: weights.map((weight, from): Arc<number> => ({ from, symbol: 0, to: from + 1, weight })),
  })

/** Two states in a cycle. */
const cycle = (forth: number, back: number, stop: number) =>
  automaton(real)({
    alphabet: ['a'],
    states: 2,
    start: [[0, 1]],
    stop: [[1, stop]],
    arcs: [
      { from: 0, symbol: 0, to: 1, weight: forth },
      { from: 1, symbol: 0, to: 0, weight: back },
    ],
  })

describe('weights of any size', () => {
  it('an acyclic path of 1e200 four times is not divergent: log Z = 4·log 1e200', () => {
    expect(right(logPartition(chain([1e200, 1e200, 1e200, 1e200]))).value).toBeCloseTo(1842.068, 3)
    expect(right(logPartition(chain([1e-200, 1e-200, 1e-200, 1e-200]))).value).toBeCloseTo(-1842.068, 3)
    expect(right(logPartition(chain([1e300, 1e300, 1e-300, 1e-300], 1e-300))).value).toBeCloseTo(-690.7755, 3)
  })

  it('cycles of huge and tiny weights: Z = forth·stop/(1 − forth·back)', () => {
    for (const forth of [1e-300, 1e-160, 1, 1e160, 1e300]) {
      const found = right(logPartition(cycle(forth, 0.25 / forth, 1)))
      expect(found.value).toBeCloseTo(Math.log(forth) - Math.log(0.75), 9)
      expect(sum(right(normalise(cycle(forth, 0.25 / forth, 1))).pfsa.start)).toBe(1)
    }
  })

  it('a cycle that multiplies to 1 or more diverges, whatever its weights', () => {
    for (const forth of [1e-300, 1, 1e300])
      for (const round of [1, 1.001, 4]) expect(left(logPartition(cycle(forth, round / forth, 1))).tag).toBe('Diverges')
  })

  it('2^2000 paths', () => {
    const arcs = Array.from({ length: 2000 }, (_, from) =>
      [0, 1].map((symbol) => ({ from, symbol, to: from + 1, weight: 1 })),
    )
    const wide = automaton(real)({
      alphabet: ['a', 'b'],
      states: 2001,
      start: [[0, 1]],
      stop: [[2000, 1]],
      arcs: arcs.flat(),
    })
    expect(right(logPartition(wide)).value).toBeCloseTo(2000 * Math.LN2, 8)
  })
})

describe('near ρ = 1', () => {
  it.each([1e-3, 1e-6, 1e-9, 1e-12, 1e-15])('geometric lengths with s = %d: H and the mean length to 1e-13', (s) => {
    const noise = right(geometricNoise(s)(['a']))
    const h = (-s * Math.log(s) - (1 - s) * Math.log1p(-s)) / s
    expect(Math.abs(right(entropy(noise)).value / h - 1)).toBeLessThan(1e-13)
    expect(Math.abs(right(meanLength(noise)).value / ((1 - s) / s) - 1)).toBeLessThan(1e-13)
    expect(Math.abs(sum(right(expectedVisits(noise)).values) * s - 1)).toBeLessThan(1e-13)
  })

  /** Lengths are geometric, symbols uniform over those of the alphabet. */
  const exact = (s: number, symbols: number): number =>
    (-s * Math.log(s) - (1 - s) * Math.log1p(-s)) / s + ((1 - s) / s) * Math.log(symbols)

  it.each([1e-3, 1e-6, 1e-9, 1e-12, 1e-15])('W3, W17: every way to H has its digits, s = %d', (s) => {
    // Sums of three sevenths are rounded: 1 less the sum would be off by 1e-7 of s = 1e-9.
    for (const alphabet of [['a', 'b', 'c'], [...'abcdefg']]) {
      const noise = right(geometricNoise(s)(alphabet))
      const h = exact(s, alphabet.length)
      expect(Math.abs(right(entropy(noise)).value / h - 1)).toBeLessThan(1e-13)
      expect(Math.abs(right(entropy(right(normalise(noise)).pfsa)).value / h - 1)).toBeLessThan(1e-13)
      expect(Math.abs(right(entropyBySemiring(noise)) / h - 1)).toBeLessThan(1e-13)
    }
  })

  // Components that are too large for elimination: their iteration is refined by residuals in two words.
  it.each([
    [101, 1e-3],
    [101, 1e-9],
    [300, 1e-6],
    [300, 1e-12],
  ])('a ring of %d states that all stop with s = %d: log Z, H, lengths and visits to 1e-13', (n, s) => {
    const ring = right(
      pfsa(
        automaton(real)({
          alphabet: ['a'],
          states: n,
          start: [[0, 1]],
          stop: Array.from({ length: n }, (_, i) => [i, s]),
          arcs: Array.from({ length: n }, (_, i) => ({ from: i, symbol: 0, to: (i + 1) % n, weight: 1 - s })),
        }),
      ),
    )
    expect(Math.abs(right(logPartition(ring)).value)).toBeLessThan(1e-13)
    expect(Math.abs(right(entropy(ring)).value / exact(s, 1) - 1)).toBeLessThan(1e-13)
    expect(Math.abs(right(meanLength(ring)).value / ((1 - s) / s) - 1)).toBeLessThan(1e-13)
    expect(Math.abs(sum(right(expectedVisits(ring)).values) * s - 1)).toBeLessThan(1e-13)
    expect(Math.abs(right(entropy(right(normalise(ring)).pfsa)).value / exact(s, 1) - 1)).toBeLessThan(1e-13)
  })

  /** A cycle of three states, s of the mass stops in the last; `aside` of the second state's goes to a fourth, which stops. */
  const round = (s: number, aside: number) =>
    right(
      pfsa(
        automaton(real)({
          alphabet: ['a', 'b'],
          states: 4,
          start: [[0, 1]],
          stop: [
            [2, s],
            [3, 1],
          ],
          arcs: [
            { from: 0, symbol: 0, to: 1, weight: 1 / 3 },
            { from: 0, symbol: 1, to: 0, weight: 2 / 3 },
            { from: 1, symbol: 0, to: 2, weight: 1 - aside },
            { from: 1, symbol: 1, to: 3, weight: aside },
            { from: 2, symbol: 0, to: 0, weight: 1 - s },
          ],
        }),
      ),
    )

  it.each([
    [1e-9, 1e-9],
    [1e-12, 1e-10],
    [1e-6, 0.1],
  ])('W3, W17: every way to H of a cycle of three states, s = %d and %d aside', (s, aside) => {
    const bits = (p: number): number => -p * Math.log(p) - (1 - p) * Math.log1p(-p)
    // A round leaves with `aside`, and with s where it does not.
    const leaves = aside + (1 - aside) * s
    const h = (3 * bits(1 / 3) + bits(aside) + (1 - aside) * bits(s)) / leaves
    const cycle3 = round(s, aside)
    const ways = [
      right(entropy(cycle3)).value,
      right(entropy(right(normalise(cycle3)).pfsa)).value,
      right(entropyBySemiring(cycle3)),
    ]
    for (const found of ways) expect(Math.abs(found / h - 1)).toBeLessThan(1e-12)
  })

  it('W3: the certificate of an iteration that is cut short is the error that there is', () => {
    const [s, sweeps] = [1e-9, 100]
    const cut = left(entropyByIteration({ sweeps })(right(geometricNoise(s)(['a', 'b', 'c']))))
    const error = exact(s, 3) * Math.exp(sweeps * Math.log1p(-s))
    expect(cut.what).toMatch(/^the fixpoint iteration is within \S+ only after 100 sweeps$/)
    const bound = Number(/within (\S+) only/.exec(cut.what)?.[1])
    expect(Math.abs(bound / error - 1)).toBeLessThan(1e-9)
  })

  it('two states with s = 1e-10 in one of them: visits and length by hand', () => {
    const s = 1e-10
    const two = right(
      pfsa(
        automaton(real)({
          alphabet: ['a'],
          states: 2,
          start: [[0, 1]],
          stop: [[1, s]],
          arcs: [
            { from: 0, symbol: 0, to: 1, weight: 1 },
            { from: 1, symbol: 0, to: 0, weight: 1 - s },
          ],
        }),
      ),
    )
    const visits = right(expectedVisits(two)).values
    expect(Math.abs((visits[1] ?? Number.NaN) * s - 1)).toBeLessThan(1e-13)
    expect(Math.abs((visits[0] ?? Number.NaN) * s - 1)).toBeLessThan(1e-13)
    expect(Math.abs(right(meanLength(two)).value / (2 / s - 1) - 1)).toBeLessThan(1e-13)
  })
})

describe('what is listed several times', () => {
  const listed = automaton(real)({
    alphabet: ['a'],
    states: 1,
    start: [
      [0, 0.25],
      [0, 0.75],
    ],
    stop: [
      [0, 0.25],
      [0, 0.25],
    ],
    arcs: [0.125, 0.375].map((weight) => ({ from: 0, symbol: 0, to: 0, weight })),
  })

  it('adds up, alike for starts, stops and arcs, and is deterministic', () => {
    expect([listed.start[0], listed.stop[0], ...Array.from(listed.weights)]).toEqual([1, 0.5, 0.5])
    expect(right(deterministic(real)(listed)).states).toBe(1)
    expect(right(entropy(right(pfsa(listed)))).value).toBeCloseTo(2 * Math.LN2, 14)
  })

  it('adds up in a file too', () => {
    const file = `{"format":"exptilt-automaton","version":1,"alphabet":["a"],"states":1,"start":[{"state":0,"weight":0.25},{"state":0,"weight":0.75}],"stop":[{"state":0,"weight":0.5}],"arcs":[{"from":0,"symbol":"a","to":0,"weight":0.125},{"from":0,"symbol":"a","to":0,"weight":0.375}]}`
    expect(right(writeAutomaton(right(parseAutomaton(file))))).toBe(right(writeAutomaton(listed)))
  })
})

describe('sizes', () => {
  it('no state, and no string', () => {
    const none = automaton(real)({ alphabet: ['a'], states: 0, start: [], stop: [], arcs: [] })
    expect(left(logPartition(none)).tag).toBe('Support')
    expect(left(pfsa(none)).tag).toBe('Automaton')
  })

  it('2·10⁵ states in a row, in linear time', () => {
    const long = chain(Array.from({ length: 200_000 }, () => 0.5))
    expect(right(logPartition(long)).value / (200_000 * Math.log(0.5))).toBeCloseTo(1, 9)
  }, 60_000)

  it('states in a row, every third with an arc to itself, listed backwards: Z is the product of w/(1 − loop)', () => {
    const n = 1000
    const forth = Array.from({ length: n }, (_, from): Arc<number> => ({ from, symbol: 0, to: from + 1, weight: 0.9 }))
    const loops = forth.filter(({ from }) => from % 3 === 0).map((arc) => ({ ...arc, to: arc.from, weight: 0.25 }))
    const arcs = [...forth, ...loops].reverse()
    const row = automaton(real)({ alphabet: ['a'], states: n + 1, start: [[0, 1]], stop: [[n, 1]], arcs })
    const { value, certificate } = right(logPartition(row))
    expect(value).toBeCloseTo(n * Math.log(0.9) - loops.length * Math.log(0.75), 9)
    expect(certificate.spectralRadius).toBeCloseTo(0.25, 14)
  })
})
