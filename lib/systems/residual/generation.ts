/**
 * Generation by Algorithm 1 (top-k joint sampling): n proposals of the base for every test prefix, one of them drawn by
 * softmax(−E); beside the base's own samples and the true text, with measures of each.
 */
import type { TokenRows } from '../../data/strings.ts'
import { fold } from '../../key.ts'
import { mean } from '../../math.ts'
import type { Decoding } from '../../models/decoding.ts'
import { baseFit, fitOf, keyOf, measuredPhase, type ResidualRun, trainedEnergy } from './context.ts'
import { weighAll } from './evaluation.ts'
import { histogramsOf, pairedDifference, uniqueRatios } from './measures.ts'
import type { MainEnergy } from './options.ts'
import { summarisePartitions } from './perplexity.ts'
import type { SampleRecord, Source, SourceMeasures } from './results.ts'
import { firstTokens, rowAt, sliceRows } from './sequence.ts'
import { documentsText } from './text.ts'
import type { Weighed } from './weighing.ts'

/** Rows by where they come from; `chain`: of Metropolis–Hastings from the same proposals as `bit`. */
type SourceRows = Readonly<Record<Source | 'chain', TokenRows>>

/** The longest n-grams that are counted, samples that a record keeps, most bins of its histogram. */
const LONGEST = 8
const KEPT = 50
const BINS = 40

/** The child of the generation's key by which BALM draws; those before it are blocks of proposals. */
const BALM = 2 ** 31

/** Top-k proposals, or exact samples for k = 0. */
export const decodingOf = (topK: number): Decoding | undefined => (topK === 0 ? undefined : { topK })

/** Continuations of prefixes: of the base, and of P_joint with each energy, from the same proposals. */
export const continueRows = async (
  residual: ResidualRun,
  label: string,
  rows: TokenRows,
  settings: {
    readonly proposals: number
    readonly topK: number
    readonly stream: 'generation' | 'analysis' | 'analysisBase'
  },
): Promise<Readonly<Record<MainEnergy, Weighed>>> => {
  const decoding = decodingOf(settings.topK)
  return weighAll(residual, label, firstTokens(rows, residual.options.chunk.prefix), {
    key: keyOf(residual.options, settings.stream),
    samples: settings.proposals,
    ...(decoding === undefined ? {} : { decoding }),
  })
}

const measuresOf = async (residual: ResidualRun, rows: TokenRows, energies: Float64Array): Promise<SourceMeasures> => {
  const { run, options, networks, runtimes } = residual
  const { prefix, modelled } = options.chunk
  const [fit, network] = options.baselines
    ? [fitOf(residual, 'balm'), networks.balm]
    : [baseFit(residual), networks.base]
  const scores = await run(runtimes.language(network).score(fit.best, rows, prefix))
  return {
    uniqueRatios: uniqueRatios(rows, prefix, Math.min(LONGEST, modelled)),
    meanEnergy: mean(energies),
    logLikelihood: mean(scores) / modelled,
  }
}

/** Continuations of the first prefixes by BALM, where it is trained: exact samples, for human judges to compare. */
const byBalm = async (residual: ResidualRun, data: TokenRows): Promise<TokenRows | undefined> => {
  const { run, options, networks, runtimes, services } = residual
  if (!options.baselines) return undefined
  const prefix = firstTokens(sliceRows(data, 0, KEPT), options.chunk.prefix)
  return run(
    runtimes.language(networks.balm).sample(fitOf(residual, 'balm').best, {
      key: fold(keyOf(options, 'generation'), BALM),
      count: prefix.count,
      length: data.time,
      prefix,
      signal: services.signal,
    }),
  )
}

/** The text of the samples of each prefix. */
const textsOf = (residual: ResidualRun, rows: SourceRows, balm: TokenRows | undefined): readonly SampleRecord[] => {
  const { text, options } = residual
  const { prefix } = options.chunk
  const after = (from: TokenRows, i: number): string => documentsText(text.tokenizer, rowAt(from, i).subarray(prefix))
  return Array.from({ length: Math.min(KEPT, rows.data.count) }, (_, i) => ({
    prefix: documentsText(text.tokenizer, rowAt(rows.data, i).subarray(0, prefix)),
    data: after(rows.data, i),
    base: after(rows.base, i),
    unit: after(rows.unit, i),
    bit: after(rows.bit, i),
    ...(balm === undefined ? {} : { balm: after(balm, i) }),
  }))
}

/** The test rows and their continuations, drawn again from the key: nothing of it is kept between phases. */
export const generatedRows = async (residual: ResidualRun): Promise<SourceRows> => {
  const { count, proposals, topK } = residual.options.generation
  const data = sliceRows(residual.text.test, 0, count)
  const { unit, bit } = await continueRows(residual, 'generating', data, { proposals, topK, stream: 'generation' })
  return { data, base: bit.base, unit: unit.joint, bit: bit.joint, chain: bit.chain }
}

/** Generates, and measures what was generated. */
export const generate = (residual: ResidualRun): Promise<void> =>
  measuredPhase(residual, 'generation', residual.options.generation, async () => {
    const { run, options } = residual
    const { count, proposals, topK } = options.generation
    const data = sliceRows(residual.text.test, 0, count)
    const { unit, bit } = await continueRows(residual, 'generating', data, { proposals, topK, stream: 'generation' })
    const rows: SourceRows = { data, base: bit.base, unit: unit.joint, bit: bit.joint, chain: bit.chain }
    const energy = trainedEnergy(residual, 'bit')
    const energies = {
      data: await run(energy(rows.data)),
      base: bit.baseEnergies,
      unit: await run(energy(rows.unit)),
      bit: bit.jointEnergies,
    }
    const of = (source: Source): Promise<SourceMeasures> => measuresOf(residual, rows[source], energies[source])
    const balm = await byBalm(residual, data)
    const measures = { data: await of('data'), base: await of('base'), unit: await of('unit'), bit: await of('bit') }
    const metropolis = {
      ...(await measuresOf(residual, bit.chain, bit.chainEnergies)),
      energyAbove: pairedDifference(bit.chainEnergies, bit.jointEnergies),
    }
    residual.update((s) => ({
      ...s,
      generation: {
        count: data.count,
        proposals,
        topK,
        samples: textsOf(residual, rows, balm),
        measures,
        metropolis,
        energies: histogramsOf(
          { data: energies.data, base: energies.base, joint: energies.bit },
          Math.min(BINS, Math.ceil(Math.sqrt(data.count))),
        ),
        effectiveProposals: {
          unit: summarisePartitions(unit.partitions).medianEffectiveSampleSize,
          bit: summarisePartitions(bit.partitions).medianEffectiveSampleSize,
        },
      },
    }))
  })
