/**
 * `exptilt export`: a trained model from its run folder as a standard `.onnx` file.
 */
import { dirname, join, resolve } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { orElse } from '../at.ts'
import { deaf } from '../breath.ts'
import { type Failure, failure } from '../errors.ts'
import type { RunFile } from '../models/file-programs.ts'
import { exportProgram, type OnnxFile } from '../onnx/export.ts'
import { prepareDirectory, writeAtomically } from '../report/files.ts'
import { gamFile } from '../systems/gam/file.ts'
import type { GamOptions } from '../systems/gam/options.ts'
import { gamStore } from '../systems/gam/state.ts'
import { residualFile } from '../systems/residual/file.ts'
import type { ResidualOptions } from '../systems/residual/options.ts'
import { residualStore } from '../systems/residual/state.ts'
import { gamOptionsCodec, validateOptions as validateGam } from '../systems/gam/settings.ts'
import { residualOptionsCodec, validateOptions as validateResidual } from '../systems/residual/settings.ts'
import { refuse } from './exit.ts'
import type { ExportFlags } from './flags.ts'
import { leaving } from './interrupt.ts'
import { withLocks } from './lock.ts'
import { checkpointFolder, hasCheckpoint, readOptionsAs } from './run-folder.ts'
import type { World } from './world.ts'

/** What a run folder is exported as, and what the file is called there unless `--out` says so. */
interface Exporter {
  readonly name: string
  readonly file: TE.TaskEither<Failure, RunFile>
}

const unknownModel = (run: string, model: string, names: string): Failure =>
  failure('Usage', `a ${run} run has no model '${model}'`, `give ${names}`, { model })

/** A run of `exptilt gam`. */
const gamExporter = (world: World, { run, what = 'logits', model = 'student' }: ExportFlags, options: GamOptions) => ({
  name: what === 'energy' ? 'energy.onnx' : `${model}-${what}.onnx`,
  file:
    model !== 'base' && model !== 'student'
      ? TE.left(unknownModel('gam', model, 'base or student'))
      : pipe(
          gamStore(checkpointFolder(run), options, '', (line) => world.warn(`${line}\n`)),
          TE.chain((store) => store.load),
          TE.chainEitherK((state) => gamFile(options, state, what, model)),
        ),
})

/** A run of `exptilt residual`. */
const residualExporter = (world: World, { run, what = 'logits', model }: ExportFlags, options: ResidualOptions) => {
  const meant = model ?? (what === 'energy' ? 'bit' : 'base')
  return {
    name: `${meant}-${what}.onnx`,
    file:
      meant === 'student'
        ? TE.left(unknownModel('residual', meant, 'base, balm, policy, unit or bit'))
        : pipe(
            residualStore(checkpointFolder(run), options, '', (line) => world.warn(`${line}\n`)),
            TE.chain((store) => store.load),
            TE.chainEitherK((loaded) => residualFile(options, loaded, what, meant)),
          ),
  }
}

const readGam = readOptionsAs(gamOptionsCodec, validateGam, 'give the folder of a run to --run')

const readResidual = readOptionsAs(residualOptionsCodec, validateResidual)

/** What is said of a folder that holds neither a gam run nor a residual one: that it is E-ARM's, or what was found. */
const notExported =
  (directory: string) =>
  (found: Failure): Failure => {
    const { command } = found.facts
    return typeof command === 'string' && command.startsWith('earm ')
      ? failure(
          'Usage',
          `the run in ${directory} is one of exptilt ${command}, whose networks are not exported`,
          `draw from them by exptilt ${command} sample --run ${directory}, or export a run of gam or residual`,
          { command },
        )
      : found
  }

/** The system whose options a folder holds. */
const exporterOf = (world: World, flags: ExportFlags): TE.TaskEither<Failure, Exporter> =>
  pipe(
    readGam(flags.run),
    TE.map((options): Exporter => gamExporter(world, flags, options)),
    TE.orElse((first) =>
      pipe(
        readResidual(flags.run),
        TE.bimap(
          (): Failure => first,
          (options): Exporter => residualExporter(world, flags, options),
        ),
      ),
    ),
    TE.mapLeft(notExported(flags.run)),
  )

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

const asFile = ({ rows, program, ...file }: RunFile, external: string | undefined) => {
  const beside = external === undefined ? {} : { external }
  return rows !== undefined && 'exactly' in rows
    ? exportProgram<string, 'batch'>({
        ...file,
        ...beside,
        program: ({ batch }) => program({ batch, time: rows.exactly }),
        dynamic: ['batch'],
      })
    : exportProgram<string, 'batch' | 'time'>({
        ...file,
        ...beside,
        program,
        dynamic: ['batch', 'time'],
        ...(rows === undefined ? {} : { limits: { time: rows.most } }),
      })
}

const sizesText = ({ rows }: RunFile): string =>
  rows === undefined
    ? 'batch and time of any size'
    : 'most' in rows
      ? `batch of any size, time up to ${rows.most}`
      : `batch of any size, time ${rows.exactly}`

/** The file of a run, where it goes, and its sizes in words. */
const fileOf = (world: World, flags: ExportFlags) =>
  pipe(
    exporterOf(world, flags),
    TE.chainFirst(() => trained(flags.run)),
    TE.bindTo('exporter'),
    TE.bind('run', ({ exporter }) => exporter.file),
    TE.bind('path', ({ exporter }) => TE.right(flags.out ?? join(flags.run, exporter.name))),
    TE.bind('file', ({ run, path }) => asFile(run, flags.external ? dataName(path) : undefined)),
    TE.map(({ path, file, run }) => ({ path, file, sizes: sizesText(run) })),
  )

/** The name of the file of parameters that stands beside a model. */
const dataName = (path: string): string => `${(orElse(path.split(/[\\/]/).at(-1), path)).replace(/\.onnx$/, '')}.bin`

/** Writes the file and what belongs beside it; the folder is taken meanwhile, unless it is that of the run. */
const write = (run: string, path: string, { model, data }: OnnxFile): TE.TaskEither<Failure, readonly string[]> =>
  pipe(
    prepareDirectory(dirname(path)),
    TE.chain(() =>
      withLocks(resolve(dirname(path)) === resolve(run) ? [] : [dirname(path)])(
        TE.sequenceSeqArray([
          ...(data === undefined ? [] : [writeAtomically(join(dirname(path), dataName(path)))(data)]),
          writeAtomically(path)(model),
        ]),
      ),
    ),
  )

const kibibytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`

/** Runs `exptilt export`; the exit code. */
export const exportCommand =
  (world: World) =>
  async (flags: ExportFlags): Promise<number> => {
    const done = await leaving(
      world,
      pipe(
        fileOf(world, flags),
        TE.chain(({ path, file, sizes }) =>
          pipe(
            write(flags.run, path, file),
            TE.map((paths) => ({ paths, sizes, bytes: file.model.length + (file.data?.length ?? 0) })),
          ),
        ),
        withLocks([flags.run], 'read'),
        deaf,
      ),
    )
    if (E.isLeft(done)) return refuse(world, done.left)
    const { paths, sizes, bytes } = done.right
    world.write(`${paths.join(' and ')}, ${kibibytes(bytes)}: tokens [batch, time] int32, ${sizes}\n`)
    return 0
  }
