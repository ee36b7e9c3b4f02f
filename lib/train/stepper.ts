/**
 * What makes the steps of a training, and its state as it is saved and put back.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { orElse } from '../at.ts'
import type { Run } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { Feeds, Prepared } from '../executor.ts'
import type { Value } from '../expr.ts'
import type { Arrays } from './steps-state.ts'

/**
 * `run` makes a step on a batch and answers with the outputs named in `read` (scalars, all by default; `loss` is one);
 * the state is that of a `trainingProgram`. A prepared one is a stepper on feeds; `splitStepper` is one on parts of a batch.
 */
export interface Stepper<B = Feeds> extends Pick<Prepared, 'readState' | 'writeState'> {
  run(this: void, batch: B, read?: readonly string[]): TaskEither<Failure, Readonly<Partial<Record<string, Value>>>>
}

type State = Pick<Prepared, 'readState' | 'writeState'>

/**
 * The state of a training program, by name, as it is saved. An executor that computes in f64 goes on from the rounded
 * values too: a resumed run has nothing else.
 */
export const roundedState = async (run: Run, { readState, writeState }: State): Promise<Arrays> => {
  const values = Object.entries(await run(readState()))
  const state = Object.fromEntries(values.map(([name, v]) => [name, Float32Array.from(v.data)]))
  if (values.some(([, v]) => v.data instanceof Float64Array)) await run(writeState(state))
  return state
}

/** Whether a saved state is the state itself: an executor that computes in f64 rounds where it saves, and may not save elsewhere. */
export const savesExactly = async (run: Run, { readState }: State): Promise<boolean> =>
  Object.values(await run(readState())).every(({ data }) => !(data instanceof Float64Array))

/** Puts a saved state into a training program; what it lacks (the optimiser's, at first) starts at zero. */
export const restoreState = async (run: Run, { readState, writeState }: State, state: Arrays): Promise<void> => {
  const held = Object.entries(await run(readState()))
  await run(
    writeState(
      Object.fromEntries(held.map(([name, v]) => [name, orElse(state[name], new Float32Array(v.data.length))])),
    ),
  )
}
