/**
 * What the command line touches of the world, as a record of functions, so that specs can give it another one.
 */
import type { parseAutomaton } from '../automata/codec.ts'
import type { describePfsa } from '../automata/describe.ts'
import { type Listener, whenDeaf } from '../breath.ts'
import type { Progress } from '../progress.ts'
import type { RunGam } from '../systems/gam/results.ts'
import { type Failure } from '../errors.ts'
import { guarded, lostAnswer } from './output.ts'
import { lineProgress } from './progress.ts'

/** What `exptilt pfsa` needs of the automata. */
export interface PfsaSystem {
  readonly describePfsa: typeof describePfsa
  readonly parseAutomaton: typeof parseAutomaton
}

/** The effects of a command. */
export interface World {
  /** Writes to stdout; what cannot be written is left out. */
  readonly write: (text: string) => void
  /** What was written to stdout and is lost, at the end of a command. */
  readonly lost: () => Promise<Failure | undefined>
  /** Ends the process. */
  readonly exit: (code: number) => void
  /** Writes to stderr, if anybody listens. */
  readonly warn: (text: string) => void
  /** Columns of the terminal. */
  readonly width: number
  readonly progress: Progress
  /** The folder where compiled programs are kept for the next command; nowhere unless given. */
  readonly programs?: string | undefined
  /**
   * Calls `stop` on Ctrl-C, SIGTERM and SIGHUP; returns what undoes this. A second Ctrl-C ends the process. Whoever `saves`
   * nothing then may be ended by the signal itself where the thread is held for seconds.
   */
  readonly onInterrupt: (stop: () => void, listener: Listener) => () => void
  /** The systems, loaded when a command first needs them. */
  readonly loadGam: () => Promise<RunGam>
  readonly loadPfsa: () => Promise<PfsaSystem>
}

const now = (): number => performance.now() / 1000

/** Ctrl-C, a polite kill, a terminal that was closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** npm hands on a Ctrl-C that the terminal sent to all, so one press may come twice: within these seconds it is one. */
const ONE_PRESS = 0.5

const onInterrupt: World['onInterrupt'] = (stop, listener) => {
  let asked: number | undefined
  const handle = (signal: NodeJS.Signals): void => {
    if (asked === undefined) {
      asked = now()
      stop()
    } else if (signal !== 'SIGHUP' && now() - asked > ONE_PRESS) process.exit(130)
  }
  const ignore = (): void => {
    for (const signal of SIGNALS) process.off(signal, handle)
  }
  const listen = (): void => {
    ignore()
    for (const signal of SIGNALS) process.on(signal, handle)
  }
  listen()
  const forget = whenDeaf(() => {
    ignore()
    return listen
  }, listener)
  return () => {
    forget()
    ignore()
  }
}

/** The world of a Node process before it works. */
export const nodeWorld = (): World => {
  const [out, { write: warn }] = [guarded(process.stdout), guarded(process.stderr)]
  return {
    write: out.write,
    lost: () => lostAnswer(out),
    exit: (code) => process.exit(code),
    warn,
    width: process.stdout.isTTY ? process.stdout.columns : 80,
    progress: lineProgress({ now, write: warn }),
    onInterrupt,
    loadGam: async () => (await import('../systems/gam/run.ts')).runGam,
    loadPfsa: async () => {
      const [{ describePfsa }, { parseAutomaton }] = await Promise.all([
        import('../automata/describe.ts'),
        import('../automata/codec.ts'),
      ])
      return { describePfsa, parseAutomaton }
    },
  }
}

/** The same at work: compiled programs are kept, progress is a bar when stderr is a terminal. */
export const atWork = async (given: World): Promise<World> => {
  const [{ programFolder }, { homedir }] = await Promise.all([import('../data/services.ts'), import('node:os')])
  const world = { ...given, programs: programFolder(process.env, homedir()) }
  if (!process.stderr.isTTY) return world
  const { barProgress } = await import('./progress-bar.ts')
  return { ...world, progress: barProgress(process.stderr, { now, write: world.warn }) }
}
