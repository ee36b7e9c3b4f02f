/**
 * The evaluation of an experiment: the slides' table (perplexities with bounds and what log Z rests on), the per-step curve,
 * and the most probable next tokens under the base and under P_joint.
 */
import { at, orElse } from '../../at.ts'
import type { TokenRows } from '../../data/strings.ts'
import type { Autoregressive } from '../../models/autoregressive.ts'
import type { Tokenizer } from '../../data/tokenizer.ts'
import {
  baseFit,
  fitOf,
  keyOf,
  measuredPhase,
  type ResidualRun,
  rowsAtOnce,
  trainedBase,
  trainedEnergy,
} from './context.ts'
import {
  nextTokensBy,
  rowsOfSteps,
  stepPerplexitiesBy,
  type StepPerplexity,
  type StepProbability,
} from './marginals.ts'
import { type Difference, pairedDifference } from './measures.ts'
import { countParameters } from './networks.ts'
import { energiesOf, type EnergyName, type MainEnergy } from './options.ts'
import { type Estimated, partitionsBy } from './partitions.ts'
import { jointPerplexity, type Perplexity, plainPerplexity, summarisePartitions } from './perplexity.ts'
import { policyFromBase } from './policy.ts'
import { LOG_NORMALISER } from './programs.ts'
import type { JointProbability, NextListing, NextTokenRecord, SamplesPoint, TableRow } from './results.ts'
import { firstTokens, type RowEnergy, rowAt, rowScores, type SequenceTilt, sliceRows } from './sequence.ts'
import { countWordsOf, documentsText } from './text.ts'
import { type Weighed, weighBy, type WeighingOptions } from './weighing.ts'
import { need } from '../../effect.ts'
import { lanesOf } from '../../scale/shards.ts'
import { checkedLogs } from '../../energy/gate.ts'
import { fold } from '../../key.ts'

/** The energies of every run, in the order in which proposals are weighed. */
const mainNames: readonly MainEnergy[] = ['unit', 'bit']

/** The tilt of the trained base by a trained energy. */
export const trainedTilt = (residual: ResidualRun, name: EnergyName): SequenceTilt => ({
  base: trainedBase(residual),
  energy: trainedEnergy(residual, name),
})

interface Measured {
  readonly rows: TokenRows
  readonly tokens: number
  readonly words: number
}

type PerUnit = Pick<TableRow, 'perToken' | 'perWord'>

/** A row of the table with the log-probability of each test row, from which gains are made. */
interface Scored {
  readonly row: TableRow
  readonly logs: Float64Array
}

/** By how many nats per token a model is below the base, from differences on the same rows. */
export const gainOver = (base: Float64Array, logs: Float64Array, tokens: number): Difference => {
  const { value, standardError } = pairedDifference(logs, base)
  const scale = logs.length / tokens
  return { value: value * scale, standardError: standardError * scale }
}

const withGains = (scored: readonly Scored[], tokens: number): readonly TableRow[] => {
  const base = scored.find(({ row }) => row.model === 'base')
  return scored.map(({ row, logs }) =>
    base === undefined || row.model === 'base'
      ? row
      : {
          ...row,
          gain: gainOver(base.logs, logs, tokens),
          gains: Object.fromEntries(
            scored
              .filter((other) => other.row.model !== row.model)
              .map((other) => [other.row.model, gainOver(other.logs, logs, tokens)]),
          ),
        },
  )
}

const perUnit = ({ tokens, words }: Measured, of: (count: number) => Perplexity): PerUnit => ({
  perToken: of(tokens),
  perWord: of(Math.max(words, 1)),
})

const languageRow = async (
  residual: ResidualRun,
  measured: Measured,
  model: 'base' | 'policy' | 'ralm' | 'balm',
  network: Autoregressive,
): Promise<Scored> => {
  const { run, options, runtimes } = residual
  const fit = model === 'base' ? baseFit(residual) : fitOf(residual, model)
  const scores = await run(runtimes.language(network).score(fit.best, measured.rows, options.chunk.prefix))
  const logs = need(checkedLogs((i) => `log p of test row ${i} under ${model}`)(scores))
  const row = {
    model,
    parameters: countParameters(network),
    ...perUnit(measured, (count) => plainPerplexity(logs, count)),
  }
  return { row, logs }
}

const languageRows = async (residual: ResidualRun, measured: Measured): Promise<readonly Scored[]> => {
  const { networks, options } = residual
  const rows = [await languageRow(residual, measured, 'base', networks.base)]
  if (options.policySteps !== undefined) {
    const { row, logs } = await languageRow(residual, measured, 'policy', networks.policy)
    rows.push({ row: { ...row, fromBase: await policyFromBase(residual, measured.rows) }, logs })
  }
  if (!options.baselines) return rows
  rows.push(await languageRow(residual, measured, 'ralm', networks.ralm))
  rows.push(await languageRow(residual, measured, 'balm', networks.balm))
  return rows
}

/** Proposals for every prefix, weighed by both energies, with progress. */
export const weighAll = async (
  residual: ResidualRun,
  label: string,
  prefixes: TokenRows,
  options: Omit<WeighingOptions, 'batch' | 'atOnce' | 'signal' | 'onRows'>,
): Promise<Readonly<Record<MainEnergy, Weighed>>> => {
  const { run, services, executor } = residual
  services.progress.start(label, prefixes.count * options.samples)
  const weighed = await byEnergy(residual, (energies) =>
    run(
      weighBy(trainedBase(residual), energies, {
        ...options,
        batch: rowsAtOnce(executor),
        atOnce: lanesOf(executor).length,
        signal: services.signal,
        onRows: (rows) => services.progress.advance(rows, {}),
      })(prefixes),
    ),
  )
  services.progress.end()
  return weighed
}

/** log Z of every prefix under an energy. */
type Partitions = readonly (readonly [name: EnergyName, of: Estimated])[]

/** log Z of every prefix under each energy of the run, from the same samples. */
const partitionsOf = async (residual: ResidualRun, prefixes: TokenRows): Promise<Partitions> => {
  const { run, options, services } = residual
  const { progress } = services
  const names = energiesOf(options)
  const found = await run(
    partitionsBy(
      trainedBase(residual),
      names.map((name) => trainedEnergy(residual, name)),
      {
        ...sharedOptions(residual),
        samples: options.evaluation.samples,
        ...(options.evaluation.partition === undefined ? {} : { partition: options.evaluation.partition }),
        key: keyOf(options, 'evaluation'),
        onStage: (label, rows) => progress.start(label, rows),
        onRows: (rows) => progress.advance(rows, {}),
      },
    )(prefixes),
  )
  progress.end()
  return names.map((name, i) => [name, at(found, i)])
}

const jointRows = async (residual: ResidualRun, measured: Measured, logZ: Partitions): Promise<readonly Scored[]> => {
  const { run, options, networks } = residual
  const logBase = await run(rowScores(trainedBase(residual), measured.rows, options.chunk.prefix))
  const rows: Scored[] = []
  for (const [name, { partitions }] of logZ) {
    const energies = await run(trainedEnergy(residual, name)(measured.rows))
    const [logNormaliser] = orElse(fitOf(residual, name).best[LOG_NORMALISER], [])
    const row = {
      model: name,
      parameters: countParameters(networks.base) + countParameters(networks.energies[name]),
      ...perUnit(measured, (count) => jointPerplexity({ logBase, energies, partitions }, count)),
      partitions: summarisePartitions(partitions),
      ...(logNormaliser === undefined ? {} : { logNormaliser }),
    }
    const logs = logBase.map((l, i) => l - at(energies, i) - at(partitions, i).jackknife)
    rows.push({ row, logs })
  }
  return rows
}

/** The perplexity of a token under joint BiT by the first n samples of each prefix, for more and more of them. */
const samplesCurve = async (
  residual: ResidualRun,
  { rows, tokens }: Measured,
  logZ: Partitions,
): Promise<readonly SamplesPoint[]> => {
  const { run, options } = residual
  const [, found] = orElse(
    logZ.find(([name]) => name === 'bit'),
    [],
  )
  if (found === undefined || found.doublings.size === 0) return []
  const logBase = await run(rowScores(trainedBase(residual), rows, options.chunk.prefix))
  const energies = await run(trainedEnergy(residual, 'bit')(rows))
  return [...found.doublings.values(), found.partitions].map((partitions) => {
    const { value, lower, upper } = jointPerplexity({ logBase, energies, partitions }, tokens)
    return { samples: at(partitions, 0).n, value, lower, upper }
  })
}

/** `count` positions of the modelled part, evenly spaced, the first and the last among them. */
export const spacedPositions = (prefix: number, modelled: number, count: number): readonly number[] => {
  const wanted = Math.min(count, modelled)
  const each = (i: number): number => prefix + Math.round((i * (modelled - 1)) / Math.max(1, wanted - 1))
  return wanted <= 1 ? [prefix + modelled - 1] : Array.from({ length: wanted }, (_, i) => each(i))
}

const sharedOptions = (residual: ResidualRun): Omit<WeighingOptions, 'key'> => ({
  samples: residual.options.evaluation.stepSamples,
  batch: rowsAtOnce(residual.executor),
  atOnce: lanesOf(residual.executor).length,
  signal: residual.services.signal,
})

const byEnergy = <A>(residual: ResidualRun, of: (energies: readonly RowEnergy[]) => Promise<readonly A[]>) =>
  of(mainNames.map((name) => trainedEnergy(residual, name))).then(([unit, bit]) =>
    unit === undefined || bit === undefined ? Promise.reject(new Error('nothing was measured')) : { unit, bit },
  )

const stepCurves = async (residual: ResidualRun): Promise<Readonly<Record<MainEnergy, readonly StepPerplexity[]>>> => {
  const { run, options, services, text } = residual
  const { stepChunks, stepPositions, stepSamples } = options.evaluation
  const positions = spacedPositions(options.chunk.prefix, options.chunk.modelled, stepPositions)
  const [base, own] = [trainedBase(residual), sliceRows(text.test, 0, stepChunks)]
  services.progress.start('per-step perplexity', own.count * rowsOfSteps(base, positions, stepSamples))
  const found = await byEnergy(residual, (energies) =>
    run(
      stepPerplexitiesBy(base, energies, positions, {
        key: keyOf(options, 'steps'),
        ...sharedOptions(residual),
        onRows: (done) => services.progress.advance(done, {}),
      })(own),
    ),
  )
  services.progress.end()
  return found
}

/** A token as text; one that is no text of its own (a byte of a longer character) is shown by its number. */
const tokenText = (tokenizer: Tokenizer, token: number): string => {
  if (token === tokenizer.end) return '<end>'
  const text = tokenizer.decode([token])
  return text.includes('\uFFFD') ? `<${token}>` : text
}

/** Prefixes whose next tokens are listed, and candidates of each. */
const LISTED = 3
const CANDIDATES = 10

const probabilityOf = ({ value, lower, upper, exact }: StepProbability): JointProbability => ({
  value: Math.exp(value),
  lower: Math.exp(lower),
  upper: Math.exp(upper),
  exact,
})

const listing = async (residual: ResidualRun, prefix: Int32Array, number: number): Promise<NextListing> => {
  const { run, options, text } = residual
  const energies = mainNames.map((name) => trainedEnergy(residual, name))
  const settings = { key: fold(keyOf(options, 'next'), number), ...sharedOptions(residual) }
  const found = await run(nextTokensBy(trainedBase(residual), energies, CANDIDATES, settings)(prefix))
  const tokens = found.flatMap(({ token, base, joints: [unit, bit] }): readonly NextTokenRecord[] =>
    unit === undefined || bit === undefined
      ? []
      : [
          {
            text: tokenText(text.tokenizer, token),
            base: Math.exp(base),
            unit: probabilityOf(unit),
            bit: probabilityOf(bit),
          },
        ],
  )
  return {
    prefix: documentsText(text.tokenizer, prefix),
    tokens: [...tokens].sort((a, b) => b.bit.value - a.bit.value),
  }
}

/** Listings in the middle of the modelled part, and one before the last token, which is exact. */
const listings = async (residual: ResidualRun, rows: TokenRows): Promise<readonly NextListing[]> => {
  const { prefix, modelled } = residual.options.chunk
  const middle = prefix + Math.floor(modelled / 2)
  const found: NextListing[] = []
  for (let i = 0; i < Math.min(LISTED, rows.count); i++) {
    const time = i === LISTED - 1 ? prefix + modelled - 1 : middle
    found.push(await listing(residual, rowAt(rows, i).slice(0, time), i))
  }
  return found
}

/** Measures everything on the test rows. */
export const evaluate = (residual: ResidualRun): Promise<void> =>
  measuredPhase(residual, 'evaluation', residual.options.evaluation, async () => {
    const { options, text } = residual
    const { prefix, modelled } = options.chunk
    const rows = sliceRows(text.test, 0, options.evaluation.chunks)
    const measured = { rows, tokens: rows.count * modelled, words: countWordsOf(text.tokenizer, rows, prefix) }
    const languages = await languageRows(residual, measured)
    const logZ = await partitionsOf(residual, firstTokens(rows, prefix))
    const table = withGains([...languages, ...(await jointRows(residual, measured, logZ))], measured.tokens)
    const bySamples = await samplesCurve(residual, measured, logZ)
    const [steps, next] = [await stepCurves(residual), await listings(residual, rows)]
    const estimates = (wanted: MainEnergy) =>
      logZ.flatMap(([name, { partitions }]) => (name === wanted ? partitions.map(({ jackknife }) => jackknife) : []))
    const logPartitions = { unit: estimates('unit'), bit: estimates('bit') }
    const { tokens, words } = measured
    residual.update((s) => ({
      ...s,
      evaluation: { table, chunks: rows.count, tokens, words, steps, next, logPartitions, bySamples },
    }))
  })
