/**
 * A run under way, phase by phase: its state is replaced, never changed, and saved at the end of every phase and, where a
 * phase is long, on the way.
 */
import { orElse } from '../at.ts'
/** The part of a state that says what was done, and how many seconds each phase took. */
export interface Phased {
  readonly done: readonly string[]
  readonly seconds: Readonly<Record<string, number>>
}

/** The state of a run. */
export interface Held<S> {
  readonly state: () => S
  readonly update: (change: (state: S) => S) => void
  /** Saves if the last save is long ago, or always when asked to be sure. */
  readonly save: (when: 'now' | 'sometimes') => Promise<void>
}

/** Holds a state; `sometimes` it is written if the last time is at least so many milliseconds ago. */
export const held = <S>(initial: S, every: number, write: (state: S) => Promise<void>): Held<S> => {
  let state = initial
  let saved = performance.now()
  return {
    state: () => state,
    update: (change) => {
      state = change(state)
    },
    save: async (when) => {
      if (when === 'sometimes' && performance.now() - saved < every) return
      await write(state)
      saved = performance.now()
    },
  }
}

/** Times a phase and marks it as done (by its tag); a phase that is done is skipped. */
export const phase = async <S extends Phased>(
  { state, update, save }: Held<S>,
  name: string,
  body: () => Promise<void>,
  tag: string = name,
): Promise<void> => {
  if (state().done.includes(tag)) return
  const start = performance.now()
  const before = orElse(state().seconds[name], 0)
  try {
    await body()
  } finally {
    update((s) => ({ ...s, seconds: { ...s.seconds, [name]: before + (performance.now() - start) / 1000 } }))
  }
  update((s) => ({ ...s, done: [...s.done, tag] }))
  await save('now')
}
