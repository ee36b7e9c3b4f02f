/** Experiments small enough for a spec: a generated text, transformers of a few units, and a runner that can be killed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Either } from 'fp-ts/lib/Either.js'
import { nodeDataServices } from '../../../lib/data/services.ts'
import type { Failure } from '../../../lib/errors.ts'
import { fold, key, uniforms } from '../../../lib/key.ts'
import { type Progress, silentProgress } from '../../../lib/progress.ts'
import type { ResidualOptions } from '../../../lib/systems/residual/options.ts'
import { presets } from '../../../lib/systems/residual/settings.ts'
import type { ResidualResults, ResidualServices, Stage } from '../../../lib/systems/residual/results.ts'
import { runResidual } from '../../../lib/systems/residual/run.ts'

/** Paragraphs of short sentences from a few words. */
export const generatedText = (paragraphs: number): string => {
  const words = ['the', 'cat', 'sat', 'on', 'a', 'mat', 'and', 'saw', 'dogs']
  const word = (u: number): string => words[Math.floor(u * words.length)] ?? ''
  return Array.from({ length: paragraphs }, (_, p) =>
    Array.from({ length: 4 }, (_s, s) => `${Array.from(uniforms(fold(key(p), s), 6), word).join(' ')}.`).join(' '),
  ).join('\n\n')
}

/** An empty folder with a text in it, and how to be rid of it. */
export const textFolder = (
  paragraphs = 60,
): { readonly path: string; readonly file: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), 'exptilt-residual-'))
  const file = join(path, 'text.txt')
  writeFileSync(file, generatedText(paragraphs))
  return { path, file, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** An experiment of a second or two on ONNX Runtime. */
export const tinyOptions = (corpus: string): ResidualOptions => ({
  ...presets.tiny,
  corpus,
  chunk: { prefix: 5, modelled: 3 },
  network: { model: 8, heads: 2, layers: 1, feedForward: 8, dropout: 0 },
  base: { steps: 6, batch: 4, learningRate: 1e-2, warmUp: 2, evaluateEvery: 3 },
  energy: {
    ...presets.tiny.energy,
    ...{ steps: 6, batch: 4, learningRate: 1e-2, warmUp: 2, evaluateEvery: 3, pool: 16, start: 'base' },
  },
  evaluation: { chunks: 4, samples: 6, stepChunks: 5, stepPositions: 2, stepSamples: 4 },
  generation: { count: 3, proposals: 4, topK: 0 },
  analysis: { rows: 16, proposals: 2, steps: 4 },
  device: 'onnx',
})

/** Progress that aborts at a call in a phase whose name begins so. */
const abortingAt = (phase: string, call: number, abort: () => void): Progress => {
  let [current, calls] = ['', 0]
  return {
    ...silentProgress,
    start: (name) => {
      current = name
      calls = 0
    },
    advance: () => {
      calls += 1
      if (current.startsWith(phase) && calls === call) abort()
    },
  }
}

/** Where checkpoints go, and when the run is aborted: phase and call of its progress. */
export interface TinyServices {
  readonly directory?: string
  readonly abortAt?: readonly [phase: string, call: number]
}

/** Runs an experiment. */
export const runTiny = (
  options: ResidualOptions,
  stage: Stage,
  { directory, abortAt }: TinyServices = {},
): Promise<Either<Failure, ResidualResults>> => {
  const controller = new AbortController()
  const progress = abortAt === undefined ? silentProgress : abortingAt(...abortAt, () => controller.abort())
  const services: ResidualServices = {
    progress,
    signal: controller.signal,
    data: nodeDataServices(),
    ...(directory === undefined ? {} : { directory }),
  }
  return runResidual(services)(options, stage)()
}

/** Results without what two runs of the same experiment may differ in: the time they took. */
export const timeless = ({ seconds: _, ...results }: ResidualResults): Omit<ResidualResults, 'seconds'> => results
