/**
 * The training engine: what makes a step, batches that are a function of the step, evaluation every so many steps with the
 * best parameters kept, early stopping, a guard against divergence, and snapshots from which a killed run goes on to the same
 * bits. `StepsOptions` is a training as data; `trainSteps` is the one loop that runs it.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at, field, orElse } from '../at.ts'
import { type Run, effect, fail, stopIfAborted } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import type { Feeds } from '../executor.ts'
import { parametersOf } from '../optimise/training.ts'
import { type Facts, type Progress, silentProgress } from '../progress.ts'
import { improves, observe } from './early-stopping.ts'
import { type Stepper, restoreState, roundedState, savesExactly } from './stepper.ts'
import type { Arrays, Guard, Running, StepsState } from './steps-state.ts'

/** What an evaluation gives: a score (lower is better) and further facts to record. */
export interface Evaluation {
  readonly score: number
  readonly facts?: Readonly<Record<string, number>>
}

/** A training, as data. */
export interface StepsOptions<B = Feeds> {
  /** A prepared `trainingProgram`, say; its outputs named in `watch` (scalars; `loss` is always watched) are averaged. */
  readonly prepared: Stepper<B>
  readonly watch?: readonly string[]
  /**
   * The batch of step 0, 1, …, which may depend on the state after the last evaluation (`best`, say). A pure function of
   * both, or a resumed run gives other bits.
   */
  readonly batches: (step: number, state: StepsState) => TE.TaskEither<Failure, B>
  /** How much a step counts in the means of what is watched: its rows, say, where the last batch of an epoch is smaller (1). */
  readonly weight?: (step: number) => number
  readonly steps: number
  /** Evaluate after every so many steps, and after the last. An epoch is that many steps. */
  readonly evaluateEvery: number
  /** The score of these parameters after so many steps; `state` is that before this evaluation. */
  readonly evaluate: (parameters: Arrays, step: number, state: StepsState) => TE.TaskEither<Failure, Evaluation>
  /** Read the state back after every so many steps (default: at evaluations); only from there can a run go on. */
  readonly snapshotEvery?: number
  /** Hears of every snapshot; what it does (save a checkpoint, say) is waited for. */
  readonly onSnapshot?: (state: StepsState) => TE.TaskEither<Failure, void>
  /** Read the watched outputs of every so many steps only (default 1): on a device each reading waits. */
  readonly readEvery?: number
  readonly signal: AbortSignal
  readonly progress?: Progress
  /** What is trained, for progress and messages. */
  readonly label?: string
  /** Tokens of a step: progress then shows tokens per second. */
  readonly tokensPerStep?: number
  /** What progress shows, and after how many steps (default: the smoothed loss, tokens per second and the best score, after each). */
  readonly shown?: { readonly every: number; readonly facts: (state: StepsState) => Facts }
}

/** Whether nothing more is to be done. */
export const stepsFinished = (state: StepsState, steps: number): boolean => state.step >= steps || state.stopping.stop

/** How much the newest loss counts in the smoothed one. */
const SMOOTHING = 0.1

/** By how many nats the smoothed loss may rise above its lowest before this is divergence. */
const RISE = 4

/** The guard after one more loss. */
const guarded = (guard: Guard, loss: number): Guard => {
  const smoothed = Number.isNaN(guard.smoothed) ? loss : (1 - SMOOTHING) * guard.smoothed + SMOOTHING * loss
  return { smoothed, lowest: Math.min(guard.lowest, smoothed) }
}

const diverged = (label: string, step: number, what: string, lastGood: number): Failure =>
  failure(
    'NonFinite',
    `training of ${label} diverged at step ${step}: ${what}; the last good state is that after step ${lastGood}`,
    'lower the learning rate, or check the data',
    { step, lastGood },
  )

/** A step that was not finite, with what is trained and where a run can go on from. */
const toldOf =
  (label: string, lastGood: number) =>
  (found: Failure): Failure =>
    found.tag === 'NonFinite' && typeof found.facts['step'] === 'number'
      ? {
          ...found,
          what: diverged(label, found.facts['step'], String(found.facts['what']), lastGood).what,
          facts: { ...found.facts, lastGood },
        }
      : found

const lossTrouble = (guard: Guard, loss: number): string | undefined =>
  !Number.isFinite(loss)
    ? `the loss is ${loss}`
    : guard.smoothed > guard.lowest + RISE
      ? `the loss has risen from ${guard.lowest.toPrecision(4)} to ${guard.smoothed.toPrecision(4)}`
      : undefined

const stateTrouble = (state: Arrays): string | undefined => {
  const broken = Object.entries(state).find(([, data]) => data.some((x) => !Number.isFinite(x)))
  return broken === undefined ? undefined : `${broken[0]} is not finite`
}

const added = ({ count, sums }: Running, values: Readonly<Record<string, number>>, weight: number): Running => ({
  count: count + weight,
  sums: Object.fromEntries(Object.entries(values).map(([name, x]) => [name, orElse(sums[name], 0) + weight * x])),
})

const means = ({ count, sums }: Running): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(sums).map(([name, x]) => [name, x / count]))

/** Whether the state is read back after so many steps. */
const isSnapshot = (
  {
    evaluateEvery,
    snapshotEvery = evaluateEvery,
    steps,
  }: Pick<StepsOptions, 'evaluateEvery' | 'snapshotEvery' | 'steps'>,
  step: number,
): boolean => step % snapshotEvery === 0 || step % evaluateEvery === 0 || step === steps

/** One step; the watched outputs if they were read. */
const oneStep = async <B>(
  run: Run,
  options: StepsOptions<B>,
  state: StepsState,
): Promise<Readonly<Record<string, number>> | undefined> => {
  const { prepared, batches, watch = [], readEvery = 1, steps } = options
  const { step } = state
  const reads = (step + 1) % readEvery === 0 || step + 1 === steps
  // Reading anything tells whether this step and those before it went well: a snapshot must know.
  const names = reads ? ['loss', ...watch] : isSnapshot(options, step + 1) ? ['loss'] : []
  const out = await run(prepared.run(await run(batches(step, state)), names))
  return reads ? Object.fromEntries(names.map((name) => [name, at(field(out, name).data, 0)])) : undefined
}

/** The state with an evaluation of its parameters: a point of the curve, the best kept, the means begun anew. */
const evaluated = async <B>(run: Run, options: StepsOptions<B>, current: StepsState): Promise<StepsState> => {
  const parameters = parametersOf(current.state)
  const { score, facts = {} } = await run(options.evaluate(parameters, current.step, current))
  return {
    ...current,
    stopping: observe(score)(current.stopping),
    best: improves(score)(current.stopping) ? parameters : current.best,
    curve: [...current.curve, { step: current.step, watched: means(current.running), score, facts }],
    running: { count: 0, sums: {} },
  }
}

/** The state after one more step; fails when the loss diverges. */
const advanced = async <B>(
  run: Run,
  options: StepsOptions<B>,
  current: StepsState,
  lastGood: number,
): Promise<StepsState> => {
  const { label = 'the model', weight = () => 1 } = options
  const values = await run(TE.mapLeft(toldOf(label, lastGood))(effect((own) => oneStep(own, options, current))))
  const step = current.step + 1
  if (values === undefined) return { ...current, step }
  const loss = field(values, 'loss')
  const guard = guarded(current.guard, loss)
  const trouble = lossTrouble(guard, loss)
  if (trouble !== undefined) fail(diverged(label, step, trouble, lastGood))
  return { ...current, step, guard, running: added(current.running, values, weight(current.step)) }
}

/** Reads the state back, evaluates it where that is due, and hands it to whoever saves. */
const snapshot = async <B>(
  run: Run,
  options: StepsOptions<B>,
  current: StepsState,
  lastGood: number,
): Promise<StepsState> => {
  const { prepared, label = 'the model', onSnapshot, evaluateEvery, steps } = options
  const state = await roundedState(run, prepared)
  const broken = stateTrouble(state)
  if (broken !== undefined) fail(diverged(label, current.step, broken, lastGood))
  const due = current.step % evaluateEvery === 0 || current.step === steps
  const next = due ? await evaluated(run, options, { ...current, state }) : { ...current, state }
  if (onSnapshot !== undefined) await run(onSnapshot(next))
  return next
}

/** Shows where a training stands: the smoothed loss, the best score, tokens per second, or what is to be `shown`. */
const reporter = <B>(options: StepsOptions<B>, from: number) => {
  const { progress = silentProgress, tokensPerStep, steps, label = 'the model', shown } = options
  const begun = performance.now()
  const usual = ({ step, guard, curve, stopping }: StepsState): Facts => {
    const rate = (1000 * (step - from)) / (performance.now() - begun)
    return {
      loss: guard.smoothed,
      ...(tokensPerStep === undefined ? {} : { 'tokens/s': Math.round(rate * tokensPerStep) }),
      ...(curve.length === 0 ? {} : { best: stopping.best }),
    }
  }
  const { every, facts } = shown ?? { every: 1, facts: usual }
  progress.start(`training ${label}`, Math.ceil(steps / every), Math.floor(from / every))
  return (state: StepsState): void => {
    if (state.step % every === 0 || state.step === steps) progress.advance(1, facts(state))
  }
}

/**
 * Trains until `steps` or early stopping; left `NonFinite` on divergence, `Interrupted` on abort, after a snapshot of the
 * steps that were made where a snapshot there does not change what follows (on executors that compute in f32).
 *
 * @example
 * const w = input('w')
 * const prepared = await run(reference.prepare(trainingProgram({ parameters: { w }, loss: square(w), optimiser: sgd(0.25) })))
 * const train = trainSteps({
 *   prepared, steps: 4, evaluateEvery: 2, signal: new AbortController().signal,
 *   batches: () => TE.right({}),
 *   evaluate: ({ w: found }) => TE.right({ score: Math.abs(found?.[0] ?? 0) }),
 * })
 * const { best } = await run(train(startSteps({ w: Float32Array.of(4) })))
 * best['w'] // => [0.25]
 */
export const trainSteps =
  <B = Feeds>(options: StepsOptions<B>) =>
  (from: StepsState): TE.TaskEither<Failure, StepsState> =>
    effect(async (run) => {
      const { prepared, steps, signal, progress = silentProgress } = options
      if (stepsFinished(from, steps)) return from
      await restoreState(run, prepared, from.state)
      const report = reporter(options, from.step)
      let current = from
      let lastGood = from.step
      try {
        while (!stepsFinished(current, steps)) {
          stopIfAborted(signal)
          current = await advanced(run, options, current, lastGood)
          if (isSnapshot(options, current.step)) {
            current = await snapshot(run, options, current, lastGood)
            lastGood = current.step
          }
          report(current)
        }
      } finally {
        const isBetween = current.step > lastGood && current.step % options.evaluateEvery !== 0
        if (signal.aborted && isBetween && (await savesExactly(run, prepared)))
          await snapshot(run, options, current, lastGood)
      }
      progress.end()
      return current
    })
