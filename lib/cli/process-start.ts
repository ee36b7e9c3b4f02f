/**
 * Whether a process still runs that once had a number: numbers are given again, so the time of its start counts too.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { at } from '../at.ts'
import { codeOf } from '../errors.ts'

/** A process: its number, and a word for the moment of its start. */
export interface Process {
  readonly pid: number
  readonly start: string
}

/** Where the moment of a start cannot be known. */
const UNKNOWN = '0'

const contentOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Letters of `state` that say that a process has ended and only waits to be buried. */
const ENDED = /^[ZXx]$/

/** Linux: the 22nd field of /proc/PID/stat, in ticks since the machine was started, with the name of that start. */
const startOnLinux = (pid: number): string | undefined => {
  const stat = contentOf(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const boot = contentOf('/proc/sys/kernel/random/boot_id') ?? UNKNOWN
  return state === undefined || ENDED.test(state) ? undefined : `${boot.slice(0, 8)}-${at(fields, 18)}`
}

/** Elsewhere: what ps says. */
const startByPs = (pid: number): string => {
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  })
  return status === 0 && stdout.trim() !== ''
    ? createHash('sha256').update(stdout.trim()).digest('hex').slice(0, 16)
    : UNKNOWN
}

/** A word for the moment at which a process started; `undefined` when there is none of this number. */
export const startOf = (pid: number): string | undefined =>
  process.platform === 'linux' ? startOnLinux(pid) : process.platform === 'win32' ? UNKNOWN : startByPs(pid)

/** The moment at which this process started. */
export const ownStart = (): string => startOf(process.pid) ?? UNKNOWN

/** Another user's process may not be signalled, but it is there. */
const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return codeOf(thrown) === 'EPERM'
  }
}

/** Whether a process still runs: its number is taken, and by one that started at the same moment (where that is known). */
export const isAlive = ({ pid, start }: Process): boolean => {
  if (!isThere(pid)) return false
  const now = startOf(pid)
  return now === start || (now !== undefined && (now === UNKNOWN || start === UNKNOWN))
}
