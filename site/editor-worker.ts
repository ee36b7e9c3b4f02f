/**
 * The editor's programs, beside the page: a program in, what it prints out. The page ends the worker to stop a program, whatever this
 * does at the time. What is printed is handed on a few times a second and has a bound, so that no program floods the page.
 */
import * as E from 'fp-ts/lib/Either.js'
import { moduleUrl } from './modules.ts'
import { type Complaint, complaintOf, missingName, prepareProgram } from './program.ts'
import { shownValues } from './show.ts'

/** A line that a program prints. */
export interface Line {
  readonly level: 'log' | 'warn' | 'error'
  readonly text: string
}

/** What the worker tells. */
export type EditorEvent =
  | { readonly kind: 'begun' }
  | { readonly kind: 'lines'; readonly lines: readonly Line[] }
  | { readonly kind: 'ended'; readonly seconds: number }
  | { readonly kind: 'failed'; readonly complaint: Complaint }

/**
 * Lines and characters of a program that are shown; milliseconds between two messages after the first lines, which go one by one: of
 * a program that never rests no timer hands on what waits.
 */
const BOUNDS = { lines: 2000, characters: 500_000, pause: 100, first: 100 }

const tell = (event: EditorEvent): void => self.postMessage(event)

/** What takes lines and hands them on together. */
const printer = (): {
  readonly print: (line: Line) => void
  readonly flush: () => void
  readonly printed: () => number
} => {
  let waiting: Line[] = []
  let [last, lines, characters, full] = [0, 0, 0, false]
  const flush = (): void => {
    if (waiting.length > 0) tell({ kind: 'lines', lines: waiting })
    waiting = []
    last = performance.now()
  }
  return {
    flush,
    printed: () => lines,
    print: (line) => {
      if (full) return
      lines++
      characters += line.text.length
      full = lines > BOUNDS.lines || characters > BOUNDS.characters
      waiting.push(full ? { level: 'warn', text: 'What is printed from here on is not shown.' } : line)
      if (full || lines <= BOUNDS.first || performance.now() - last > BOUNDS.pause) flush()
      else if (waiting.length === 1) setTimeout(flush, BOUNDS.pause)
    },
  }
}

const { print, flush, printed } = printer()

const failed = (complaint: Complaint): void => {
  flush()
  tell({ kind: 'failed', complaint })
}

const printing =
  (level: Line['level']) =>
  (...values: readonly unknown[]): void =>
    print({ level, text: shownValues(values) })

const [log, warn, error] = [printing('log'), printing('warn'), printing('error')]
Object.assign(console, { log, info: log, debug: log, table: log, warn, error })

const runProgram = async (source: string, site: string): Promise<void> => {
  const ready = prepareProgram(source)
  if (E.isLeft(ready)) {
    failed(ready.left)
    return
  }
  const addressOf = (module: string): string => new URL(moduleUrl(module), site).href
  for (const imported of ready.right.imports) {
    const found: unknown = await import(addressOf(imported.module))
    const lacking = missingName(imported, (name) => typeof found === 'object' && found !== null && name in found)
    if (lacking !== undefined) {
      failed(lacking)
      return
    }
  }
  const address = URL.createObjectURL(new Blob([ready.right.code(addressOf)], { type: 'text/javascript' }))
  const start = performance.now()
  tell({ kind: 'begun' })
  const found: unknown = await import(address)
  // A program that prints nothing has at least what it exports.
  if (printed() === 0 && typeof found === 'object' && found !== null)
    for (const [name, value] of Object.entries(found))
      print({ level: 'log', text: `${name} = ${shownValues([value])}` })
  flush()
  tell({ kind: 'ended', seconds: (performance.now() - start) / 1000 })
}

Error.stackTraceLimit = 100
self.addEventListener('error', (event) => {
  event.preventDefault()
  failed(complaintOf(event.error))
})
self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault()
  failed(complaintOf(event.reason))
})
self.addEventListener('message', ({ data }: MessageEvent<{ readonly source: string; readonly site: string }>) => {
  runProgram(data.source, data.site).catch((thrown: unknown) => failed(complaintOf(thrown)))
})
