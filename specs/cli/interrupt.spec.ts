/**
 * Signals, phase by phase: a child process is sent one while it is in the phase, ends, and leaves a folder
 * that `--resume` accepts. While a native library makes a session, a signal waits and is heard right after it. Where the reading
 * of data holds the thread, the signal ends the process itself; the lock that it leaves behind is taken over.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { lockFolder } from '../../lib/cli/lock.ts'
import { right } from '../either.ts'
import { withFolder } from '../folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Milliseconds within which a signal is heard here. On an idle machine it takes two seconds at most; a spec is no stopwatch,
 * and every phase would last for minutes.
 */
const HEARD = 20_000

/** A phase: the command that spends long in it, and what the command says on stderr when the phase has begun. */
interface Phase {
  readonly name: string
  readonly words: (folder: string) => string
  readonly begun: RegExp
  readonly signal: NodeJS.Signals
  /** What is left: a checkpoint unless given, finished cells, or nothing where the signal may end the process itself. */
  readonly leaves?: 'cells' | 'nothing'
}

const small =
  'gam --motif 101 --length 5 --width 4 --layers 1 --batch 16 --device reference --max-epochs 1 --train 20 --bank 40 --distilled 20'

const text = Array.from({ length: 400 }, (_, i) => `line ${i} of a text that is long enough to be divided in three`)

const translations = text.map((_, i) => `Zeile ${i} eines Textes, der lang genug ist, geteilt zu werden`)

const MANY = '9'.repeat(6)

const phases: readonly Phase[] = [
  {
    name: 'gam: reading data',
    words: () => `${small} --train ${MANY}9`,
    begun: /reference/,
    signal: 'SIGTERM',
    leaves: 'nothing',
  },
  {
    name: 'gam: preparing programs',
    words: () => `${small} --length 64 --device onnx`,
    begun: /preparing programs/,
    signal: 'SIGHUP',
  },
  {
    name: 'gam: training r',
    words: () => `${small} --max-epochs ${MANY} --patience ${MANY}`,
    begun: /training r: \d/,
    signal: 'SIGINT',
  },
  { name: 'gam: bank', words: () => `${small} --bank ${MANY}`, begun: /training r: done/, signal: 'SIGTERM' },
  {
    name: 'gam: λ',
    words: () => `${small} --moments rs --trials 99999999`,
    begun: /sampling from r: done/,
    signal: 'SIGHUP',
  },
  {
    name: 'gam: distillation',
    words: () => `${small} --distilled ${MANY}`,
    begun: /sampling from r: done/,
    signal: 'SIGINT',
  },
  { name: 'gam: log Z and report', words: () => small, begun: /training π: done/, signal: 'SIGTERM' },
  {
    name: 'residual: training the base',
    words: (folder) =>
      `residual train --preset tiny --data ${folder}.txt --device onnx --prefix 4 --modelled 4 --width 8 --heads 2 --layers 1 --steps ${MANY}`,
    begun: /the base model: \d/,
    signal: 'SIGHUP',
  },
  {
    name: 'earm lm: training',
    words: (folder) =>
      `earm lm --preset tiny --data ${folder}.txt --device onnx --width 8 --heads 2 --layers 1 --time 8 --updates 9999`,
    begun: /training .*: \d/,
    signal: 'SIGINT',
  },
  {
    name: 'earm image: training',
    words: () => 'earm image --preset tiny --data digits --device onnx --width 4 --layers 1 --updates 9999',
    begun: /training .*: \d/,
    signal: 'SIGTERM',
  },
  {
    name: 'earm translate: training',
    words: (folder) =>
      `earm translate --preset tiny --data ${folder}.txt --target ${folder}.target --device onnx --tokenizer 300 --time 80 --length 8 --width 8 --heads 2 --layers 1 --updates 9999`,
    begun: /training .*: \d/,
    signal: 'SIGHUP',
  },
  {
    name: 'earm lm table: training',
    words: (folder) =>
      `earm lm table 4 --preset tiny --data ${folder}.txt --device onnx --width 8 --heads 2 --layers 1 --time 8 --updates 9999`,
    begun: /training .*: \d/,
    signal: 'SIGINT',
    leaves: 'cells',
  },
  {
    name: 'gam sweep: training',
    words: () =>
      `gam sweep --motif 101 --train 20 --features 1001111 --moments newton --mixture 1 --regime two-stage --length 5 --width 4 --layers 1 --batch 16 --device reference --bank 40 --distilled 20 --max-epochs ${MANY} --patience ${MANY}`,
    begun: /training r: \d/,
    signal: 'SIGTERM',
    leaves: 'cells',
  },
]

/** What is said of what is left. */
const SENTENCES = {
  checkpoint: 'the run is saved. Continue it with: npx exptilt',
  cells: 'finished cells are kept. Continue by running the same command again',
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
  readonly after: number
}

const started = (words: readonly string[]): ChildProcess =>
  spawn(process.execPath, [join(root, 'bin/exptilt.js'), ...words], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })

const signalled = ({ words, begun, signal }: Phase, folder: string): Promise<Ended> =>
  new Promise((resolve) => {
    const child = started([...lastOfEach(words(folder).split(' ')), '--out', folder])
    let [said, sent] = ['', 0]
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (sent !== 0 || !begun.test(said)) return
      sent = 1
      setTimeout(() => {
        sent = performance.now()
        child.kill(signal)
      }, 100)
    })
    child.on('close', (code, by) => resolve({ code, by, said, after: performance.now() - sent }))
  })

describe('a signal', () => {
  it.each(phases)('is heard at once: $name', { timeout: 90_000 }, (asked) =>
    withFolder(async (above) => {
      const folder = join(above, 'run')
      writeFileSync(`${folder}.txt`, text.join('\n'))
      writeFileSync(`${folder}.target`, translations.join('\n'))
      const { code, by, said, after } = await signalled(asked, folder)
      const { leaves = 'checkpoint' } = asked
      const ended = leaves === 'nothing' && code === null ? [null, asked.signal, said] : [130, null, said]
      expect([code, by, said]).toEqual(ended)
      expect(after).toBeLessThan(HEARD)
      expect(said).toContain(SENTENCES[leaves])
      expect(existsSync(join(folder, leaves === 'cells' ? 'cells' : 'options.json'))).toBe(true)
      right(await lockFolder(folder)()).release()
    }),
  )
})
