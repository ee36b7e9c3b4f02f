/** Weighted automata as tilts against enumeration. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { type Automaton, automaton, EPSILON } from '../../lib/automata/automaton.ts'
import { removeEpsilon } from '../../lib/automata/reverse.ts'
import * as star from '../../lib/automata/star.ts'
import { encodeWord, weightOf } from '../../lib/automata/word.ts'
import { key } from '../../lib/key.ts'
import { sum } from '../../lib/math.ts'
import { real } from '../../lib/semiring.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { runPopulation } from '../../lib/tilt/islands.ts'
import type { PopulationOptions } from '../../lib/tilt/population.ts'
import { smc, tilting } from '../../lib/tilt/samplers.ts'
import { prepare } from '../../lib/tilt/target.ts'
import { weightedTexts } from '../../lib/tilt/weighted.ts'
import { left, right, run } from '../either.ts'
import { bigram, byText, chanceFrom, everyOutcome, everyString, tree } from './small.ts'

/** Ambiguous, with ε and cycles. */
const pulls: Automaton<number> = automaton(real)({
  alphabet: ['b', 'a'],
  states: 3,
  start: [
    [0, 1],
    [1, 0.5],
  ],
  stop: [
    [1, 0.4],
    [2, 1.5],
  ],
  arcs: [
    { from: 0, symbol: 1, to: 0, weight: 0.3 },
    { from: 0, symbol: 1, to: 1, weight: 0.6 },
    { from: 1, symbol: 0, to: 2, weight: 0.9 },
    { from: 1, symbol: EPSILON, to: 0, weight: 0.2 },
    { from: 2, symbol: 1, to: 1, weight: 0.25 },
    { from: 2, symbol: 0, to: 2, weight: 0.05 },
  ],
})
const weigh = weightOf(real)(right(removeEpsilon(star.real)(pulls)))
const weightIn = (text: string): number => weigh(right(encodeWord(['b', 'a'])(text)))
const energies = right(weightedTexts(pulls))

describe('a weighted automaton as a tilt', () => {
  it('has the energy −log w_A(x), infinite for other characters', async () => {
    const texts = everyString(tree(['a', 'b'], 4, 5), 5).map(({ text }) => text)
    const found = await run(energies.energy(texts))
    texts.forEach((text, i) => {
      const wanted = weightIn(text)
      if (wanted === 0) expect(at(found, i)).toBe(Number.POSITIVE_INFINITY)
      else expect(Math.exp(-at(found, i)) / wanted).toBeCloseTo(1, 12)
    })
    expect(await run(energies.energy(['ac']))).toEqual(Float64Array.of(Number.POSITIVE_INFINITY))
    const long = at(await run(energies.energy(['ab'.repeat(2000)])), 0)
    expect(long).toBeGreaterThan(2000)
    expect(long).toBeLessThan(1e5)
  })

  it('gives a prefix the weight of all texts that begin so, a character cut short left out', async () => {
    const mass = async (prefix: string): Promise<number> => Math.exp(-at(await run(energies.prefixEnergy([prefix])), 0))
    for (const prefix of ['', 'a', 'ab', 'aab'])
      expect(
        (await mass(prefix)) / (weightIn(prefix) + (await mass(`${prefix}a`)) + (await mass(`${prefix}b`))),
      ).toBeCloseTo(1, 12)
    const texts = everyString(tree(['a', 'b'], 4, 5), 12).map(({ text }) => text)
    const known = sum(texts.map(weightIn))
    expect((await mass('')) / known).toBeGreaterThan(1)
    expect((await mass('')) / known).toBeLessThan(1.01)
    expect(await mass('ab\uFFFD')).toBe(await mass('ab'))
    expect(await mass('c')).toBe(0)
  })

  it.each(['end', 'prefixes'] as const)(
    'S18 E[Ẑ·f̂] = Σ q·w_A·f by enumeration of all choices, weighed at %s',
    async (when) => {
      const ab = tree(['a', 'b'], 4, 5)
      const prepared = tilting(await run(prepare({ model: ngramModel(ab), limit: 2, ...energies })), 'none')
      const options: PopulationOptions = {
        sampler: 'smc',
        islands: 1,
        particles: 2,
        proposal: 'adapted',
        threshold: 1,
        prefixes: when === 'prefixes',
      }
      const outcomes = await everyOutcome(async (choose) => {
        const found = await runPopulation(prepared, options, chanceFrom(choose))()
        return found._tag === 'Right'
          ? found.right.texts.map((text, i) => [text, at(found.right.logWeights, i)] as const)
          : []
      })
      const means = byText(
        outcomes.flatMap(({ probability, value }) =>
          value.map(([text, log]): readonly [string, number] => [text, probability * Math.exp(log)]),
        ),
      )
      for (const { text, ended } of everyString(ab, 2))
        expect([text, Math.abs((means.get(text) ?? 0) - ended * weightIn(text)) < 1e-12]).toEqual([text, true])
    },
  )

  it('leaves more effective texts when it guides on the way, and the same log Z', async () => {
    const arc = (from: number, symbol: number, to: number, weight: number) => ({ from, symbol, to, weight })
    /** Turns: a and b by turns, anything else rarely. */
    const turns = automaton(real)({
      alphabet: ['a', 'b'],
      states: 2,
      start: [[0, 1]],
      stop: [
        [0, 0.05],
        [1, 0.001],
      ],
      arcs: [arc(0, 0, 1, 0.9), arc(0, 1, 0, 0.02), arc(1, 1, 0, 0.9), arc(1, 0, 1, 0.02)],
    })
    const letters = bigram(['a', 'b'], 4)
    const own = weightOf(real)(turns)
    const Z = sum(everyString(letters, 8).map(({ tokens, ended }) => ended * own(tokens)))
    const sizes: number[] = []
    for (const energyAt of ['end', 'prefixes'] as const) {
      const sampler = smc(key(1), { particles: 2000, islands: 50, energyAt })
      const target = { model: ngramModel(letters), limit: 8, ...right(weightedTexts(turns)) }
      const { logPartition, effectiveSampleSize } = await run(sampler(target))
      expect(Math.abs(logPartition.value - Math.log(Z))).toBeLessThan(4 * logPartition.standardError)
      sizes.push(effectiveSampleSize)
    }
    expect(at(sizes, 1)).toBeGreaterThan(1.5 * at(sizes, 0))
  })

  it('is refused of symbols that are no characters, negative weights and sums without end', () => {
    expect(left(weightedTexts({ ...pulls, alphabet: ['b', 'aa'] })).what).toBe("the symbol 'aa' is not one character")
    expect(left(weightedTexts({ ...pulls, stop: [-1, 0, 0] })).tag).toBe('Automaton')
    expect(left(weightedTexts({ ...pulls, weights: Array.from(pulls.weights, () => 2) })).tag).toBe('Diverges')
  })
})
