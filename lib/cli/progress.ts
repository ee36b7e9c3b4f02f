/**
 * Progress on stderr as plain lines, at most one a second, and what they and the bar of `progress-bar.ts` say.
 */
import type { Facts, Progress } from '../progress.ts'

/** How far a phase is: `done` of `total` steps after `elapsed` seconds, not counting the `earlier` ones, done before. */
export interface Position {
  readonly phase: string
  readonly done: number
  readonly earlier: number
  readonly total: number
  readonly elapsed: number
  readonly facts: Facts
}

const short = (value: number): string =>
  value >= 1e6
    ? `${(value / 1e6).toFixed(1)}M`
    : value >= 1e4
      ? `${(value / 1e3).toFixed(1)}k`
      : String(Number(value.toPrecision(3)))

/** A time as people say it: `4.2 s`, `1 min 05 s`, `2 h 03 min`. */
export const duration = (seconds: number): string => {
  const whole = Math.round(seconds)
  const two = (value: number): string => String(value).padStart(2, '0')
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`
  return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`
}

/** Facts in one line: `loss 0.5213, lr 0.001`. */
export const factsLine = (facts: Facts): string =>
  Object.entries(facts)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(4)) : value}`)
    .join(', ')

/** Rate and time left: `38.2/s, 12.3 s left`; empty before the first step. */
export const pace = ({ done, earlier, total, elapsed }: Position): string => {
  if (done <= earlier || elapsed <= 0) return ''
  const rate = (done - earlier) / elapsed
  const speed = rate >= 1 ? `${short(rate)}/s` : `${short(1 / rate)} s each`
  return Number.isFinite(total) && done < total ? `${speed}, ${duration((total - done) / rate)} left` : speed
}

/** A position as one plain line. */
export const plainLine = (position: Position): string => {
  const { phase, done, total, facts } = position
  const amount = Number.isFinite(total) ? `${short(done)}/${short(total)}` : short(done)
  return [`${phase}: ${amount}`, pace(position), factsLine(facts)].filter((part) => part !== '').join('; ')
}

/** How a phase ends. */
export type Ending = 'done in' | 'stopped after'

/** The line that closes a phase. */
export const closingLine = ({ phase, done, earlier, elapsed, facts }: Position, ending: Ending = 'done in'): string =>
  [`${phase}: ${ending} ${duration(elapsed)}`, `${short(done - earlier)} steps`, factsLine(facts)]
    .filter((part) => part !== '')
    .join('; ')

/** What progress needs of the world: the time in seconds, and somewhere to write. */
export interface ProgressSink {
  readonly now: () => number
  readonly write: (text: string) => void
}

/** Before a phase, and after it. */
export const idle: Position = { phase: '', done: 0, earlier: 0, total: 0, elapsed: 0, facts: {} }

/** Progress as plain lines: the first step of a phase, then at most one line a second, and one when it ends. */
export const lineProgress = ({ now, write }: ProgressSink): Progress => {
  let position = idle
  let started = 0
  let spoken = Number.NEGATIVE_INFINITY
  const say = (line: string): void => write(`${line}\n`)
  const close = (ending: Ending): void => {
    if (position.phase !== '') say(closingLine({ ...position, elapsed: now() - started }, ending))
    position = idle
  }
  return {
    start: (phase, total, done = 0) => {
      position = { ...idle, phase, total, done, earlier: done }
      started = now()
      spoken = started
    },
    advance: (n, facts) => {
      if (position.phase === '') return
      position = { ...position, done: position.done + n, elapsed: now() - started, facts }
      if (now() - spoken < 1) return
      spoken = now()
      say(plainLine(position))
    },
    end: () => close('done in'),
    stop: () => close('stopped after'),
    note: say,
  }
}
