/**
 * Sequential Monte Carlo over texts (Del Moral, Doucet and Jasra 2006; Lew et al. 2023): one step of a population, which grows token by
 * token, is weighed, and is resampled when few of its weights count. Islands are populations that never meet; they share the model's
 * batches, and their spread is the error of log Z.
 */
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import type { Run } from '../effect.ts'
import { type Energy, evaluate } from '../energy/energy.ts'
import type { Failure } from '../errors.ts'
import { logSumExp, softmax } from '../math.ts'
import type { Progress } from '../progress.ts'
import type { Chance } from './chance.ts'
import { causeOf, type Death } from './death.ts'
import { type Rows, textOf } from './model.ts'
import { END, type Proposal, proposalOf, type ProposalKind, type Standing, type Tilting } from './proposal.ts'
import { effectiveSize, type StepReport, type Tilted } from './result.ts'

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
  /** Grows it elsewhere, in shares; here unless given. */
  readonly elsewhere?: (shares: readonly Share[]) => TE.TaskEither<Failure, readonly Grown[]>
}

/** Part of a population: `count` islands, or texts of one that is never resampled, from `first` on. */
export interface Share {
  readonly first: number
  readonly count: number
}

/** A text that has ended or died, as `Particle`. */
export type Leaf = Pick<Particle, 'tokens' | 'logWeight' | 'origin'> & { readonly status: 'ended' | 'dead' }

/** A share when all its texts have ended or died: texts, log means of its islands, what was written down. Numbers are the whole's. */
export interface Grown {
  readonly leaves: readonly Leaf[]
  readonly logMeans: readonly number[]
  readonly steps: readonly WeighedStep[]
  readonly deaths: readonly Death[]
}

/** A population on its way, after `step` tokens: what its texts are so far, whether each has ended, and their weights (sum 1). */
export interface PartialTexts {
  readonly step: number
  readonly texts: readonly string[]
  readonly ended: readonly boolean[]
  readonly weights: Float64Array
}

/** A text on its way. */
export interface Particle {
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

/** Particles of all islands, one island after the other. */
export interface Population {
  readonly particles: readonly Particle[]
  readonly rows: Rows
  /** log of the product of mean weights at the resamplings so far, by island. */
  readonly logMeans: Float64Array
}

/** A step of an island with the log of the sum of its weights, or of the texts of a share. */
export interface WeighedStep extends StepReport {
  readonly logSum: number
}

/** What a run writes down as it goes. */
export interface Log {
  readonly steps: WeighedStep[]
  readonly deaths: Death[]
}

const dead = (particle: Particle): Particle => ({ ...particle, status: 'dead', logWeight: Number.NEGATIVE_INFINITY })

/** The island of a particle, and its place there. */
export const placeOf = (
  i: number,
  { particles }: Pick<PopulationOptions, 'particles'>,
): readonly [island: number, particle: number] => [Math.floor(i / particles), i % particles]

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

/** Texts that never meet are weighed in shares of so many, each for itself: so it does not matter who grows which. */
const TEXTS_OF_SHARE = 64

/** The shares of so many texts that never meet. */
export const sharesOfTexts = (count: number): readonly Share[] =>
  Array.from({ length: Math.ceil(count / TEXTS_OF_SHARE) }, (_, i) => ({
    first: i * TEXTS_OF_SHARE,
    count: Math.min(TEXTS_OF_SHARE, count - i * TEXTS_OF_SHARE),
  }))

/** Weights as their log sum and their effective number. */
type WeightSums = Pick<WeighedStep, 'logSum' | 'effectiveSampleSize'>

/** The effective number of weights in shares: `(Σ_b S_b)² / Σ_b S_b²/n_b`, between 0 (all are 0) and the sum of the shares' own. */
export const effectiveOf = (shares: readonly WeightSums[]): number => {
  const living = shares.filter(({ logSum }) => logSum > Number.NEGATIVE_INFINITY)
  const [first] = living
  if (first === undefined) return 0
  if (living.length === 1) return first.effectiveSampleSize
  const total = logSumExp(living.map(({ logSum }) => logSum))
  return Math.exp(2 * total - logSumExp(living.map((each) => 2 * each.logSum - Math.log(each.effectiveSampleSize))))
}

const sumsOf = (logs: Float64Array): WeightSums => {
  const logSum = logSumExp(logs)
  return {
    logSum,
    effectiveSampleSize: logSum === Number.NEGATIVE_INFINITY ? 0 : Math.min(logs.length, effectiveSize(softmax(logs))),
  }
}

const independentSums = (logs: Float64Array): readonly WeightSums[] =>
  sharesOfTexts(logs.length).map(({ first, count }) => sumsOf(logs.subarray(first, first + count)))

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
    const effectiveSampleSize =
      options.threshold === 0 ? effectiveOf(independentSums(logs)) : none ? 0 : Math.min(n, effectiveSize(weights))
    const due = !none && effectiveSampleSize <= options.threshold * n
    const ancestors = due ? chance.ancestors(island, step, weights, n) : undefined
    log.steps.push({ step, island, effectiveSampleSize, ancestors, logSum: total })
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
export const ENERGY = 'the energy'

/** One step of the whole population; of one that has ended, what becomes of it while others have not. */
export const advance = async (
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
export const partialOf = (
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
