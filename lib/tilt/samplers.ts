/** The samplers of a tilted model: one target, one kind of answer, different ways and costs. */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure } from '../errors.ts'
import type { Key } from '../key.ts'
import { unknownName } from '../names.ts'
import type { Progress } from '../progress.ts'
import { chanceOf, type ResamplingKind, resamplingKinds } from './chance.ts'
import { growShare, runPopulation } from './islands.ts'
import type { Grown, PartialTexts, PopulationOptions, Share } from './population.ts'
import type { Check, Tilting } from './proposal.ts'
import type { Tilted } from './result.ts'
import { type Prepared, prepare, type Target } from './target.ts'
import { type Twist, type TwistKind, twistKinds, twistOf, withinSight } from './twist.ts'

/** What every sampler takes. */
export interface SamplerOptions {
  /** In all; 64 unless given. */
  readonly particles?: number
  /** Any function of a prefix, asked token by token: false rules the token out. */
  readonly check?: Check
  readonly progress?: Progress
  /** Ends the run before its next step, as `Interrupted`. */
  readonly signal?: AbortSignal
  /** Told the texts so far after every step: to show them as they grow. */
  readonly onStep?: (partial: PartialTexts) => void
}

/** What is to be known of a population, beside its target, key and look ahead, by whoever grows shares of it. */
export interface PopulationSize {
  readonly sampler: Exclude<Tilted['sampler'], 'chain'>
  /** In all. */
  readonly particles: number
  readonly islands: number
}

/** Has shares of a population grown elsewhere. */
export type Elsewhere = (
  key: Key,
  size: PopulationSize,
) => (shares: readonly Share[]) => TE.TaskEither<Failure, readonly Grown[]>

/** What sequential Monte Carlo takes besides. */
export interface SmcOptions extends SamplerOptions {
  /** Populations that do not meet, all of one size; 4 unless given. */
  readonly islands?: number
  /** Share of effective particles at or below which an island is resampled; ½ unless given. */
  readonly threshold?: number
  /** `stratified` unless given. */
  readonly resampling?: ResamplingKind
  /** How proposals look ahead, or a twist of one's own (`fittedTwist`); `surrogate` unless given. */
  readonly twist?: Ahead
  /** Whether the energy weighs every prefix on the way (`prefixes`), or whole texts alone (`end`, unless given). */
  readonly energyAt?: 'end' | 'prefixes'
}

/** A kind of twist, or one made for the target. */
export type Ahead = TwistKind | ((prepared: Prepared) => Twist)

/** A sampler with its key and options: from a target, or one made ready, to a population. */
export type Sampler = (target: Target | Prepared) => TE.TaskEither<Failure, Tilted>

const PARTICLES = 64

/** Most particles of a population. */
const MOST_PARTICLES = 2 ** 20

const sizeFailure = (particles: number, islands: number, threshold: number): Failure | undefined => {
  if (!Number.isInteger(particles) || particles < 1)
    return failure('Domain', `${particles} particles`, 'give a whole number from 1', { particles })
  if (particles > MOST_PARTICLES)
    return failure(
      'Limit',
      `${particles} particles`,
      `give at most ${MOST_PARTICLES}, and join populations of several keys`,
      { particles },
    )
  if (!Number.isInteger(islands) || islands < 1 || particles % islands !== 0)
    return failure('Domain', `${particles} particles in ${islands} islands`, 'give islands of one size', {
      particles,
      islands,
    })
  return threshold >= 0 && threshold <= 1
    ? undefined
    : failure('Domain', `a threshold of ${threshold}`, 'give a share from 0 (never) to 1 (always)', { threshold })
}

/** A target with its twist and check. */
export const tilting = (prepared: Prepared, ahead: Ahead, check?: Check): Tilting => ({
  prepared,
  check,
  twist:
    typeof ahead === 'function' ? ahead(prepared) : twistOf(ahead, prepared.graph, prepared.target.limit, prepared),
})

/** A population's ways; its particles are those of the sampler's options. */
type Ways = Omit<PopulationOptions, 'particles' | 'progress' | 'signal' | 'onStep' | 'elsewhere' | 'sampler'> & {
  readonly sampler: PopulationSize['sampler']
  readonly twist: Ahead
  readonly resampling: ResamplingKind
}

/** The usual ways of sequential Monte Carlo: a threshold of ½, stratified resampling, energies of whole texts. */
const smcWays = (islands: number, twist: Ahead): Ways => ({
  sampler: 'smc',
  twist,
  resampling: 'stratified',
  islands,
  proposal: 'adapted',
  threshold: 0.5,
  prefixes: false,
})

/** The ways of independent particles, by the name of the sampler. */
const independentWays = (sampler: Exclude<PopulationSize['sampler'], 'smc'>): Ways => ({
  sampler,
  twist: 'none',
  resampling: 'stratified',
  islands: 1,
  proposal: ({ masking: 'adapted', 'adaptive rejection': 'rejection', sir: 'model' } as const)[sampler],
  threshold: 0,
  prefixes: false,
})

/** A target made ready for a population, after its numbers were checked. */
const ready = (
  target: Target | Prepared,
  particles: number,
  { islands, threshold, proposal, twist }: Ways,
): TE.TaskEither<Failure, Prepared> => {
  const wrong = sizeFailure(particles, islands, threshold)
  if (wrong !== undefined) return TE.left(wrong)
  return pipe(
    'lifted' in target ? TE.right(target) : prepare(target),
    TE.chainFirstEitherK(({ graph, target: { limit } }) =>
      typeof twist === 'function' ? E.right(graph) : withinSight(twist, graph, limit),
    ),
    TE.chainFirstEitherK(({ rows }) =>
      proposal === 'rejection' && rows.proposals !== undefined
        ? E.left(
            failure(
              'Domain',
              'adaptive rejection proposes by the model itself, and another proposal is given',
              'give the model alone, or sample by smc, masking or sir',
            ),
          )
        : E.right(undefined),
    ),
  )
}

/** An adapted or other population of a target. */
const population = (
  key: Key,
  target: Target | Prepared,
  { particles = PARTICLES, check, progress, signal, onStep }: SamplerOptions,
  { twist, resampling, ...ways }: Ways,
  elsewhere?: Elsewhere,
): TE.TaskEither<Failure, Tilted> =>
  pipe(
    ready(target, particles, { twist, resampling, ...ways }),
    TE.chain((prepared) =>
      runPopulation(
        tilting(prepared, twist, check),
        {
          ...ways,
          particles: particles / ways.islands,
          ...(progress === undefined ? {} : { progress }),
          ...(signal === undefined ? {} : { signal }),
          ...(onStep === undefined ? {} : { onStep }),
          ...(elsewhere === undefined
            ? {}
            : { elsewhere: elsewhere(key, { sampler: ways.sampler, particles, islands: ways.islands }) }),
        },
        chanceOf(key, resampling),
      ),
    ),
  )

const waysOf = ({ sampler, islands }: PopulationSize, twist: Ahead): Ways =>
  sampler === 'smc' ? smcWays(islands, twist) : independentWays(sampler)

/** A sampler by its name, in its usual ways, whose population grows elsewhere where that is given. */
export const samplerFor =
  (
    size: PopulationSize,
    twist: Ahead,
    { progress, elsewhere }: { readonly progress: Progress; readonly elsewhere?: Elsewhere | undefined },
  ) =>
  (key: Key): Sampler =>
  (target) =>
    population(key, target, { particles: size.particles, progress }, waysOf(size, twist), elsewhere)

/** Grows a share of the population of `samplerFor`, of the same target and key. */
export const shareFor =
  (
    size: PopulationSize,
    twist: Ahead,
    { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
  ) =>
  (key: Key, share: Share) =>
  (target: Target): TE.TaskEither<Failure, Grown> => {
    const ways = waysOf(size, twist)
    return pipe(
      ready(target, size.particles, ways),
      TE.chain((prepared) =>
        growShare(
          tilting(prepared, ways.twist),
          { ...ways, particles: size.particles / ways.islands, progress, signal },
          chanceOf(key, ways.resampling),
          share,
        ),
      ),
    )
  }

/**
 * Sequential Monte Carlo: particles that look ahead by the automaton, resampled when few of them count. The same key gives
 * the same texts to the bit. Failures as those of `prepare`; `Usage` for a name that is none; `Domain` for islands of unequal size; `Support` when all
 * particles die.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const target = { model, constraint: right(containingAll(['aa'])), limit: 8 }
 * const { texts, logPartition } = await run(smc(key(1), { particles: 100 })(target))
 * texts.every((text) => text.includes('aa')) // => true
 * logPartition.value // => -1.11993
 */
export const smc =
  (key: Key, options: SmcOptions = {}): Sampler =>
  (target) => {
    const { islands = 4, threshold = 0.5, resampling = 'stratified', twist = 'surrogate', energyAt = 'end' } = options
    const wrong = unknownName({
      'way of resampling': [resampling, resamplingKinds],
      'place of the energy': [energyAt, ['end', 'prefixes']],
      ...(typeof twist === 'function' ? {} : { twist: [twist, twistKinds] }),
    })
    if (wrong !== undefined) return TE.left(wrong)
    const ways = { ...smcWays(islands, twist), threshold, resampling, prefixes: energyAt === 'prefixes' }
    return population(key, target, options, ways)
  }

/** Independent particles: one population that is never resampled. */
const independent =
  (sampler: Exclude<PopulationSize['sampler'], 'smc'>) =>
  (key: Key, options: SamplerOptions = {}): Sampler =>
  (target) =>
    population(key, target, options, independentWays(sampler))

/**
 * Masking: tokens that the constraint rules out are left out at every step, and the texts get the weights that make up for
 * it, `∏ Z_t`. Without these weights (as JSON modes have it) the law is another one.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const { logPartition } = await run(masking(key(1), { particles: 200 })({ model, constraint: right(containingAll(['aa'])), limit: 8 }))
 * logPartition.value // => -1.12215
 */
export const masking: (key: Key, options?: SamplerOptions) => Sampler = independent('masking')

/**
 * Adaptive rejection of tokens: the constraint is asked of those tokens only that the model proposes, and the allowed mass
 * is estimated without bias from a few more. For checks that are dear.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const sampler = adaptiveRejection(key(1), { particles: 200 })
 * const { logPartition } = await run(sampler({ model, constraint: right(containingAll(['aa'])), limit: 8 }))
 * logPartition.value // => -1.11174
 */
export const adaptiveRejection: (key: Key, options?: SamplerOptions) => Sampler = independent('adaptive rejection')

/**
 * Sampling-importance-resampling: texts of the model itself, weighed; those outside of the constraint have weight 0.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const { logPartition } = await run(sir(key(1), { particles: 400 })({ model, constraint: right(containingAll(['aa'])), limit: 8 }))
 * logPartition.value // => -1.14139
 */
export const sir: (key: Key, options?: SamplerOptions) => Sampler = independent('sir')
