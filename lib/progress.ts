/**
 * Progress as a record of functions: what a long computation tells whoever started it, without knowing who that is.
 *
 * A phase is opened with `start`, moved on with `advance` and closed with `end` (an early stop closes it before its
 * total is reached). Phases do not nest.
 */

/** Facts shown beside the bar, for example `{ loss: 0.52 }`: numbers are shown with four significant digits. */
export type Facts = Readonly<Record<string, number | string>>

/** Where progress goes: a terminal's bar, plain lines, or nowhere. */
export interface Progress {
  /** Opens a phase of `total` steps (`Infinity` when unknown), of which `done` were made by an earlier run (0). */
  readonly start: (phase: string, total: number, done?: number) => void
  /** Moves the open phase on by `n` steps and replaces its facts. */
  readonly advance: (n: number, facts: Facts) => void
  /** Closes the open phase: it is done. */
  readonly end: () => void
  /** Closes the phase that is open, if one is: it was stopped on the way. */
  readonly stop: () => void
  /** Says one line, above the bar where there is one. */
  readonly note: (line: string) => void
}

const nothing = (): void => undefined

/**
 * Progress that is shown nowhere.
 *
 * @example
 * silentProgress.note('nobody hears this')
 * silentProgress.stop() // => undefined
 */
export const silentProgress: Progress = { start: nothing, advance: nothing, end: nothing, stop: nothing, note: nothing }
