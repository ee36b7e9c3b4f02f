/**
 * Turns of the event loop for long work on the main thread: signals, timers and output are served only between turns, and
 * a chain of promises that are ready leaves none.
 */
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from './at.ts'
import { stopIfAborted, effect } from './effect.ts'
import type { Failure } from './errors.ts'

/** The longest that work should hold the event loop, in milliseconds. */
const BREATH = 50

/** When the loop last turned here. */
const turned = Float64Array.of(Number.NEGATIVE_INFINITY)

/** Lets the event loop turn if it has not done so here for 50 ms; costs a clock reading otherwise. */
export const breathe = async (): Promise<void> => {
  if (performance.now() - at(turned, 0) < BREATH) return
  await new Promise<void>((resolve) => void setTimeout(resolve, 0))
  turned[0] = performance.now()
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
export const oneByOne =
  (signal?: AbortSignal) =>
  <A, B>(f: (a: A) => TE.TaskEither<Failure, B>) =>
  (all: readonly A[]): TE.TaskEither<Failure, readonly B[]> =>
    effect(async (run) => {
      const done: B[] = []
      for (const a of all) done.push(await run(heeding(signal)(f(a))))
      return done
    })

/** What makes signals end the process at once, and what undoes that. */
type Deafness = () => () => void

const deafnesses = new Set<Deafness>()

/** Asks to be told while something cannot hear; the result takes that back. */
export const whenDeaf = (deafness: Deafness): (() => void) => {
  deafnesses.add(deafness)
  return () => void deafnesses.delete(deafness)
}

/** Lets everything be heard that has come: timers that are due run before it, so the loop turns twice. */
const listen = async (): Promise<void> => {
  for (let i = 0; i < 2; i++) {
    turned[0] = Number.NEGATIVE_INFINITY
    await breathe()
  }
}

/**
 * Does what holds the thread for seconds, cannot be divided and must not be cut off, such as a native library that optimises
 * a large graph in the middle of a training: a signal that was sent before or comes meanwhile is heard right after it.
 */
export const whole = async <A>(work: () => Promise<A>): Promise<A> => {
  await listen()
  try {
    return await work()
  } finally {
    await listen()
  }
}

/**
 * Does what holds the thread for seconds, with nothing yet to save: a signal that was sent before is heard first, and one
 * that comes meanwhile ends the process (what is on disk is whole).
 */
export const deafly = async <A>(work: () => Promise<A>): Promise<A> => {
  await listen()
  const undo = [...deafnesses].map((deafen) => deafen())
  try {
    return await work()
  } finally {
    for (const each of undo) each()
  }
}

/** `deafly` for a task: for reading and preparing data, where there is nothing yet to save. */
export const deaf =
  <A>(task: TE.TaskEither<Failure, A>): TE.TaskEither<Failure, A> =>
  () =>
    deafly(task)
