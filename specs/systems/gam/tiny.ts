/** Experiments small enough to run in a second on the reference: options, a recorder of progress, and a runner. */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Either } from 'fp-ts/lib/Either.js'
import type { Run } from '../../../lib/effect.ts'
import type { Failure } from '../../../lib/errors.ts'
import { key } from '../../../lib/key.ts'
import { logSumExp } from '../../../lib/math.ts'
import { type Progress, silentProgress } from '../../../lib/progress.ts'
import { type GamRun, modelOf } from '../../../lib/systems/gam/context.ts'
import { gamFeatures } from '../../../lib/systems/gam/features.ts'
import { scoreStrings, type StringModel } from '../../../lib/systems/gam/language.ts'
import type { GamOptions, StringsData } from '../../../lib/systems/gam/options.ts'
import { presets } from '../../../lib/systems/gam/settings.ts'
import type { GamResults, RunServices } from '../../../lib/systems/gam/results.ts'
import { gamStrings } from '../../../lib/systems/gam/process.ts'
import { runGam } from '../../../lib/systems/gam/run.ts'
import { emptyState, type GamState } from '../../../lib/systems/gam/state.ts'
import { right } from '../../either.ts'
import { smallRuntime, smallTrainer, textsUpTo, wideParameters } from '../../models/enumerate.ts'

/** 84 strings over {a, b} of at most five symbols, two thirds of which hold `aa`. */
export const stringsFile: string = fileURLToPath(new URL('../../fixtures/gam/strings.txt', import.meta.url))

/** The strings of that file, with two features. */
export const tinyData: StringsData = { kind: 'strings', file: stringsFile, features: ['aa', '^b'] }

/** A two-stage run on a file of strings, on the reference. */
export const tiny: GamOptions = {
  ...presets.tiny,
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

/** Progress that says of every call in which phase it is, and the how manieth of it. */
const watched = (onCall: (phase: string, call: number) => void): Progress => {
  let at = { phase: '', call: 0 }
  const call = (phase: string): void => {
    at = { phase, call: phase === at.phase ? at.call + 1 : 1 }
    onCall(at.phase, at.call)
  }
  return {
    start: (phase) => {
      at = { phase, call: 0 }
      call(phase)
    },
    advance: () => call(at.phase),
    end: () => undefined,
    stop: () => undefined,
    note: () => undefined,
  }
}

/** A moment of a run: call number `call` (the first is 1) of its progress in a phase. */
export type Moment = readonly [phase: string, call: number]

/** Where a run keeps its checkpoints, when it is aborted (`'before'` it starts), and what hears of every call. */
export interface TinyServices {
  readonly directory?: string
  readonly abortAt?: Moment | 'before'
  readonly onCall?: (phase: string) => void
  readonly baseFrom?: RunServices['baseFrom']
}

/** Runs an experiment. */
export const runTiny = (options: GamOptions, services: TinyServices = {}): Promise<Either<Failure, GamResults>> => {
  const { directory, abortAt, onCall, baseFrom } = services
  const controller = new AbortController()
  if (abortAt === 'before') controller.abort()
  const progress = watched((phase, call) => {
    onCall?.(phase)
    if (abortAt?.[0] === phase && abortAt[1] === call) controller.abort()
  })
  const where = { ...(directory === undefined ? {} : { directory }), ...(baseFrom === undefined ? {} : { baseFrom }) }
  return runGam({ progress, signal: controller.signal, ...where })(options)()
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

/** What a phase of a run is given, made by hand: a model of strings of at most `limit` symbols on the reference. */
export interface HandMade {
  readonly gam: GamRun
  readonly base: StringModel
  /** Every text that the model can sample. */
  readonly texts: readonly string[]
}

/** A run whose base has wide parameters, so that everything about it can be enumerated. Nothing is saved. */
export const handMade = (
  run: Run,
  more: {
    readonly options?: Partial<GamOptions>
    readonly limit?: number
    readonly batch?: number
    readonly trainBatch?: number
    readonly learningRate?: number
    readonly seed?: number
  } = {},
): HandMade => {
  const { limit = 4, batch = 2048, trainBatch = 16, learningRate = 1e-2, seed = 5 } = more
  const options = { ...tiny, ...more.options }
  const alphabet = { symbols: ['a', 'b'] }
  const size = { symbols: 3, hidden: 3, layers: 1 }
  const strings = right(gamStrings(options.data, options.train, key(1)))
  let state: GamState = emptyState
  const gam: GamRun = {
    run,
    options,
    strings,
    features: right(gamFeatures(options.data, options.features)),
    services: { progress: silentProgress, signal: new AbortController().signal },
    runtime: smallRuntime(size, { batch }),
    trainer: smallTrainer(size, { batch: trainBatch, learningRate }),
    limit,
    state: () => state,
    update: (change) => {
      state = change(state)
    },
    save: async () => undefined,
  }
  return { gam, base: modelOf(gam, wideParameters(size, seed)), texts: textsUpTo(alphabet, limit) }
}

/** p_λ over all texts: probabilities, λ as it acts on the features, and log Z (nats). */
export const exactTiltOf = async (
  { gam, texts }: HandMade,
  base: StringModel,
  lambda: readonly number[],
): Promise<{
  readonly probabilities: Float64Array
  readonly logPartition: number
  readonly moments: readonly number[]
}> => {
  const rows = texts.map((x) => Array.from(gam.features.features.of(x)))
  const logs = (await gam.run(scoreStrings(base, texts))).map(
    (l, i) => l + lambda.reduce((sum, w, j) => sum + w * (rows[i]?.[j] ?? 0), 0),
  )
  const logPartition = logSumExp(logs)
  const probabilities = logs.map((l) => Math.exp(l - logPartition))
  const moments = lambda.map((_, j) => probabilities.reduce((sum, p, i) => sum + p * (rows[i]?.[j] ?? 0), 0))
  return { probabilities, logPartition, moments }
}

/** How often each text occurs. */
export const countTexts = (texts: readonly string[], drawn: readonly string[]): Float64Array => {
  const place = new Map(texts.map((x, i) => [x, i]))
  const counts = new Float64Array(texts.length)
  for (const x of drawn) counts[place.get(x) ?? Number.NaN] = (counts[place.get(x) ?? Number.NaN] ?? 0) + 1
  return counts
}
