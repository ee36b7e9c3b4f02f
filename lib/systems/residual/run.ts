/**
 * Residual energy-based models from end to end (Deng et al. 2020; Bakhtin et al. 2021): corpus → base model → noise →
 * energies and baselines → table → generations → analyses. Every phase is saved when it ends and, where it is long, on the
 * way; a run continues where it stopped.
 */
import * as R from 'fp-ts/lib/ReadonlyRecord.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { deaf, savedBefore } from '../../breath.ts'
import { orElse } from '../../at.ts'
import { corpusByTokenizer, tokenCorpus } from '../../data/token-corpus.ts'
import { effect, need } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import { fold } from '../../key.ts'
import { transformer, type TransformerSize } from '../../models/transformer.ts'
import { namedBy } from '../../names.ts'
import { adapterOf, type OnExecutor, onExecutor } from '../executor.ts'
import { held } from '../phases.ts'
import { keyOf, openRuntimes, type ResidualRun } from './context.ts'
import { analyse } from './discrimination.ts'
import { evaluate, trainedTilt } from './evaluation.ts'
import { fitEnergies } from './energy-fits.ts'
import { fitBase, fitBaselines } from './fits.ts'
import { decodingOf, generate } from './generation.ts'
import { fitMasked } from './masked.ts'
import { countParameters, networksOf, type Networks, residualWork } from './networks.ts'
import { energiesOf, furtherNames, isStarred, type ResidualOptions } from './options.ts'
import { fitNoise, openDynamicPools } from './noise.ts'
import { fitPolicy } from './policy.ts'
import { openPools, type Pools } from './pool.ts'
import { promptTokens, samplePrefix } from './prompt.ts'
import type {
  CorpusRecord,
  FitRecord,
  PromptRequest,
  PromptResidual,
  PromptResult,
  ResidualResults,
  ResidualServices,
  RunResidual,
  Stage,
} from './results.ts'
import { repeatedRows, rowAt, rowsOf } from './sequence.ts'
import { maskedName, noStore, residualStore, type ResidualState } from './state.ts'
import { documentsText, residualText, type ResidualText, sameTokenizer } from './text.ts'
import { validateOptions } from './settings.ts'

/** Milliseconds between two saves on the way. */
const SAVE_EVERY = 20_000

const open = async (
  { run, options, executor }: OnExecutor<ResidualOptions>,
  services: ResidualServices,
): Promise<ResidualRun> => {
  const corpus = await run(deaf(tokenCorpus(services.data)(options.tokenizer)(options.corpus)))
  const { starData } = options.energy
  const other =
    starData === undefined || !energiesOf(options).some(isStarred)
      ? undefined
      : await run(deaf(corpusByTokenizer(services.data)(corpus.tokenizer)(starData)))
  const text = need(residualText(options, corpus, other))
  for (const note of text.corpus.corpus.notes) services.progress.note(note)
  const store =
    services.directory === undefined
      ? noStore
      : await run(residualStore(services.directory, options, executor.description, services.progress.note))
  const loaded = await run(store.load)
  need(sameTokenizer(text.tokenizer, loaded.tokenizer))
  const networks = networksOf(options, text.tokenizer.symbols, text.tokenizer.end)
  const tokenizer = text.tokenizer.json()
  return {
    run,
    options,
    services,
    executor,
    text,
    networks,
    runtimes: openRuntimes(executor, options, networks),
    ...held(loaded.state, SAVE_EVERY, (state) => run(store.save(state, tokenizer))),
  }
}

const corpusRecord = ({ corpus, tokenizer }: ResidualText): CorpusRecord => {
  const { name, title, licence, sha256 } = corpus.corpus
  const { training, validation, test } = corpus.tokens
  return {
    name,
    title,
    licence,
    sha256,
    symbols: tokenizer.symbols,
    tokens: { training: training.length, validation: validation.length, test: test.length },
  }
}

const parametersOf = (networks: Networks, name: string): number => {
  const masked = R.map((size: TransformerSize) => countParameters(transformer(size)))(networks.bodies)
  const known: Readonly<Record<string, number>> = {
    base: countParameters(networks.base),
    noise: countParameters(networks.base),
    policy: countParameters(networks.base),
    ralm: countParameters(networks.ralm),
    balm: countParameters(networks.balm),
    ...R.map(countParameters)(networks.energies),
    discriminator: countParameters(networks.energies.bit),
    masked: masked.bit,
    ...Object.fromEntries(furtherNames.map((of) => [maskedName(of), masked[of]])),
  }
  return orElse(known[name], 0)
}

const fitRecords = ({ fits, snapshots }: ResidualState, networks: Networks): Readonly<Record<string, FitRecord>> =>
  Object.fromEntries(
    Object.entries(fits).map(([name, { stopping, curve }]) => [
      name,
      { parameters: parametersOf(networks, name), best: stopping.best, curve, snapshots: orElse(snapshots[name], []) },
    ]),
  )

const report = (residual: ResidualRun, adapter: string): ResidualResults => {
  const state = residual.state()
  const { evaluation, generation, analysis } = state
  return {
    options: residual.options,
    adapter,
    corpus: corpusRecord(residual.text),
    seconds: { ...state.seconds, total: Object.values(state.seconds).reduce((a, b) => a + b, 0) },
    fits: fitRecords(state, residual.networks),
    ...(evaluation === undefined ? {} : { evaluation }),
    ...(generation === undefined ? {} : { generation }),
    ...(analysis === undefined ? {} : { analysis }),
  }
}

/** The pools, opened when first asked for. */
const lazily = (residual: ResidualRun): (() => Promise<Pools>) => {
  let pools: Promise<Pools> | undefined
  const open = residual.options.energy.objective === 'dynamic-nce' ? openDynamicPools : openPools
  return () => (pools ??= open(residual))
}

/** What each stage asks for; every stage trains what is missing. */
const stages: Readonly<Record<Stage, readonly ((residual: ResidualRun) => Promise<void>)[]>> = {
  train: [],
  evaluate: [evaluate],
  generate: [generate],
  analyse: [analyse],
  all: [evaluate, generate, analyse],
}

const phases = async (residual: ResidualRun, stage: Stage): Promise<void> => {
  need(namedBy({ stage: [stage, Object.keys(stages)] }))
  const pools = lazily(residual)
  await fitBase(residual)
  await fitNoise(residual, pools)
  await fitMasked(residual)
  await fitEnergies(residual, pools)
  await fitPolicy(residual)
  await fitBaselines(residual)
  for (const each of stages[stage]) await each(residual)
}

/** Opens a run, does something with it, and saves what was done, whatever happens. */
const within =
  <A>(services: ResidualServices, options: ResidualOptions) =>
  (body: (residual: ResidualRun) => Promise<A>): TaskEither<Failure, A> =>
    onExecutor(
      validateOptions(options),
      services,
      residualWork,
    )(async (on) => {
      const residual = await open(on, services)
      const forget = savedBefore(effect(() => residual.save('now')))
      try {
        return await body(residual)
      } finally {
        forget()
        await residual.save('now')
        residual.runtimes.release()
      }
    })

/**
 * Runs an experiment up to a stage. On abort, and on any failure, what was done is saved first where there is a folder.
 *
 * @example
 * import { residual } from 'exptilt/systems'
 * const { tiny } = residual.presets
 * const started = (services: residual.ResidualServices) => runResidual(services)(tiny, 'all')
 */
export const runResidual: RunResidual = (services) => (options, stage) =>
  within<ResidualResults>(
    services,
    options,
  )(async (residual) => {
    await phases(residual, stage)
    return report(residual, adapterOf(residual.executor))
  })

const continued = async (residual: ResidualRun, request: PromptRequest): Promise<PromptResult> => {
  const { run, options, text } = residual
  const { prompt, method, count, proposals, topK } = request
  const { tokenizer } = text
  const prefix = promptTokens(tokenizer, options.chunk, prompt)
  await phases(residual, 'train')
  const tilt = trainedTilt(residual, 'bit')
  const decoding = decodingOf(topK)
  const key = keyOf(options, 'generation')
  const base = await run(
    tilt.base.complete(fold(key, 0), repeatedRows(rowsOf([prefix], prefix.length), count, 0, count), decoding),
  )
  const { rows, diagnostics } = await run(
    samplePrefix(tilt, {
      key: fold(key, 1),
      method,
      count,
      proposals,
      ...(decoding === undefined ? {} : { decoding }),
    })(prefix),
  )
  const texts = (all: readonly Int32Array[]): readonly string[] =>
    all.map((row) => documentsText(tokenizer, row.subarray(prefix.length)))
  const baseRows = Array.from({ length: base.count }, (_, i) => rowAt(base, i))
  return { prompt, method, base: texts(baseRows), joint: texts(rows), diagnostics }
}

/**
 * Continues a text by the base and by P_joint, training what is missing.
 *
 * @example
 * import { residual } from 'exptilt/systems'
 * const { tiny } = residual.presets
 * const request = { ...tiny.generation, prompt: 'Once upon a time', method: 'resampling' } as const
 * const told = (services: residual.ResidualServices) => promptResidual(services)(tiny, request)
 */
export const promptResidual: PromptResidual = (services) => (options, request) =>
  within<PromptResult>(services, options)((residual) => continued(residual, request))
