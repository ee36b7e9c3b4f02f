/**
 * `npm run english`: trains the English model of models/english, from the packages of its text to its files.
 *
 * `npm run english -- FOLDER` keeps checkpoints in FOLDER (runs/english) and goes on from them; the same seed gives the same
 * files on the same machine. Some forty minutes of one core.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at, field } from '../lib/at.ts'
import { trainBpe } from '../lib/data/bpe.ts'
import { corpus } from '../lib/data/corpus.ts'
import { type Splits, mapSplits } from '../lib/data/documents.ts'
import { nodeDataServices } from '../lib/data/services.ts'
import type { Tokenizer } from '../lib/data/tokenizer.ts'
import { effect } from '../lib/effect.ts'
import { describeFailure } from '../lib/errors.ts'
import { type Key, fold, key } from '../lib/key.ts'
import { languageModel } from '../lib/pretrained/language-model.ts'
import { transformer } from '../lib/models/transformer.ts'
import { openPredictor } from '../lib/onnx/import.ts'
import { openOnnx } from '../lib/onnx.ts'
import { anyText } from '../lib/tilt/constraint.ts'
import { drawTexts } from '../lib/tilt/result.ts'
import { masking } from '../lib/tilt/samplers.ts'
import { runStore } from '../lib/train/run-store.ts'
import { trainSteps } from '../lib/train/steps.ts'
import { fitArrays, fitTensors, startSteps, stepsProgressCodec } from '../lib/train/steps-state.ts'
import { type Measured, measure, writeModel, writeReadme } from './english/write.ts'
import { passages } from './english/text.ts'
import { batchesOf, scoreProgram, sizeOf, stepProgram, type Stream } from './english/train.ts'

/** The corpora, and the share of each in what is trained on. */
const SHARES: Readonly<Record<string, number>> = {
  austen: 0.35,
  'moby-dick': 0.15,
  'state-of-the-union': 0.35,
  'king-james': 0.15,
}
const SYMBOLS = 3072
const SHAPE = { model: 128, heads: 4, layers: 5, feedForward: 512, context: 256 }
const WINDOWS = { batch: 8, time: SHAPE.context }
const RATE = { rate: 2.5e-3, horizon: 6000, steps: 6000, cooling: 1200 }
const SEED: Key = key(1)
/** Batches of windows that a validation scores. */
const VALIDATION = 24

interface Part {
  readonly share: number
  readonly licence: string
  readonly title: string
  readonly texts: Splits<readonly string[]>
}

const parts = Object.entries(SHARES).map(([name, share]) =>
  pipe(
    corpus(nodeDataServices())(name),
    TE.map((found): Part => ({ share, licence: found.licence, title: found.title, texts: mapSplits(passages)(found) })),
  ),
)

/** As much of every part as its share of the whole, evenly spread, to train the tokens on. */
const balanced = (all: readonly Part[]): readonly string[] => {
  const sizes = all.map(({ texts }) => texts.training.reduce((n, text) => n + text.length, 0))
  const whole = Math.min(...all.map(({ share }, i) => at(sizes, i) / share))
  return all.flatMap(({ share, texts }, i) => {
    const kept = (share * whole) / at(sizes, i)
    return texts.training.filter((_, j) => Math.floor((j + 1) * kept) > Math.floor(j * kept))
  })
}

/** An end, then every text and its end. */
const streamOf =
  (tokenizer: Tokenizer) =>
  (share: number, texts: readonly string[]): Stream => ({
    share,
    tokens: Int32Array.from([tokenizer.end, ...texts.flatMap((text) => [...tokenizer.encode(text), tokenizer.end])]),
  })

/** Where the model lies in the package. */
const MODEL = fileURLToPath(new URL('../models/english', import.meta.url))

/** Trains, or goes on; the network, its best parameters and its tokenizer. */
const trained = (folder: string, all: readonly Part[]) =>
  effect(async (run) => {
    const tokenizer = await run(TE.fromEither(trainBpe({ symbols: SYMBOLS })(balanced(all))))
    const streams = (part: 'training' | 'validation'): readonly Stream[] =>
      all.map(({ share, texts }) => streamOf(tokenizer)(share, texts[part]))
    const size = sizeOf(tokenizer.symbols, tokenizer.end, SHAPE)
    const executor = await run(openOnnx({ threads: 1 }))
    const prepared = await run(executor.prepare(stepProgram(size, WINDOWS, RATE)))
    const score = await run(executor.prepare(scoreProgram(size, WINDOWS), prepared))
    const [drawn, held] = [
      batchesOf(streams('training'), WINDOWS, fold(SEED, 1)),
      batchesOf(streams('validation'), WINDOWS, fold(SEED, 2)),
    ]
    const store = await run(
      runStore({
        directory: folder,
        name: 'english',
        settings: { SHARES, SYMBOLS, SHAPE, WINDOWS, STEPS: RATE.horizon, RATE: RATE.rate },
        codec: stepsProgressCodec,
        adapter: executor.description,
        say: (line) => process.stderr.write(`${line}\n`),
      }),
    )
    const saved = await run(store.load)
    const done = await run(
      trainSteps({
        prepared,
        batches: (step) => TE.right(drawn(step)),
        steps: RATE.steps,
        evaluateEvery: 250,
        evaluate: () =>
          effect(async (own) => {
            let total = 0
            for (let batch = 0; batch < VALIDATION; batch++)
              total += at(field(await own(score.run(held(batch))), 'loss').data, 0)
            return { score: total / VALIDATION }
          }),
        onSnapshot: (state) => {
          const last = state.curve.at(-1)
          const loss = last === undefined ? '' : `training ${field(last.watched, 'loss')}, validation ${last.score}`
          process.stderr.write(`${state.step} steps: ${loss}\n`)
          const { state: arrays, best, ...progress } = state
          return store.save({ state: progress, tensors: fitTensors({ english: { state: arrays, best } }) })
        },
        signal: new AbortController().signal,
        label: 'the English model',
      })(
        saved === undefined
          ? startSteps(transformer(size).initialise(fold(SEED, 0)))
          : { ...saved.state, ...fitArrays('english', saved.tensors) },
      ),
    )
    return { size, tokenizer, parameters: done.best, score: done.stopping.best }
  })

/** How well the model in the package predicts the test part of each corpus, and texts that it draws. */
const described = (all: readonly Part[]) =>
  effect(async (run) => {
    const language = await run(languageModel(MODEL, { threads: 1 }))
    const predictor = await run(openPredictor({ file: join(MODEL, 'onnx', 'model_fp16.onnx'), threads: 1 }))
    const measured: Measured[] = []
    for (const { texts } of all)
      measured.push(await run(measure(predictor, language.tokenizer, SHAPE.context, texts.test)))
    const model = await run(language.after(''))
    const target = { model, constraint: anyText, limit: 60 }
    const drawn = await run(masking(fold(SEED, 3), { particles: 24 })(target))
    predictor.release()
    language.release()
    return { measured, texts: drawTexts(fold(SEED, 4), 8)(drawn) }
  })

const main = (folder: string) =>
  effect(async (run) => {
    const all = await run(TE.sequenceSeqArray(parts))
    const { size, tokenizer, parameters, score } = await run(trained(folder, all))
    await run(writeModel(MODEL, size, parameters, tokenizer))
    const facts = await run(described(all))
    const rows = all.map((part, i) => ({ ...part, measured: at(facts.measured, i) }))
    writeReadme(MODEL, { size, score, rate: RATE, windows: WINDOWS, rows, texts: facts.texts })
  })

const done = await main(process.argv[2] ?? 'runs/english')()
if (done._tag === 'Left') {
  process.stderr.write(`${describeFailure(done.left)}\n`)
  process.exitCode = 1
}
