/**
 * A population from its first token to weighed texts, grown here or, in shares, elsewhere. Who grows a share does not matter: what a
 * particle draws depends on its island, its place and the step alone, and shares that end early stand until the last has, as if they
 * had grown side by side.
 */
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { at, lastOf } from '../at.ts'
import { breathe } from '../breath.ts'
import { effect, need, type Run, stopIfAborted } from '../effect.ts'
import { evaluate } from '../energy/energy.ts'
import type { Failure } from '../errors.ts'
import { logMeanExp } from '../math.ts'
import type { Chance } from './chance.ts'
import type { Death } from './death.ts'
import { textOf } from './model.ts'
import {
  advance,
  effectiveOf,
  ENERGY,
  type Grown,
  type Leaf,
  type Log,
  type Particle,
  partialOf,
  placeOf,
  type Population,
  type PopulationOptions,
  type Share,
  sharesOfTexts,
  type WeighedStep,
} from './population.ts'
import type { Tilting } from './proposal.ts'
import { resultOf, type Tilted } from './result.ts'

/** Whether texts never meet, so that each counts as an island of its own. */
const isIndependent = ({ threshold }: PopulationOptions): boolean => threshold === 0

/** The shares of a population: an island each, or so many texts that never meet. */
const sharesOf = (options: PopulationOptions): readonly Share[] =>
  isIndependent(options)
    ? sharesOfTexts(options.particles)
    : Array.from({ length: options.islands }, (_, first) => ({ first, count: 1 }))

/** A share as a population of its own: how many islands and particles stand before it in the whole. */
const ownOf = (
  options: PopulationOptions,
  { first, count }: Share,
): { readonly options: PopulationOptions; readonly island: number; readonly place: number } =>
  isIndependent(options)
    ? { options: { ...options, particles: count }, island: 0, place: first }
    : { options: { ...options, islands: count }, island: first, place: 0 }

const shifted = (chance: Chance, island: number, place: number): Chance => ({
  token: (own, particle, step) => chance.token(own + island, particle + place, step),
  ancestors: (own, step, weights, n) => chance.ancestors(own + island, step, weights, n),
})

const isLive = ({ status }: Particle): boolean => status === 'live'

/** Steps from `step` on until every text has ended, and `until` at least. */
const along = async (
  run: Run,
  tilting: Tilting,
  options: PopulationOptions,
  chance: Chance,
  {
    population: begun,
    step: first,
    until = 0,
    log,
  }: {
    readonly population: Population
    readonly step: number
    readonly until?: number
    readonly log: Log
  },
): Promise<Population> => {
  const { limit } = tilting.prepared.target
  let population = begun
  for (let step = first; step < until || population.particles.some(isLive); step++) {
    await breathe()
    if (options.signal !== undefined) stopIfAborted(options.signal)
    population = await advance(run, tilting, options, chance, population, limit - step, log)
    options.onStep?.(partialOf(tilting, options, population, step + 1))
    options.progress?.advance(1, { ended: population.particles.filter(({ status }) => status === 'ended').length })
  }
  return population
}

/** A population without tokens. */
const beginning = ({ prepared: { target, rows }, twist }: Tilting, options: PopulationOptions): Population => {
  const start = twist(0, target.limit)
  return {
    rows,
    logMeans: new Float64Array(options.islands),
    particles: Array.from({ length: options.islands * options.particles }, (_, i) => ({
      status: 'live',
      tokens: [],
      state: 0,
      row: 0,
      logWeight: start,
      energy: 0,
      origin: i,
    })),
  }
}

/** Grows a share of a population from its first token to its end. */
export const growShare = (
  tilting: Tilting,
  whole: PopulationOptions,
  chance: Chance,
  share: Share,
): TE.TaskEither<Failure, Grown> =>
  effect(async (run) => {
    const { options, island, place } = ownOf(whole, share)
    const log: Log = { steps: [], deaths: [] }
    const population = beginning(tilting, options)
    const grown = await along(run, tilting, options, shifted(chance, island, place), { population, step: 0, log })
    const before = island * options.particles + place
    return {
      leaves: grown.particles.map(
        ({ status, tokens, logWeight, origin }): Leaf => ({
          status: status === 'ended' ? status : 'dead',
          tokens,
          logWeight,
          origin: origin + before,
        }),
      ),
      logMeans: Array.from(grown.logMeans),
      steps: log.steps.map((step) => ({ ...step, island: step.island + island })),
      deaths: log.deaths.map((death) => ({
        ...death,
        island: death.island + island,
        particle: death.particle + place,
      })),
    }
  })

/** A share that has ended, until the others have. */
const standing = async (
  run: Run,
  tilting: Tilting,
  whole: PopulationOptions,
  chance: Chance,
  { share, grown, until }: { readonly share: Share; readonly grown: Grown; readonly until: number },
): Promise<{ readonly population: Population; readonly steps: readonly WeighedStep[] }> => {
  const { progress: _, onStep: __, ...quiet } = whole
  const { options, island, place } = ownOf(quiet, share)
  const log: Log = { steps: [], deaths: [] }
  const ended: Population = {
    rows: tilting.prepared.rows,
    logMeans: Float64Array.from(grown.logMeans),
    particles: grown.leaves.map((leaf) => ({ ...leaf, state: 0, row: -1, energy: 0 })),
  }
  const step = grown.steps.length === 0 ? 0 : lastOf(grown.steps).step + 1
  const chances = shifted(chance, island, place)
  const population = await along(run, tilting, options, chances, { population: ended, step, until, log })
  return {
    population,
    steps: [...grown.steps, ...log.steps.map((each) => ({ ...each, island: each.island + island }))],
  }
}

/** Steps of texts that never meet, of all shares together. */
const together = (steps: readonly WeighedStep[]): readonly WeighedStep[] => {
  const byStep = new Map<number, WeighedStep[]>()
  for (const each of steps) byStep.set(each.step, [...(byStep.get(each.step) ?? []), each])
  return [...byStep.values()].map((shares) => ({ ...at(shares, 0), effectiveSampleSize: effectiveOf(shares) }))
}

/** What came of shares, as one population. */
const joined = async (
  run: Run,
  tilting: Tilting,
  options: PopulationOptions,
  chance: Chance,
  parts: readonly { readonly share: Share; readonly grown: Grown }[],
): Promise<{ readonly population: Population; readonly log: Log }> => {
  const until = Math.max(...parts.map(({ grown: { steps } }) => (steps.length === 0 ? 0 : lastOf(steps).step + 1)))
  const all: Awaited<ReturnType<typeof standing>>[] = []
  for (const part of parts) all.push(await standing(run, tilting, options, chance, { ...part, until }))
  const steps = all.flatMap((each) => each.steps).toSorted((a, b) => a.step - b.step || a.island - b.island)
  return {
    population: {
      rows: tilting.prepared.rows,
      logMeans: isIndependent(options)
        ? new Float64Array(1)
        : Float64Array.from(all.flatMap(({ population }) => Array.from(population.logMeans))),
      particles: all.flatMap(({ population }) => population.particles),
    },
    log: {
      steps: isIndependent(options) ? [...together(steps)] : steps,
      deaths: parts.flatMap(({ grown: { deaths } }) => deaths),
    },
  }
}

const inOrder = (deaths: readonly Death[]): readonly Death[] =>
  deaths.toSorted((a, b) => a.step - b.step || a.island - b.island || a.particle - b.particle)

/** Weighs whole texts by their energies, as far as that is not done. */
const finish = async (
  run: Run,
  { prepared }: Tilting,
  options: PopulationOptions,
  { particles, logMeans }: Population,
  log: Log,
): Promise<Tilted> => {
  const { energy, model, limit } = prepared.target
  const texts = particles.map(({ tokens }) => textOf(model.texts, tokens))
  const ended = particles.flatMap(({ status }, i) => (status === 'ended' ? [i] : []))
  const values =
    energy === undefined ? new Float64Array(ended.length) : await run(evaluate(energy)(ended.map((i) => at(texts, i))))
  const final = new Float64Array(particles.length).fill(Number.NEGATIVE_INFINITY)
  for (const [k, i] of ended.entries()) {
    const { logWeight, energy: had } = at(particles, i)
    final[i] = logWeight - (at(values, k) - had)
    if (at(values, k) < Number.POSITIVE_INFINITY) continue
    const [island, particle] = placeOf(i, options)
    log.deaths.push({
      island,
      particle,
      step: Math.min(limit, at(particles, i).tokens.length),
      text: at(texts, i),
      cause: ENERGY,
    })
  }
  const n = options.particles
  const share = Math.log(n * options.islands)
  return need(
    resultOf({
      sampler: options.sampler,
      texts,
      tokens: particles.map(({ tokens }) => tokens),
      logWeights: final.map((log, i) => at(logMeans, placeOf(i, options)[0]) + log - share),
      origins: Int32Array.from(particles, ({ origin }) => origin),
      // Particles that are never resampled are independent: each is an estimate of its own.
      independent: isIndependent(options),
      islands: Int32Array.from(particles, (_, i) => (isIndependent(options) ? i : at(placeOf(i, options), 0))),
      partitions: isIndependent(options)
        ? final
        : logMeans.map((logMean, island) => logMean + logMeanExp(final.slice(island * n, (island + 1) * n))),
      steps: log.steps.map(({ logSum: _, ...step }) => step),
      deaths: inOrder(log.deaths),
    }),
  )
}

/**
 * Runs a population. `exp` of its log Z is unbiased for Z, and `Ẑ·Σ w·f` for `Z·E_p f`, for every number of particles, every
 * threshold, every twist and proposal. `Support` when all particles die: it names the constraint.
 */
export const runPopulation = (
  tilting: Tilting,
  options: PopulationOptions,
  chance: Chance,
): TE.TaskEither<Failure, Tilted> =>
  effect(async (run) => {
    const { elsewhere } = options
    if (elsewhere !== undefined) {
      const shares = sharesOf(options)
      const parts = (await run(elsewhere(shares))).map((grown, i) => ({ share: at(shares, i), grown }))
      const { population, log } = await joined(run, tilting, options, chance, parts)
      return finish(run, tilting, options, population, log)
    }
    const log: Log = { steps: [], deaths: [] }
    options.progress?.start(options.sampler, tilting.prepared.target.limit + 1)
    const population = await along(run, tilting, options, chance, {
      population: beginning(tilting, options),
      step: 0,
      log,
    })
    options.progress?.end()
    return finish(run, tilting, options, population, log)
  })
