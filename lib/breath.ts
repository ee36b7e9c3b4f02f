/**
 * Turns of the event loop for long work on the main thread: signals, timers and output are served only between turns, and
 * a chain of promises that are ready leaves none.
 */
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from './at.ts'
import { effect, inTurn, interrupted, stopIfAborted } from './effect.ts'
import { type Failure, raise } from './errors.ts'

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

/** Whoever listens to signals. */
export interface Listener {
  /** Whether it has something to save when a signal comes. */
  readonly saves: boolean
  /** Aborted when it was asked to stop. */
  readonly signal?: AbortSignal
  /** Hears that it goes deaf for longer than anybody waits, with everything saved. */
  readonly beforehand?: () => void
}

const listeners = new Map<Deafness, Listener>()

/** Asks to be told while something cannot hear; the result takes that back. */
export const whenDeaf = (deafness: Deafness, listener: Listener): (() => void) => {
  listeners.set(deafness, listener)
  return () => void listeners.delete(deafness)
}

const savers = new Set<TE.TaskEither<Failure, void>>()

const oneSave = inTurn()

/** Does this before a signal may end the process in the middle of a run; the result takes that back. */
export const savedBefore = (save: TE.TaskEither<Failure, void>): (() => void) => {
  savers.add(save)
  return () => void savers.delete(save)
}

/** Lets everything be heard that has come: timers that are due run before it, so the loop turns twice. */
const listen = async (): Promise<void> => {
  for (let i = 0; i < 2; i++) {
    turned[0] = Number.NEGATIVE_INFINITY
    await breathe()
  }
}

/** Listens, and throws `Interrupted` when somebody was asked to stop: nothing that takes seconds is begun then. */
const heard = async (): Promise<void> => {
  await listen()
  for (const { signal } of listeners.values()) if (signal?.aborted === true) raise(interrupted)
}

/**
 * Does what holds the thread for seconds and cannot be divided, such as a native library that optimises a large graph. In the
 * middle of a training it must not be cut off: a signal that comes meanwhile is heard right after it. Where nobody has
 * anything to save it is done as `deafly` does. Throws `Interrupted` after a signal that was sent before.
 */
export const whole = async <A>(work: () => Promise<A>): Promise<A> => {
  if (![...listeners.values()].some(({ saves }) => saves)) return deafly(work)
  await heard()
  try {
    return await work()
  } finally {
    await listen()
  }
}

/**
 * Does what holds the thread for seconds, with nothing yet to save: throws `Interrupted` after a signal that was sent before,
 * and one that comes meanwhile ends the process (what is on disk is whole).
 */
export const deafly = async <A>(work: () => Promise<A>): Promise<A> => {
  await heard()
  const undo = [...listeners.keys()].map((deafen) => deafen())
  try {
    return await work()
  } finally {
    for (const each of undo) each()
  }
}

/**
 * `whole` for what takes longer than anybody waits for an answer to a signal: what is done is saved first, listeners are told,
 * and a signal that comes meanwhile ends the process. Where saving fails it is done as `whole` does.
 */
export const lengthy = async <A>(work: () => Promise<A>): Promise<A> => {
  for (const save of savers) if (E.isLeft(await oneSave(save)())) return whole(work)
  for (const { beforehand } of listeners.values()) beforehand?.()
  return deafly(work)
}

/** `deafly` for a task: for reading and preparing data, where there is nothing yet to save. */
export const deaf = <A>(task: TE.TaskEither<Failure, A>): TE.TaskEither<Failure, A> =>
  effect((run) => deafly(() => run(task)))
