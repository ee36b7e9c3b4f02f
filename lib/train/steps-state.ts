/**
 * Where a training by steps stands, as plain data: what a checkpoint holds, so that a run killed at any step goes on from
 * its last snapshot to the same bits. Batches need no state: they are a function of the step.
 */
import * as t from 'io-ts'
import { record } from '../codec/record.ts'
import { type NamedArrays, namedArray } from '../codec/array.ts'
import { exactNumber, natural } from '../codec/scalars.ts'
import { type EarlyStopping, earlyStoppingCodec, startStopping } from './early-stopping.ts'
import { groupOf, joinGroups } from './groups.ts'

/** Arrays by name. */
export type Arrays = Readonly<Record<string, Float32Array>>

/** One evaluation: after how many steps, the mean of what was watched since the last one, the score, further facts. */
export interface CurvePoint {
  readonly step: number
  readonly watched: Readonly<Record<string, number>>
  readonly score: number
  readonly facts: Readonly<Record<string, number>>
}

/** Means since the last evaluation: sums of the watched outputs, and how many steps they are over. */
export interface Running {
  readonly count: number
  readonly sums: Readonly<Record<string, number>>
}

/** The divergence guard: the loss smoothed over about ten steps, and the lowest that this was. */
export interface Guard {
  readonly smoothed: number
  readonly lowest: number
}

/** Everything that the next step depends on. `state` are the program's arrays, `best` the parameters of the best score. */
export interface StepsState {
  readonly step: number
  readonly stopping: EarlyStopping
  readonly running: Running
  readonly guard: Guard
  readonly curve: readonly CurvePoint[]
  readonly state: Arrays
  readonly best: Arrays
}

/** What of a state is not arrays. */
type StepsProgress = Omit<StepsState, 'state' | 'best'>

const numbers = t.record(t.string, exactNumber)

/** Codec of what is not arrays. */
export const stepsProgressCodec: t.Type<StepsProgress, unknown> = record({
  step: natural,
  stopping: earlyStoppingCodec,
  running: record({ count: natural, sums: numbers }),
  guard: record({ smoothed: exactNumber, lowest: exactNumber }),
  curve: t.readonlyArray(record<CurvePoint>({ step: natural, watched: numbers, score: exactNumber, facts: numbers })),
})

/**
 * The state before the first step, from initial parameters; `patience` counts evaluations (default: never stop early).
 *
 * @example
 * startSteps({ w: Float32Array.of(1, 2) }).step // => 0
 */
export const startSteps = (parameters: Arrays, patience: number = Number.MAX_SAFE_INTEGER): StepsState => ({
  step: 0,
  stopping: startStopping({ patience }),
  running: { count: 0, sums: {} },
  guard: { smoothed: Number.NaN, lowest: Number.POSITIVE_INFINITY },
  curve: [],
  state: parameters,
  best: parameters,
})

const namedArrays = (values: Arrays): NamedArrays =>
  Object.fromEntries(Object.entries(values).map(([name, data]) => [name, namedArray([data.length], data)]))

const floatArrays = (named: NamedArrays): Arrays =>
  Object.fromEntries(Object.entries(named).map(([name, a]) => [name, Float32Array.from(a.data)]))

/** The arrays of a training: those of its state, and the best parameters. */
type FitArrays = Pick<StepsState, 'state' | 'best'>

/** The arrays of trainings by name, as tensors of one file with one axis each: `NAME.state/…` and `NAME.best/…`. */
export const fitTensors = (fits: Readonly<Record<string, FitArrays>>): NamedArrays =>
  joinGroups(
    Object.fromEntries(
      Object.entries(fits).flatMap(([name, { state, best }]) => [
        [`${name}.state`, namedArrays(state)],
        [`${name}.best`, namedArrays(best)],
      ]),
    ),
  )

/** The arrays of one training among the tensors of a file. */
export const fitArrays = (name: string, tensors: NamedArrays): FitArrays => ({
  state: floatArrays(groupOf(`${name}.state`)(tensors)),
  best: floatArrays(groupOf(`${name}.best`)(tensors)),
})
