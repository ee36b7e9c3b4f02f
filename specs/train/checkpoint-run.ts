/**
 * A tiny training run whose every step depends on every earlier one, for the checkpoint specs. Run as a program
 * (`checkpoint-run.ts DIRECTORY STEPS`) it resumes from the newest checkpoint, saves after each step, and prints a step
 * once its save has been acknowledged.
 */
import { writeSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { namedArray } from '../../lib/codec/array.ts'
import { fold, key, uniforms, words } from '../../lib/key.ts'
import { type CheckpointStore, loadLatest, openStore, saveCheckpoint } from '../../lib/train/checkpoint.ts'
import type { Checkpoint } from '../../lib/train/checkpoint-format.ts'
import { observe, startStopping } from '../../lib/train/early-stopping.ts'
import type { FileSystem } from '../../lib/train/file-system.ts'
import { nodeFileSystem } from '../../lib/train/file-system-node.ts'
import { type TrainingState, trainingState } from './training-state.ts'

export const progressCodec: t.Type<{ readonly seen: number }, unknown> = t.strict({ seen: t.number })
export type State = TrainingState<{ readonly seen: number }>

/** A store of the run's checkpoints. */
export const storeIn = (fileSystem: FileSystem, directory: string, keep = 2): CheckpointStore<State> => ({
  fileSystem,
  directory,
  name: 'run',
  codec: trainingState(progressCodec),
  keep,
})

/** The run before its first step. */
export const start = (seed: number): Checkpoint<State> => ({
  step: 0,
  provenance: { configHash: 'c', codeVersion: '1', backend: 'reference', adapter: 'cpu' },
  state: {
    optimiser: { step: 0 },
    schedule: { position: 0, scale: 1 },
    random: { key: key(seed), counter: 0 },
    data: { key: fold(key(seed), 1), epoch: 0, position: 0 },
    energy: { logPartition: Number.NEGATIVE_INFINITY },
    stopping: startStopping({ patience: 1000 }),
    phase: 'base',
    progress: { seen: 0 },
  },
  tensors: { w: namedArray([8], new Float64Array(8)), replay: namedArray([2, 3], new Uint32Array(6)) },
})

/** One step: draws noise at the saved counter, moves the weights, refreshes the replay bank. */
export const next = ({ step, provenance, state, tensors }: Checkpoint<State>): Checkpoint<State> => {
  const { random, data } = state
  const noise = uniforms(random.key, 8, random.counter)
  const w = Float64Array.from(noise, (u, i) => 0.9 * (tensors['w']?.data[i] ?? 0) + (u - 0.5) / (1 + data.position))
  const position = (data.position + 1) % 5
  return {
    step: step + 1,
    provenance,
    state: {
      ...state,
      optimiser: { step: state.optimiser.step + 1 },
      schedule: { position: state.schedule.position + 1, scale: state.schedule.scale * 0.99 },
      random: { key: random.key, counter: random.counter + 8 },
      data: { key: data.key, position, epoch: data.epoch + (position === 0 ? 1 : 0) },
      energy: { logPartition: Math.max(state.energy['logPartition'] ?? 0, w[0] ?? 0) },
      stopping: state.stopping === null ? null : observe(w[1] ?? 0)(state.stopping),
      progress: { seen: state.progress.seen + 8 },
    },
    tensors: {
      w: namedArray([8], w),
      replay: namedArray([2, 3], words(fold(data.key, step), 6)),
    },
  }
}

/** The checkpoint after `steps` undisturbed steps. */
export const after = (seed: number, steps: number): Checkpoint<State> => {
  let checkpoint = start(seed)
  for (let i = 0; i < steps; i++) checkpoint = next(checkpoint)
  return checkpoint
}

/** The result of an effect that must succeed. */
export const success = async <A>(effect: TE.TaskEither<unknown, A>): Promise<A> => {
  const result = await effect()
  if (E.isRight(result)) return result.right
  throw new Error(JSON.stringify(result.left))
}

const main = async (directory: string, steps: number): Promise<void> => {
  const store = storeIn(nodeFileSystem, directory)
  await success(openStore(store))
  const loaded = await success(loadLatest(store))
  let checkpoint = O.isSome(loaded) ? loaded.value.checkpoint : start(7)
  while (checkpoint.step < steps) {
    checkpoint = next(checkpoint)
    await success(saveCheckpoint(store)(checkpoint))
    writeSync(1, `${checkpoint.step}\n`)
  }
}

const [, program, directory, steps] = process.argv
if (program?.endsWith('checkpoint-run.ts') && directory !== undefined) await main(directory, Number(steps))
