/** Time that a spec may bound: of the processor, so that a machine that is busy with other things changes nothing. */
import { readdirSync, readFileSync } from 'node:fs'
import { at } from '../lib/at.ts'

/** Milliseconds of processor time, in user mode, that this process spends on an action that does not wait. */
export const processorTime = (action: () => void): number => {
  const start = process.cpuUsage()
  action()
  return process.cpuUsage(start).user / 1000
}

/** A thread's processor time in milliseconds, from Linux's ticks of 10 ms: user and system are the 14th and 15th fields. */
const timeOfThread = (folder: string): number => {
  const stat = readFileSync(`${folder}/stat`, 'utf8')
  // A thread's name stands in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return 10 * (Number(at(fields, 11)) + Number(at(fields, 12)))
}

/** What a function gives, or nothing where it throws: threads and processes end while they are looked at. */
const unlessGone = <A>(read: () => readonly A[]): readonly A[] => {
  try {
    return read()
  } catch {
    return []
  }
}

/** Processor time of each thread of a process, by its number; none where the system does not say or the process is gone. */
const threadTimes = (pid: number): ReadonlyMap<string, number> => {
  const tasks = `/proc/${pid}/task`
  const threads = unlessGone(() => readdirSync(tasks))
  return new Map(threads.flatMap((thread) => unlessGone(() => [[thread, timeOfThread(`${tasks}/${thread}`)] as const])))
}

/** Watches how long the busiest thread of a process works from now on; the result says so. */
export const watchWork = (pid: number): (() => number) => {
  const before = threadTimes(pid)
  let most = 0
  const look = (): void => {
    for (const [thread, time] of threadTimes(pid)) most = Math.max(most, time - (before.get(thread) ?? 0))
  }
  const watch = setInterval(look, 20)
  return () => {
    clearInterval(watch)
    return most
  }
}
