/**
 * The GAM paper in a page: a run of the library's own system with what it tells as events of plain data, stopped and gone on
 * with. Nothing here knows the page; it runs in a worker, and in specs.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { motifProcess } from '../lib/automata/describe.ts'
import { pathEntropy } from '../lib/automata/entropy.ts'
import type { ExecutorChoice } from '../lib/choose.ts'
import { describeFailure, type Failure, usage } from '../lib/errors.ts'
import type { Facts, Progress } from '../lib/progress.ts'
import type { GamOptions } from '../lib/systems/gam/options.ts'
import type { GamResults, TiltFound } from '../lib/systems/gam/results.ts'
import { runGam } from '../lib/systems/gam/run.ts'
import { presets } from '../lib/systems/gam/settings.ts'
import { type GamStore, memoryStore } from '../lib/systems/gam/state.ts'
import { seedOf, whole } from './check.ts'

/** What is trained. */
export interface GamRequest {
  readonly motif: string
  /** Symbols of every string. */
  readonly length: number
  /** |D|. */
  readonly train: number
  /** Units of the LSTM. */
  readonly width: number
  readonly seed: number
  readonly device: ExecutorChoice
}

/** Which model a curve is of: r is trained on the strings, π on strings of the tilted r. */
export type GamModel = 'r' | 'π'

/** What a run tells. Cross-entropies and the entropy are in nats per symbol, EOS counted. */
export type GamEvent =
  | { readonly kind: 'truth'; readonly entropy: number; readonly epochs: number }
  | { readonly kind: 'note'; readonly line: string }
  | { readonly kind: 'phase'; readonly name: string; readonly done: number; readonly total: number }
  | { readonly kind: 'epoch'; readonly model: GamModel; readonly training: number; readonly validation: number }
  | { readonly kind: 'tilt'; readonly found: TiltFound }
  | { readonly kind: 'done'; readonly results: GamResults }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly sentence: string }

/** What a page asks. */
export interface GamBounds {
  readonly length: readonly [number, number]
  readonly train: readonly [number, number]
  readonly width: readonly [number, number]
}

/** Bounds of a run that a page does within minutes. */
export const BOUNDS: GamBounds = { length: [4, 30], train: [50, 2000], width: [8, 128] }

/** A run of the demonstration's kind, of the size that a page can do. */
const optionsOf = (request: GamRequest): E.Either<Failure, GamOptions> =>
  pipe(
    E.Do,
    E.bind('length', () => whole('length', request.length, ...BOUNDS.length)),
    E.bind('train', () => whole('number of training strings', request.train, ...BOUNDS.train)),
    E.bind('hidden', () => whole('number of units', request.width, ...BOUNDS.width)),
    E.bind('seed', () => seedOf(request)),
    E.bind('motif', ({ length }) =>
      /^[01]+$/u.test(request.motif) && request.motif.length <= length
        ? E.right(request.motif)
        : E.left(usage(`the motif is '${request.motif}'`, `write 1 to ${length} digits 0 and 1`)),
    ),
    E.map(({ motif, length, ...sizes }) => ({
      ...presets.tiny,
      ...sizes,
      data: { kind: 'motif', motif, length, mixture: 1 },
      layers: 1,
      dropout: 0,
      learningRate: 1e-2,
      distilled: 2000,
      bank: 5000,
      maxEpochs: 12,
      device: request.device,
    })),
  )

const numberOf = (facts: Facts, name: string): number | undefined => {
  const found = facts[name]
  return typeof found === 'number' ? found : undefined
}

/** A run's progress as events: phases with how far they are, and an epoch wherever a cross-entropy is shown. */
const progressTo = (tell: (event: GamEvent) => void): Progress => {
  let [name, done, total] = ['', 0, 0]
  const say = (): void => tell({ kind: 'phase', name, done, total })
  return {
    start: (phase, of, from = 0) => {
      ;[name, done, total] = [phase, from, of]
      say()
    },
    advance: (n, facts) => {
      done += n
      say()
      const [training, validation] = [numberOf(facts, 'train'), numberOf(facts, 'validation')]
      if (training !== undefined && validation !== undefined)
        tell({ kind: 'epoch', model: name.endsWith('π') ? 'π' : 'r', training, validation })
    },
    end: () => undefined,
    stop: () => undefined,
    note: (line) => tell({ kind: 'note', line }),
  }
}

/** A run that can be stopped. */
export interface GamSession {
  /** Begins, or goes on where it was stopped, if the same is asked for; ends when the run has ended. */
  readonly start: (request: GamRequest) => Promise<void>
  readonly stop: () => void
}

/** A session that tells its events. */
export const gamSession = (tell: (event: GamEvent) => void): GamSession => {
  let kept: { readonly request: string; readonly store: GamStore } | undefined
  let abort = new AbortController()
  const storeFor = (request: GamRequest): GamStore => {
    const name = JSON.stringify(request)
    if (kept?.request !== name) kept = { request: name, store: memoryStore() }
    return kept.store
  }
  return {
    stop: () => abort.abort(),
    start: async (request) => {
      abort = new AbortController()
      const ended = await pipe(
        optionsOf(request),
        E.bindTo('options'),
        E.bind('process', () => motifProcess({ motif: request.motif, length: request.length, mixture: 1 })),
        E.bind('entropy', ({ process }) => pathEntropy(process)),
        E.match(
          (wrong) => Promise.resolve(E.left(wrong)),
          ({ options, entropy }) => {
            tell({ kind: 'truth', entropy: entropy.value / (request.length + 1), epochs: options.maxEpochs })
            return runGam({
              progress: progressTo(tell),
              signal: abort.signal,
              store: storeFor(request),
              onTilt: (found) => tell({ kind: 'tilt', found }),
            })(options)()
          },
        ),
      )
      if (E.isRight(ended)) tell({ kind: 'done', results: ended.right })
      else if (ended.left.tag === 'Interrupted') tell({ kind: 'stopped' })
      else tell({ kind: 'failed', sentence: describeFailure(ended.left) })
    },
  }
}
