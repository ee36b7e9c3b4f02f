/** Stand-ins for the systems behind `exptilt earm`, for specs of its commands. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { expect } from 'vitest'
import { eArmCommand } from '../../lib/cli/earm.ts'
import { eArmTableCommand } from '../../lib/cli/earm-table.ts'
import type { Flags } from '../../lib/cli/flags.ts'
import { main } from '../../lib/cli/main.ts'
import { parseArguments } from '../../lib/cli/parse.ts'
import type { World } from '../../lib/cli/world.ts'
import { type Failure, failure } from '../../lib/errors.ts'
import type { MeasuredCosts } from '../../lib/systems/e-arm/cost.ts'
import type { EArmExperiment } from '../../lib/systems/e-arm/experiment-options.ts'
import type { MeasureCosts } from '../../lib/systems/e-arm/experiment-costs.ts'
import type { EArmResults, EArmServices, RunEArm } from '../../lib/systems/e-arm/results.ts'
import { eArmResultsFor } from '../report/earm-example.ts'
import { type Seen, inWorld } from './fake-world.ts'
import { withFolder } from '../folder.ts'

/** What the stand-in for an experiment answers. */
export type Answer = (options: EArmExperiment, services: EArmServices) => E.Either<Failure, EArmResults>

/** Saves a checkpoint; results, unless it was interrupted. */
export const saving: Answer = (options, { directory, signal }) => {
  const name = options.task === 'translate' ? 'translation' : 'e-arm'
  if (directory !== undefined) writeFileSync(join(directory, `${name}.000001.safetensors`), 'weights')
  return signal.aborted
    ? E.left(failure('Interrupted', 'the run was interrupted', 'resume it'))
    : E.right(eArmResultsFor(options))
}

/** Fails before anything is drawn: for specs of what was asked. */
export const failing: Answer = () => E.left(failure('Runtime', 'the run failed', 'look why'))

/** Made-up costs of an update. */
export const costsFor = <O>(options: O): MeasuredCosts & { readonly options: O } => ({
  options,
  adapter: 'a made-up adapter',
  title: 'made up',
  parameters: 10,
  dataTokens: 64,
  sampledTokens: 32,
  costs: [
    { name: 'plain', seconds: 2, ratio: 1 },
    { name: 'both', seconds: 4, ratio: 2 },
  ],
  absent: [],
})

/** What answers a command line in a spec. */
export interface Given<A> {
  readonly flags: Flags
  readonly world: World
  /** Notes what a stand-in was asked; where there is a Ctrl-C, it comes then. */
  readonly hear: (asked: A) => void
}

/** Runs a command line by `handle`, or as it is where that knows no answer; what its stand-ins heard is `asked`. */
export const runLine = async <A>(
  argv: readonly string[],
  handle: (given: Given<A>) => Promise<number> | undefined,
  ctrlC = false,
): Promise<Seen & { readonly asked: readonly A[] }> => {
  const asked: A[] = []
  const command = async (world: World): Promise<number> => {
    const request = await parseArguments(argv, 100)
    let stop = (): void => undefined
    const own = { ...world, onInterrupt: (f: () => void) => ((stop = f), () => undefined) }
    const hear = (one: A): void => {
      asked.push(one)
      if (ctrlC) stop()
    }
    const answered = request.kind === 'flags' ? handle({ flags: request.flags, world: own, hear }) : undefined
    return answered ?? main(argv, own)
  }
  return { ...(await inWorld(command)()), asked }
}

/** Runs a command line with stand-ins; the options that they were given come back as `asked`. */
export const exptilt = (
  argv: readonly string[],
  answer: Answer = saving,
  ctrlC = false,
): Promise<Seen & { readonly asked: readonly EArmExperiment[] }> =>
  runLine<EArmExperiment>(
    argv,
    ({ flags, world, hear }) => {
      const runEArm: RunEArm = (services) => (options) => {
        hear(options)
        return TE.fromEither(answer(options, services))
      }
      const measureCosts: MeasureCosts = () => (options) => {
        hear(options)
        return TE.right(costsFor(options))
      }
      if (flags.kind === 'earm') return eArmCommand(world, TE.right(runEArm))(flags)
      return flags.kind === 'earm-table'
        ? eArmTableCommand(world, {
            runEArm: TE.right(runEArm),
            measureCosts: TE.right(measureCosts),
          })(flags)
        : undefined
    },
    ctrlC,
  )

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
