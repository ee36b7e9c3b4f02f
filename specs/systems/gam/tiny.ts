/** Experiments small enough to run in a second on the reference: options, a recorder of progress, and a runner. */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Either } from 'fp-ts/lib/Either.js'
import type { Failure } from '../../../lib/errors.ts'
import type { Progress } from '../../../lib/progress.ts'
import type { GamOptions, StringsData } from '../../../lib/systems/gam/options.ts'
import { presets } from '../../../lib/systems/gam/presets.ts'
import type { GamResults } from '../../../lib/systems/gam/results.ts'
import { runGam } from '../../../lib/systems/gam/run.ts'

/** 84 strings over {a, b} of at most five symbols, two thirds of which hold `aa`. */
export const stringsFile: string = fileURLToPath(new URL('../../fixtures/gam/strings.txt', import.meta.url))

/** The strings of that file, with two features. */
export const tinyData: StringsData = { kind: 'strings', file: stringsFile, features: ['aa', '^b'] }

/** A two-stage run on a file of strings, on the reference. */
export const tiny: GamOptions = {
  ...presets.demo,
  data: tinyData,
  features: '11',
  moments: 'newton',
  train: 24,
  hidden: 3,
  layers: 2,
  dropout: 0.2,
  learningRate: 1e-3,
  batch: 16,
  distilled: 40,
  maxEpochs: 3,
  patience: 2,
  bank: 128,
  device: 'reference',
  budgets: { trials: 1e5 },
}

/** Progress that counts every call and hands the count to a listener; `lines` are the notes. */
export const recorder = (
  onCall: (calls: number) => void = () => undefined,
): { readonly progress: Progress; readonly phases: string[]; readonly lines: string[]; readonly calls: () => number } => {
  let count = 0
  const phases: string[] = []
  const lines: string[] = []
  const call = (): void => {
    count += 1
    onCall(count)
  }
  return {
    phases,
    lines,
    calls: () => count,
    progress: {
      start: (phase) => {
        phases.push(phase)
        call()
      },
      advance: call,
      end: () => undefined,
      note: (line) => lines.push(line),
    },
  }
}

/** A run, aborted after `calls` calls of its progress where that is given. */
export const runTiny = (
  options: GamOptions,
  services: { readonly directory?: string; readonly abortAfter?: number; readonly onCall?: (calls: number) => void } = {},
): Promise<Either<Failure, GamResults>> => {
  const { directory, abortAfter = Number.POSITIVE_INFINITY, onCall } = services
  const controller = new AbortController()
  if (abortAfter <= 0) controller.abort()
  const { progress } = recorder((calls) => {
    onCall?.(calls)
    if (calls >= abortAfter) controller.abort()
  })
  return runGam({ progress, signal: controller.signal, ...(directory === undefined ? {} : { directory }) })(options)()
}

/** Results without what two runs of the same experiment may differ in: the time they took. */
export const timeless = ({ seconds: _, ...results }: GamResults): Omit<GamResults, 'seconds'> => results

/** An empty folder, and how to be rid of it. */
export const emptyFolder = (): { readonly path: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), 'exptilt-gam-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Copies of a folder, one for each different content that it was seen with. */
export const snapshots = (
  of: string,
  to: string,
): { readonly take: () => void; readonly taken: () => readonly string[] } => {
  const seen = new Map<string, string>()
  return {
    take: () => {
      const content = existsSync(of) ? readdirSync(of).sort().join(' ') : ''
      if (seen.has(content)) return
      const copy = join(to, String(seen.size))
      cpSync(of, copy, { recursive: true })
      seen.set(content, copy)
    },
    taken: () => [...seen.values()],
  }
}
