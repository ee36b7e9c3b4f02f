/**
 * `exptilt earm lm|image table N`: tables of the paper. 11 times an update of every kind; 4 runs a grid of λ and start
 * epochs, each cell in its own folder, where finished cells are kept and an interrupted one is resumed.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { canonicalJson } from '../codec/canonical-json.ts'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { readEArm } from '../report/earm-files.ts'
import { type TableFourCell, costsText, tableFourCell, tableFourText } from '../report/earm-tables.ts'
import { type EArmExperiment, experimentCodec, validateExperiment } from '../systems/e-arm/experiment-options.ts'
import type { MeasureCosts } from '../systems/e-arm/experiment-costs.ts'
import type { EArmResults, RunEArm } from '../systems/e-arm/experiment-results.ts'
import { eArmServices, experimentInFolder, loadEArm, readExperiment } from './earm.ts'
import type { EArmTableFlags } from './earm-flags.ts'
import { eArmFolder, experimentFrom } from './earm-settings.ts'
import { exitCodeOf, isWrongInput, refuse } from './exit.ts'
import { interruptible } from './gam.ts'
import { abandonFolder, keepFolder, openFolderWith, reopenFolder } from './run-folder.ts'
import type { World } from './world.ts'

/** The systems behind the tables. */
export interface EArmTableSystem {
  readonly runEArm: TE.TaskEither<Failure, RunEArm>
  readonly measureCosts: TE.TaskEither<Failure, MeasureCosts>
}

const installed: EArmTableSystem = {
  runEArm: loadEArm,
  measureCosts: TE.tryCatch(
    async () => (await import('../systems/e-arm/experiment-costs.ts')).measureCosts,
    fromThrown('Runtime', 'install the package again with npm ci'),
  ),
}

const usage = (what: string, remedy: string): Failure => failure('Usage', what, remedy)

interface Cell {
  readonly lambda: number
  readonly startEpoch: number
  readonly options: EArmExperiment
}

/** The paper's start epochs, 5, 15 and 25 of 40, in proportion. */
const usualStarts = ({ epochs }: EArmExperiment): readonly number[] => [
  ...new Set([1 / 8, 3 / 8, 5 / 8].map((share) => Math.round(share * epochs))),
]

const cellsOf = (
  { lambdas, starts, lambda, startEpoch }: EArmTableFlags,
  options: EArmExperiment,
): E.Either<Failure, readonly Cell[]> => {
  if (lambda !== undefined) return E.left(usage('--lambda was given to table 4', 'list the values with --lambdas'))
  if (startEpoch !== undefined)
    return E.left(usage('--start-epoch was given to table 4', 'list the epochs with --starts'))
  return pipe(
    (lambdas ?? [0.01, 0.05, 0.5]).flatMap((l) => (starts ?? usualStarts(options)).map((s) => [l, s] as const)),
    E.traverseArray(([l, s]) =>
      pipe(
        validateExperiment({ ...options, objective: { ...options.objective, lambda: l, startEpoch: s } }),
        E.map((checked) => ({ lambda: l, startEpoch: s, options: checked })),
      ),
    ),
  )
}

const asText = ({ out: _, device: __, ...options }: EArmExperiment): string =>
  E.getOrElse(() => '')(
    canonicalJson(JSON.parse(JSON.stringify(experimentCodec.encode({ ...options, device: 'auto' })))),
  )

const sameOptions = (a: EArmExperiment, b: EArmExperiment): boolean => asText(a) === asText(b)

const finished = async (folder: string, options: EArmExperiment): Promise<EArmResults | undefined> => {
  const found = await readEArm(folder)()
  return E.isRight(found) && sameOptions(found.right.options, options) ? found.right : undefined
}

const runCell = async (
  world: World,
  runEArm: RunEArm,
  signal: AbortSignal,
  folder: string,
  options: EArmExperiment,
): Promise<E.Either<Failure, EArmResults>> => {
  const earlier = await readExperiment(folder)()
  const resumable = E.isRight(earlier) && sameOptions(earlier.right, options)
  const opened = await (resumable ? reopenFolder(folder) : openFolderWith(folder, experimentCodec.encode(options)))()
  if (E.isLeft(opened)) return opened
  const result = await experimentInFolder(runEArm, eArmServices(world, signal, folder), folder)(options)()
  await (E.isLeft(result) && isWrongInput(result.left) ? abandonFolder(opened.right) : keepFolder(opened.right))
  return result
}

const stopped = (world: World, found: Failure, directory: string): number => {
  world.progress.end()
  if (found.tag !== 'Interrupted') return refuse(world, found)
  world.warn(`Interrupted; finished cells are kept. Continue by running the same command again (--out ${directory}).\n`)
  return exitCodeOf(found)
}

const grid = async (
  world: World,
  { json, out }: EArmTableFlags,
  options: EArmExperiment,
  cells: readonly Cell[],
  runEArm: RunEArm,
): Promise<number> => {
  const directory = out ?? `${eArmFolder(options)}-table-4`
  const { signal, release } = interruptible(world)
  const done: TableFourCell[] = []
  try {
    for (const [position, { lambda, startEpoch, options: own }] of cells.entries()) {
      const name = `lambda${lambda}-start${startEpoch}`
      const folder = join(directory, 'cells', name)
      const kept = await finished(folder, own)
      const state = kept === undefined ? '' : ': already there'
      world.progress.note(`[${position + 1}/${cells.length}] ${name}${state}`)
      const result =
        kept === undefined
          ? await runCell(world, runEArm, signal, folder, { ...own, out: folder })
          : E.right<Failure, EArmResults>(kept)
      if (E.isLeft(result)) return stopped(world, result.left, directory)
      done.push({ lambda, startEpoch, results: result.right })
    }
  } finally {
    release()
  }
  world.write(json ? `${JSON.stringify(done.map(tableFourCell), null, 2)}\n` : tableFourText(done))
  return 0
}

const tableFour = async (
  world: World,
  flags: EArmTableFlags,
  options: EArmExperiment,
  { runEArm }: EArmTableSystem,
): Promise<number> => {
  const ready = await pipe(
    TE.fromEither(cellsOf(flags, options)),
    TE.bindTo('cells'),
    TE.bind('system', () => runEArm),
  )()
  return E.isLeft(ready)
    ? refuse(world, ready.left)
    : grid(world, flags, options, ready.right.cells, ready.right.system)
}

const tableEleven = async (
  world: World,
  { lambdas, starts, json }: EArmTableFlags,
  options: EArmExperiment,
  { measureCosts }: EArmTableSystem,
): Promise<number> => {
  if (lambdas !== undefined || starts !== undefined)
    return refuse(world, usage('--lambdas and --starts belong to table 4', 'leave them out'))
  const { signal, release } = interruptible(world)
  const { directory: _, ...services } = eArmServices(world, signal, '')
  const found = await pipe(
    measureCosts,
    TE.chain((measure) => measure(services)(options)),
  )()
  release()
  if (E.isLeft(found)) {
    world.progress.end()
    return refuse(world, found.left)
  }
  world.write(json ? `${JSON.stringify(found.right, null, 2)}\n` : costsText(found.right))
  return 0
}

/** Runs `exptilt earm lm|image table N`; the exit code. */
export const eArmTableCommand =
  (world: World, system: EArmTableSystem = installed) =>
  async (flags: EArmTableFlags): Promise<number> => {
    const { table, task } = flags
    if (table !== 4 && table !== 11)
      return refuse(
        world,
        usage(
          `earm ${task} has no table ${table}`,
          'use 4 (the test measure over λ and start epoch) or 11 (what an update costs)',
        ),
      )
    const options = experimentFrom(flags)
    if (E.isLeft(options)) return refuse(world, options.left)
    return table === 4
      ? tableFour(world, flags, options.right, system)
      : tableEleven(world, flags, options.right, system)
  }
