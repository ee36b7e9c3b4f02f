/** One tilt, from options to results: the constraint, the moments, the sampler, and what masking alone would have given. */
import { readFile } from 'node:fs/promises'
import * as E from 'fp-ts/lib/Either.js'
import { flow, pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { at } from '../../at.ts'
import { decodeJson } from '../../codec/json.ts'
import { decodeText, namingFile } from '../../codec/text.ts'
import { energyOf } from '../../energy/energy.ts'
import { type Failure, failure } from '../../errors.ts'
import { fold, type Key, key } from '../../key.ts'
import type { Progress } from '../../progress.ts'
import { particleChain } from '../../tilt/chain.ts'
import { all, type Constraint } from '../../tilt/constraint.ts'
import type { TokenModel } from '../../tilt/model.ts'
import { type MatchedMoment, matchMoments } from '../../tilt/moments.ts'
import { fittedTwist } from '../../tilt/fitted.ts'
import { matching } from '../../tilt/pattern.ts'
import { tempered } from '../../tilt/proposing.ts'
import { drawTexts, type Tilted } from '../../tilt/result.ts'
import { type Ahead, adaptiveRejection, masking, type Sampler, sir, smc } from '../../tilt/samplers.ts'
import { jsonSchema } from '../../tilt/schema.ts'
import type { Prepared, Target } from '../../tilt/target.ts'
import { containingAll, containingNone } from '../../tilt/words.ts'
import { maskingAgainst, type Quantity } from './masking.ts'
import type { TiltOptions } from './options.ts'
import type { TiltResults } from './results.ts'

/** The language of a schema in a file; what is wrong in it names the file. */
const schemaOf = (file: string, depth: number): TE.TaskEither<Failure, Constraint> =>
  pipe(
    TE.tryCatch(
      () => readFile(file),
      () => failure('File', `--schema ${file} cannot be read`, 'give a JSON Schema as a JSON file', { file }),
    ),
    TE.chainEitherK(decodeText(file)),
    TE.chainEitherK(decodeJson(t.unknown, file)),
    TE.chainEitherK((schema) => jsonSchema(schema, { depth })),
    TE.mapLeft(namingFile(file)),
  )

const expression = (regex: string): RegExp => new RegExp(regex, 'u')

/** All that is asked of a text; nothing but that it is text where nothing is. Failures name what cannot be. */
export const constraintOf = ({
  regex,
  schema,
  depth,
  contain,
  avoid,
}: TiltOptions): TE.TaskEither<Failure, Constraint> =>
  pipe(
    [
      ...(regex === undefined ? [] : [TE.fromEither(matching(expression(regex)))]),
      ...(schema === undefined ? [] : [schemaOf(schema, depth)]),
      ...(contain.length === 0 ? [] : [TE.fromEither(containingAll(contain))]),
      ...(avoid.length === 0 ? [] : [TE.fromEither(containingNone(avoid))]),
    ],
    TE.sequenceSeqArray,
    TE.map(all),
  )

/** A population, and of a chain how often it moved. */
interface Sampled {
  readonly found: Tilted
  readonly acceptance?: number
}

/** The same with its moments. */
interface Drawn extends Sampled {
  readonly moments: readonly MatchedMoment[]
}

/** Particles of each of so many populations: at least one an island. */
const shared = ({ particles, islands }: TiltOptions, populations: number): number =>
  islands * Math.max(1, Math.floor(particles / populations / islands))

/** How populations look ahead; where that is fitted, by texts of the model itself, as many as there are particles. */
const aheadOf = (
  own: Key,
  { twist, particles, limit, power }: TiltOptions,
  model: TokenModel,
  progress: Progress,
): TE.TaskEither<Failure, Ahead> => {
  if (twist !== 'fitted') return TE.right(twist === 'none' ? 'none' : 'surrogate')
  return pipe(
    masking(own, { particles, progress })({ model, limit, power, ending: 'forced' }),
    TE.map(({ tokens }) => fittedTwist(tokens)),
  )
}

/** The sampler that the options name, over `populations` that share the particles. */
const samplerOf =
  (options: TiltOptions, ahead: Ahead, progress: Progress, populations: number) =>
  (own: Key) =>
  (target: Target | Prepared): TE.TaskEither<Failure, Sampled> => {
    const { sampler, islands, samples } = options
    const given = { particles: shared(options, populations), progress }
    const alone = (made: Sampler): TE.TaskEither<Failure, Sampled> =>
      TE.map((found: Tilted) => ({ found }))(made(target))
    switch (sampler) {
      case 'masking':
        return alone(masking(own, given))
      case 'rejection':
        return alone(adaptiveRejection(own, given))
      case 'sir':
        return alone(sir(own, given))
      case 'smc':
        return alone(smc(own, { ...given, islands, twist: ahead }))
      case 'chain':
        return pipe(
          particleChain(own, samples)((each) => smc(each, { ...given, islands, twist: ahead })(target)),
          TE.map(({ found, acceptance }) => ({ found, acceptance })),
        )
    }
  }

const drawn = (
  own: Key,
  options: TiltOptions,
  ahead: Ahead,
  progress: Progress,
  target: Target,
): TE.TaskEither<Failure, Drawn> => {
  const { moments } = options
  const sampler = samplerOf(options, ahead, progress, 2 ** moments.length)
  if (moments.length === 0)
    return pipe(
      sampler(own)(target),
      TE.map((sampled) => ({ ...sampled, moments: [] })),
    )
  const population = (each: Key): Sampler =>
    flow(
      sampler(each),
      TE.map(({ found }) => found),
    )
  return pipe(
    moments,
    TE.traverseSeqArray(({ regex, share }) =>
      pipe(
        TE.fromEither(matching(expression(regex), { match: 'part' })),
        TE.map((of) => ({ of, share })),
      ),
    ),
    TE.chain((wanted) => matchMoments(own, population)(wanted)(target)),
    TE.map(({ found, moments: matched }) => ({ found, moments: matched })),
  )
}

const indicator =
  (regex: string) =>
  (text: string): number =>
    Number(expression(regex).test(text))

const quantitiesOf = ({ moments }: TiltOptions): readonly Quantity[] => [
  { name: 'tokens', of: (_, tokens) => tokens },
  { name: 'characters', of: (text) => Array.from(text).length },
  ...moments.map(({ regex }) => ({ name: `has /${regex}/u`, of: indicator(regex) })),
]

/** The target with the tilt that was found, for texts of masking. */
const tiltedBy = (options: TiltOptions, { moments }: Drawn, target: Target): Target =>
  moments.length === 0
    ? target
    : {
        ...target,
        energy: energyOf((text) =>
          options.moments.reduce((sum, { regex }, j) => sum - at(moments, j).lambda * indicator(regex)(text), 0),
        ),
      }

const recordOf = (
  options: TiltOptions,
  { model, constraint }: { readonly model: TokenModel; readonly constraint: Constraint },
  { found, moments, acceptance }: Drawn,
  masked: Tilted | undefined,
): TiltResults => {
  const { logPartition, effectiveSampleSize, steps, deaths, doubts, reliable } = found
  return {
    options,
    model: model.description,
    constraint: constraint.name,
    samples: drawTexts(fold(key(options.seed), 1), options.samples)(found),
    texts: found.texts.map((text, i) => ({
      text,
      tokens: at(found.tokens, i).length,
      weight: at(found.weights, i),
      logWeight: at(found.logWeights, i),
      origin: at(found.origins, i),
    })),
    logPartition: { ...logPartition, islands: Array.from(logPartition.islands) },
    effectiveSampleSize,
    steps: steps.map((step) => ({
      ...step,
      ancestors: step.ancestors === undefined ? null : Array.from(step.ancestors),
    })),
    deaths,
    moments,
    doubts,
    reliable,
    ...(acceptance === undefined ? {} : { acceptance }),
    ...(masked === undefined ? {} : { masking: maskingAgainst(masked, found, quantitiesOf(options)) }),
  }
}

/**
 * Runs a tilt of a model that stands after its prompt. The same options and model give the same results to the bit. Failures
 * as those of the samplers, of `matchMoments` and of the constraints.
 */
export const runTilt =
  (progress: Progress) =>
  (options: TiltOptions, constraint: Constraint) =>
  (model: TokenModel): TE.TaskEither<Failure, TiltResults> => {
    const { limit, least, tokenisation, power, temperature, particles, seed } = options
    return pipe(
      TE.fromEither(temperature === 1 ? E.right(model) : tempered(temperature)(model)),
      TE.bindTo('proposing'),
      TE.let(
        'target',
        ({ proposing }): Target => ({ model: proposing, constraint, limit, least, tokenisation, power }),
      ),
      TE.bind('ahead', () => aheadOf(fold(key(seed), 3), options, model, progress)),
      TE.bind('found', ({ target, ahead }) => drawn(fold(key(seed), 0), options, ahead, progress, target)),
      TE.bind('masked', ({ target, found }) =>
        pipe(
          masking(fold(key(seed), 2), { particles, progress })(tiltedBy(options, found, { ...target, model })),
          TE.map((masked): Tilted | undefined => masked),
          TE.orElse((wrong) => (wrong.tag === 'Support' ? TE.right(undefined) : TE.left(wrong))),
        ),
      ),
      TE.map(({ found, masked }) => recordOf(options, { model, constraint }, found, masked)),
    )
  }
