/** Stand-ins for the systems behind `exptilt earm`, for specs of its commands. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { expect } from 'vitest'
import { eArmCommand } from '../../lib/cli/earm.ts'
import { eArmTableCommand } from '../../lib/cli/earm-table.ts'
import { main } from '../../lib/cli/main.ts'
import { parseArguments } from '../../lib/cli/parse.ts'
import type { World } from '../../lib/cli/world.ts'
import { type Failure, failure } from '../../lib/errors.ts'
import type { EArmExperiment } from '../../lib/systems/e-arm/experiment-options.ts'
import type { ExperimentCosts, MeasureCosts } from '../../lib/systems/e-arm/experiment-costs.ts'
import type { EArmResults, EArmServices, RunEArm } from '../../lib/systems/e-arm/experiment-results.ts'
import { eArmResultsFor } from '../report/earm-example.ts'
import { type Seen, inWorld, withFolder } from './fake-world.ts'

/** What the stand-in for an experiment answers. */
export type Answer = (options: EArmExperiment, services: EArmServices) => E.Either<Failure, EArmResults>

/** Saves a checkpoint; results, unless it was interrupted. */
export const saving: Answer = (options, { directory, signal }) => {
  if (directory !== undefined) writeFileSync(join(directory, 'e-arm.000001.safetensors'), 'weights')
  return signal.aborted
    ? E.left(failure('Interrupted', 'the run was interrupted', 'resume it'))
    : E.right(eArmResultsFor(options))
}

/** Fails before anything is drawn: for specs of what was asked. */
export const failing: Answer = () => E.left(failure('Runtime', 'the run failed', 'look why'))

const costsFor = (options: EArmExperiment): ExperimentCosts => ({
  options,
  adapter: 'a made-up adapter',
  title: 'made up',
  parameters: 10,
  dataTokens: 64,
  sampledTokens: 32,
  costs: [{ name: 'plain', seconds: 2, ratio: 1 }],
  absent: [],
})

/** Runs a command line with stand-ins; the options that they were given come back as `asked`. */
export const exptilt = async (
  argv: readonly string[],
  answer: Answer = saving,
  ctrlC = false,
): Promise<Seen & { readonly asked: readonly EArmExperiment[] }> => {
  const asked: EArmExperiment[] = []
  const command = async (world: World): Promise<number> => {
    const request = parseArguments(argv, 100)
    if (request.kind !== 'flags') return main(argv, world)
    const { flags } = request
    let stop = (): void => undefined
    const own = { ...world, onInterrupt: (f: () => void) => ((stop = f), () => undefined) }
    const runEArm: RunEArm = (services) => (options) => {
      asked.push(options)
      if (ctrlC) stop()
      return TE.fromEither(answer(options, services))
    }
    const measureCosts: MeasureCosts = () => (options) => {
      asked.push(options)
      return TE.right(costsFor(options))
    }
    if (flags.kind === 'earm') return eArmCommand(own, TE.right(runEArm))(flags)
    if (flags.kind === 'earm-table')
      return eArmTableCommand(own, { runEArm: TE.right(runEArm), measureCosts: TE.right(measureCosts) })(flags)
    return main(argv, own)
  }
  return { ...(await inWorld(command)()), asked }
}

/** Wrong input: `exptilt earm …` has exit code 2 and says one sentence, and nothing is run or written. */
export const expectRefused = (argv: readonly string[], sentence: RegExp): Promise<void> =>
  withFolder(async (folder) => {
    const known = argv[0] === 'lm' || argv[0] === 'image'
    const seen = await exptilt(['earm', ...argv, ...(known ? ['--out', join(folder, 'run')] : [])])
    expect(seen.stderr.trimEnd()).toMatch(sentence)
    expect(seen.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect([seen.code, seen.stdout, seen.asked]).toEqual([2, '', []])
    expect(readdirSync(folder)).toEqual([])
  })
