/**
 * `exptilt tilt`: texts of a language model under a constraint, with weights that make them draws of the conditioned model.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { at } from '../at.ts'
import { exactJson } from '../codec/exact-json.ts'
import { decodeJson } from '../codec/json.ts'
import { decodeText } from '../codec/text.ts'
import { type Failure, failure, usage } from '../errors.ts'
import { fold, key } from '../key.ts'
import { ENGLISH_MODEL, languageModel } from '../language-model.ts'
import { discardEmpty, prepareDirectory, writeAtomically } from '../report/files.ts'
import { textTable } from '../report/text-table.ts'
import { all, type Constraint } from '../tilt/constraint.ts'
import { causesOf } from '../tilt/death.ts'
import { matching } from '../tilt/pattern.ts'
import { drawTexts, type Tilted } from '../tilt/result.ts'
import { smc } from '../tilt/samplers.ts'
import { jsonSchema } from '../tilt/schema.ts'
import { containingAll, containingNone } from '../tilt/words.ts'
import { refuse } from './exit.ts'
import { leaving } from './interrupt.ts'
import { withLocks } from './lock.ts'
import { TILT_COUNTS, type TiltFlags } from './tilt-grammar.ts'
import type { World } from './world.ts'

/** Populations whose spread is the error of log Z. */
const ISLANDS = 4

/** What is asked for, with nothing left open. */
interface Asked {
  readonly prompt: string
  readonly model: string
  readonly regex: string | undefined
  readonly schema: string | undefined
  readonly contain: readonly string[]
  readonly avoid: readonly string[]
  readonly particles: number
  readonly samples: number
  readonly limit: number
  readonly seed: number
}

const whole = (name: keyof typeof TILT_COUNTS, value: number, least: number): Failure | undefined =>
  Number.isSafeInteger(value) && value >= least
    ? undefined
    : usage(`--${name} ${value} is not a whole number from ${least}`, `give for example --${name} ${TILT_COUNTS[name]}`)

const askedOf = (flags: TiltFlags): E.Either<Failure, Asked> => {
  const {
    model = ENGLISH_MODEL,
    particles = TILT_COUNTS.particles,
    samples = TILT_COUNTS.samples,
    limit = TILT_COUNTS.limit,
    seed = TILT_COUNTS.seed,
  } = flags
  const wrong =
    whole('particles', particles, 1) ??
    whole('samples', samples, 1) ??
    whole('limit', limit, 1) ??
    whole('seed', seed, 0) ??
    (particles % ISLANDS === 0
      ? undefined
      : usage(`--particles ${particles} cannot be shared by ${ISLANDS} islands`, `give a multiple of ${ISLANDS}`))
  if (wrong !== undefined) return E.left(wrong)
  const { prompt = '', regex, schema, contain = [], avoid = [] } = flags
  return E.right({ prompt, model, regex, schema, contain, avoid, particles, samples, limit, seed })
}

/** The language of a schema in a file; what is wrong in it names the file. */
const schemaOf = (file: string): TE.TaskEither<Failure, Constraint> =>
  pipe(
    TE.tryCatch(
      () => readFile(file),
      () => failure('File', `--schema ${file} cannot be read`, 'give a JSON Schema as a JSON file', { file }),
    ),
    TE.chainEitherK(decodeText(file)),
    TE.chainEitherK(decodeJson(t.unknown, file)),
    TE.chainEitherK(jsonSchema),
    TE.mapLeft((found) => (found.what.includes(file) ? found : { ...found, what: `${file}: ${found.what}` })),
  )

const regexOf = (regex: string): E.Either<Failure, Constraint> =>
  pipe(
    E.tryCatch(
      () => new RegExp(regex, 'u'),
      () => usage(`--regex ${regex} is not a regular expression`, 'give one that JavaScript reads with the flag u'),
    ),
    E.flatMap(matching),
  )

/** All that was asked of the text; nothing but that it is text where nothing was. */
const constraintOf = ({ regex, schema, contain, avoid }: Asked): TE.TaskEither<Failure, Constraint> =>
  pipe(
    [
      ...(regex === undefined ? [] : [TE.fromEither(regexOf(regex))]),
      ...(schema === undefined ? [] : [schemaOf(schema)]),
      ...(contain.length === 0 ? [] : [TE.fromEither(containingAll(contain))]),
      ...(avoid.length === 0 ? [] : [TE.fromEither(containingNone(avoid))]),
    ],
    TE.sequenceSeqArray,
    TE.map(all),
  )

/** A result and the texts that were drawn from it. */
export interface TiltAnswer {
  readonly asked: Asked
  readonly description: string
  readonly found: Tilted
  readonly samples: readonly string[]
}

/** The object that `--json` prints and `tilt.json` holds. */
export const tiltJson = ({ asked, description, found, samples }: TiltAnswer): string => {
  const { texts, weights, logWeights, logPartition, effectiveSampleSize, steps, deaths, doubts, reliable } = found
  return exactJson({
    ...asked,
    regex: asked.regex ?? null,
    schema: asked.schema ?? null,
    model: { folder: asked.model, description },
    samples,
    texts: texts.map((text, i) => ({ text, weight: at(weights, i), logWeight: at(logWeights, i) })),
    logPartition: { ...logPartition, islands: Array.from(logPartition.islands) },
    effectiveSampleSize,
    steps: steps.map(({ ancestors, ...step }) => ({
      ...step,
      ancestors: ancestors === undefined ? null : Array.from(ancestors),
    })),
    deaths,
    doubts,
    reliable,
  })
}

/** The texts, one a line as JSON strings, and what is known of them. */
export const tiltText = ({ asked, description, found, samples }: TiltAnswer): string => {
  const { value, standardError, interval } = found.logPartition
  const nats = (x: number): string => x.toFixed(3)
  const rows = [
    ['model', description],
    [
      'log Z',
      `${nats(value)} ± ${nats(standardError)} nats (95 %: ${interval.map(nats).join(' to ')}), the log-probability of meeting the constraint within ${asked.limit} tokens`,
    ],
    ['effective texts', `${found.effectiveSampleSize.toFixed(1)} of ${asked.particles}`],
    [
      'resampled',
      `${found.steps.filter(({ ancestors }) => ancestors !== undefined).length} times, in ${ISLANDS} islands`,
    ],
    ...[...causesOf(found.deaths)].map(([cause, count]) => [`died: ${count}`, `by ${cause}`]),
    ['doubts', found.doubts.length === 0 ? 'none' : found.doubts.join(', ')],
  ]
  const table = textTable(['left', 'left'])(['', ''], rows).slice(2)
  return `${samples.map((text) => JSON.stringify(text)).join('\n')}\n\n${table.join('\n')}\n`
}

const answer = (world: World, asked: Asked, constraint: Constraint): TE.TaskEither<Failure, TiltAnswer> =>
  TE.bracket(
    languageModel(asked.model),
    (language) =>
      pipe(
        language.after(asked.prompt),
        TE.chain((model) =>
          smc(key(asked.seed), { particles: asked.particles, islands: ISLANDS, progress: world.progress })({
            model,
            constraint,
            limit: asked.limit,
          }),
        ),
        TE.map((found) => ({
          asked,
          description: language.description,
          found,
          samples: drawTexts(fold(key(asked.seed), ISLANDS), asked.samples)(found),
        })),
      ),
    (language) => TE.fromIO(language.release),
  )

/** Does something in the folder of the answer, which is taken meanwhile; one that was made for nothing is removed. */
const inFolder =
  (out: string) =>
  (work: TE.TaskEither<Failure, TiltAnswer>): TE.TaskEither<Failure, TiltAnswer> =>
    pipe(
      prepareDirectory(out),
      TE.chain((prepared) => async () => {
        const done = await pipe(
          work,
          TE.chainFirst((found) => writeAtomically(join(out, 'tilt.json'))(tiltJson(found))),
          withLocks([out]),
        )()
        if (E.isLeft(done)) await discardEmpty(prepared)()
        return done
      }),
    )

/** Runs `exptilt tilt`; the exit code. */
export const tiltCommand =
  (world: World) =>
  async (flags: TiltFlags): Promise<number> => {
    const { out } = flags
    const done = await leaving(
      world,
      pipe(
        TE.fromEither(askedOf(flags)),
        TE.bindTo('asked'),
        TE.bind('constraint', ({ asked }) => constraintOf(asked)),
        TE.chain(({ asked, constraint }) => {
          const work = answer(world, asked, constraint)
          return out === undefined ? work : inFolder(out)(work)
        }),
      ),
    )
    if (E.isLeft(done)) return refuse(world, done.left)
    world.write(flags.json ? tiltJson(done.right) : tiltText(done.right))
    return 0
  }
