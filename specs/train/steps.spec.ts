/**
 * Training by steps: it minimises, keeps the best, and a run that goes on from any snapshot (through a file's rounding)
 * gives the same bits; a run that diverges says so and names its last good state.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it, vi } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Prepared } from '../../lib/executor.ts'
import { fold, key } from '../../lib/key.ts'
import { contract } from '../../lib/ops/contract.ts'
import { input } from '../../lib/ops/layout.ts'
import { square, subtract } from '../../lib/ops/pointwise.ts'
import { mean } from '../../lib/ops/reduce.ts'
import { adam, type Optimiser, sgd, trainingProgram } from '../../lib/optimise/index.ts'
import { reference } from '../../lib/reference.ts'
import { normals } from '../../lib/laws/arbitraries/distributions.ts'
import { left, run } from '../either.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../lib/train/checkpoint-format.ts'
import { type StepsOptions, stepsFinished, trainSteps } from '../../lib/train/steps.ts'
import {
  type Arrays,
  type StepsState,
  startSteps,
  fitArrays,
  fitTensors,
  stepsProgressCodec,
} from '../../lib/train/steps-state.ts'
import { silentProgress } from '../../lib/progress.ts'
import { right } from '../either.ts'
import { near } from '../near.ts'
import { counting } from './counting.ts'

const [row, from] = [axis('row', 4), axis('from', 3)]
const [x, y, w] = [input('x', row, from), input('y', row), input('w', from)]
const error = subtract(contract(from)(x, w), y)
const loss = mean(row)(square(error))
const truth = [1, -2, 0.5]

const prepare = (optimiser: Optimiser = adam(0.05)): Promise<Prepared> =>
  run(reference.prepare(trainingProgram({ parameters: { w }, loss, optimiser, outputs: { error: mean(row)(error) } })))

/** Noisy linear data, a function of the step. */
const feedsOf = (step: number): { readonly x: Float64Array; readonly y: Float64Array } => {
  const xs = normals(fold(key(5), step), 12)
  const noise = normals(fold(key(6), step), 4)
  return { x: xs, y: noise.map((e, i) => 0.1 * e + truth.reduce((s, v, j) => s + v * (xs[3 * i + j] ?? 0), 0)) }
}

const batches: StepsOptions['batches'] = (step) => TE.right(feedsOf(step))

const distance = (parameters: Arrays): number =>
  truth.reduce((sum, v, j) => sum + (v - (parameters['w']?.[j] ?? Number.NaN)) ** 2, 0)

const options = async (more: Partial<StepsOptions> = {}): Promise<StepsOptions> => ({
  prepared: await prepare(),
  watch: ['error'],
  batches,
  steps: 60,
  evaluateEvery: 20,
  snapshotEvery: 7,
  evaluate: (parameters, step) => TE.right({ score: distance(parameters), facts: { step } }),
  signal: new AbortController().signal,
  ...more,
})

const start: StepsState = startSteps({ w: new Float32Array(3) })

/** A state through a checkpoint file and back. */
const filed = (state: StepsState): StepsState => {
  const { state: _state, best: _best, ...progress } = state
  const provenance = { configHash: '', codeVersion: '', backend: '', adapter: '' }
  const bytes = right(
    encodeCheckpoint(stepsProgressCodec)({
      step: state.step,
      provenance,
      state: progress,
      tensors: fitTensors({ it: state }),
    }),
  )
  const found = decodeCheckpoint(stepsProgressCodec)(bytes)
  if (found._tag === 'Left') throw new Error(found.left.failure.what)
  return { ...found.right.state, ...fitArrays('it', found.right.tensors) }
}

describe('training by steps', () => {
  it('minimises, evaluates when it should and keeps the best', async () => {
    const done = await run(trainSteps(await options({ steps: 250, evaluateEvery: 60 }))(start))
    expect(done.curve.map(({ step }) => step)).toEqual([60, 120, 180, 240, 250])
    expect(done.curve.map(({ facts }) => facts['step'])).toEqual([60, 120, 180, 240, 250])
    expect(done.stopping.best).toBe(Math.min(...done.curve.map(({ score }) => score)))
    expect(distance(done.best)).toBe(done.stopping.best)
    expect(done.stopping.best).toBeLessThan(0.01)
    expect(done.curve[0]?.watched['loss']).toBeGreaterThan(done.curve[4]?.watched['loss'] ?? 0)
    expect(Object.keys(done.curve[0]?.watched ?? {})).toEqual(['loss', 'error'])
  })

  it('goes on from any snapshot, through a file, to the same bits', async () => {
    const states: StepsState[] = []
    const onSnapshot = (state: StepsState): TE.TaskEither<never, void> => TE.fromIO(() => void states.push(state))
    const whole = await run(trainSteps(await options({ onSnapshot }))(start))
    expect(states.map(({ step }) => step)).toEqual([7, 14, 20, 21, 28, 35, 40, 42, 49, 56, 60])
    for (const state of states) expect(await run(trainSteps(await options())(filed(state)))).toEqual(whole)
  })

  it('the batches and the optimiser’s moments matter: forgetting either gives other bits', async () => {
    const half = await run(trainSteps(await options({ steps: 40 }))(start))
    const whole = await run(trainSteps(await options())(half))
    const forgetful = { ...half, state: { w: half.state['w'] ?? new Float32Array(3) } }
    expect(await run(trainSteps(await options())(forgetful))).not.toStrictEqual(whole)
    const shifted = await options({ batches: (step) => TE.right(feedsOf(step + 1)) })
    expect(await run(trainSteps(shifted)(half))).not.toStrictEqual(whole)
  })

  it('stops early when evaluations stop improving, and a finished state is answered as it is', async () => {
    const scores = [3, 2, 5, 4, 6, 1]
    const evaluate: StepsOptions['evaluate'] = (_, step) => TE.right({ score: scores[step / 10 - 1] ?? 0 })
    const settings = await options({ evaluate, evaluateEvery: 10, steps: 100 })
    const patient = await run(trainSteps(settings)(startSteps({ w: new Float32Array(3) }, 2)))
    expect(patient.step).toBe(40)
    expect(patient.stopping.best).toBe(2)
    expect(stepsFinished(patient, 100)).toBe(true)
    expect(await run(trainSteps(settings)(patient))).toBe(patient)
  })

  it('reads the outputs every so many steps only; the parameters are the same', async () => {
    const every = await run(trainSteps(await options())(start))
    const seldom = await run(trainSteps(await options({ readEvery: 5 }))(start))
    expect(seldom.state).toStrictEqual(every.state)
    expect(seldom.curve[0]?.watched['loss']).not.toBe(every.curve[0]?.watched['loss'])
  })

  it('a batch may depend on the best so far, and a score on it before it is counted', async () => {
    const seen: (readonly [at: string, step: number, best: number])[] = []
    const note = (at: string, step: number, { stopping }: StepsState): void => void seen.push([at, step, stopping.best])
    const own: Partial<StepsOptions> = {
      batches: (step, state) => TE.fromIO(() => (note('batch', step, state), feedsOf(step))),
      evaluate: (_, step, state) => TE.fromIO(() => (note('score', step, state), { score: 10 - step })),
      steps: 4,
      evaluateEvery: 2,
    }
    await run(trainSteps(await options(own))(start))
    const none = Number.POSITIVE_INFINITY
    expect(seen).toEqual([
      ['batch', 0, none],
      ['batch', 1, none],
      ['score', 2, none],
      ['batch', 2, 8],
      ['batch', 3, 8],
      ['score', 4, 8],
    ])
  })

  it('says that it diverged, at which step, and keeps the last good snapshot', async () => {
    const states: StepsState[] = []
    const onSnapshot = (state: StepsState): TE.TaskEither<never, void> => TE.fromIO(() => void states.push(state))
    const wild = await options({ prepared: await prepare(sgd(3)), onSnapshot, snapshotEvery: 1, steps: 500 })
    const found = left(await trainSteps(wild)(start)())
    expect(found.tag).toBe('NonFinite')
    expect(found.what).toMatch(/diverged at step \d+: the loss has risen from .* to .*; the last good state/)
    expect(found.facts['lastGood']).toBe(states.at(-1)?.step)
    expect(distance(states.at(-1)?.best ?? {})).toBeLessThan(1e6)
    const nan = await options({
      batches: (step) => TE.right({ ...feedsOf(step), y: new Float64Array(4).fill(Number.NaN) }),
    })
    expect(left(await trainSteps(nan)(start)()).what).toContain('the loss is NaN')
  })

  it('a state that is not finite is never handed out as a snapshot', async () => {
    const states: StepsState[] = []
    const onSnapshot = (state: StepsState): TE.TaskEither<never, void> => TE.fromIO(() => void states.push(state))
    const hidden = await options({
      batches: (step) => TE.right({ ...feedsOf(step), y: new Float64Array(4).fill(step === 8 ? Number.NaN : 1) }),
      readEvery: 50,
      onSnapshot,
    })
    expect(left(await trainSteps(hidden)(start)()).what).toBe(
      'training of the model diverged at step 9: the loss is NaN; the last good state is that after step 7',
    )
    expect(states.map(({ step }) => step)).toEqual([7])
  })

  it('stops between steps when it is aborted', async () => {
    const controller = new AbortController()
    const until: StepsOptions['batches'] = (step) =>
      TE.fromIO(() => {
        if (step === 4) controller.abort()
        return feedsOf(step)
      })
    const stopped = await trainSteps(await options({ batches: until, signal: controller.signal }))(start)()
    expect(left(stopped).tag).toBe('Interrupted')
  })

  it('step s is fed batches(s), and every mean is over the steps since the last evaluation', async () => {
    const { read, more } = counting()
    const done = await run(trainSteps(await options(more))(start))
    expect(done.curve.map(({ step, watched }) => ({ step, ...watched }))).toEqual([
      { step: 4, loss: (100 + 99 + 98 + 97) / 4, twice: (100 + 99 + 98 + 97) / 2 },
      { step: 8, loss: (96 + 95 + 94 + 93) / 4, twice: (96 + 95 + 94 + 93) / 2 },
      { step: 11, loss: (92 + 91 + 90) / 3, twice: (2 * (92 + 91 + 90)) / 3 },
    ])
    expect(done.running).toEqual({ count: 0, sums: {} })
    expect(read).toEqual(new Array(11).fill(['loss', 'twice']))
    expect(done.guard.lowest).toBe(done.guard.smoothed)
    const smoothed = Array.from({ length: 10 }, (_, i) => 99 - i).reduce((a, l) => 0.9 * a + 0.1 * l, 100)
    expect(done.guard.smoothed).toBeCloseTo(smoothed, 10)
  })

  it('reads every third step, the last, and before a snapshot; only what was to be read counts', async () => {
    const { read, more } = counting()
    const done = await run(trainSteps(await options({ ...more, readEvery: 3 }))(start))
    expect(read.map((names) => names.length)).toEqual([0, 0, 2, 1, 0, 2, 1, 1, 2, 0, 2])
    expect(done.curve.map(({ watched }) => watched['loss'])).toEqual([98, 95, (92 + 90) / 2])
  })

  it('what was made is saved where it is aborted, once: between evaluations and at them', async () => {
    for (const [last, saved] of [
      [0, [1]],
      [2, [3]],
      [3, [4]],
      [4, [4, 5]],
      [6, [4, 7]],
      [7, [4, 8]],
    ] as const) {
      const { more } = counting()
      const at: number[] = []
      const controller = new AbortController()
      const settings = await options({
        ...more,
        snapshotEvery: 4,
        batches: (step) => {
          if (step === last) controller.abort()
          return more.batches(step)
        },
        signal: controller.signal,
        onSnapshot: (state) => TE.fromIO(() => void at.push(state.step)),
      })
      expect(left(await trainSteps(settings)(start)()).tag).toBe('Interrupted')
      expect(at).toEqual(saved)
    }
  })

  it('a state that is not finite is named, though every loss was', async () => {
    const { more } = counting()
    const broken = { w: { axes: [], dtype: 'f32', data: Float32Array.of(Number.NaN) } } as const
    const prepared = { ...more.prepared, readState: () => TE.right(broken) }
    expect(left(await trainSteps(await options({ ...more, prepared, snapshotEvery: 4 }))(start)()).what).toBe(
      'training of the model diverged at step 4: w is not finite; the last good state is that after step 0',
    )
  })

  it('progress goes on at every so many steps, and at the last', async () => {
    const { more } = counting()
    const shownAt: number[] = []
    const totals: number[] = []
    const progress = {
      ...silentProgress,
      start: (_phase: string, total: number) => void totals.push(total),
      advance: (n: number, { step }: Readonly<Record<string, unknown>>) => void shownAt.push(n * Number(step)),
    }
    const shown = { every: 3, facts: ({ step }: StepsState) => ({ step }) }
    await run(trainSteps(await options({ ...more, progress, shown }))(start))
    expect([totals, shownAt]).toEqual([[4], [3, 6, 9, 11]])
  })

  it('shows the smoothed loss, the best score once there is one, and tokens per second where steps have tokens', async () => {
    const { more } = counting()
    const begun: unknown[] = []
    const shown: Readonly<Record<string, unknown>>[] = []
    const progress = {
      ...silentProgress,
      start: (...given: readonly unknown[]) => void begun.push(given),
      advance: (_n: number, facts: Readonly<Record<string, unknown>>) => void shown.push(facts),
    }
    const evaluate: StepsOptions['evaluate'] = (_, step) => TE.right({ score: 10 - step })
    const settings = { ...more, progress, evaluate, label: 'w' }
    const half = await run(trainSteps(await options({ ...settings, steps: 4 }))(start))
    expect(shown.map((facts) => Object.keys(facts).join())).toEqual(['loss', 'loss', 'loss', 'loss,best'])
    expect(shown.map(({ loss }) => loss)).toEqual(near([100, 99.9, 99.71, 99.439], 10))
    shown.splice(0)
    // A clock that goes on by half a second a step.
    let now = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
    const batches = (step: number) => {
      now += 500
      return more.batches(step)
    }
    const priced = await options({ ...settings, batches, tokensPerStep: 3 })
    const done = await run(trainSteps(priced)(half))
    clock.mockRestore()
    // Of a finished one nothing is shown.
    expect(await run(trainSteps(priced)(done))).toBe(done)
    expect(shown.map((facts) => facts['tokens/s'])).toEqual(new Array(7).fill(6))
    expect(shown.map(({ best }) => best)).toEqual([6, 6, 6, 2, 2, 2, -1])
    expect(begun).toEqual([
      ['training w', 4, 0],
      ['training w', 11, 4],
    ])
  })

  it('diverged is a smoothed loss more than 4 nats above its lowest', async () => {
    const { more } = counting()
    const after = async (loss: number) => {
      const losses = (step: number) => TE.right({ step: Float64Array.of(step === 0 ? 0 : loss) })
      return trainSteps(await options({ ...more, batches: losses, steps: 2 }))(start)()
    }
    expect((await run(TE.fromEither(await after(39.9)))).guard.smoothed).toBeCloseTo(3.99, 5)
    expect(left(await after(40.1)).what).toContain('diverged at step 2: the loss has risen from 0.000 to 4.010')
  })

  it('snapshots and evaluations come when they are due, the best is that of the lowest score, and patience counts', async () => {
    const at: number[] = []
    const scores = [5, 3, 4, 4]
    const { more } = counting()
    let evaluation = 0
    const settings = await options({
      ...more,
      steps: 100,
      snapshotEvery: 3,
      evaluate: () => TE.right({ score: scores[evaluation++] ?? 9 }),
      onSnapshot: (state) => TE.fromIO(() => void at.push(state.step)),
    })
    const done = await run(trainSteps(settings)(startSteps({ w: new Float32Array(1) }, 2)))
    expect(at).toEqual([3, 4, 6, 8, 9, 12, 15, 16])
    expect([done.step, done.stopping.best, done.stopping.bestEpoch, done.stopping.epochs]).toEqual([16, 3, 1, 4])
    expect(done.curve.map(({ score }) => score)).toEqual(scores)
  })
})
