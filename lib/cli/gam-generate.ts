/** `exptilt gam generate --run DIR`: strings of the models of a finished run, one a line. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import type { Failure } from '../errors.ts'
import { resumedWith } from '../experiment/experiment.ts'
import type { DrawGam } from '../systems/gam/generation.ts'
import { gamExperiment, gamOptionsCodec, validateOptions } from '../systems/gam/settings.ts'
import { onFinishedRun } from './finished-run.ts'
import type { GamGenerateFlags } from './gam-grammar.ts'
import { loaded } from './loaded.ts'
import { readOptionsAs } from './run-folder.ts'
import type { World } from './world.ts'

/** Loads the system on first use; `Runtime` when it cannot be loaded. */
const loadDraws: TE.TaskEither<Failure, DrawGam> = loaded(
  async () => (await import('../systems/gam/generation.ts')).drawGam,
)

const readRun = readOptionsAs(gamOptionsCodec, validateOptions, 'give the folder of a run of exptilt gam to --run')

const drawn =
  ({ run, typed, model, count, seed }: GamGenerateFlags, load: TE.TaskEither<Failure, DrawGam>) =>
  (services: Parameters<DrawGam>[0]): TE.TaskEither<Failure, readonly string[]> =>
    pipe(
      readRun(run),
      TE.chainEitherK((options) => resumedWith(gamExperiment, typed)(options)),
      TE.bindTo('options'),
      TE.bind('draw', () => load),
      TE.chain(({ options, draw }) => draw(services)({ ...options, out: run }, { model, count, seed })),
    )

/** Runs `exptilt gam generate`; the exit code. */
export const gamGenerateCommand =
  (world: World, load: TE.TaskEither<Failure, DrawGam> = loadDraws) =>
  (flags: GamGenerateFlags): Promise<number> =>
    onFinishedRun(
      world,
      flags.run,
    )((services) =>
      pipe(
        drawn(flags, load)(services),
        TE.map((strings) =>
          flags.json ? exactJson({ model: flags.model, strings }) : strings.map((text) => `${text}\n`).join(''),
        ),
      ),
    )
