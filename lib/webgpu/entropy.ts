/**
 * The entropy fixpoint of an automaton on a device: sweeps of H ← h + W·H (GAM paper, Eq. 7), all in one submit.
 */
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { SparseTransitions } from '../automata/sparse.ts'
import {
  type Command,
  type Device,
  TENSOR_USAGE,
  type View,
  allocateBuffers,
  prepare,
  releaseBuffers,
  wholeOf,
} from '../device.ts'
import { type Run, effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'

const sweepCommand = (states: number, shared: readonly View[], from: View, to: View): Command => ({
  kind: 'dispatch',
  shader: 'entropy_sweep',
  preludes: [],
  overrides: {},
  params: { states },
  workgroups: Math.ceil(states / 64),
  buffers: [...shared, from, to],
})

const missing = failure('Runtime', 'a buffer is missing', 'report this program')

const sweepOn = async (
  run: Run,
  device: Device,
  t: SparseTransitions,
  sweeps: number,
  views: readonly View[],
): Promise<Float32Array> => {
  const [even = fail(missing), odd = fail(missing)] = views.slice(4)
  const commands = Array.from({ length: sweeps }, (_, i) =>
    i % 2 === 0
      ? sweepCommand(t.states, views.slice(0, 4), even, odd)
      : sweepCommand(t.states, views.slice(0, 4), odd, even),
  )
  const result: View = { ...(sweeps % 2 === 0 ? even : odd), bytes: 4 * t.states }
  const replay = await run(prepare(device)(commands, [result]))
  try {
    const arrays = [t.rowPointers, t.targets, t.weights, t.localEntropy]
    const writes = arrays.map((data, i) => ({
      to: views[i] ?? fail(missing),
      data: data instanceof Float32Array ? Float32Array.from(data) : Uint32Array.from(data),
    }))
    const [bytes = fail(missing)] = await run(replay.run({ writes }))
    return new Float32Array(bytes)
  } finally {
    replay.release()
  }
}

/**
 * Entropies to go H [states] (nats) after some sweeps from H = 0, in f32. A tight automaton's sweeps converge; the caller
 * checks by comparing with one sweep more on the CPU.
 *
 * @param transitions rows of an automaton, from `sparseTransitions`
 * @param sweeps how often to apply H ← h + W·H
 */
export const entropySweeps =
  (device: Device) =>
  (transitions: SparseTransitions, sweeps: number): TE.TaskEither<Failure, Float32Array> =>
    effect(async (run) => {
      const { states, rowPointers, targets, weights, localEntropy } = transitions
      if (states === 0) return new Float32Array(0)
      const sizes = { rowPointers, targets, weights, localEntropy, even: localEntropy, odd: localEntropy }
      const requests = Object.entries(sizes).map(([label, data]) => ({
        label: `entropy ${label}`,
        bytes: data.byteLength,
        usage: TENSOR_USAGE,
      }))
      const buffers = await run(allocateBuffers(device)(requests))
      try {
        return await sweepOn(run, device, transitions, sweeps, buffers.map(wholeOf))
      } finally {
        releaseBuffers(device)(buffers)
      }
    })
