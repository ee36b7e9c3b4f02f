/**
 * `exptilt tilt`: texts of a language model under a constraint, with weights that make them draws of the conditioned model.
 */
import { dirname } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { languageCosts, writeGraphviz, writeOpenFst } from '../automata/openfst.ts'
import { deaf } from '../breath.ts'
import { exactJson } from '../codec/exact-json.ts'
import type { Failure } from '../errors.ts'
import { askedFor } from '../experiment/experiment.ts'
import { textOf } from '../report/document-text.ts'
import { discardEmpty, prepareDirectory, writeAtomically } from '../report/files.ts'
import { writeReport } from '../report/report-files.ts'
import { tiltDocument, tiltReport } from '../report/tilt-document.ts'
import type { TiltOptions } from '../systems/tilt/options.ts'
import { type TiltResults, tiltResultsCodec } from '../systems/tilt/results.ts'
import { named } from '../systems/executor.ts'
import { constraintOf, runTilt } from '../systems/tilt/run.ts'
import { tiltExperiment } from '../systems/tilt/settings.ts'
import { byteLanguage } from '../tilt/byte-language.ts'
import { compile } from '../tilt/compile.ts'
import type { Constraint } from '../tilt/constraint.ts'
import { refuse } from './exit.ts'
import { leaving } from './interrupt.ts'
import { withLocks } from './lock.ts'
import type { TiltFlags } from './tilt-grammar.ts'
import { tiltDealer } from './tilt-deal.ts'
import { withTiltModel } from './tilt-model.ts'
import type { World } from './world.ts'

/** Here limits are those of what was asked for, which is put right by asking for less. */
const asked = (found: Failure): Failure => (found.tag === 'Limit' ? { ...found, tag: 'Usage' } : found)

/** Writes the constraint's automaton where one is asked for. */
const written =
  ({ automaton }: TiltOptions) =>
  (constraint: Constraint): TE.TaskEither<Failure, unknown> =>
    automaton === undefined
      ? TE.right(undefined)
      : pipe(
          TE.fromEither(compile(constraint)),
          TE.map((table) =>
            /\.(dot|gv)$/iu.test(automaton)
              ? writeGraphviz(languageCosts)(byteLanguage(table, 'sets'))
              : writeOpenFst(languageCosts)(byteLanguage(table)),
          ),
          TE.bindTo('text'),
          TE.bind('folder', () => prepareDirectory(dirname(automaton))),
          TE.chain(({ text }) => writeAtomically(automaton)(text)),
          TE.mapLeft((found) =>
            found.tag === 'File' ? { ...found, remedy: 'give --automaton a file that you may write' } : found,
          ),
        )

const answer = (world: World, signal: AbortSignal, options: TiltOptions): TE.TaskEither<Failure, TiltResults> =>
  pipe(
    deaf(constraintOf(options)),
    TE.chainFirst(written(options)),
    TE.bindTo('constraint'),
    TE.bind('dealer', () => tiltDealer(world, signal, options)),
    TE.chain(({ constraint, dealer: { deal, helpers } }) =>
      pipe(
        withTiltModel(world, options)(runTilt({ progress: world.progress, deal })(options, constraint)),
        TE.map((found) => ({ ...found, model: named(found.model, helpers()) })),
      ),
    ),
    TE.mapLeft(asked),
  )

/** Does it until a signal: what others compute is taken back then. Without others the process ends at once. */
const heard = (
  world: World,
  { on, workers }: TiltOptions,
  work: (signal: AbortSignal) => TE.TaskEither<Failure, TiltResults>,
): Promise<E.Either<Failure, TiltResults>> => {
  const stop = new AbortController()
  const { signal } = stop
  if (on === undefined && workers === undefined) return leaving(world, work(signal))
  const release = world.onInterrupt(
    () => {
      world.progress.stop()
      world.progress.note('Stopping: taking back what others compute (Ctrl-C again to leave at once) …')
      stop.abort()
    },
    { saves: true, signal },
  )
  return work(signal)().finally(release)
}

/** Does the work in the folder of its report, which is taken meanwhile; one that was made for nothing is removed. */
const inFolder =
  (out: string) =>
  (work: TE.TaskEither<Failure, TiltResults>): TE.TaskEither<Failure, TiltResults> =>
    pipe(
      prepareDirectory(out),
      TE.chain((prepared) => async () => {
        const done = await pipe(work, TE.chainFirst(writeReport(tiltReport)(out, ['svg'])), withLocks([out]))()
        if (E.isLeft(done)) await discardEmpty(prepared)()
        return done
      }),
    )

/** Runs `exptilt tilt`; the exit code. */
export const tiltCommand =
  (world: World) =>
  async ({ typed, json }: TiltFlags): Promise<number> => {
    const asking = askedFor(tiltExperiment)(typed)
    if (E.isLeft(asking)) return refuse(world, asking.left)
    const done = await heard(world, asking.right, (signal) => {
      const work = answer(world, signal, asking.right)
      return asking.right.out === undefined ? work : inFolder(asking.right.out)(work)
    })
    if (E.isLeft(done)) return refuse(world, done.left)
    const { options } = done.right
    const report = options.out === undefined ? '' : `Report: ${options.out}/report.html\n`
    world.write(json ? exactJson(tiltResultsCodec.encode(done.right)) : `${textOf(tiltDocument(done.right))}${report}`)
    return 0
  }
