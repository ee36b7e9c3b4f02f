/**
 * A world for specs of the command line: output kept as text, a stand-in for the system, Ctrl-C at a chosen moment.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { parseAutomaton } from '../../lib/automata/codec.ts'
import { describePfsa } from '../../lib/automata/describe.ts'
import type { World } from '../../lib/cli/world.ts'
import { type Failure, failure } from '../../lib/errors.ts'
import type { GamOptions } from '../../lib/systems/gam/options.ts'
import { activeFeatureNames } from '../../lib/systems/gam/options.ts'
import type { GamResults, RunGam, RunServices } from '../../lib/systems/gam/results.ts'
import { exampleResults } from '../report/example.ts'

/** The outcome of a command in a fake world. */
export interface Seen {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** The options of each run of the stand-in system. */
  readonly runs: readonly GamOptions[]
}

/** The example's results under other options; numbers move with |D| so that tables have something to show. */
export const resultsFor = (options: GamOptions): GamResults => {
  const names = activeFeatureNames(options)
  const { paper: _, entropyPerSymbol, ...example } = exampleResults
  const per = <A>(value: A): readonly A[] => names.map(() => value)
  const moments = { data: per(0.1), base: per(0.9), tilt: per(0.1), distilled: per(0.15) }
  return {
    ...example,
    ...(options.data.kind === 'motif' && entropyPerSymbol !== undefined ? { entropyPerSymbol } : {}),
    options,
    crossEntropyBase: 0.45 + 5 / Math.sqrt(options.train + 100),
    crossEntropyDistilled: 0.45 + 1 / Math.sqrt(options.train + 100),
    featureNames: names,
    lambda: per(-2),
    moments,
    curves: { ...example.curves, lambda: example.curves.lambda.map(() => per(-1)) },
  }
}

/** A system that answers at once, or as `answer` says. */
export type Answer = (options: GamOptions, services: RunServices) => E.Either<Failure, GamResults>

/** Answers with results, saving a checkpoint first as a real run does. */
export const succeed: Answer = (options, { directory, progress }) => {
  progress.start('base model', 2)
  progress.advance(2, { loss: 0.5 })
  progress.end()
  if (directory !== undefined) writeFileSync(join(directory, 'base.safetensors'), 'weights')
  return E.right(resultsFor(options))
}

/** Saves a checkpoint and fails as a run does that was aborted. */
export const interrupted: Answer = (options, services) => {
  const done = succeed(options, services)
  return services.signal.aborted ? E.left(failure('Interrupted', 'the run was interrupted', 'resume it')) : done
}

/** Fails as the device layer does when there is no adapter. */
export const withoutAdapter: Answer = () =>
  E.left(failure('NoAdapter', '--device gpu found no hardware adapter', 'use --device cpu'))

/** Runs `command` in a fake world; `ctrlC` aborts as soon as a run begins. */
export const inWorld =
  (command: (world: World) => Promise<number>) =>
  async ({
    answer = succeed,
    ctrlC = false,
  }: {
    readonly answer?: Answer
    readonly ctrlC?: boolean
  } = {}): Promise<Seen> => {
    const out: string[] = []
    const err: string[] = []
    const runs: GamOptions[] = []
    const stops: (() => void)[] = []
    const runGam: RunGam = (services) => (options) => {
      runs.push(options)
      if (ctrlC) for (const stop of stops) stop()
      return TE.fromEither(answer(options, services))
    }
    const say = (text: string): void => void err.push(text)
    const code = await command({
      write: (text) => void out.push(text),
      lost: () => Promise.resolve(undefined),
      exit: () => undefined,
      warn: say,
      width: 100,
      progress: {
        start: (phase) => say(`start ${phase}\n`),
        advance: () => undefined,
        end: () => undefined,
        stop: () => undefined,
        note: (line) => say(`${line}\n`),
      },
      onInterrupt: (stop) => {
        stops.push(stop)
        return () => void stops.splice(stops.indexOf(stop), 1)
      },
      loadGam: async () => runGam,
      loadPfsa: async () => ({ describePfsa, parseAutomaton }),
    })
    return { code, stdout: out.join(''), stderr: err.join(''), runs }
  }
