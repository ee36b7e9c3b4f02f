/** Shares of a tilt as runs of a queue: the model lies in the folder of given files, and the options name no file. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { deaf } from '../breath.ts'
import { canonicalJson } from '../codec/canonical-json.ts'
import { decodeJson } from '../codec/json.ts'
import { record } from '../codec/record.ts'
import { effect, need } from '../effect.ts'
import type { Failure } from '../errors.ts'
import { optionsCodec, validated } from '../experiment/experiment.ts'
import type { TiltOptions } from '../systems/tilt/options.ts'
import { tiltExperiment } from '../systems/tilt/settings.ts'
import { type AskedShare, askedShareCodec, fittedCodec, grownText } from '../systems/tilt/shares.ts'
import { loaded } from './loaded.ts'
import { hasOptions, runCommand } from './run-folder.ts'
import { STRAY, strangeDataOf, type TaskSystem } from './task-system.ts'
import { GIVEN } from './tilt-files.ts'
import { withTiltModel } from './tilt-model.ts'

/** What is asked of a worker: a share of a tilt, and which files are given beside the model. */
interface TiltTask {
  readonly options: TiltOptions
  readonly asked: AskedShare
  readonly schema: boolean
  readonly fitted: boolean
}

const taskCodec: t.Type<TiltTask, unknown> = record({
  options: optionsCodec(tiltExperiment),
  asked: askedShareCodec,
  schema: t.boolean,
  fitted: t.boolean,
})

/** What the model is called where it lies in the folder of given files. */
const PLACE = 'given'

/** The options of a tilt as they are sent: without files and places of this machine. */
const sent = ({
  model: _model,
  dtype: _dtype,
  provider: _provider,
  schema: _schema,
  automaton: _automaton,
  workers: _workers,
  on: _on,
  out: _out,
  ...options
}: TiltOptions): TiltOptions => ({ ...options, model: PLACE })

/** A share of a tilt as text. */
export const tiltTaskText = (options: TiltOptions, asked: AskedShare, fitted: boolean): E.Either<Failure, string> =>
  canonicalJson(taskCodec.encode({ options: sent(options), asked, schema: options.schema !== undefined, fitted }))

/** A task whose options name nothing of a machine. */
const taskOf = (text: string): E.Either<Failure, TiltTask> =>
  pipe(
    decodeJson(taskCodec, 'options of a job')(text),
    E.filterOrElse(
      ({ options: { model, schema, automaton, out, on, workers } }) =>
        model === PLACE && [schema, automaton, out, on, workers].every((each) => each === undefined),
      () => STRAY,
    ),
    E.chainFirst(({ options }) => validated(tiltExperiment)(options)),
  )

/** A run of E-ARM reads its data: the worker must be able to fetch it. */
const fetchable = (folder: string): TE.TaskEither<Failure, void> =>
  effect(async (run) => {
    if (!(await hasOptions(folder)) || !(await run(runCommand(folder))).startsWith('earm')) return
    const strange = strangeDataOf(await readFile(join(folder, 'options.json'), 'utf8'))
    if (strange !== undefined) need(E.left(strange))
  })

const fittedIn = async (given: string): Promise<readonly (readonly number[])[]> =>
  need(decodeJson(fittedCodec, GIVEN.fitted)(await readFile(join(given, GIVEN.fitted), 'utf8')))

/** Shares of tilts, by the functions that `load` gives. */
export const tiltSystem = (
  load: () => Promise<
    Pick<typeof import('../systems/tilt/run.ts'), 'constraintOf'> &
      Pick<typeof import('../systems/tilt/populations.ts'), 'growTiltShare'>
  >,
): TaskSystem => ({
  check: (text) =>
    pipe(
      taskOf(text),
      E.map(() => undefined),
    ),
  run:
    ({ given, progress, signal, executor }) =>
    (text) =>
      effect(async (run) => {
        const task = need(taskOf(text))
        await run(fetchable(given))
        const options: TiltOptions = {
          ...task.options,
          model: given,
          ...(task.schema ? { schema: join(given, GIVEN.schema) } : {}),
        }
        const { constraintOf, growTiltShare } = await run(loaded(load))
        const constraint = await run(deaf(constraintOf(options)))
        const fitted = task.fitted ? await fittedIn(given) : undefined
        const { population, share } = task.asked
        const grow = growTiltShare({ progress, signal })(options, constraint)({ ...population, fitted }, share)
        return grownText(await run(withTiltModel({ progress, threads: 1, executor }, options)(grow)))
      }),
})
