/**
 * What the command line touches of the world, as a record of functions, so that specs can give it another one.
 */
import type { parseAutomaton } from '../automata/codec.ts'
import type { describePfsa } from '../automata/describe.ts'
import type { Progress } from '../progress.ts'
import type { RunGam } from '../systems/gam/results.ts'
import { barProgress, lineProgress } from './progress.ts'

/** What `exptilt pfsa` needs of the automata. */
export interface PfsaSystem {
  readonly describePfsa: typeof describePfsa
  readonly parseAutomaton: typeof parseAutomaton
}

/** The effects of a command. */
export interface World {
  /** Writes to stdout. */
  readonly write: (text: string) => void
  /** Writes to stderr. */
  readonly warn: (text: string) => void
  /** Columns of the terminal. */
  readonly width: number
  readonly progress: Progress
  /** Calls `stop` on Ctrl-C; returns what undoes this. */
  readonly onInterrupt: (stop: () => void) => () => void
  /** The systems, loaded when a command first needs them. */
  readonly loadGam: () => Promise<RunGam>
  readonly loadPfsa: () => Promise<PfsaSystem>
}

const now = (): number => performance.now() / 1000

const onInterrupt = (stop: () => void): (() => void) => {
  let asked = false
  const handle = (): void => {
    if (asked) process.exit(130)
    asked = true
    stop()
  }
  process.on('SIGINT', handle)
  process.on('SIGTERM', handle)
  return () => {
    process.off('SIGINT', handle)
    process.off('SIGTERM', handle)
  }
}

const warn = (text: string): void => {
  process.stderr.write(text)
}

/** The world of a Node process: progress as a bar when stderr is a terminal. */
export const nodeWorld = (): World => ({
  write: (text) => {
    process.stdout.write(text)
  },
  warn,
  width: process.stdout.isTTY ? process.stdout.columns : 100,
  progress: process.stderr.isTTY
    ? barProgress(process.stderr, { now, write: warn })
    : lineProgress({ now, write: warn }),
  onInterrupt,
  loadGam: async () => (await import('../systems/gam/run.ts')).runGam,
  loadPfsa: async () => {
    const [{ describePfsa }, { parseAutomaton }] = await Promise.all([
      import('../automata/describe.ts'),
      import('../automata/codec.ts'),
    ])
    return { describePfsa, parseAutomaton }
  },
})
