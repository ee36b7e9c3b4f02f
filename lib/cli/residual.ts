/**
 * `exptilt residual`: one run from flags to a report, or what is measured of a trained run.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import { type Failure, usage } from '../errors.ts'
import { textOf } from '../report/document-text.ts'
import { writeReport } from '../report/report-files.ts'
import { residualReport } from '../report/residual-files.ts'
import { promptDocument, residualDocument } from '../report/residual-document.ts'
import type { ResidualOptions } from '../systems/residual/options.ts'
import { residualResultsCodec } from '../systems/residual/results-codec.ts'
import type { PromptResidual, ResidualResults, RunResidual } from '../systems/residual/results.ts'
import { residualExperiment, residualOptionsCodec, validateOptions } from '../systems/residual/settings.ts'
import type { trainedToEnd } from '../systems/residual/trained.ts'
import { refuse } from './exit.ts'
import { experimentOptions, type FolderCommand, type FolderWork, folderCommand } from './folder-command.ts'
import { loaded } from './loaded.ts'
import type { ResidualFlags } from './residual-grammar.ts'
import { readOptionsAs } from './run-folder.ts'
import type { World } from './world.ts'

/** The system behind the command. */
export interface ResidualSystem {
  readonly runResidual: RunResidual
  readonly promptResidual: PromptResidual
  readonly trainedToEnd: typeof trainedToEnd
}

/** Loads the system on first use. */
export const loadResidual = async (): Promise<ResidualSystem> => ({
  ...(await import('../systems/residual/run.ts')),
  ...(await import('../systems/residual/trained.ts')),
})

const methodAlone = ({ prompt, method }: ResidualFlags): Failure | undefined =>
  method !== undefined && prompt === undefined
    ? usage('--method says how a text is continued, but there is no --prompt', 'add --prompt TEXT')
    : undefined

const training: FolderCommand<ResidualFlags, ResidualOptions> = experimentOptions(residualExperiment)

/** A trained run that is measured: named by `--run`, which goes on with it too. */
const measuring: FolderCommand<ResidualFlags, ResidualOptions> = {
  ...training,
  read: readOptionsAs(residualOptionsCodec, validateOptions, 'give the folder of a trained run to --run'),
  resumedBy: '--run',
}

/** The words of the command, and how it reads its options: all but training work on the folder of a run. */
const commandOf = ({ stage }: ResidualFlags): readonly [name: string, command: typeof training] =>
  stage === 'all' ? ['residual', training] : [`residual ${stage}`, stage === 'train' ? training : measuring]

/** Results without curves and samples, as `--json` prints them. */
export const residualJson = (results: ResidualResults): string => {
  const encoded = residualResultsCodec.encode({ ...results, fits: {} })
  return exactJson(encoded)
}

const work =
  ({ runResidual, promptResidual, trainedToEnd: whole }: ResidualSystem): FolderWork<ResidualFlags, ResidualOptions> =>
  (services, { flags, options, directory }) => {
    const { prompt, stage, method = 'resampling', json } = flags
    const trained =
      stage === 'train' || stage === 'all'
        ? TE.right(undefined)
        : whole({ ...options, out: directory }, services.directory, services.progress.note)
    if (prompt !== undefined)
      return pipe(
        trained,
        TE.chain(() => promptResidual(services)(options, { prompt, method, ...options.generation })),
        TE.map((found) => (json ? exactJson(found) : textOf(promptDocument(found)))),
      )
    return pipe(
      trained,
      TE.chain(() => runResidual(services)(options, stage)),
      TE.chainFirst(writeReport(residualReport)(directory, ['svg', 'png'])),
      TE.map((results) =>
        json ? residualJson(results) : `${textOf(residualDocument(results))}Report: ${directory}/report.html\n`,
      ),
    )
  }

/** Runs `exptilt residual`; the exit code. */
export const residualCommand =
  (world: World, load: () => Promise<ResidualSystem> = loadResidual) =>
  async (flags: ResidualFlags): Promise<number> => {
    const wrong = methodAlone(flags)
    if (wrong !== undefined) return refuse(world, wrong)
    const [name, command] = commandOf(flags)
    return folderCommand(world, command)(name, (services, given) =>
      pipe(
        loaded(load),
        TE.chain((system) => work(system)(services, given)),
      ),
    )(flags)
  }
