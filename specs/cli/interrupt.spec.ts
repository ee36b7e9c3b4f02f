/**
 * Signals, phase by phase: a child process is sent one while it is in the phase, ends, and leaves a folder
 * that `--resume` accepts. While a native library makes a session, a signal waits and is heard right after it. Where the reading
 * of data holds the thread, the signal ends the process itself; the lock that it leaves behind is taken over.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lockFolder } from '../../lib/cli/lock.ts'
import { right } from '../either.ts'
import { withFolder } from '../folder.ts'
import { watchWork } from '../processor-time.ts'
import { LEFT, type Phase, phases } from './interrupt-phases.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Milliseconds that no thread of a run may work on after a signal: what an idle machine's clock would show, and other work on
 * this one does not change. A run may save before it ends.
 */
const WORKED = 2_000

/** Milliseconds of the clock, for a phase that waits and does not work; every phase would last for minutes. */
const HEARD = 20_000

const text = Array.from({ length: 400 }, (_, i) => `line ${i} of a text that is long enough to be divided in three`)

/** Words of six letters and digits, no two alike: a tokenizer has much to learn. */
const manyWords = (): string =>
  Array.from({ length: 300_000 }, (_, i) => ((i * 2_654_435_761) % 2 ** 32).toString(36)).join(' ')

const translations = text.map((_, i) => `Zeile ${i} eines Textes, der lang genug ist, geteilt zu werden`)

/** What is said of what is left. */
const SENTENCES = {
  checkpoint: 'the run is saved. Continue it with: npx exptilt',
  cells: 'finished cells are kept. Continue by running the same command again',
  saved: 'it goes on from its last checkpoint',
  options: '',
  nothing: '',
} as const

/** Once flags repeat, the last one counts: the earlier ones go. */
const lastOfEach = (words: readonly string[]): readonly string[] => {
  const flagAt = (i: number): string => words[i] ?? ''
  return words.filter((word, i) => {
    const name = word.startsWith('--') ? word : flagAt(i - 1)
    return !name.startsWith('--') || words.lastIndexOf(name) <= i
  })
}

interface Ended {
  readonly code: number | null
  readonly by: NodeJS.Signals | null
  readonly said: string
  /** Milliseconds since the signal: of the clock, and of the processor in the thread that worked longest. */
  readonly after: number
  readonly worked: number
}

const started = (words: readonly string[]): ChildProcess =>
  spawn(process.execPath, [join(root, 'bin/exptilt.js'), ...words], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })

/** A command in a folder: one of a run that is there says so itself. */
const wordsIn = (folder: string, command: string): readonly string[] =>
  lastOfEach((command.includes(' --run ') ? command : `${command} --out ${folder}`).split(' '))

const ended = (folder: string, command: string): Promise<number | null> =>
  new Promise((resolve) => void started(wordsIn(folder, command)).on('close', resolve))

const isLocked = (folder: string): boolean =>
  existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('.lock'))

const signalled = ({ words, begun, signal }: Phase, folder: string): Promise<Ended> =>
  new Promise((resolve) => {
    const child = started(wordsIn(folder, words(folder)))
    onTestFinished(() => void child.kill('SIGKILL'))
    let [said, sent] = ['', 0]
    let worked = (): number => 0
    const send = (): void => {
      if (sent !== 0) return
      sent = 1
      const kill = (): void => {
        sent = performance.now()
        worked = watchWork(child.pid ?? 0)
        child.kill(signal)
      }
      // What locks a folder may be over soon.
      setTimeout(kill, begun === 'locked' ? 0 : 100)
    }
    const watch = setInterval(() => {
      if (begun === 'locked' && isLocked(folder)) send()
    }, 20)
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (begun !== 'locked' && begun.test(said)) send()
    })
    child.on('close', (code, by) => {
      clearInterval(watch)
      resolve({ code, by, said, after: performance.now() - sent, worked: worked() })
    })
  })

describe('a signal', () => {
  it.each(phases)('is heard at once: $name', { timeout: 180_000 }, (asked) =>
    withFolder(async (above) => {
      const folder = join(above, 'run')
      writeFileSync(`${folder}.txt`, text.join('\n'))
      if (asked.words(folder).includes('.words')) writeFileSync(`${folder}.words`, manyWords())
      writeFileSync(`${folder}.target`, translations.join('\n'))
      if (asked.first !== undefined) expect(await ended(folder, asked.first(folder))).toBe(0)
      const { code, by, said, after, worked } = await signalled(asked, folder)
      const { leaves = 'checkpoint' } = asked
      const mayEnd = !SENTENCES[leaves].includes('Continue')
      expect([code, by, said]).toEqual(mayEnd && code === null ? [null, asked.signal, said] : [130, null, said])
      expect(worked).toBeLessThan(WORKED)
      expect(after).toBeLessThan(HEARD)
      expect(said).toContain(SENTENCES[leaves])
      expect(existsSync(join(folder, LEFT[leaves]))).toBe(true)
      right(await lockFolder(folder)()).release()
    }),
  )
})
