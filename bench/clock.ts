/**
 * Timing inside a measuring process: warm-up, then repeats until there are enough or the time for them is over.
 */
import type { Outcome, Settings } from './types.ts'

/** A number among the settings. */
export const numberIn = (settings: Settings, name: string): number => {
  const value = settings[name]
  if (typeof value !== 'number') throw new Error(`the setting '${name}' is not a number`)
  return value
}

/** Milliseconds of each repeat of `work`, after `warm` runs that do not count. At least one repeat is made. */
export const timed = async (
  settings: Settings,
  work: (round: number) => Promise<unknown>,
): Promise<readonly number[]> => {
  const [repeats, warm, budget] = ['repeats', 'warm', 'seconds'].map((name) => numberIn(settings, name))
  for (let i = 0; i < (warm ?? 1); i++) await work(i)
  const times: number[] = []
  const end = performance.now() + (budget ?? 1) * 1000
  while (times.length === 0 || (times.length < (repeats ?? 1) && performance.now() < end)) {
    const start = performance.now()
    await work((warm ?? 1) + times.length)
    times.push(performance.now() - start)
  }
  return times
}

/** A task: measures with these settings. */
export type Task = (settings: Settings) => Promise<Outcome>
