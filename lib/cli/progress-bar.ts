/**
 * Progress on a terminal: a bar with rate and time left. Loaded for work alone: help draws none.
 */
import cliProgress from 'cli-progress'
import type { Facts, Progress } from '../progress.ts'
import { closingLine, type Ending, factsLine, idle, pace, type Position, type ProgressSink } from './progress.ts'

const barLine =
  (elapsed: () => number) =>
  (
    _: unknown,
    { value, total, progress }: { value: number; total: number; progress: number },
    payload: unknown,
  ): string => {
    const { phase, earlier, facts, unknown: open } = isPayload(payload) ? payload : noPayload
    const filled = Math.round(Math.min(1, progress) * 24)
    const position: Position = {
      phase,
      done: value,
      earlier,
      total: open ? Number.POSITIVE_INFINITY : total,
      elapsed: elapsed(),
      facts,
    }
    const bar = open
      ? ''
      : `${'━'.repeat(filled)}${'·'.repeat(24 - filled)} ${String(Math.floor(progress * 100)).padStart(3)} %`
    return [phase.padEnd(22), bar, pace(position), factsLine(facts)].filter((part) => part !== '').join('  ')
  }

interface Payload {
  readonly phase: string
  readonly earlier: number
  readonly facts: Facts
  readonly unknown: boolean
}

const noPayload: Payload = { phase: '', earlier: 0, facts: {}, unknown: false }

const isPayload = (value: unknown): value is Payload =>
  typeof value === 'object' && value !== null && 'phase' in value && 'facts' in value && 'unknown' in value

const clearLine = '\r\u001b[2K'

/**
 * Progress as one bar at a time on a terminal. The bar is drawn by the steps themselves and not by a timer alone, so that
 * it moves even where the work leaves the event loop no time.
 */
export const barProgress = (stream: NodeJS.WritableStream, { now, write }: ProgressSink): Progress => {
  let position = idle
  let started = 0
  let bar: cliProgress.SingleBar | undefined
  const payload = (): Payload => ({
    phase: position.phase,
    earlier: position.earlier,
    facts: position.facts,
    unknown: !Number.isFinite(position.total),
  })
  const close = (ending: Ending): void => {
    bar?.stop()
    bar = undefined
    if (position.phase !== '') write(`${closingLine({ ...position, elapsed: now() - started }, ending)}\n`)
    position = idle
  }
  return {
    start: (phase, total, done = 0) => {
      position = { ...idle, phase, total, done, earlier: done }
      started = now()
      const format = barLine(() => now() - started)
      const look = { stream, fps: 8, hideCursor: true, clearOnComplete: true, linewrap: false, synchronousUpdate: true }
      bar = new cliProgress.SingleBar({ ...look, format }, cliProgress.Presets.shades_classic)
      bar.start(Number.isFinite(total) ? total : 0, done, payload())
    },
    advance: (n, facts) => {
      if (position.phase === '') return
      position = { ...position, done: position.done + n, facts }
      bar?.increment(n, payload())
    },
    end: () => close('done in'),
    stop: () => close('stopped after'),
    note: (line) => write(bar === undefined ? `${line}\n` : `${clearLine}${line}\n`),
  }
}
