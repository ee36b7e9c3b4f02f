/**
 * Strings of `p_λ` by sequential Monte Carlo: prefixes are drawn from r times the expected `e^{⟨λ, φ⟩}` of what may follow, which
 * the product of the features' automata tells under a PFSA fitted to samples of r, and weights make up for what the PFSA gets
 * wrong. A property that one string in thousands has costs no more than another.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../../at.ts'
import { need } from '../../effect.ts'
import { type Failure, failure } from '../../errors.ts'
import { type Key, fold } from '../../key.ts'
import {
  bytesOfTexts,
  drawTexts,
  fittedTwist,
  ofLanguage,
  prepare,
  runtimeModel,
  smc,
  type Soft,
  type Tilted,
} from '../../tilt/index.ts'
import { resultOf } from '../../tilt/result.ts'
import type { GamRun } from './context.ts'
import type { GamFeatures } from './features.ts'
import { type StringModel, stringBase } from './language.ts'
import type { Population } from './population.ts'

/** Islands of a population, and the most particles of one. */
const ISLANDS = 4
const MOST_PARTICLES = 1024
/** Samples of r that the twist is fitted to, at most. */
const FITTED = 16_384

/** `λ_j φ_j` of every feature as a soft constraint. `Usage` for a pattern that is no automaton. */
export const softFeatures = (
  { automata }: GamFeatures,
  alphabet: GamRun['strings']['alphabet'],
  lambda: readonly number[],
): E.Either<Failure, readonly Soft[]> =>
  pipe(
    automata(alphabet),
    E.flatMap(
      E.traverseArray(({ name, language, inside, outside }) =>
        pipe(
          ofLanguage(name, language),
          E.map((of) => ({ of, inside, outside })),
        ),
      ),
    ),
    E.map((features) =>
      features.map(({ of, inside, outside }, j) => ({
        of,
        inside: at(lambda, j) * inside,
        outside: at(lambda, j) * outside,
      })),
    ),
    E.mapLeft(({ what, facts }) =>
      failure('Usage', `--sampler smc needs every feature as an automaton: ${what}`, 'use --sampler rejection', facts),
    ),
  )

/** Populations of one target as one: each island keeps its estimate of Z. */
const together = (populations: readonly Tilted[]): E.Either<Failure, Tilted> => {
  const share = Math.log(populations.length)
  const offsets = populations.map((_, i) => populations.slice(0, i).reduce((n, { texts }) => n + texts.length, 0))
  return resultOf({
    sampler: 'smc',
    texts: populations.flatMap(({ texts }) => texts),
    tokens: populations.flatMap(({ tokens }) => tokens),
    logWeights: Float64Array.from(populations.flatMap(({ logWeights }) => Array.from(logWeights, (l) => l - share))),
    origins: Int32Array.from(populations.flatMap(({ origins }, i) => Array.from(origins, (o) => o + at(offsets, i)))),
    islands: Int32Array.from(populations.flatMap(({ islands }, i) => Array.from(islands, (n) => n + ISLANDS * i))),
    partitions: Float64Array.from(populations.flatMap(({ logPartition }) => [...logPartition.islands])),
    independent: false,
    steps: [],
    deaths: populations.flatMap(({ deaths }) => deaths),
  })
}

/** A weighted population of at least `count` strings of `r·e^{⟨λ,φ⟩}`; `exp` of its log Z is unbiased for Z. */
export const twistedPopulation = async (
  gam: GamRun,
  base: StringModel,
  lambda: readonly number[],
  key: Key,
  count: number,
): Promise<Tilted> => {
  const { run, options, services, strings, features, limit } = gam
  const symbols = strings.alphabet.symbols
  const model = need(
    runtimeModel(base.runtime, base.parameters, { texts: bytesOfTexts([...symbols, '']), ends: [symbols.length] }),
  )
  const soft = need(softFeatures(features, strings.alphabet, lambda))
  const samples = await run(stringBase(base).sample(fold(key, 0), Math.min(options.bank, FITTED)))
  const tokens = samples.map((text) => Array.from(text, (symbol) => symbols.indexOf(symbol)))
  const target = await run(prepare({ model, soft, limit, ending: 'forced' }))
  const twist = fittedTwist(tokens)(target)
  const particles = Math.min(MOST_PARTICLES, Math.ceil(count / ISLANDS))
  const populations: Tilted[] = []
  for (let i = 0; i < Math.ceil(count / (ISLANDS * particles)); i++) {
    const draw = smc(fold(key, 2 + i), {
      particles: ISLANDS * particles,
      islands: ISLANDS,
      twist: () => twist,
      signal: services.signal,
    })
    populations.push(await run(draw(target)))
    services.progress.advance(ISLANDS * particles, {})
  }
  return need(together(populations))
}

/** Strings drawn by their weights, and what to think of them. */
export const drawTwisted = async (
  gam: GamRun,
  base: StringModel,
  lambda: readonly number[],
  key: Key,
  count: number,
): Promise<{ readonly samples: readonly string[]; readonly population: Population }> => {
  const found = await twistedPopulation(gam, base, lambda, key, count)
  const samples = drawTexts(fold(key, 1), count)(found)
  const { effectiveSampleSize, logPartition, doubts } = found
  return {
    samples,
    population: {
      particles: found.texts.length,
      effectiveSampleSize,
      distinct: new Set(samples).size,
      logZ: logPartition.value,
      standardError: logPartition.standardError,
      doubts,
    },
  }
}
