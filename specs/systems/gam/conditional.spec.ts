/**
 * Conditional GAMs against exact answers: the gradient by enumeration of the base, and strings whose motif the parity of their
 * context picks, which an automaton for each context solves.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { at, held } from '../../../lib/at.ts'
import { motifAutomaton, whiteNoise } from '../../../lib/automata/index.ts'
import { motifProcess } from '../../../lib/automata/describe.ts'
import { absence, type ExactTilt, exactTilt, tiltExactly, type TiltFamily } from '../../../lib/automata/tilt.ts'
import { matchMoments } from '../../../lib/automata/match.ts'
import { sample, sampleTexts } from '../../../lib/automata/sample.ts'
import { effect } from '../../../lib/effect.ts'
import { enumerable, evaluate, type Features, indicators } from '../../../lib/energy/index.ts'
import { gradient } from '../../../lib/grad.ts'
import { fold, key } from '../../../lib/key.ts'
import { dot, mean } from '../../../lib/math.ts'
import { evaluateOn } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import { conditionalMoments, distilConditional } from '../../../lib/systems/gam/conditional-draws.ts'
import { type ConditionalOptions, fitConditional } from '../../../lib/systems/gam/conditional.ts'
import { conditionalInputs, conditionalLoss, lambdaNetwork } from '../../../lib/systems/gam/lambda-network.ts'
import type { ConditionalProblem, Pair } from '../../../lib/systems/gam/pairs.ts'
import { parameterInputs } from '../../../lib/models/parameters.ts'
import { left, right, run } from '../../either.ts'

const LENGTH = 8
const MOTIFS = ['1011', '0100'] as const
const strings = Array.from({ length: 2 ** LENGTH }, (_, i) => i.toString(2).padStart(LENGTH, '0'))
const features: Features<string> = indicators(MOTIFS, (x) => MOTIFS.map((motif) => (x.includes(motif) ? 0 : 1)))

/** Contexts of three bits; the parity of a context is the number of its motif. */
const contexts = Array.from({ length: 8 }, (_, i) => i.toString(2).padStart(3, '0'))
const motifOf = (context: string): string => at(MOTIFS, [...context].filter((bit) => bit === '1').length % 2)

const problem: ConditionalProblem<string, string> = {
  base: () => enumerable({ points: strings, probabilities: strings.map(() => 1) }),
  features: () => features,
  encode: (context) => Array.from(context, (bit) => (bit === '1' ? 1 : -1)),
}

/** The exact family of tilts of white noise by both features. */
const family: TiltFamily = right(
  pipe(
    MOTIFS,
    E.traverseArray((motif) =>
      pipe(
        motifAutomaton(motif)(['0', '1']),
        E.map((language) => absence(motif, language)),
      ),
    ),
    E.flatMap((all) => pipe(whiteNoise(LENGTH)(['0', '1']), E.flatMap(tiltExactly(all)))),
  ),
)

/** The process of a context: nine strings in ten have its motif. It is a tilt of the family, so its λ is found exactly. */
const truth = new Map<string, ExactTilt>(
  contexts.map((context) => {
    const own = right(motifProcess({ motif: motifOf(context), length: LENGTH, mixture: 0.9 }))
    const other = right(pipe(own, tiltExactly(family.features)))
    return [context, right(matchMoments(Array.from(exactTilt([0, 0])(other).moments))(family)).tilt]
  }),
)

/** KL(process ‖ p_λ(·|C)), by the automaton. */
const divergence = (context: string, lambda: Float64Array): number => {
  const own = held(truth, context)
  const found = exactTilt(Array.from(lambda))(family)
  return found.logPartition - own.logPartition + dot(own.moments, own.lambda) - dot(own.moments, lambda)
}

const pairs = (seed: number, each: number): readonly Pair<string, string>[] =>
  contexts.flatMap((context, i) => {
    const process = right(motifProcess({ motif: motifOf(context), length: LENGTH, mixture: 0.9 }))
    const drawn = sampleTexts(right(sample({ key: fold(key(seed), i), count: each })(process)))
    return drawn.map((thing) => ({ context, thing }))
  })

const options: ConditionalOptions = {
  executor: reference,
  key: key(3),
  hidden: 8,
  learningRate: 0.05,
  batch: 32,
  draws: 128,
  precision: 0.001,
  epochs: 8,
  patience: 8,
}

describe('conditional GAMs', () => {
  it('G21: the gradient is (E φ − φ)·∂λ/∂θ, by enumeration for a linear λ and by differences for a hidden layer', () =>
    run(
      effect(async (go) => {
        const base = Float64Array.from(strings.flatMap((x) => Array.from(features.of(x))))
        const size = { batch: 2, draws: strings.length }
        const feeds = {
          context: Float64Array.of(1, -1, 0.5, 2),
          data: Float64Array.of(0, 1, 1, 1),
          draws: Float64Array.from([...base, ...base]),
        }
        for (const hidden of [0, 3]) {
          const network = lambdaNetwork({ inputs: 2, hidden, features: 2 })
          const parameters = parameterInputs(network.parameters)
          const loss = conditionalLoss(network, parameters, conditionalInputs(network.size, size), 0.1)
          const values = Object.entries(network.initialise(key(1))).map(
            ([name, start], i) =>
              [name, Float64Array.from(start, (x, j) => x + 0.3 * Math.sin(1 + 7 * i + j))] as const,
          )
          const fed = (changed: typeof values) => ({
            ...feeds,
            ...Object.fromEntries(changed.map(([name, v]) => [`parameter/${name}`, v])),
          })
          const slopes = await go(evaluateOn(reference)(gradient(loss, parameters), fed(values)))
          const lossAt = async (changed: typeof values): Promise<number> =>
            at((await go(evaluateOn(reference)({ loss }, fed(changed)))).loss?.data ?? [], 0)
          for (const [name, own] of values)
            for (const j of own.keys()) {
              const moved = (by: number) =>
                lossAt(values.map(([n, v]) => [n, n === name ? v.map((x, k) => (k === j ? x + by : x)) : v]))
              const difference = ((await moved(1e-5)) - (await moved(-1e-5))) / 2e-5
              expect(Math.abs(at(slopes[name]?.data ?? [], j) - difference)).toBeLessThan(1e-8)
            }
          if (hidden > 0) continue
          const [bias, weight] = [
            values.find(([n]) => n === 'output.bias'),
            values.find(([n]) => n === 'output.weight'),
          ]
          const w = weight?.[1] ?? new Float64Array(0)
          const lambdaOf = (c: readonly [number, number]) =>
            [0, 1].map((f) => c[0] * at(w, f) + c[1] * at(w, 2 + f) + at(bias?.[1] ?? [], f))
          const excess = (
            [
              [1, -1],
              [0.5, 2],
            ] as const
          ).map((c, i) => {
            const lambda = lambdaOf(c)
            const { moments } = exactTilt(lambda)(family)
            return lambda.map((l, f) => at(moments, f) - at(feeds.data, 2 * i + f) + 0.1 * l)
          })
          const wanted = [0, 1].map((f) => (at(at(excess, 0), f) + at(at(excess, 1), f)) / 2)
          wanted.forEach((g, f) => expect(at(slopes['output.bias']?.data ?? [], f)).toBeCloseTo(g, 10))
        }
      }),
    ))

  it(
    'G21: λ(C) comes to the exact λ of every context, with its moments, and draws follow; one linear in the bits of a parity cannot',
    { timeout: 120_000 },
    () =>
      run(
        effect(async (go) => {
          const [training, validation] = [pairs(1, 80), pairs(2, 20)]
          const gam = await go(fitConditional<string, string>(options)(problem, training, validation))
          const lambdas = await go(gam.lambda(contexts))
          // Sixteen λ from 640 strings cost about 8/640 nats a context; draws of r, early stopping and the prior the rest.
          const gaps = contexts.map((context, i) => divergence(context, at(lambdas, i)))
          expect(mean(gaps)).toBeLessThan(0.06)

          const exact = lambdas.map((lambda) => exactTilt(Array.from(lambda))(family))
          const found = await go(conditionalMoments(key(5), 4000)(gam)(contexts))
          found.forEach(({ moments, standardErrors, logPartition }, i) => {
            moments.forEach((m, j) => {
              expect(Math.abs(m - at(at(exact, i).moments, j))).toBeLessThan(5.5 * at(standardErrors, j))
            })
            expect(Math.abs(logPartition - at(exact, i).logPartition)).toBeLessThan(0.1)
          })

          const each = 300
          const drawn = await go(distilConditional({ key: key(6), each, budget: 1e6, batch: 512 })(gam)(contexts))
          contexts.forEach((context, i) => {
            const own = drawn.filter((pair) => pair.context === context).map(({ thing }) => features.of(thing))
            expect(own).toHaveLength(each)
            MOTIFS.forEach((_, j) => {
              const share = at(at(exact, i).moments, j)
              const error = Math.sqrt((share * (1 - share)) / each)
              expect(Math.abs(mean(own.map((phi) => at(phi, j))) - share)).toBeLessThan(5.5 * error)
            })
          })

          const [weight] = await go(evaluate(gam.tilt.energy('000'))(['10110000']))
          expect(weight).toBeCloseTo(-at(at(lambdas, 0), 1), 5)
          gam.release()

          const straight = await go(
            fitConditional<string, string>({ ...options, hidden: 0 })(problem, training, validation),
          )
          const others = await go(straight.lambda(contexts))
          expect(mean(contexts.map((context, i) => divergence(context, at(others, i))))).toBeGreaterThan(0.3)
          straight.release()
        }),
      ),
  )

  it('asks for pairs, and for as many finite numbers of every context', async () => {
    const fit = fitConditional<string, string>(options)
    expect(left(await fit(problem, [], [])()).tag).toBe('Usage')
    const odd = { ...problem, encode: (context: string) => (context === '111' ? [0] : problem.encode(context)) }
    expect(left(await fit(odd, pairs(1, 1), pairs(2, 1))())).toMatchObject({ tag: 'Shape', facts: { inputs: 3 } })
    const broken = { ...problem, encode: () => [Number.NaN] }
    expect(left(await fit(broken, pairs(1, 1), pairs(2, 1))()).tag).toBe('Shape')
  })
})
