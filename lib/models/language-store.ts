/**
 * Prepared programs of a language model: made when they are first needed, all beside one another, so that parameters are
 * on the device once, and caches once for all lengths.
 */
import { type Run, effect, inTurn } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { Executor, Prepared, Program } from '../executor.ts'
import { program } from '../program.ts'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Autoregressive, Parameters } from './autoregressive.ts'
import { parameterInputs } from './parameters.ts'

/** What holds the parameters, and the programs beside it. */
export interface LanguageStore {
  /** Writes the parameters, if these are not the ones that the device holds. */
  readonly hold: (parameters: Parameters) => TaskEither<Failure, void>
  /** The program of this name; `make` is asked for it once. `beside` shares more than the parameters. */
  readonly prepared: (name: string, make: () => Program, beside?: Prepared) => TaskEither<Failure, Prepared>
  /** Names of the programs that there are. */
  readonly names: () => readonly string[]
  /** Frees the programs whose names satisfy this. */
  readonly drop: (which: (name: string) => boolean) => void
  readonly release: () => void
}

/** Programs by name, beside what holds the parameters; `rootOf` is asked for that when a program is first made. */
const programsBeside = (executor: Executor, rootOf: (run: Run) => Promise<Prepared>): Omit<LanguageStore, 'hold'> => {
  const ready = new Map<string, Prepared>()
  const turn = inTurn()
  const drop = (which: (name: string) => boolean): void => {
    for (const [name, prepared] of [...ready].reverse())
      if (which(name)) {
        prepared.release()
        ready.delete(name)
      }
  }
  return {
    prepared: (name, make, beside) =>
      turn(
        effect(async (run) => {
          const known = ready.get(name)
          if (known !== undefined) return known
          const made = await run(executor.prepare(make(), beside ?? (await rootOf(run))))
          ready.set(name, made)
          return made
        }),
      ),
    names: () => [...ready.keys()],
    drop,
    release: () => drop(() => true),
  }
}

/** A store whose parameters lie in a prepared program already, which stays its owner's. */
export const storeBeside = (executor: Executor, root: Prepared): LanguageStore => ({
  hold: () => TE.of(undefined),
  ...programsBeside(executor, () => Promise.resolve(root)),
})

/** A store for a model on an executor; nothing is made before it is needed. */
export const languageStore = (executor: Executor, model: Autoregressive): LanguageStore => {
  let root: Prepared | undefined
  let held: Parameters | undefined
  const rootOf = async (run: Run): Promise<Prepared> => {
    const parameters = parameterInputs(model.parameters)
    root ??= await run(executor.prepare(program<string, string>(parameters, parameters, {})))
    return root
  }
  const programs = programsBeside(executor, rootOf)
  return {
    hold: (parameters) =>
      effect(async (run) => {
        const prepared = await rootOf(run)
        if (held === parameters) return
        await run(prepared.writeState(parameters))
        held = parameters
      }),
    prepared: programs.prepared,
    names: programs.names,
    drop: programs.drop,
    release: () => {
      programs.release()
      root?.release()
      root = undefined
      held = undefined
    },
  }
}
