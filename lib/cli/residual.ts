/**
 * `exptilt residual`: one run from flags to a report, or the continuation of a text by a trained run.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import { type Failure, fromThrown, usage } from '../errors.ts'
import { textOf } from '../report/document-text.ts'
import { writeReport } from '../report/report-files.ts'
import { residualReport } from '../report/residual-files.ts'
import { promptDocument, residualDocument } from '../report/residual-document.ts'
import type { ResidualOptions } from '../systems/residual/options.ts'
import { residualResultsCodec } from '../systems/residual/results-codec.ts'
import type { PromptResidual, ResidualResults, RunResidual } from '../systems/residual/results.ts'
import { residualExperiment } from '../systems/residual/settings.ts'
import { refuse } from './exit.ts'
import { experimentOptions, type FolderCommand, type FolderWork, folderCommand } from './folder-command.ts'
import type { ResidualFlags } from './residual-grammar.ts'
import type { World } from './world.ts'

/** The system behind the command. */
export interface ResidualSystem {
  readonly runResidual: RunResidual
  readonly promptResidual: PromptResidual
}

/** Loads the system on first use. */
export const loadResidual = (): Promise<ResidualSystem> => import('../systems/residual/run.ts')

const promptOnly = ({ prompt, method, stage }: ResidualFlags): Failure | undefined =>
  stage === 'generate' || (prompt === undefined && method === undefined)
    ? method !== undefined && prompt === undefined
      ? usage('--method says how a text is continued, but there is no --prompt', 'add --prompt TEXT')
      : undefined
    : usage('--prompt and --method belong to exptilt residual generate', 'use that command')

const command: FolderCommand<ResidualFlags, ResidualOptions> = experimentOptions(residualExperiment)

/** Results without curves and samples, as `--json` prints them. */
export const residualJson = (results: ResidualResults): string => {
  const encoded = residualResultsCodec.encode({ ...results, fits: {} })
  return exactJson(encoded)
}

const work =
  ({ runResidual, promptResidual }: ResidualSystem): FolderWork<ResidualFlags, ResidualOptions> =>
  (services, { flags, options, directory }) => {
    const { prompt, stage, method = 'resampling', json } = flags
    if (prompt !== undefined)
      return pipe(
        promptResidual(services)(options, { prompt, method, ...options.generation }),
        TE.map((found) => (json ? exactJson(found) : textOf(promptDocument(found)))),
      )
    return pipe(
      runResidual(services)(options, stage),
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
    const wrong = promptOnly(flags)
    if (wrong !== undefined) return refuse(world, wrong)
    return folderCommand(world, command)('residual', (services, given) =>
      pipe(
        TE.tryCatch(load, fromThrown('Runtime', 'install the package again with npm ci')),
        TE.chain((system) => work(system)(services, given)),
      ),
    )(flags)
  }
