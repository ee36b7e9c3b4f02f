/** One tilt, from options to results: the constraint, the moments, the sampler, and what masking alone would have given. */
import { readFile } from 'node:fs/promises'
import { flow, pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { at } from '../../at.ts'
import { decodeJson } from '../../codec/json.ts'
import { decodeText, namingFile } from '../../codec/text.ts'
import { energyOf } from '../../energy/energy.ts'
import { type Failure, failure } from '../../errors.ts'
import { fold, type Key, key } from '../../key.ts'
import { particleChain } from '../../tilt/chain.ts'
import { all, type Constraint } from '../../tilt/constraint.ts'
import type { TokenModel } from '../../tilt/model.ts'
import { type MatchedMoment, matchMoments } from '../../tilt/moments.ts'
import { matching } from '../../tilt/pattern.ts'
import { drawTexts, type Tilted } from '../../tilt/result.ts'
import type { PopulationSize, Sampler } from '../../tilt/samplers.ts'
import { jsonSchema } from '../../tilt/schema.ts'
import type { Prepared, Target } from '../../tilt/target.ts'
import { containingAll, containingNone } from '../../tilt/words.ts'
import { contradicts, maskingAgainst, type Quantity } from './masking.ts'
import type { TiltOptions } from './options.ts'
import {
  expression,
  fittedTo,
  maskingSize,
  type Populating,
  populationOf,
  propertiesOf,
  targetOf,
  type TiltServices,
} from './populations.ts'
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

const samplerNamed = {
  masking: 'masking',
  rejection: 'adaptive rejection',
  sir: 'sir',
  smc: 'smc',
  chain: 'smc',
} as const

/** The sampler that the options name, over `populations` that share the particles. */
const samplerOf =
  (options: TiltOptions, services: Populating, populations: number) =>
  (own: Key, has: readonly number[] = []) =>
  (target: Target | Prepared): TE.TaskEither<Failure, Sampled> => {
    const name = samplerNamed[options.sampler]
    const size: PopulationSize = {
      sampler: name,
      particles: shared(options, populations),
      islands: name === 'smc' ? options.islands : 1,
    }
    const population = populationOf(options, services)(size)
    return options.sampler === 'chain'
      ? pipe(
          particleChain(own, options.samples)((each) => population(each, has)(target)),
          TE.map(({ found, acceptance }) => ({ found, acceptance })),
        )
      : pipe(
          population(own, has)(target),
          TE.map((found) => ({ found })),
        )
  }

const drawn = (own: Key, options: TiltOptions, services: Populating, target: Target): TE.TaskEither<Failure, Drawn> => {
  const { moments } = options
  const sampler = samplerOf(options, services, 2 ** moments.length)
  if (moments.length === 0)
    return pipe(
      sampler(own)(target),
      TE.map((sampled) => ({ ...sampled, moments: [] })),
    )
  const population = (each: Key, has: readonly number[]): Sampler =>
    flow(
      sampler(each, has),
      TE.map(({ found }) => found),
    )
  return pipe(
    TE.fromEither(propertiesOf(options)),
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
  const { logPartition, effectiveSampleSize, steps, deaths } = found
  const missed = masked !== undefined && contradicts(masked, found)
  const doubts = [...(missed ? ['masking finds more'] : []), ...found.doubts]
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
    reliable: doubts.length === 0,
    ...(acceptance === undefined ? {} : { acceptance }),
    ...(masked === undefined ? {} : { masking: maskingAgainst(masked, found, quantitiesOf(options)) }),
  }
}

/**
 * Runs a tilt of a model that stands after its prompt. The same options and model give the same results to the bit. Failures
 * as those of the samplers, of `matchMoments` and of the constraints.
 */
export const runTilt =
  (services: TiltServices) =>
  (options: TiltOptions, constraint: Constraint) =>
  (model: TokenModel): TE.TaskEither<Failure, TiltResults> => {
    const of = (child: number): Key => fold(key(options.seed), child)
    return pipe(
      TE.fromEither(targetOf(options, constraint, model)),
      TE.bindTo('target'),
      TE.bind('fitted', () => fittedTo(of(3), options, model, services)),
      TE.bind('found', ({ target, fitted }) => drawn(of(0), options, { ...services, role: 'draws', fitted }, target)),
      TE.bind('masked', ({ target, found }) =>
        pipe(
          tiltedBy(options, found, { ...target, model }),
          populationOf(options, { ...services, role: 'masking' })(maskingSize(options))(of(2)),
          TE.map((masked): Tilted | undefined => masked),
          TE.orElse((wrong) => (wrong.tag === 'Support' ? TE.right(undefined) : TE.left(wrong))),
        ),
      ),
      TE.map(({ found, masked }) => recordOf(options, { model, constraint }, found, masked)),
    )
  }
