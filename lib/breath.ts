/**
 * Turns of the event loop for long work on the main thread: signals, timers and output are served only between turns, and
 * a chain of promises that are ready leaves none.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { stopIfAborted, effect } from './effect.ts'
import type { Failure } from './errors.ts'

/** The longest that work should hold the event loop, in milliseconds. */
const BREATH = 50

let last = Number.NEGATIVE_INFINITY

/** Lets the event loop turn if it has not done so here for 50 ms; costs a clock reading otherwise. */
export const breathe = async (): Promise<void> => {
  if (performance.now() - last < BREATH) return
  await new Promise<void>((resolve) => void setTimeout(resolve, 0))
  last = performance.now()
}

/** Breathes before a task, and does not begin it when the signal was aborted: left `Interrupted`. */
export const heeding =
  (signal: AbortSignal | undefined) =>
  <A>(task: TE.TaskEither<Failure, A>): TE.TaskEither<Failure, A> =>
    effect(async (run) => {
      await breathe()
      if (signal !== undefined) stopIfAborted(signal)
      return run(task)
    })

/** Tasks one after the other, with a breath before each. */
export const inTurn =
  (signal?: AbortSignal) =>
  <A, B>(f: (a: A) => TE.TaskEither<Failure, B>) =>
  (all: readonly A[]): TE.TaskEither<Failure, readonly B[]> =>
    TE.traverseSeqArray((a: A) => heeding(signal)(f(a)))(all)
