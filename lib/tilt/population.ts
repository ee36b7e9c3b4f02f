/**
 * Sequential Monte Carlo over texts (Del Moral, Doucet and Jasra 2006; Lew et al. 2023): a population grows token by token,
 * is weighed at each step, and is resampled when few of its weights count. Islands are populations that never meet; they
 * share the model's batches, and their spread is the error of log Z.
 */
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { breathe } from '../breath.ts'
import { effect, need, type Run, stopIfAborted } from '../effect.ts'
import { type Energy, evaluate } from '../energy/energy.ts'
import type { Failure } from '../errors.ts'
import { logMeanExp, logSumExp, softmax } from '../math.ts'
import type { Progress } from '../progress.ts'
import type { Chance } from './chance.ts'
import { causeOf, type Death } from './death.ts'
import { type Rows, textOf } from './model.ts'
import { END, type Proposal, proposalOf, type ProposalKind, type Standing, type Tilting } from './proposal.ts'
import { effectiveSize, resultOf, type StepReport, type Tilted } from './result.ts'

/** A population's size and ways. */
export interface PopulationOptions {
  readonly sampler: Tilted['sampler']
  readonly islands: number
  /** Of each island. */
  readonly particles: number
  readonly proposal: ProposalKind
  /** An island is resampled when its effective size is at most this share of its particles: 0 never, 1 always. */
  readonly threshold: number
  /** Whether the energy is also taken of every prefix, in steps that add up to that of the text. */
  readonly prefixes: boolean
  readonly progress?: Progress
  readonly signal?: AbortSignal
  /** Told the texts so far after every step, while the next waits. */
  readonly onStep?: (partial: PartialTexts) => void
}

/** A population on its way, after `step` tokens: what its texts are so far, whether each has ended, and their weights (sum 1). */
export interface PartialTexts {
  readonly step: number
  readonly texts: readonly string[]
  readonly ended: readonly boolean[]
  readonly weights: Float64Array
}

interface Particle {
  readonly status: 'live' | 'ended' | 'dead'
  readonly tokens: readonly number[]
  readonly state: number
  /** Of the model's rows; of no meaning once it has ended. */
  readonly row: number
  /** Since the island was last resampled (nats). */
  readonly logWeight: number
  /** E of the text so far, where it is taken of prefixes. */
  readonly energy: number
  readonly origin: number
}

interface Population {
  readonly particles: readonly Particle[]
  readonly rows: Rows
  /** log of the product of mean weights at the resamplings so far, by island. */
  readonly logMeans: Float64Array
}

/** What a run writes down as it goes. */
interface Log {
  readonly steps: StepReport[]
  readonly deaths: Death[]
}

const dead = (particle: Particle): Particle => ({ ...particle, status: 'dead', logWeight: Number.NEGATIVE_INFINITY })

const placeOf = (i: number, { particles }: PopulationOptions): readonly [island: number, particle: number] => [
  Math.floor(i / particles),
  i % particles,
]

const standingOf = ({ tokens, state, row }: Particle, rows: Rows, left: number): Standing => ({
  tokens,
  state,
  left,
  // A forced end asks nothing of the model.
  logs: row < 0 ? new Float64Array(0) : at(rows.logs, row),
  proposals: row < 0 || rows.proposals === undefined ? undefined : at(rows.proposals, row),
})

/** The proposals of living particles; those alike (same row, same state) share one. */
const propose = (tilting: Tilting, { proposal }: PopulationOptions, { particles, rows }: Population, left: number) => {
  const known = new Map<string, Proposal>()
  return particles.map((particle): Proposal | undefined => {
    if (particle.status !== 'live') return undefined
    const name = `${particle.row} ${particle.state}`
    const found = particle.row < 0 ? undefined : known.get(name)
    const own = found ?? proposalOf[proposal](tilting, standingOf(particle, rows, left))
    known.set(name, own)
    return own
  })
}

/** Resamples the islands that need it: for each place the place that it is taken from, and the means that this leaves. */
const resampled = (
  options: PopulationOptions,
  chance: Chance,
  { particles, logMeans }: Population,
  step: number,
  log: Log,
): { readonly from: Int32Array; readonly renewed: readonly boolean[]; readonly logMeans: Float64Array } => {
  const n = options.particles
  const from = Int32Array.from(particles.keys())
  const means = Float64Array.from(logMeans)
  const renewed = Array.from({ length: options.islands }, (_, island) => {
    const logs = Float64Array.from(particles.slice(island * n, (island + 1) * n), ({ logWeight }) => logWeight)
    const total = logSumExp(logs)
    const none = total === Number.NEGATIVE_INFINITY
    const weights = none ? logs.map(() => 0) : softmax(logs)
    const effectiveSampleSize = none ? 0 : Math.min(n, effectiveSize(weights))
    const due = !none && effectiveSampleSize <= options.threshold * n
    const ancestors = due ? chance.ancestors(island, step, weights, n) : undefined
    log.steps.push({ step, island, effectiveSampleSize, ancestors })
    if (ancestors === undefined) return false
    ancestors.forEach((ancestor, i) => {
      from[island * n + i] = island * n + ancestor
    })
    means[island] = at(means, island) + total - Math.log(n)
    return true
  })
  return { from, renewed, logMeans: means }
}

/** The energy of prefixes, where one is asked for. */
const guideOf = ({ prepared }: Tilting, { prefixes }: PopulationOptions): Energy<string> | undefined =>
  prefixes ? (prepared.target.prefixEnergy ?? prepared.target.energy) : undefined

/** Energies of prefixes: each particle's weight moves by the difference to its last one; an infinite one ends it. */
const potentials = async (
  run: Run,
  tilting: Tilting,
  options: PopulationOptions,
  particles: readonly Particle[],
  died: (i: number, particle: Particle, cause: string) => void,
): Promise<readonly Particle[]> => {
  const energy = guideOf(tilting, options)
  const { model } = tilting.prepared.target
  if (energy === undefined) return particles
  const living = particles.filter(({ status }) => status === 'live')
  const values = await run(evaluate(energy)(living.map(({ tokens }) => textOf(model.texts, tokens))))
  let k = 0
  return particles.map((particle, i) => {
    if (particle.status !== 'live') return particle
    const now = at(values, k++)
    if (now < Number.POSITIVE_INFINITY)
      return { ...particle, energy: now, logWeight: particle.logWeight - (now - particle.energy) }
    died(i, particle, ENERGY)
    return dead(particle)
  })
}

/** What an infinite energy is called as a cause of death. */
const ENERGY = 'the energy'

/** One step of the whole population. */
const advance = async (
  run: Run,
  tilting: Tilting,
  options: PopulationOptions,
  chance: Chance,
  population: Population,
  left: number,
  log: Log,
): Promise<Population> => {
  const { target, forced } = tilting.prepared
  const step = target.limit - left
  const died = (i: number, { tokens }: Particle, cause: string): void => {
    const [island, particle] = placeOf(i, options)
    log.deaths.push({ island, particle, step, text: textOf(target.model.texts, tokens), cause })
  }
  const proposals = propose(tilting, options, population, left)
  const weighed = population.particles.map((particle, i) => {
    const proposal = proposals[i]
    if (proposal === undefined) return particle
    if (proposal.logWeight > Number.NEGATIVE_INFINITY)
      return { ...particle, logWeight: particle.logWeight + proposal.logWeight }
    died(i, particle, causeOf(tilting, standingOf(particle, population.rows, left)))
    return dead(particle)
  })
  const { from, renewed, logMeans } = resampled(options, chance, { ...population, particles: weighed }, step, log)
  const [parents, tokens]: [number[], number[]] = [[], []]
  const drawn = Array.from(from, (source, i): Particle => {
    const [island, place] = placeOf(i, options)
    const before = at(weighed, source)
    const particle = renewed[island] === true ? { ...before, logWeight: 0 } : before
    const proposal = proposals[source]
    if (particle.status !== 'live' || proposal === undefined) return particle
    const move = proposal.draw(chance.token(island, place, step))
    const logWeight = particle.logWeight + move.logWeight
    if (logWeight === Number.NEGATIVE_INFINITY) {
      died(i, particle, causeOf(tilting, standingOf(particle, population.rows, left), [move.token]))
      return dead(particle)
    }
    if (move.token === END) return { ...particle, status: 'ended', logWeight }
    const last = forced && left === 1
    if (!last) {
      parents.push(particle.row)
      tokens.push(move.token)
    }
    return {
      ...particle,
      tokens: [...particle.tokens, move.token],
      state: move.state,
      logWeight,
      row: last ? -1 : parents.length - 1,
    }
  })
  const rows = parents.length === 0 ? population.rows : await run(population.rows.grow(parents, tokens))
  return { particles: await potentials(run, tilting, options, drawn, died), rows, logMeans }
}

/** What is known of a population on its way; where all particles are dead, their weights are 0. */
const partialOf = (
  { prepared: { target } }: Tilting,
  options: PopulationOptions,
  { particles, logMeans }: Population,
  step: number,
): PartialTexts => {
  const logs = Float64Array.from(particles, ({ logWeight }, i) => logWeight + at(logMeans, at(placeOf(i, options), 0)))
  return {
    step,
    texts: particles.map(({ tokens }) => textOf(target.model.texts, tokens)),
    ended: particles.map(({ status }) => status === 'ended'),
    weights: logSumExp(logs) === Number.NEGATIVE_INFINITY ? new Float64Array(logs.length) : softmax(logs),
  }
}

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
      independent: options.threshold === 0,
      islands: Int32Array.from(particles, (_, i) => (options.threshold === 0 ? i : at(placeOf(i, options), 0))),
      partitions:
        options.threshold === 0
          ? final
          : logMeans.map((logMean, island) => logMean + logMeanExp(final.slice(island * n, (island + 1) * n))),
      ...log,
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
    const { target, rows } = tilting.prepared
    const count = options.islands * options.particles
    const start = tilting.twist(0, target.limit)
    let population: Population = {
      rows,
      logMeans: new Float64Array(options.islands),
      particles: Array.from({ length: count }, (_, i) => ({
        status: 'live',
        tokens: [],
        state: 0,
        row: 0,
        logWeight: start,
        energy: 0,
        origin: i,
      })),
    }
    const log: Log = { steps: [], deaths: [] }
    options.progress?.start(options.sampler, target.limit + 1)
    for (let left = target.limit; population.particles.some(({ status }) => status === 'live'); left--) {
      await breathe()
      if (options.signal !== undefined) stopIfAborted(options.signal)
      population = await advance(run, tilting, options, chance, population, left, log)
      options.onStep?.(partialOf(tilting, options, population, target.limit - left + 1))
      options.progress?.advance(1, { ended: population.particles.filter(({ status }) => status === 'ended').length })
    }
    options.progress?.end()
    return finish(run, tilting, options, population, log)
  })
