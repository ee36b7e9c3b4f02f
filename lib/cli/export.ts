/**
 * `exptilt export`: a trained model from its run folder as a standard `.onnx` file.
 */
import { dirname, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../errors.ts'
import { exportProgram, type OnnxFile } from '../onnx/export.ts'
import { prepareDirectory, writeAtomically } from '../report/files.ts'
import { gamFile } from '../systems/gam/file.ts'
import { gamStore } from '../systems/gam/state.ts'
import { refuse } from './exit.ts'
import type { ExportFlags } from './flags.ts'
import { checkpointFolder, hasCheckpoint, readOptions } from './run-folder.ts'
import type { World } from './world.ts'
import { failure } from '../errors.ts'

/** Where a file goes when no `--out` says so. */
const defaultPath = ({ run, model = 'student', what = 'logits' }: ExportFlags): string =>
  join(run, what === 'energy' ? 'energy.onnx' : `${model}-${what}.onnx`)

const trained = (directory: string): TE.TaskEither<Failure, void> =>
  pipe(
    TE.fromTask(() => hasCheckpoint(directory)),
    TE.filterOrElse(
      (found) => found,
      () =>
        failure('Checkpoint', `${directory} holds no trained model`, 'give the folder of a run, as in runs/demo', {
          directory,
        }),
    ),
    TE.map(() => undefined),
  )

/** The file of a run. */
const fileOf = (world: World, flags: ExportFlags): TE.TaskEither<Failure, OnnxFile> =>
  pipe(
    readOptions(flags.run),
    TE.mapLeft((f) => (f.tag === 'Checkpoint' ? { ...f, remedy: 'give the folder of a run to --run' } : f)),
    TE.bindTo('options'),
    TE.chainFirst(() => trained(flags.run)),
    TE.bind('state', ({ options }) =>
      pipe(
        gamStore(checkpointFolder(flags.run), options, '', (line) => world.warn(`${line}\n`)),
        TE.chain((store) => store.load),
      ),
    ),
    TE.chainEitherK(({ options, state }) => gamFile(options, state, flags.what ?? 'logits', flags.model ?? 'student')),
    TE.chain((file) =>
      exportProgram({
        ...file,
        dynamic: ['batch', 'time'],
        ...(flags.external ? { external: dataName(flags.out ?? defaultPath(flags)) } : {}),
      }),
    ),
  )

/** The name of the file of parameters that stands beside a model. */
const dataName = (path: string): string => `${(path.split(/[\\/]/).at(-1) ?? path).replace(/\.onnx$/, '')}.bin`

const write = (path: string, { model, data }: OnnxFile): TE.TaskEither<Failure, readonly string[]> =>
  pipe(
    prepareDirectory(dirname(path)),
    TE.chain(() =>
      TE.sequenceSeqArray([
        ...(data === undefined ? [] : [writeAtomically(join(dirname(path), dataName(path)))(data)]),
        writeAtomically(path)(model),
      ]),
    ),
  )

const kibibytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`

/** Runs `exptilt export`; the exit code. */
export const exportCommand =
  (world: World) =>
  async (flags: ExportFlags): Promise<number> => {
    const path = flags.out ?? defaultPath(flags)
    const done = await pipe(
      fileOf(world, flags),
      TE.chain((file) =>
        pipe(
          write(path, file),
          TE.map((paths) => ({ paths, bytes: file.model.length + (file.data?.length ?? 0) })),
        ),
      ),
    )()
    if (E.isLeft(done)) return refuse(world, done.left)
    const { paths, bytes } = done.right
    world.write(`${paths.join(' and ')}, ${kibibytes(bytes)}: tokens [batch, time] int32, batch and time of any size\n`)
    return 0
  }
